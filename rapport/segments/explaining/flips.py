"""When a timeframe's answer about one date may flip: the moments at which a moving boundary reaches the date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.kit.clock import midnight
from rapport.segments.grammar.timeframes import DAY, TICK, Edge, Timeframe

# The next 29 February is eight years away at most (1896 and 1904, 2096 and 2104).
_YEARS = range(-1, 10)


@dataclass(frozen=True)
class Flip:
    """`enters`: from `at` on the date counts, as far as this boundary goes; otherwise it counts no more."""

    at: datetime
    enters: bool


@dataclass(frozen=True)
class Boundary:
    """A boundary of a timeframe that moves. `enters`: dates that it has reached count, as far as it goes."""

    edge: Edge
    enters: bool
    yearly: bool

    def flips(self, date: datetime, now: datetime) -> Iterator[Flip]:
        """When it reaches `date`; without the year, each time within years of `now`."""
        for day in _anniversaries(date, now) if self.yearly else (date,):
            at = reached(self.edge, day)
            if at is not None:
                yield Flip(at, self.enters)


def boundaries(timeframe: Timeframe) -> tuple[Boundary, ...]:
    """The start lets go of dates, the end takes them in."""
    both = ((timeframe.start, False), (timeframe.end, True))
    return tuple(Boundary(edge, enters, timeframe.yearly) for edge, enters in both if edge is not None and edge.moves)


def flips(timeframe: Timeframe, date: datetime, now: datetime) -> Iterator[Flip]:
    """Every moment at which the answer about `date` may flip; of a yearly timeframe, those within years of `now`."""
    for boundary in boundaries(timeframe):
        yield from boundary.flips(date, now)


def reached(edge: Edge, date: datetime) -> datetime | None:
    """The first moment at which the boundary lies after `date`; None beyond the calendar."""
    try:
        return _first(edge, date - edge.offset)
    except OverflowError:
        return None


def _first(edge: Edge, date: datetime) -> datetime:
    if edge.anchor == "now":
        return date + TICK
    if edge.anchor == "midnight":
        return midnight(date) + DAY
    month = midnight(date).replace(day=1)
    # "next month" already lies after every day of this one
    return month if edge.anchor == "next month" else (month + timedelta(days=32)).replace(day=1)


def _anniversaries(date: datetime, now: datetime) -> Iterator[datetime]:
    for years in _YEARS:
        try:
            yield date.replace(year=now.year + years)
        except ValueError:
            continue
