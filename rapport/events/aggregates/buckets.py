"""Local hours, days, weeks and months as instants, right where clocks are put forward or back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rapport.events.aggregates.types import Interval

# Zones that the reference does not take (behaviour-people 3.8).
_REFUSED = frozenset({"Factory", "Europe/Kyiv", "Pacific/Kanton"})
_QUARTER, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
# Every clock since 1990, when events begin, has differed from UTC by a multiple of a quarter of an hour.
QUARTER_SECONDS = 900


class TooManyBuckets(Exception):
    """More than were allowed."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _REFUSED


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, by its exact letters; None for one that is not accepted."""
    return ZoneInfo(name) if name in _zones() else None


def starts(since: datetime, until: datetime, interval: Interval, zone: ZoneInfo, *, most: int) -> list[datetime]:
    """The beginnings, in UTC, of all local intervals that have a part in [since, until). Raises TooManyBuckets.

    A day has 23 or 25 hours where the clock is changed, an hour that the clock shows twice is two, and a day that a
    country skipped is none. Weeks begin on Monday.
    """
    walk = _hours(since, zone) if interval == "hour" else _days(since, interval, zone)
    found: list[datetime] = []
    for start in walk:
        if start >= until:
            return found
        if not found or start > found[-1]:
            found.append(start)
        if len(found) > most:
            raise TooManyBuckets
    return found


def after(start: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """The beginning of the interval that follows the one that begins at `start`."""
    walk = _hours(start, zone) if interval == "hour" else _days(start, interval, zone)
    return next(one for one in walk if one > start)


def _hours(since: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants at which the clock shows a whole hour. Where it jumps by half an hour, an hour is so much longer."""
    start = since.astimezone(UTC).replace(minute=since.minute // 15 * 15, second=0, microsecond=0)
    while start.astimezone(zone).minute:
        start -= _QUARTER
    while True:
        yield start
        start += _HOUR
        while start.astimezone(zone).minute:
            start += _QUARTER


def _days(since: datetime, interval: Interval, zone: ZoneInfo) -> Iterator[datetime]:
    day = _first(since.astimezone(zone).date(), interval)
    while True:
        # Midnight that does not exist is the moment of the jump; one that comes twice is the first.
        yield datetime.combine(day, time(), zone).astimezone(UTC)
        day = _next(day, interval)


def _first(day: date, interval: Interval) -> date:
    if interval == "week":
        return day - day.weekday() * _DAY
    return day.replace(day=1) if interval == "month" else day


def _next(day: date, interval: Interval) -> date:
    if interval == "month":
        return (day + 31 * _DAY).replace(day=1)
    return day + (7 * _DAY if interval == "week" else _DAY)
