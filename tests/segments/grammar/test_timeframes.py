"""The boundaries of behaviour-people 4.7, on its own worked example: today is 2023-06-17."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.segments.grammar import timeframes
from rapport.segments.grammar.errors import DefinitionError
from rapport.segments.grammar.nodes import Node

NOW = datetime(2023, 6, 17, 15, 30, tzinfo=UTC)
STEP = timedelta(microseconds=1)


def day(number: int) -> datetime:
    return datetime(2023, 6, 1, tzinfo=UTC) + timedelta(days=number - 1)


def window(**wanted: Any) -> timeframes.Window:
    return timeframes.read(Node({"type": "date", **wanted}, ""), (*timeframes.OF_VALUES, "alltime")).window(NOW)


@pytest.mark.rule("4.7")
@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ({"operator": "in-the-last", "quantity": 3, "unit": "day"}, day(14), NOW + STEP),
        ({"operator": "at-least", "quantity": 3, "unit": "day"}, None, day(14)),
        ({"operator": "between", "start": 3, "end": 5, "unit": "day"}, day(12), day(15)),
        ({"operator": "in-the-next", "quantity": 3, "unit": "day"}, NOW, day(21)),
        ({"operator": "before", "date": "2023-06-10T00:00:00Z"}, None, day(10)),
        ({"operator": "after", "date": "2023-06-10T00:00:00Z"}, day(11), None),
        ({"operator": "between-static", "start": "2023-06-10", "end": "2023-06-12"}, day(10), day(13)),
        ({"operator": "anniversary"}, day(17), day(18)),
        ({"operator": "anniversary-next", "quantity": 3, "unit": "day"}, NOW, day(21)),
        ({"operator": "anniversary-last", "quantity": 3, "unit": "day"}, day(14), NOW + STEP),
        ({"operator": "anniversary-month"}, day(1), day(31)),
        ({"operator": "in-the-last", "quantity": 1, "unit": "week"}, day(10), NOW + STEP),
        ({"operator": "in-the-last", "quantity": 6, "unit": "hour"}, NOW - timedelta(hours=6), NOW + STEP),
        ({"operator": "alltime"}, None, None),
    ],
)
def test_it_has_the_boundaries_of_the_worked_example(
    wanted: dict[str, Any], start: datetime | None, end: datetime | None
) -> None:
    found = window(**wanted)
    assert (found.start, found.end) == (start, end)


def test_it_reads_a_range_whichever_end_is_written_first() -> None:
    assert window(operator="between", start=5, end=3, unit="day") == window(
        operator="between", start=3, end=5, unit="day"
    )


def test_it_tells_what_a_boundary_swept_over() -> None:
    timeframe = timeframes.read(
        Node({"type": "date", "operator": "at-least", "quantity": 3, "unit": "day"}, ""), timeframes.RELATIVE
    )
    assert timeframe.swept(NOW, NOW + timedelta(hours=8)) == ()
    ((_, swept),) = timeframe.swept(NOW, NOW + timedelta(days=2))
    assert (swept.start, swept.end) == (day(14), day(16))


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"operator": "in-the-last", "quantity": -1, "unit": "day"}, "/quantity"),
        ({"operator": "in-the-last", "quantity": 10**9, "unit": "day"}, "/quantity"),
        ({"operator": "in-the-last", "quantity": 3, "unit": "month"}, "/unit"),
        ({"operator": "in-the-last", "quantity": 3}, "/unit"),
        ({"operator": "sometime"}, "/operator"),
        ({"operator": "before", "date": "soon"}, "/date"),
        ({"operator": "before", "date": "9999-12-31"}, "/date"),
        ({"operator": "between-static", "start": "2023-06-10", "end": "2023-06-09"}, "/end"),
        ({"operator": "alltime", "quantity": 3}, "/quantity"),
    ],
)
def test_it_points_at_what_it_can_not_take(wanted: dict[str, Any], pointer: str) -> None:
    with pytest.raises(DefinitionError) as error:
        window(**wanted)
    assert error.value.pointer == pointer
