"""Every filter against every awkward value, on profiles and on events, compared with plain Python."""

from typing import Any

import pytest

from tests.segments import plain
from tests.segments.world import World, definition, did

pytestmark = pytest.mark.rule("4.2", "4.6")

VALUES: tuple[Any, ...] = (
    5, "5", " 7 ", 5.5, "-1e2", "x", "Xy", "", True, False, "yes", "F", 0, 1, None, [], ["a"], ["a", "b"], ["a", "1"],
    [1, None, "A"], ["za"], {"a": 1}, [["a"]], "2026-02-30", "2024-02-29", "2023-02-29", "0000-01-01", "1e9999", "٣",
    "2026-01-01T25:00:00", "2026-01-01 10:00:00", "2026-01-01T10:00:00.123Z", "2026-01-01T23:30:00-03:00",
    "100%", "a_c",
)  # fmt: skip
COMPARE = ("equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal")
TEXTS = ("equals", "contains", "starts-with", "ends-with")


def _common() -> list[dict[str, Any]]:
    texts = [name for one in TEXTS for name in (one, f"not-{one}")]
    found: list[dict[str, Any]] = [
        {"type": "string", "operator": one, "value": wanted} for one in texts for wanted in ("x", "5", "%", "_", "")
    ]
    found += [{"type": "string", "operator": one, "value": ["x", "5", "true"]} for one in ("in", "not-in")]
    found += [{"type": "numeric", "operator": one, "value": wanted} for one in COMPARE for wanted in (5, 5.5, -100)]
    found += [{"type": "boolean", "operator": "equals", "value": wanted} for wanted in (True, False)]
    found += [{"type": "existence", "operator": one} for one in ("is-set", "not-set")]
    lengths = [f"length-{name}" for name in COMPARE if name != "not-equals"]
    return found + [{"type": "list", "operator": one, "value": 1} for one in lengths]


def _of_profiles() -> list[dict[str, Any]]:
    contains = [
        {"type": "list", "operator": one, "value": wanted}
        for one in ("contains", "not-contains")
        for wanted in ("a", "A", 1, "1", None)
    ]
    dates: list[dict[str, Any]] = [{"operator": one, "date": "2026-01-01"} for one in ("before", "after")]
    dates += [{"operator": "between-static", "start": "2026-01-01", "end": "2026-01-02"}]
    dates += [{"operator": "calendar-month", "value": month} for month in (1, 2)]
    return _common() + contains + [{"type": "date", **one} for one in dates]


def _of_events() -> list[dict[str, Any]]:
    sets = [
        {"type": "list", "operator": f"{negation}contains-{kind}", "value": wanted}
        for negation in ("", "not-")
        for kind in ("any", "all")
        for wanted in (["a"], ["a", "1"], ["z", "A"])
    ]
    parts = [{"type": "list", "operator": f"{negation}contains-substring", "value": "a"} for negation in ("", "not-")]
    return _common() + sets + parts


async def _compare(world: World, definitions: list[dict[str, Any]]) -> None:
    people = await world.people()
    for one in definitions:
        assert await world.matching(one) == plain.matching(people, one, world.account.now()), one


async def test_it_reads_properties_of_profiles_as_the_filter_asks(world: World) -> None:
    await world.profile("nothing")
    for number, value in enumerate(VALUES):
        await world.profile(f"p{number}", p=value)
    await _compare(
        world,
        [
            definition({"type": "profile-property", "property": "properties['p']", "filter": one})
            for one in _of_profiles()
        ],
    )


async def test_it_reads_properties_of_events_as_the_filter_asks(world: World) -> None:
    events: list[Any] = [(f"p{number}", "Placed Order", -1, {"p": value}, None) for number, value in enumerate(VALUES)]
    await world.events([*events, ("nothing", "Placed Order", -1, {}, None)])
    await world.settle()
    order = world.metrics["Placed Order"]
    await _compare(world, [definition(did(order, filters=[{"property": "p", "filter": one}])) for one in _of_events()])


@pytest.mark.parametrize("operator", COMPARE)
async def test_it_measures_those_who_never_did_it_too(world: World, operator: str) -> None:
    await world.profile("nothing")
    await world.events([("ada", "Placed Order", -n, {}, value) for n, value in enumerate((None, "1.10", "-3"))])
    await world.events([("ben", "Placed Order", -1, {}, "0")])
    await world.settle()
    order = world.metrics["Placed Order"]
    await _compare(
        world,
        [
            definition(did(order, operator, wanted, measurement=measure))
            for wanted in (0, 1, -1.9, 3)
            for measure in ("count", "sum")
        ],
    )
