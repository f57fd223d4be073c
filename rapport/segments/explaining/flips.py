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
    """A time at which a date begins (`enters`) or ceases to count, as far as one boundary is concerned."""

    at: datetime
    enters: bool


@dataclass(frozen=True)
class Boundary:
    """A moving boundary of a timeframe. `enters`: dates begin to count when it reaches them; otherwise they
    cease to."""

    edge: Edge
    enters: bool
    yearly: bool

    def flips(self, date: datetime, now: datetime) -> Iterator[Flip]:
        """When the boundary reaches `date`; for yearly timeframes, every time within years of `now`."""
        for day in _anniversaries(date, now) if self.yearly else (date,):
            at = reached(self.edge, day)
            if at is not None:
                yield Flip(at, self.enters)


def boundaries(timeframe: Timeframe) -> tuple[Boundary, ...]:
    """The moving boundaries of a timeframe: its start lets dates go, its end takes them in."""
    both = ((timeframe.start, False), (timeframe.end, True))
    return tuple(Boundary(edge, enters, timeframe.yearly) for edge, enters in both if edge is not None and edge.moves)


def flips(timeframe: Timeframe, date: datetime, now: datetime) -> Iterator[Flip]:
    """Every moment at which the answer about `date` may flip; of a yearly timeframe, those within years of `now`."""
    for boundary in boundaries(timeframe):
        yield from boundary.flips(date, now)


def reached(edge: Edge, date: datetime) -> datetime | None:
    """The first time at which the boundary lies after `date`; None when that is beyond the calendar."""
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
