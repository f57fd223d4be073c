"""Timeframes: two boundaries that are functions of time (behaviour-people 4.2, 4.7).

Everything is half-open, [start, end), in UTC. A relative timeframe's boundaries move as time passes; what they sweep
over between two moments is exactly what may have entered or left, which is how the timer finds it by a range query.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from rapport.kit.clock import midnight
from rapport.segments.grammar.nodes import Node

DAY = timedelta(days=1)
# The database's resolution: one step after `now` makes "up to now" half-open.
TICK = timedelta(microseconds=1)
# How often stored dates are looked at where the year does not count: there is no next moment to compare with, and
# what is promised is to be within a minute of the boundary.
YEARLY_PAUSE = timedelta(minutes=1)
UNITS = {"hour": timedelta(hours=1), "day": DAY, "week": timedelta(days=7)}
# A century; further back nothing is accepted as an event's time.
_MOST = {"hour": 876_000, "day": 36_500, "week": 5_200}
# A leap year, for months without a year.
_LEAP = 2000
Anchor = Literal["now", "midnight", "month", "next month"]


@dataclass(frozen=True)
class Window:
    """An interval [start, end); None is open. `yearly`: only month, day and time count (anniversaries); then neither
    end is open."""

    start: datetime | None
    end: datetime | None
    yearly: bool = False


@dataclass(frozen=True)
class Edge:
    """A boundary: a fixed time, or one that moves with `now`."""

    anchor: Anchor | datetime
    offset: timedelta = timedelta()

    def at(self, now: datetime) -> datetime:
        if isinstance(self.anchor, datetime):
            return self.anchor + self.offset
        return _anchored(self.anchor, now) + self.offset

    @property
    def moves(self) -> bool:
        return not isinstance(self.anchor, datetime)

    @property
    def flows(self) -> bool:
        """Whether it moves with every instant rather than once a day."""
        return self.anchor == "now"


def _anchored(anchor: Anchor, now: datetime) -> datetime:
    if anchor == "now":
        return now
    day = midnight(now)
    if anchor == "midnight":
        return day
    return day.replace(day=1) if anchor == "month" else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Timeframe:
    """From one boundary to another; None is open."""

    start: Edge | None = None
    end: Edge | None = None
    yearly: bool = False

    def window(self, now: datetime) -> Window:
        start = None if self.start is None else self.start.at(now)
        return Window(start, None if self.end is None else self.end.at(now), self.yearly)

    def moving(self) -> tuple[Edge, ...]:
        return tuple(edge for edge in (self.start, self.end) if edge is not None and edge.moves)

    def swept(self, after: datetime, until: datetime) -> tuple[tuple[Edge, Window], ...]:
        """The windows that each boundary passed over while time went from `after` to `until`."""
        windows = ((edge, Window(edge.at(after), edge.at(until), self.yearly)) for edge in self.moving())
        return tuple((edge, window) for edge, window in windows if window.start != window.end)


ALLTIME = Timeframe()
STATIC = ("before", "after", "between-static")
RELATIVE = ("in-the-last", "at-least", "in-the-next", "between")
ANNIVERSARY = ("anniversary-last", "anniversary-next")
CALENDAR = ("anniversary", "anniversary-month", "calendar-month")
OF_EVENTS = (*STATIC, *RELATIVE, *ANNIVERSARY, "alltime")
OF_VALUES = (*STATIC, *RELATIVE, *ANNIVERSARY, *CALENDAR)


def read(node: Node, operators: tuple[str, ...]) -> Timeframe:
    """A date filter as a timeframe. Raises DefinitionError."""
    node["type"].choice(("date",))
    operator = node["operator"].choice(operators)
    if operator in STATIC:
        return _static(node, operator)
    if operator in CALENDAR:
        return _calendar(node, operator)
    if operator == "alltime":
        node.only("type", "operator")
        return ALLTIME
    return _range(node) if operator == "between" else _relative(node, operator)


def _static(node: Node, operator: str) -> Timeframe:
    """Whole days: only the day of a date counts."""
    if operator == "between-static":
        node.only("type", "operator", "start", "end")
        first, last = midnight(node["start"].moment()), midnight(node["end"].moment())
        if last < first:
            raise node["end"].error("The end is before the start.")
        return Timeframe(Edge(first), Edge(last, DAY))
    node.only("type", "operator", "date")
    day = midnight(node["date"].moment())
    return Timeframe(end=Edge(day)) if operator == "before" else Timeframe(start=Edge(day, DAY))


def _relative(node: Node, operator: str) -> Timeframe:
    node.only("type", "operator", "unit", "quantity")
    unit = node["unit"].choice(tuple(UNITS))
    length = UNITS[unit] * node["quantity"].integer(0, _MOST[unit])
    # Days start at midnight, hours roll.
    anchor: Anchor = "now" if unit == "hour" else "midnight"
    if operator == "at-least":
        return Timeframe(end=Edge(anchor, -length))
    yearly = operator in ANNIVERSARY
    if operator in ("in-the-last", "anniversary-last"):
        return Timeframe(Edge(anchor, -length), Edge("now", TICK), yearly)
    return Timeframe(Edge("now"), Edge(anchor, length if unit == "hour" else length + DAY), yearly)


def _range(node: Node) -> Timeframe:
    """From `start` to `end` units ago, both days included, in either order."""
    node.only("type", "operator", "unit", "start", "end")
    unit = node["unit"].choice(tuple(UNITS))
    near, far = sorted(node[key].integer(0, _MOST[unit]) * UNITS[unit] for key in ("start", "end"))
    if unit == "hour":
        return Timeframe(Edge("now", -far), Edge("now", -near))
    return Timeframe(Edge("midnight", -far), Edge("midnight", DAY - near))


def _calendar(node: Node, operator: str) -> Timeframe:
    if operator == "calendar-month":
        node.only("type", "operator", "value")
        first = datetime(_LEAP, node["value"].integer(1, 12), 1, tzinfo=UTC)
        return Timeframe(Edge(first), Edge(_anchored("next month", first)), yearly=True)
    node.only("type", "operator")
    if operator == "anniversary":
        return Timeframe(Edge("midnight"), Edge("midnight", DAY), yearly=True)
    return Timeframe(Edge("month"), Edge("next month"), yearly=True)
