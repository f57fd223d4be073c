"""What a batch asks for all segments at once is what each segment would be told alone, to the last decimal."""

import random
from itertools import product
from typing import Any

import pytest

from rapport.inbox.types import Change
from rapport.segments.evaluation import event_columns
from rapport.segments.membership import members
from tests.lengths import length
from tests.segments.world import World, definition, did, has, relative

pytestmark = pytest.mark.rule("4.2", "4.8")
Json = dict[str, Any]
PEOPLE = tuple(f"person{number}" for number in range(12))


@pytest.fixture(params=["person by person", "all of it"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the log is read: what decides it otherwise is how much of it these people did."""
    if request.param == "all of it":
        monkeypatch.setattr(event_columns, "_MANY", 0)
        monkeypatch.setattr(event_columns, "_SHARE", 0)


async def alive(world: World, *definitions: Json) -> list[Json]:
    """Segments, built while nobody was there yet."""
    return [await world.segment(one) for one in definitions]


async def agrees(world: World, rows: list[Json]) -> None:
    for row in rows:
        assert await world.members(row) == await world.expected(row["definition"]), row["definition"]


@pytest.mark.usefixtures("log")
async def test_it_adds_up_to_the_last_decimal(world: World) -> None:
    """Finer than any currency, larger than a whole number may be, and less than nothing."""
    order = world.metrics["Placed Order"]
    histories = {
        "ada": ("0.1", "0.2"),
        "ben": ("0.00001", "0.29999"),
        "cy": ("-3.25", "3.55"),
        "di": ("999999999999.5", "0.5"),
        "eve": ("1e15", "0.3"),
        "flo": ("123456789012345678901234.1", "-123456789012345678901234"),
        "gus": ("0.3000", None),
        "hal": ("0", None),
        "ida": ("900000000000", *("900000000000",) * 9),
    }
    wanted = length((0, 0.3, 9e12, 1e15), (0, 0.1, 0.3, 0.30001, 5, 1e12, 9e12, 1e15))
    operators = ("equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal")
    timeframes: tuple[Any, ...] = (None, relative("in-the-last", 30), relative("anniversary-last", 10))
    rows = await alive(
        world,
        *(
            definition(did(order, operator, value, measurement="sum", timeframe=timeframe))
            for operator, value, timeframe in product(operators, wanted, timeframes)
        ),
    )
    await world.events(
        [(name, "Placed Order", -n, {}, value) for name, sums in histories.items() for n, value in enumerate(sums, 1)]
    )
    await world.settle()
    await agrees(world, rows)


@pytest.mark.long
@pytest.mark.usefixtures("log")
async def test_it_reads_what_reaches_back_for_ever_apart(world: World) -> None:
    """Months ago and today, by different filters and none, of several metrics, batch after batch."""
    chance = random.Random(4)
    paid = {"property": "n", "filter": {"type": "numeric", "operator": "greater-than", "value": 5}}
    timeframes: tuple[Any, ...] = (
        None,
        relative("in-the-last", 7),
        relative("at-least", 60),
        relative("in-the-next", 3),
        {"type": "date", "operator": "before", "date": world.at(-24 * 100).isoformat()},
    )
    rows = await alive(
        world,
        *(
            definition(
                [did(metric, operator, value, timeframe=timeframe, measurement=measurement, filters=filters)],
                [
                    did(world.metrics["Opened Email"], "equals", 0, timeframe=relative("in-the-last", 3)),
                    has("properties['vip']", type="boolean", operator="equals", value=True),
                ],
            )
            for metric in (world.metrics["Placed Order"], world.metrics["Viewed Product"])
            for timeframe, filters in product(timeframes, (None, [paid]))
            for operator, value, measurement in (
                ("greater-than-or-equal", 2, "count"),
                ("less-than", 20, "sum"),
                ("equals", 0, "count"),
            )
        ),
    )
    for _ in range(3):
        await world.profile(chance.choice(PEOPLE), vip=chance.choice((True, False)))
        await world.events(
            [
                (
                    chance.choice(PEOPLE),
                    chance.choice(tuple(world.metrics)),
                    chance.choice((-24 * 150, -24 * 70, -24 * 2, -1, 30)),
                    {"n": chance.randrange(12)},
                    str(chance.randrange(-3, 12)),
                )
                for _ in range(40)
            ]
        )
        await world.settle()
        await agrees(world, rows)


async def test_it_asks_for_more_properties_than_go_into_one_statement(world: World) -> None:
    """Of people who have some of them, one that nobody asks for, or none at all."""
    text = {"type": "string", "operator": "equals", "value": "yes"}
    tests = (
        text, {"type": "existence", "operator": "not-set"}, {"type": "existence", "operator": "is-set"},
        {**text, "operator": "not-equals"}, {"type": "list", "operator": "length-equals", "value": 0},
    )  # fmt: skip
    rows = await alive(
        world,
        *(definition(has(f"properties['key {number}']", **test)) for number in range(20) for test in tests),
        definition(has("email", type="string", operator="starts-with", value="ada")),
    )
    given: Json = {"key 0": "yes", "key 1": "no", "key 2": None, "key 3": []}
    await world.profile("ada", **given)
    await world.profile("ben", other="yes")
    await world.profile("cy")
    await world.settle()
    await agrees(world, rows)


@pytest.mark.usefixtures("log")
async def test_it_tells_metrics_and_people_apart(world: World) -> None:
    """A batch about two, of metrics of which each is asked something else; others did the same before and after."""
    bought, seen, opened = (world.metrics[name] for name in ("Placed Order", "Viewed Product", "Opened Email"))
    month = relative("in-the-last", 30)

    def where(least: int) -> Json:
        return {"property": "n", "filter": {"type": "numeric", "operator": "greater-than", "value": least}}

    rows = await alive(
        world,
        *(definition(did(bought, value=value, timeframe=month, measurement="sum")) for value in (3, 9)),
        *(definition(did(seen, value=value, timeframe=month, filters=[where(4)])) for value in (1, 2, 3)),
        *(definition(did(opened, value=value, timeframe=month, filters=[where(1)])) for value in (1, 2, 3)),
    )
    chance = random.Random(9)
    for names in (PEOPLE, ("person5", "person9"), PEOPLE[3:8], ("person0", "person11")):
        await world.events(
            [
                (name, metric, -chance.randrange(1, 24 * 40), {"n": chance.randrange(8)}, str(chance.randrange(5)))
                for name in names
                for metric in world.metrics
            ]
        )
        await world.settle()
        await agrees(world, rows)


@pytest.mark.long
@pytest.mark.usefixtures("log")
async def test_it_filters_events_by_more_tests_than_go_into_one_statement(world: World) -> None:
    view = world.metrics["Viewed Product"]
    filters = [
        {"property": f"p{number % 3}", "filter": {"type": "numeric", "operator": "greater-than", "value": number}}
        for number in range(50)
    ]
    rows = await alive(world, *(definition(did(view, value=2, filters=[one])) for one in filters))
    chance = random.Random(2)
    await world.events(
        [
            (chance.choice(PEOPLE), "Viewed Product", -n, {f"p{key}": chance.randrange(60) for key in range(3)}, None)
            for n in range(60)
        ]
    )
    await world.settle()
    await agrees(world, rows)


async def test_it_divides_what_concerns_very_many_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_MOST_PEOPLE", 5)
    order = world.metrics["Placed Order"]
    bought = definition(did(order, timeframe=relative("in-the-last", 2)))
    rows = await alive(world, bought, definition(did(order, "equals", 0)))
    await world.events([(name, "Placed Order", -n, {}, None) for n, name in enumerate(PEOPLE)])
    await world.settle()
    await agrees(world, rows)
    await world.advance(days=3)
    await world.tick()
    assert await world.members(rows[0]) == set() == await world.expected(bought)


async def test_somebody_who_is_gone_enters_nothing(world: World) -> None:
    """A change waits in the inbox of whom there is no profile any more."""
    (row,) = await alive(world, definition(did(world.metrics["Placed Order"], "equals", 0)))
    ada = await world.profile("ada")
    await world.tell(Change([ada, 987654321], ["profile"]))
    await world.settle()
    assert await world.members(row) == {ada}
