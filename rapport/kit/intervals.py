"""Local hours, days, weeks and months as instants, right where clocks are put forward or back.

Clocks are read in their zone and reckoned with in UTC: two moments of one zone compare by what the clock shows, which
is wrong in the hour that comes twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Interval = Literal["hour", "day", "week", "month"]
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class TooManyIntervals(Exception):
    """More than were allowed."""


def starts(since: datetime, until: datetime, interval: Interval, zone: ZoneInfo, *, most: int) -> list[datetime]:
    """The beginnings, in UTC, of all local intervals that have a part in [since, until). Raises TooManyIntervals.

    A day has 23 or 25 hours where the clock is changed, an hour that the clock shows twice is two, one within which
    the clock moves by half an hour is so much longer, and a day that a country skipped is none. Weeks begin on Monday.
    """
    end = until.astimezone(UTC)
    beginnings: list[datetime] = []
    for start in _walk(since, interval, zone):
        if start >= end:
            return beginnings
        if not beginnings or start > beginnings[-1]:
            beginnings.append(start)
        if len(beginnings) > most:
            raise TooManyIntervals
    return beginnings


def after(start: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """The beginning of the interval that follows the one that begins at `start`."""
    return next(following for following in _walk(start, interval, zone) if following > start)


def _walk(since: datetime, interval: Interval, zone: ZoneInfo) -> Iterator[datetime]:
    return _hours(since, zone) if interval == "hour" else _days(since, interval, zone)


def _hours(since: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Instants at which the clock shows a whole hour."""
    start = since.astimezone(UTC)
    while past := _past_the_hour(start, zone):
        start -= past
    while True:
        yield start
        start += _HOUR
        while past := _past_the_hour(start, zone):
            start += _HOUR - past


def _past_the_hour(moment: datetime, zone: ZoneInfo) -> timedelta:
    shown = moment.astimezone(zone)
    return timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)


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
