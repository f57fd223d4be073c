"""Funnels (behaviour-people 4.2): by example, against plain Python over every way to pick, and in the event lake."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.kit import db
from rapport.segments import conditions
from rapport.segments.conditions import DefinitionError
from tests.conftest import Shop, eventually
from tests.lengths import length
from tests.segments import plain
from tests.segments.sql.test_lake import both, sealed
from tests.segments.test_api import body, built, create, members
from tests.segments.world import METRICS, World, definition, funnel, relative, step

VIEWED, ORDERED, OPENED = "Viewed Product", "Placed Order", "Opened Email"
MONTH = relative("in-the-last", 30)


async def _found(world: World, *steps: Any, window: str | None = None, timeframe: Any = MONTH) -> set[int]:
    made = [step(world.metrics[what], done, filters) for what, done, filters in steps]
    asked = definition(funnel(*made, timeframe=timeframe, window=window))
    found = await world.matching(asked)
    assert found == await world.expected(asked)
    return found


async def _history(world: World, **people: Any) -> dict[str, int]:
    """name=[(metric, hours, properties)]; returns the ids by name."""
    await world.events(
        [
            (name, what, hours, more, None)
            for name, events in people.items()
            for what, hours, more in [(*event, {})[:3] for event in events]
        ]
    )
    await world.settle()
    return {name: await world.profile(name) for name in people}


@pytest.mark.rule("4.2")
async def test_it_asks_for_steps_in_their_order(world: World) -> None:
    ids = await _history(
        world,
        ada=[(VIEWED, -5), (ORDERED, -4)],
        ben=[(ORDERED, -5), (VIEWED, -4)],
        cy=[(VIEWED, -5)],
        di=[(VIEWED, -5), (ORDERED, -4), (VIEWED, -3)],
    )
    assert await _found(world, (VIEWED, True, None), (ORDERED, True, None)) == {ids["ada"], ids["di"]}
    assert await _found(world, (VIEWED, True, None), (VIEWED, True, None)) == {ids["di"]}


@pytest.mark.rule("4.2")
async def test_a_step_with_metric_exists_false_is_one_that_was_not_done(world: World) -> None:
    """At the end: nothing of it afterwards; in the middle: nothing between its neighbours; first: nothing before."""
    ids = await _history(
        world,
        left=[(VIEWED, -5)],
        bought=[(VIEWED, -5), (ORDERED, -4)],
        again=[(VIEWED, -5), (ORDERED, -4), (VIEWED, -3)],
        opened=[(VIEWED, -5), (OPENED, -4.5), (ORDERED, -4)],
        nothing=[(OPENED, -5)],
    )
    found = await _found(world, (VIEWED, True, None), (ORDERED, False, None))
    assert found == {ids["left"], ids["again"]}
    found = await _found(world, (VIEWED, True, None), (OPENED, False, None), (ORDERED, True, None))
    assert found == {ids["bought"], ids["again"]}
    found = await _found(world, (OPENED, False, None), (ORDERED, True, None))
    assert found == {ids["bought"], ids["again"]}
    assert await _found(world, (VIEWED, False, None)) == {ids["nothing"]}


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("HOURS_1", 1),
        ("DAYS_1", 24),
        ("DAYS_3", 72),
        ("DAYS_5", 120),
        ("WEEKS_1", 168),
        ("DAYS_30", 720),
        ("DAYS_90", 2160),
        ("DAYS_180", 4320),
        ("YEARS_1", 8760),
    ],
)
async def test_it_has_to_be_complete_within_its_window(world: World, name: str, hours: int) -> None:
    last = 2 / 3600
    ids = await _history(
        world,
        ada=[(VIEWED, -1 - hours), (ORDERED, -1)],
        ben=[(VIEWED, -1 - hours - last), (ORDERED, -1)],
        # the first view is too early, a later one is not
        cy=[(VIEWED, -1 - hours - last), (VIEWED, -1.5), (ORDERED, -1)],
    )
    long = relative("in-the-last", 1000)
    steps = (VIEWED, True, None), (ORDERED, True, None)
    assert await _found(world, *steps, window=name, timeframe=long) == {ids["ada"], ids["cy"]}
    # without a window the timeframe alone counts
    assert await _found(world, *steps, timeframe=long) == set(ids.values())


@pytest.mark.rule("4.2")
async def test_what_must_not_follow_may_follow_after_the_window(world: World) -> None:
    ids = await _history(
        world,
        soon=[(VIEWED, -100), (ORDERED, -76)],
        late=[(VIEWED, -100), (ORDERED, -75)],
        chain=[(VIEWED, -100), (OPENED, -90), (ORDERED, -80), (OPENED, -79)],
    )
    steps = (VIEWED, True, None), (ORDERED, False, None)
    assert await _found(world, *steps, window="DAYS_1") == {ids["late"]}
    steps3 = (VIEWED, True, None), (OPENED, True, None), (ORDERED, False, None)
    # the later of two e-mails that were opened has no order after it
    assert await _found(world, *steps3, window="DAYS_1") == {ids["chain"]}


@pytest.mark.rule("4.2", "4.6")
async def test_each_step_has_filters_of_its_own(world: World) -> None:
    ids = await _history(
        world,
        ada=[(VIEWED, -5, {"p": "hat"}), (ORDERED, -4, {"p": 7})],
        ben=[(VIEWED, -5, {"p": "hat"}), (ORDERED, -4, {"p": 3})],
        cy=[(VIEWED, -5, {"p": "shoe"}), (ORDERED, -4, {"p": 7})],
    )
    hat = [{"property": "p", "filter": {"type": "string", "operator": "equals", "value": "hat"}}]
    dear = [{"property": "p", "filter": {"type": "numeric", "operator": "greater-than", "value": 5}}]
    assert await _found(world, (VIEWED, True, hat), (ORDERED, True, dear)) == {ids["ada"]}
    assert await _found(world, (VIEWED, True, hat), (ORDERED, False, dear)) == {ids["ben"]}


@pytest.mark.rule("4.2")
async def test_it_counts_what_happened_in_the_timeframe_only(world: World) -> None:
    ids = await _history(
        world, ada=[(VIEWED, -24 * 9), (ORDERED, -24 * 8)], ben=[(VIEWED, -24 * 9), (ORDERED, -24 * 2)]
    )
    steps = (VIEWED, True, None), (ORDERED, True, None)
    assert await _found(world, *steps, timeframe=relative("in-the-last", 8)) == set()
    assert await _found(world, *steps, timeframe=relative("at-least", 5)) == {ids["ada"]}
    between = {"type": "date", "operator": "between", "unit": "day", "start": 10, "end": 7}
    assert await _found(world, *steps, timeframe=between) == {ids["ada"]}
    days = {"start": world.at(-24 * 9).date().isoformat(), "end": world.at(-24 * 2).date().isoformat()}
    static = {"type": "date", "operator": "between-static", **days}
    assert await _found(world, *steps, timeframe=static) == {ids["ada"], ids["ben"]}


@pytest.mark.rule("4.8")
async def test_it_is_kept_alive_by_events_and_by_time(world: World) -> None:
    order, view = world.metrics[ORDERED], world.metrics[VIEWED]
    week = relative("in-the-last", 7)
    bought = await world.segment(definition(funnel(step(view), step(order), timeframe=week)))
    left = await world.segment(definition(funnel(step(view), step(order, False), timeframe=week)))
    await world.event("ada", VIEWED, hours=-2)
    await world.tick()
    ada = await world.profile("ada")
    assert (await world.members(bought), await world.members(left)) == (set(), {ada})
    await world.event("ada", ORDERED, hours=-1)
    await world.tick()
    assert (await world.members(bought), await world.members(left)) == ({ada}, set())
    await world.advance(days=9)
    await world.tick()
    assert (await world.members(bought), await world.members(left)) == (set(), set())


@pytest.mark.rule("4.8")
async def test_an_order_that_grows_old_lets_a_funnel_hold_again(world: World) -> None:
    """Hours roll: the order leaves the timeframe before the view does, though it came first."""
    order, view = world.metrics[ORDERED], world.metrics[VIEWED]
    never = await world.segment(
        definition(funnel(step(order, False), step(view), timeframe=relative("in-the-last", 10, "hour")))
    )
    await _history(world, ada=[(ORDERED, -5), (VIEWED, -3)])
    await world.tick()
    assert await world.members(never) == set()
    await world.advance(hours=6)
    await world.tick()
    assert await world.members(never) == {await world.profile("ada")}


STEPS = st.lists(st.tuples(st.sampled_from(METRICS), st.booleans()), min_size=1, max_size=5)
# Within a few hours, several in one second, so that every order and every gap comes up.
LOGS = st.lists(st.tuples(st.sampled_from(METRICS), st.sampled_from((-9, -4, -3.5, -3, -2.5, -2, -2, -1))), max_size=9)


@settings(max_examples=length(4, 25), deadline=timedelta(seconds=60), suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=10, max_size=20), st.lists(LOGS, min_size=6, max_size=12))
def test_it_finds_what_trying_every_way_to_pick_finds(database: str, funnels: list[Any], logs: list[Any]) -> None:
    async def agree() -> None:
        async with db.new_pool(database, size=3) as pool:
            world = await World.create(pool)
            await _history(world, **{f"p{n}": log or [(OPENED, -999)] for n, log in enumerate(logs)})
            people, now = await world.people(), world.account.now()
            for steps in funnels:
                made = [step(world.metrics[what], done) for what, done in steps]
                for window in (None, "HOURS_1", "DAYS_1"):
                    asked = definition(funnel(*made, timeframe=MONTH, window=window))

                    assert await world.matching(asked) == plain.matching(people, asked, now), asked

    asyncio.run(agree())


@pytest.mark.long
@pytest.mark.rule("4.2")
async def test_it_asks_the_lake_the_same(world: World, tmp_path: Path) -> None:
    """Sealed and open days, values of which the lake is not sure, events in one second."""
    chance = random.Random(4)
    values: Any = (5, "5", 5.5, "5.5", None, [], "x", 0.1, "0.1", True)
    await world.events(
        [
            (f"p{n % 60}", chance.choice(METRICS), chance.randrange(-24 * 9, 0), {"p": chance.choice(values)}, None)
            for n in range(900)
        ]
    )
    await world.settle()
    assert await sealed(world, tmp_path) > 0
    filters: Any = (
        None, {"type": "string", "operator": "equals", "value": "5.5"}, {"type": "string", "operator": "regex",
        "value": "5.*"}, {"type": "numeric", "operator": "less-than", "value": 5.5},
        {"type": "boolean", "operator": "equals", "value": True},
    )  # fmt: skip
    for number in range(60):
        steps = [
            step(
                world.metrics[chance.choice(METRICS)],
                chance.random() < 0.7,
                wanted and [{"property": "p", "filter": wanted}],
            )
            for wanted in chance.choices(filters, k=chance.randrange(1, 4))
        ]
        window = (None, "HOURS_1", "DAYS_1")[number % 3]
        by_lake, by_table = await both(world, definition(funnel(*steps, timeframe=MONTH, window=window)))
        assert by_lake == by_table, steps


@pytest.mark.rule("4.2")
async def test_it_is_answered_from_the_files(world: World, tmp_path: Path) -> None:
    """The comparison above would hold of two questions to PostgreSQL too."""
    ids = await _history(world, ada=[(VIEWED, -72), (ORDERED, -71)], ben=[(VIEWED, -72)])
    await sealed(world, tmp_path)
    await world.execute("DELETE FROM events WHERE account_id = %s", world.id)
    steps = [step(world.metrics[what]) for what in (VIEWED, ORDERED)]
    by_lake, by_table = await both(world, definition(funnel(*steps, timeframe=MONTH)))
    assert (by_lake, by_table) == ({ids["ada"]}, set())


GOOD = funnel(step("Abc123"), timeframe=MONTH)
WRONG = [
    ({"steps": []}, "/steps"),
    ({"steps": [step("a")] * 21}, "/steps"),
    ({"steps": "x"}, "/steps"),
    ({"steps": [{"metric_exists": True}]}, "/steps/0/metric_id"),
    ({"steps": [{"metric_id": "a"}]}, "/steps/0/metric_exists"),
    ({"steps": [{**step("a"), "x": 1}]}, "/steps/0/x"),
    (
        {"steps": [step("a", filters=[{"property": "p", "filter": {"type": "date", "operator": "anniversary"}}])]},
        "/steps/0/metric_filters/0/filter/type",
    ),
    ({"completion_window_seconds": 3600}, "/completion_window_seconds"),
    ({"completion_window_seconds": "DAYS_2"}, "/completion_window_seconds"),
    ({"timeframe_filter": {"type": "date", "operator": "alltime"}}, "/timeframe_filter/operator"),
    ({"timeframe_filter": {"type": "date", "operator": "before", "date": "2026-01-01"}}, "/timeframe_filter/operator"),
    ({"timeframe_filter": None}, "/timeframe_filter"),
    ({"x": 1}, "/x"),
]


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(("part", "pointer"), WRONG)
def test_it_refuses_at_the_part_that_is_wrong(part: dict[str, Any], pointer: str) -> None:
    with pytest.raises(DefinitionError) as error:
        conditions.parse(definition({**GOOD, **part}), pointer="")
    assert error.value.pointer.startswith("/condition_groups/0/conditions/0" + pointer)


@pytest.mark.rule("4.2", "4.8")
def test_it_is_built_and_followed_through_the_api(shop: Shop) -> None:
    shop.event("Viewed Product", "ada@example.com")
    shop.event("Placed Order", "ben@example.com")
    shop.wait_until_recorded()
    view, order = shop.metric_id("Viewed Product"), shop.metric_id("Placed Order")
    segment = create(shop, definition(funnel(step(view), step(order), timeframe=MONTH, window="DAYS_5")))
    built(shop, segment)
    assert members(shop, segment) == set()
    shop.event("Placed Order", "ada@example.com")
    eventually(lambda: members(shop, segment) == {"ada@example.com"}, seconds=2)
    wanted = definition(funnel(step(view), step("Nope12"), timeframe=MONTH))
    answer = shop.http.post("/api/segments", json=body(wanted))
    assert answer.status_code == 400
    pointer = answer.json()["errors"][0]["source"]["pointer"]
    assert pointer == "/data/attributes/definition/condition_groups/0/conditions/0/steps/1/metric_id"
