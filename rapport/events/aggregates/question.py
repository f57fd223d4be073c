"""The checked question: bounds, zone, dimensions, conditions, order and page. Raises ApiError 400 for what is wrong."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from rapport.events.aggregates import dimensions
from rapport.events.aggregates.types import AggregateInput
from rapport.kit import intervals
from rapport.kit.intervals import Interval
from rapport.kit.jsonapi import ApiError, Condition, invalid, parse_filter
from rapport.kit.jsonapi.cursors import Cursor, read_cursor
from rapport.kit.jsonapi.filters import Scalar, read_moment

MEASUREMENTS = ("count", "sum_value", "unique")
_PAGE, _LARGEST_PAGE = 500, 10_000
_MAX_BY = 5
_MAX_BUCKETS = 10_000
# Numbers on one page: with many dates it holds fewer rows than were asked for.
_MAX_NUMBERS = 200_000
_OPERATORS = ("equals", "any", "contains", "starts-with", "ends-with", "has")
_YEARS = range(1900, 2200)
_AT = "/data/attributes"
# Zones that the reference does not take (behaviour-people 3.8).
_REFUSED = frozenset({"Factory", "Europe/Kyiv", "Pacific/Kanton"})


@dataclass(frozen=True)
class Test:
    """A condition on a dimension: its text equals one of `values`."""

    dimension: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """By a dimension's text, or by a measurement over the whole range; ties by the dimensions."""

    name: str
    descending: bool

    @property
    def measured(self) -> bool:
        return self.name in MEASUREMENTS


@dataclass(frozen=True)
class Place:
    """The position of a cursor: measurement (if that is the order) and dimensions of the last row of the page
    before."""

    measure: str | None
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """`dates`: where the buckets begin; `end`: where the last one ends."""

    measurements: tuple[str, ...]
    since: datetime
    until: datetime
    dates: tuple[datetime, ...]
    end: datetime
    by: tuple[str, ...]
    tests: tuple[Test, ...]
    order: Order | None
    size: int
    after: Place | None

    @property
    def dimensions(self) -> list[str]:
        """All dimensions used for grouping and filtering, each once."""
        return list(dict.fromkeys([*self.by, *(test.dimension for test in self.tests)]))

    def cursor(self, place: Place) -> str:
        return Cursor(False, _order_text(self.by, self.order), place.measure, _text(place.dimensions)).text()


def read(request: AggregateInput, cursor: str | None) -> Question:
    """The checked request. `cursor`: from the URL, used when the body has none. Raises ApiError 400."""
    zone = _zone(request.timezone)
    conditions = _conditions(request.filter, zone)
    since, until = _bounds(conditions)
    interval: Interval = request.interval or "day"
    measurements, by = _measurements(request), _by(request.by)
    dates = _dates(since, until, interval, zone)
    order = _order(request.sort, by)
    return Question(
        measurements=measurements,
        since=since,
        until=until,
        dates=tuple(dates),
        end=intervals.after(dates[-1], interval, zone),
        by=by,
        tests=tuple(_test(condition) for condition in conditions if condition.field != "datetime"),
        order=order,
        size=_size(request.page_size, len(dates) * len(measurements)),
        after=_after(request.page_cursor or cursor, by, order),
    )


def _zone(name: str | None) -> ZoneInfo:
    name = name or "UTC"
    if name not in _zones():
        raise invalid(f"'{name}' is not a time zone such as America/New_York.", pointer=f"{_AT}/timezone")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """By their exact letters."""
    return frozenset(available_timezones()) - _REFUSED


def _measurements(request: AggregateInput) -> tuple[str, ...]:
    if not request.measurements:
        raise invalid("At least one measurement is required.", pointer=f"{_AT}/measurements")
    return tuple(dict.fromkeys(request.measurements))


def _conditions(texts: list[str], zone: ZoneInfo) -> list[Condition]:
    checked: list[Condition] = []
    for at, text in enumerate(texts):
        pointer = f"{_AT}/filter/{at}"
        conditions = parse_filter(text, pointer=pointer, zone=zone)
        checked += [_checked(condition, zone, pointer) for condition in conditions]
    return checked


def _checked(condition: Condition, zone: ZoneInfo, pointer: str) -> Condition:
    if condition.field == "datetime":
        return _bound(condition, zone, pointer)
    if condition.field not in dimensions.ALL:
        raise invalid(f"'{condition.field}' is not a dimension that can be filtered by.", pointer=pointer)
    if condition.op not in _OPERATORS:
        allowed = ", ".join(_OPERATORS)
        text = (
            f"'{condition.op}' is not an allowed filter operator for {condition.field}. Allowed operators are {allowed}"
        )
        raise invalid(text, pointer=pointer)
    if isinstance(condition.value, list) != (condition.op == "any"):
        raise invalid("A list is needed for 'any', and a single value otherwise.", pointer=pointer)
    if isinstance(condition.value, datetime):
        raise invalid("A dimension is compared with a text in quotes.", pointer=pointer)
    return condition


def _bound(condition: Condition, zone: ZoneInfo, pointer: str) -> Condition:
    if condition.op not in ("greater-or-equal", "less-than"):
        raise invalid("datetime takes greater-or-equal and less-than.", pointer=pointer)
    moment = read_moment(condition.value, zone) if isinstance(condition.value, str) else condition.value
    if not isinstance(moment, datetime) or moment.year not in _YEARS:
        raise invalid("datetime is compared with a date and time such as 2022-12-01T00:00:00.", pointer=pointer)
    return Condition(condition.op, condition.field, moment)


def _bounds(conditions: list[Condition]) -> tuple[datetime, datetime]:
    since, until = (_the_bound(conditions, op) for op in ("greater-or-equal", "less-than"))
    if until <= since:
        raise invalid("The range of datetime must end after it begins.", pointer=f"{_AT}/filter")
    return since, until


def _the_bound(conditions: list[Condition], op: str) -> datetime:
    bounds = [condition.value for condition in conditions if condition.field == "datetime" and condition.op == op]
    if len(bounds) != 1 or not isinstance(bounds[0], datetime):
        text = "The filter must hold greater-or-equal(datetime,...) and less-than(datetime,...), each once."
        raise invalid(text, pointer=f"{_AT}/filter")
    return bounds[0]


def _test(condition: Condition) -> Test:
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    return Test(condition.field, condition.op, tuple(_plain(value) for value in values))


def _plain(value: Scalar) -> str:
    """As the dimension's text: a number or truth value as JSON writes it; nothing is \"\"."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _by(names: list[str] | None) -> tuple[str, ...]:
    for at, name in enumerate(names or ()):
        if name not in dimensions.ALL:
            raise invalid(f"'{name}' is not a dimension that can be grouped by.", pointer=f"{_AT}/by/{at}")
    dimension_names = tuple(dict.fromkeys(names or ()))
    if len(dimension_names) > _MAX_BY:
        raise invalid(f"At most {_MAX_BY} dimensions may be grouped by.", pointer=f"{_AT}/by")
    return dimension_names


def _dates(since: datetime, until: datetime, interval: Interval, zone: ZoneInfo) -> list[datetime]:
    try:
        return intervals.starts(since, until, interval, zone, most=_MAX_BUCKETS)
    except intervals.TooManyIntervals:
        text = f"The range has more than {_MAX_BUCKETS} intervals; ask for a shorter range or a longer interval."
        raise invalid(text, pointer=f"{_AT}/filter") from None


def _order(sort: str | None, by: tuple[str, ...]) -> Order | None:
    if sort is None:
        return None
    name = sort.removeprefix("-")
    if name not in MEASUREMENTS and name not in by:
        text = f"'{name}' is not an allowed sort: use a measurement, or a dimension that is grouped by."
        raise invalid(text, pointer=f"{_AT}/sort")
    return Order(name, sort.startswith("-"))


def _size(requested: int | None, numbers: int) -> int:
    size = _PAGE if requested is None else requested
    if not 1 <= size <= _LARGEST_PAGE:
        raise invalid(f"The page size must be from 1 to {_LARGEST_PAGE}.", pointer=f"{_AT}/page_size")
    return max(1, min(size, _MAX_NUMBERS // numbers))


def _after(text: str | None, by: tuple[str, ...], order: Order | None) -> Place | None:
    """A whole `next` link counts as its cursor."""
    if not text:
        return None
    try:
        cursor = read_cursor(text.rpartition("page[cursor]=")[2].partition("&")[0], _order_text(by, order))
        place = Place(cursor.value, tuple(msgspec.json.decode(cursor.key, type=list[str])))
        if len(place.dimensions) == len(by) and _fits(place.measure, order):
            return place
    except (ApiError, msgspec.MsgspecError, TypeError):
        pass
    raise invalid("Invalid cursor provided.", pointer=f"{_AT}/page_cursor")


def _fits(measure: Any, order: Order | None) -> bool:
    if order is None or not order.measured:
        return measure is None
    return isinstance(measure, str) and measure.lstrip("-").replace(".", "", 1).isdigit() and len(measure) < 40


def _order_text(by: tuple[str, ...], order: Order | None) -> str:
    sort = "" if order is None else f"{'-' if order.descending else ''}{order.name}"
    return _text((sort, *by))


def _text(parts: tuple[str, ...]) -> str:
    return msgspec.json.encode(parts).decode()
