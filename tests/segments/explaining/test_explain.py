"""Why somebody is in a segment, since when and until when: GET /api/segments/{id}/explain."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.kit import db
from rapport.profiles import service as profiles
from rapport.segments.explaining.explain import Explained, Explanation, explain, picture
from tests.conftest import Shop
from tests.lengths import length
from tests.segments import plain
from tests.segments.evaluation.test_differential import (
    CALENDAR,
    CONSENT,
    DEFINITION,
    HOURS,
    MEMBERSHIP,
    MOMENTS,
    PEOPLE,
    PERMISSIONS,
    RELATIVE,
    STEP,
    YEARLY,
    Run,
)
from tests.segments.test_api import built, create, order_metric
from tests.segments.world import METRICS, World, definition, did, funnel, has, relative, step

TICK = timedelta(microseconds=1)


async def explained(world: World, row: dict[str, Any], profile: int) -> Explanation:
    async with world.pool.connection() as conn, picture(conn):
        (person,) = await profiles.by_ids(conn, world.id, [profile])
        return await explain(conn, world.id, row, person, world.account.now())


async def only(world: World, row: dict[str, Any], profile: int) -> Any:
    """The one condition of a segment."""
    return (await explained(world, row, profile)).groups[0].conditions[0]


def day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.mark.rule("4.7")
async def test_it_says_when_an_event_falls_out_of_the_window(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 30))))
    await world.event("ada", hours=-50, value="20")
    await world.event("ada", hours=-3, value="5.5")
    await world.settle()
    ada = await world.profile("ada")
    found = await only(world, row, ada)
    assert (found.holds, found.since, found.data["count"], found.data["sum"]) == (True, world.at(-50), 2, 25.5)
    assert found.next_change == day(world.at(-3)) + timedelta(days=31)
    assert [one["value"] for one in found.data["events"]] == [5.5, 20]
    assert found.data["window"]["start"] == day(world.account.now()) - timedelta(days=30)
    assert found.data["wanted"] == {"measurement": "count", "operator": "greater-than-or-equal", "value": 1}


async def test_it_says_since_when_somebody_has_ordered_so_often(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], value=3)))
    await world.events([("ada", "Placed Order", -24 * number, {}, None) for number in range(1, 9)])
    await world.settle()
    found = await only(world, row, await world.profile("ada"))
    assert (found.holds, found.since, found.next_change) == (True, world.at(-24 * 6), None)


async def test_it_says_since_when_nobody_counts_an_event_of_tomorrow(world: World) -> None:
    """Dated ahead, it counts over all time from when it was recorded."""
    row = await world.segment(definition(did(world.metrics["Placed Order"])))
    await world.event("ada", hours=20)
    await world.settle()
    found = await only(world, row, await world.profile("ada"))
    ((recorded,),) = await world.rows("SELECT recorded FROM events WHERE account_id = %s", world.id)
    assert (found.holds, found.since) == (True, recorded)


async def test_it_says_that_nothing_was_ever_done_from_the_beginning(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], "equals", 0)))
    ada = await world.profile("ada")
    ((created,),) = await world.rows("SELECT created FROM profiles WHERE account_id = %s", world.id)
    found = await only(world, row, ada)
    assert (found.holds, found.since, found.next_change, found.data["events"]) == (True, created, None, [])
    assert found.unknown_from is None


async def test_it_says_what_a_property_holds_and_when_its_date_comes(world: World) -> None:
    wanted = has("properties['renewal']", type="date", operator="in-the-next", quantity=1, unit="day")
    row = await world.segment(definition(wanted))
    ada = await world.profile("ada", renewal=world.at(4.5).isoformat())
    ben = await world.profile("ben")
    found = await only(world, row, ada)
    assert (found.holds, found.since, found.data["value"]) == (True, None, world.at(4.5).isoformat())
    assert found.next_change == world.at(4.5) + TICK
    nothing = await only(world, row, ben)
    assert (nothing.holds, nothing.next_change, nothing.data) == (False, None, {"value": None, "is_set": False})


async def test_it_says_since_when_somebody_is_on_a_list(world: World) -> None:
    wanted = {
        "type": "profile-group-membership",
        "is_member": True,
        "group_ids": [world.lists[0]["public_id"]],
        "timeframe_filter": relative("in-the-last", 2, "hour"),
    }
    row = await world.segment(definition(wanted))
    ada = await world.profile("ada")
    assert (await only(world, row, ada)).data == {"is_member": False, "joined": None}
    await world.join(0, ada)
    await world.settle()
    found = await only(world, row, ada)
    joined = found.data["joined"]
    assert (found.holds, found.since, found.next_change) == (True, joined, joined + timedelta(hours=2) + TICK)


async def test_it_says_when_another_segment_lets_go(world: World) -> None:
    inner = await world.segment(definition(did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 5))))
    await world.event("ada", hours=-2)
    await world.settle()
    ada = await world.profile("ada")
    group = {"type": "profile-group-membership", "group_ids": [inner["public_id"]]}
    inside = await world.segment(definition({**group, "is_member": True}))
    outside = await world.segment(definition({**group, "is_member": False}))
    leaves = day(world.at(-2)) + timedelta(days=6)
    for row, holds in ((inner, True), (inside, True), (outside, False)):
        found = await explained(world, row, ada)
        assert (found.holds, found.joined is not None, found.next_change) == (holds, holds, leaves)


async def test_it_says_when_the_whole_turns_and_not_only_a_part(world: World) -> None:
    order, view = world.metrics["Placed Order"], world.metrics["Viewed Product"]
    either = [did(order, timeframe=relative("in-the-last", 5)), did(view, timeframe=relative("in-the-last", 9))]
    row = await world.segment(definition(either))
    await world.event("ada", "Placed Order", -2)
    await world.event("ada", "Viewed Product", -2)
    await world.settle()
    found = await explained(world, row, await world.profile("ada"))
    first = day(world.at(-2))
    assert [one.next_change for one in found.groups[0].conditions] == [
        first + timedelta(days=6),
        first + timedelta(days=10),
    ]
    assert found.next_change == first + timedelta(days=10)


async def test_it_says_what_consent_it_was_decided_on(world: World) -> None:
    consent = {"channel": "email", "can_receive_marketing": True, "consent_status": {"subscription": "subscribed"}}
    row = await world.segment(definition({"type": "profile-marketing-consent", "consent": consent}))
    ada = await world.profile("ada")
    await world.consent(ada, "email", "SUBSCRIBED", world.at(-5))
    await world.settle()
    found = await only(world, row, ada)
    assert (found.holds, found.since, found.data["subscription"]) == (True, world.at(-5), "subscribed")
    await world.suppress(ada, "HARD_BOUNCE", world.at(-1))
    await world.settle()
    found = await only(world, row, ada)
    assert (found.holds, found.since, found.data["can_receive_marketing"]) == (False, world.at(-1), False)
    assert found.data["suppressions"] == [{"reason": "HARD_BOUNCE", "at": world.at(-1)}]


async def test_it_asks_little_of_a_long_history(world: World) -> None:
    """Thousands of events: what is not known is said to be so, and what is known is right."""
    month = relative("in-the-last", 24 * 30, "hour")
    row = await world.segment(definition(did(world.metrics["Viewed Product"], timeframe=month)))
    await world.events([("ada", "Viewed Product", -number / 8, {}, None) for number in range(4000)])
    await world.settle()
    ada = await world.profile("ada")
    found = await only(world, row, ada)
    assert found.next_change == world.at(24 * 30) + TICK
    assert (found.holds, found.since) == (True, world.at(-3999 / 8))


def test_it_answers_over_http(shop: Shop) -> None:
    wanted = definition(did(order_metric(shop), timeframe=relative("in-the-last", 30)))
    segment = create(shop, wanted)
    built(shop, segment)
    (profile,) = shop.http.get(f"/api/segments/{segment}/profiles").json()["data"]
    answer = shop.http.get(f"/api/segments/{segment}/explain", params={"profile": profile["id"]})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    found = data["attributes"]
    assert (data["type"], data["id"], found["profile_id"]) == ("segment-explanation", segment, profile["id"])
    assert (found["is_member"], found["holds"]) == (True, True)
    # a read of profiles shows whole seconds
    assert found["joined_group_at"][:19] == profile["attributes"]["joined_group_at"][:19]
    (condition,) = found["condition_groups"][0]["conditions"]
    assert condition["condition"] == wanted["condition_groups"][0]["conditions"][0]
    assert condition["next_change"] == found["next_change"] > found["as_of"] > condition["since"]
    (event,) = condition["data"]["events"]
    assert shop.http.get(f"/api/events/{event['id']}").status_code == 200


def test_it_knows_neither_strange_segments_nor_strange_people(shop: Shop) -> None:
    segment = create(shop, definition(did(order_metric(shop))))
    cases = [("NOPE01", {"profile": "x"}, 404), (segment, {"profile": "NOPE"}, 404), (segment, {}, 400),
             (segment, {"profile": "\x00"}, 400)]  # fmt: skip
    for id, query, status in cases:
        answer = shop.http.get(f"/api/segments/{id}/explain", params=query)
        assert answer.status_code == status, answer.text
    assert answer.json()["errors"]


# Of what these are decided on, all that ever was is stored.
OF_EVENTS = ("profile-metric", "profile-metric-funnel", "profile-predictive-analytics")


def between(start: datetime, end: datetime) -> list[datetime]:
    """Some moments of [start, end), its first and last and midnights among them."""
    span = end - start
    even = [start + span * part / 7 for part in range(7)]
    return [one for one in (*even, *map(day, even), end - TICK) if start <= one < end]


class Oracle:
    """What plain Python says of one person, at any moment, about what was known by another."""

    def __init__(self, people: list[plain.Person], definition: Any, profile: int) -> None:
        self.person = next(one for one in people if one.id == profile)
        self.definition = definition

    def at(self, now: datetime, *, known: bool = False) -> bool:
        person = self.person
        if known:
            kept = [one for one in person.events if min(one["time"], one["recorded"]) <= now]
            person = replace(person, events=kept)
        return plain.meets(person, self.definition, now)


def check_ahead(oracle: Oracle, found: Explanation | Explained, now: datetime) -> None:
    """Nothing before it, and then the other answer; where there is none, as far as is known, which may be years."""
    holds, turns = found.holds, found.next_change
    assert oracle.at(now) == holds
    assert not (turns and found.unknown_from)
    until = turns or min(found.unknown_from or now + timedelta(days=3 * 365), now + timedelta(days=3 * 365))
    wrong = [one for one in between(now, until) if oracle.at(one) != holds]
    assert not wrong
    assert turns is None or oracle.at(turns) != holds


def stays(oracle: Oracle, turned: datetime) -> bool:
    """Some answers last for a microsecond, when one boundary takes in what another lets go of."""
    later = (timedelta(milliseconds=1), timedelta(seconds=2), timedelta(seconds=90))
    return all(oracle.at(turned + some) == oracle.at(turned) for some in later)


def check_behind(oracle: Oracle, holds: bool, now: datetime, since: datetime | None, kind: str) -> None:
    if since is None:
        return
    assert since <= now
    known = kind in OF_EVENTS
    assert not [one for one in between(since, now) if oracle.at(one, known=known) != holds]
    if known and since != oracle.person.row["created"]:
        assert oracle.at(since - TICK, known=True) != holds


async def _explains(url: str, definitions: list[Any], steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as lake:
        await _explains_over(url, Path(lake), definitions, steps)


async def _explains_over(url: str, lake: Path, definitions: list[Any], steps: list[Any]) -> None:
    async with db.new_pool(url, size=3) as pool:
        run = Run(await World.create(pool), lake)
        world = run.world
        await run.start()
        rows = [await world.segment(run.filled(one)) for one in definitions]
        for step in steps:
            await run.step(*step)
        for name in PEOPLE:
            await run.person(name)
        await world.tick()
        people = await world.people()
        soonest: list[tuple[datetime, int, dict[str, Any]]] = []
        for row in rows:
            members = await world.members(row)
            for profile in run.people.values():
                now = world.account.now()
                found = await explained(world, row, profile)
                assert found.holds == (found.joined is not None) == (profile in members)
                check_ahead(Oracle(people, row["definition"], profile), found, now)
                for one in (one for group in found.groups for one in group.conditions):
                    if one.written["type"] == "profile-sample":
                        # whom it takes depends on where it stands
                        continue
                    oracle = Oracle(people, definition(one.written), profile)
                    check_ahead(oracle, one, now)
                    check_behind(oracle, one.holds, now, one.since, one.written["type"])
                if found.next_change and stays(Oracle(people, row["definition"], profile), found.next_change):
                    soonest.append((found.next_change, profile, row))
        if soonest:
            await _waits(world, *min(soonest, key=lambda one: one[0]))


async def _waits(world: World, turns: datetime, profile: int, row: dict[str, Any]) -> None:
    """The account's own clock, moved to just before and then over it."""
    before = profile in await world.members(row)
    margin = timedelta(seconds=2)
    if turns - world.account.now() > margin:
        await world.advance(seconds=(turns - world.account.now() - margin).total_seconds())
        await world.tick()
        assert (profile in await world.members(row)) == before or world.account.now() >= turns
    await world.advance(seconds=max(0.0, (turns - world.account.now()).total_seconds()) + 0.001)
    await world.tick()
    if (profile in await world.members(row)) == before:
        # anniversaries of stored dates are looked for once a minute
        await world.advance(minutes=1)
        await world.tick()
    assert (profile in await world.members(row)) != before


# Definitions and histories that time matters to; the others are those of the differential test.
_STEPS = STEP.filter(lambda step: step[0] != "fold")
_MEASURE = st.sampled_from((("greater-than-or-equal", 1), ("greater-than", 1), ("equals", 2), ("less-than", 2)))
_MOVING = st.one_of(RELATIVE, RELATIVE, RELATIVE, YEARLY)
_TIMELY_METRIC = st.builds(
    lambda metric, measure, timeframe, measurement: did(metric, *measure, timeframe=timeframe, measurement=measurement),
    st.sampled_from(METRICS[:2]),
    _MEASURE,
    _MOVING,
    st.sampled_from(("count", "count", "sum")),
)
_TIMELY_PROPERTY = st.builds(
    lambda name, wanted: {"type": "profile-property", "property": name, "filter": wanted},
    st.sampled_from(("properties['p']", "last_event_date", "created")),
    st.one_of(RELATIVE, YEARLY, CALENDAR),
)
_ORDERS = st.builds(
    lambda dimension, operator, value: {
        "type": "profile-predictive-analytics",
        "dimension": dimension,
        "filter": {"type": "numeric", "operator": operator, "value": value},
    },
    st.sampled_from(
        (
            "historic_number_of_orders",
            "historic_clv",
            "average_order_value",
            "average_days_between_orders",
        )
    ),
    st.sampled_from(("greater-than", "less-than-or-equal", "equals")),
    st.sampled_from((0, 1, 2, 5)),
)
_FUNNEL = st.builds(
    lambda timeframe, window, last: funnel(
        step(METRICS[0], True), step(METRICS[1], last), timeframe=timeframe, window=window
    ),
    RELATIVE,
    st.sampled_from((None, "DAYS_3", "DAYS_30")),
    st.booleans(),
)
_TIMELY = st.one_of(
    _TIMELY_METRIC, _TIMELY_METRIC, _TIMELY_METRIC, _TIMELY_PROPERTY, MEMBERSHIP, CONSENT, PERMISSIONS, _FUNNEL, _ORDERS
)
TIMELY = st.lists(st.lists(_TIMELY, min_size=1, max_size=2), min_size=1, max_size=2).map(lambda g: definition(*g))
_BUSY = st.tuples(
    st.sampled_from(PEOPLE[:2]),
    st.sampled_from(METRICS[:2]),
    HOURS,
    st.just({}),
    st.sampled_from((None, "1", "-1", "5")),
)
HISTORY = st.tuples(
    st.tuples(st.just("events"), st.lists(_BUSY, min_size=6, max_size=14)),
    st.tuples(st.just("profile"), st.just("ada"), st.one_of(MOMENTS, st.just("2024-02-29T12:00:00"))),
    st.tuples(st.just("join"), st.integers(0, 1), st.sampled_from(PEOPLE[:2])),
)


@pytest.mark.long
@pytest.mark.rule("4.6", "4.7")
@settings(
    max_examples=length(5, 60),
    deadline=timedelta(seconds=30),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(TIMELY, min_size=3, max_size=3), HISTORY, st.lists(_STEPS, max_size=4))
def test_it_tells_what_comes_with_time(database: str, definitions: list[Any], history: Any, steps: list[Any]) -> None:
    asyncio.run(_explains(database, definitions, [*history, *steps]))


@pytest.mark.rule("4.6", "4.7")
@settings(
    max_examples=length(3, 30),
    deadline=timedelta(seconds=30),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(DEFINITION, min_size=3, max_size=3), st.lists(_STEPS, min_size=3, max_size=10))
def test_it_tells_what_is_and_what_comes(database: str, definitions: list[Any], steps: list[Any]) -> None:
    asyncio.run(_explains(database, definitions, steps))
