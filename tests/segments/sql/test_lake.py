"""What is asked of the event lake has PostgreSQL's meaning: every filter of events over every kind of value."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from rapport.events.lake import folder
from rapport.events.lake.sealer import Sealer
from rapport.kit import db
from rapport.segments import conditions
from rapport.segments.conditions.definition import resolve
from rapport.segments.sql import lake
from rapport.segments.sql.scope import Names, Scope
from tests.lengths import length
from tests.segments.world import World, definition, did, relative

VALUES: tuple[Any, ...] = (
    5,
    "5",
    " 7 ",
    5.5,
    "5.5",
    "5.50",
    "-1e2",
    -100,
    True,
    "yes",
    "F",
    False,
    0,
    "0",
    0.0,
    "0.0",
    None,
    [],
    ["a", "b"],
    [1, None, "A"],
    [1.5, "1.50"],
    {"a": 1},
    {"a": 1, "A": 2},
    [["a"], "x"],
    [{"a": 1}],
    "",
    "x",
    "Xy",
    "[x",
    '{"a":1}',
    "2026-02-30",
    1e300,
    "1e300",
    "1e9999",
    123456789012345678901234567890,
    9007199254740993,
    "9007199254740993",
    2**63 - 1,
    2**63,
    12345678901234567890,
    [2**64 - 1, "x"],
    '12345678901234567890, "a": 12345678901234567890',
    0.1,
    19.99,
    1.0,
    1e-7,
    "true",
    "null",
    "é\u2028\"'\\ x",
    "a,b",
)
COMPARE = ("equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal")
TEXTS = [name for test in ("equals", "contains", "starts-with", "ends-with") for name in (test, f"not-{test}")]
SETS = ("contains-any", "contains-all", "not-contains-any", "not-contains-all")


def _filter(kind: str, operator: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "operator": operator, "value": value}


FILTERS = (
    *(
        _filter("string", operator, value)
        for operator, value in itertools.product(
            TEXTS, ("x", "X", "5", "5.5", "1.5", "0", "", "[x", "a", "true", "1e300", "e", "é\u2028\"'\\ x")
        )
    ),
    *(
        _filter("string", operator, value)
        for operator, value in itertools.product(("in", "not-in"), (["x", "5"], ["true", "0.0"], ["1.50", "yes"]))
    ),
    *(
        _filter("numeric", operator, value)
        for operator, value in itertools.product(
            COMPARE,
            (0, 1, 5, 5.5, -100, 0.1, 19.99, 1e300, 9007199254740992, 9007199254740993, 2**63, 12345678901234567890),
        )
    ),
    *(_filter("boolean", "equals", value) for value in (True, False)),
    *({"type": "existence", "operator": operator} for operator in ("is-set", "not-set")),
    *(
        _filter("list", operator, value)
        for operator, value in itertools.product(SETS, (["a"], ["a", "1"], ["z", "A"], ["1.5"], ["1.50", "x"]))
    ),
    *(
        _filter("list", operator, value)
        for operator, value in itertools.product(
            ("contains-substring", "not-contains-substring"), ("a", "A", "", "1.", "5")
        )
    ),
    *(
        _filter("list", f"length-{operator}", value)
        for operator, value in itertools.product([one for one in COMPARE if one != "not-equals"], (0, 2))
    ),
)


async def sealed(world: World, data: Path) -> int:
    """Put the days that are over into the lake; how many files that made."""
    sealer = Sealer(world.pool, folder.use(data))
    while await sealer.step(world.id):
        pass
    return int(
        (await world.rows("SELECT count(*) FROM lake_files WHERE account_id = %s AND state = 'sealed'", world.id))[0][0]
    )


async def both(world: World, wanted: dict[str, Any]) -> tuple[set[int], set[int]]:
    """One condition's set of everybody, by the lake and by PostgreSQL."""
    async with world.pool.connection() as conn:
        parsed = conditions.parse(wanted)
        names = await resolve(conn, world.id, parsed.depends)
        (condition,) = parsed.conditions
        scope = Scope(conn, world.id, world.account.now(), names)
        by_lake = await condition.matching(scope)
        scope.lake = False
        return set(by_lake), set(await condition.matching(scope))


async def people(world: World) -> None:
    """Somebody for each value, some days ago and today; one pair for whom both count."""
    await world.events([(f"p{n}", "Placed Order", -24 * 3, {"p": one}, None) for n, one in enumerate(VALUES)])
    await world.events([(f"t{n}", "Placed Order", -0.001, {"p": one}, None) for n, one in enumerate(VALUES)])
    await world.events(
        [("none", "Placed Order", -24 * 3, {"q": 1, "": "x"}, "5"), ("q", "Viewed Product", 0, {}, None)]
    )
    await world.settle()


@pytest.mark.rule("4.6")
async def test_it_reads_every_value_as_postgresql_does(world: World, tmp_path: Path) -> None:
    """By hand because each of several hundred filters meets each kind of value, sealed and open; a fifth of them in the
    short form, each time another."""
    await people(world)
    assert await sealed(world, tmp_path) > 0
    for one in length(FILTERS[random.randrange(5) :: 5], FILTERS):
        asked = did(
            world.metrics["Placed Order"],
            timeframe=relative("in-the-last", 30),
            filters=[{"property": "p", "filter": one}],
        )
        by_lake, by_table = await both(world, definition(asked))
        assert by_lake == by_table, one


async def test_it_answers_from_the_files(world: World, tmp_path: Path) -> None:
    """The comparison above would hold of two questions to PostgreSQL too."""
    await people(world)
    await sealed(world, tmp_path)
    asked = did(
        world.metrics["Placed Order"],
        timeframe=relative("in-the-last", 30),
        filters=[{"property": "p", "filter": _filter("string", "equals", "x")}],
    )
    before = await both(world, definition(asked))
    await world.execute("DELETE FROM events WHERE account_id = %s", world.id)
    by_lake, by_table = await both(world, definition(asked))
    assert by_lake == before[0] - {await world.profile(f"t{VALUES.index('x')}")} != set()
    assert by_table == set()


@pytest.mark.rule("4.2")
@pytest.mark.parametrize("property", ["$value", "", "with, comma", "it's"])
async def test_it_knows_every_name_of_a_property(world: World, tmp_path: Path, property: str) -> None:
    await world.events([("ada", "Placed Order", -72, {property: "x"}, "5"), ("ben", "Placed Order", 0, {}, "5.0")])
    await world.events([("cy", "Placed Order", -72, {property: 6}, "6"), ("di", "Placed Order", -72, {}, None)])
    await world.settle()
    await sealed(world, tmp_path)
    filters = (
        _filter("string", "equals", "5"),
        _filter("numeric", "greater-than", 5),
        _filter("boolean", "equals", False),
        _filter("list", "contains-any", ["5"]),
        _filter("list", "length-equals", 0),
        {"type": "existence", "operator": "is-set"},
        {"type": "existence", "operator": "not-set"},
    )
    for one in filters:
        asked = did(world.metrics["Placed Order"], filters=[{"property": property, "filter": one}])
        by_lake, by_table = await both(world, definition(asked))
        assert by_lake == by_table, one


@pytest.mark.rule("4.2")
async def test_it_adds_up_to_the_last_place(world: World, tmp_path: Path) -> None:
    """Values of more places than the lake keeps, which nobody sends and any float can be."""
    sums: dict[str, tuple[str | None, ...]] = {
        "ada": ("19.990000000000002",), "ben": ("19.99",), "cy": ("0.1", "0.2"), "di": ("0.1", "0.20000000000000001"),
        "ed": ("1e-13",), "fi": ("0",), "gus": (None,), "hal": ("10", "10.00"),
    }  # fmt: skip
    await world.events(
        [
            (who, "Placed Order", -24 * 3 - n, {}, value)
            for who, values in sums.items()
            for n, value in enumerate(values)
        ]
    )
    await world.settle()
    assert await sealed(world, tmp_path) > 0
    timeframes = (
        relative("in-the-last", 30),
        {"type": "date", "operator": "anniversary-last", "unit": "day", "quantity": 10},
    )
    for timeframe, operator, wanted in itertools.product(timeframes, COMPARE, (0, 0.3, 19.99, 20, 1e-13)):
        asked = did(world.metrics["Placed Order"], operator, wanted, timeframe=timeframe, measurement="sum")
        by_lake, by_table = await both(world, definition(asked))
        assert by_lake == by_table, (timeframe, operator, wanted)


async def test_it_asks_postgresql_while_most_is_in_no_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people(world)
    await sealed(world, tmp_path)
    monkeypatch.setattr(lake, "MOST_OPEN", 3)
    async with world.pool.connection() as conn:
        metric = (
            await db.rows(conn, "SELECT id FROM metrics WHERE account_id = %s AND name = 'Placed Order'", (world.id,))
        )[0][0]
        scope = Scope(conn, world.id, world.account.now(), Names({}, {}))
        async with lake.opened(scope, lake.Part(frozenset({metric}), None, None, frozenset())) as events:
            assert events is None


_KINDS: list[tuple[Any, ...]] = [
    ("Coats", "coats", "5", ""),
    (5, 80, 0),
    (5.5, 80, -1),
    (5, 2**53 + 1),
    (5, None),
    (True, False),
]


@pytest.mark.long
@pytest.mark.parametrize("values", length(_KINDS[::2], _KINDS))
async def test_it_reads_a_property_of_one_kind_without_looking_twice(
    world: World, tmp_path: Path, values: tuple[Any, ...]
) -> None:
    """All values of a file of one kind, as most are; then one of another kind that is not in a file yet."""
    await world.events([(f"p{n}", "Placed Order", -72 - n, {"p": one}, None) for n, one in enumerate(values)])
    await world.events([("without", "Placed Order", -72, {"q": 1}, None)])
    await world.settle()
    assert await sealed(world, tmp_path) > 0
    filters = [
        one for one in FILTERS if one.get("value") in ("5", "", "a", 5, 0, 80, 5.5, 9007199254740992, ["x", "5"])
    ]
    filters += [one for one in FILTERS if one["type"] in ("boolean", "existence", "list")]
    # each filter with some of the values; all with all in the long form
    filters = length(filters[_KINDS.index(values) :: len(_KINDS)], filters)
    for _ in range(2):
        for one in filters:
            asked = did(world.metrics["Placed Order"], filters=[{"property": "p", "filter": one}])
            by_lake, by_table = await both(world, definition(asked))
            assert by_lake == by_table, one
        await world.events([("late", "Placed Order", -0.001, {"p": ["5"]}, None)])
        await world.settle()
