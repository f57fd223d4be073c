"""Timeframes and intervals of reports, in the account's timezone (behaviour-messaging 6.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rapport.kit import clock, intervals
from rapport.kit.intervals import Interval
from rapport.kit.jsonapi import invalid

_POINTER = "/data/attributes/timeframe"
_QUARTER = timedelta(minutes=15)
_MAX = timedelta(days=366)
# An interval's unit and its longest timeframe in days. A key such as last_7_days also holds the day that is not over,
# hence one day more.
_INTERVALS: dict[str, tuple[Interval, int]] = {
    "hourly": ("hour", 7 + 1),
    "daily": ("day", 60 + 1),
    "weekly": ("week", 366 + 1),
    "monthly": ("month", 366 + 1),
}
# More than any of them allows.
_MOST_INTERVALS = 1000


@dataclass(frozen=True)
class Range:
    """From `start` until before `end`, aware; on quarters of an hour, which is how finely sending is counted."""

    start: datetime
    end: datetime
    zone: ZoneInfo


def _days_back(count: int) -> Callable[[date], tuple[date, date]]:
    """From that many days ago to the end of today: last_7_days has eight days (recorded from the live system)."""
    return lambda today: (today - timedelta(days=count), today)


def _months_back(count: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (_same_day(today, count), today)


def _same_day(day: date, months_before: int) -> date:
    """The day so many months earlier, or the last of that month."""
    number = day.year * 12 + day.month - 1 - months_before
    first = date(number // 12, number % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_ONE = timedelta(days=1)
# key -> first and last day, both included
_KEYS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - _ONE, today - _ONE),
    "this_week": lambda today: (_monday(today), today),
    "last_week": lambda today: (_monday(today) - 7 * _ONE, _monday(today) - _ONE),
    "this_month": lambda today: (today.replace(day=1), today),
    "last_month": lambda today: (_same_day(today.replace(day=1), 1), today.replace(day=1) - _ONE),
    "this_year": lambda today: (today.replace(month=1, day=1), today),
    "last_year": lambda today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    "last_7_days": _days_back(7),
    "last_30_days": _days_back(30),
    "last_90_days": _days_back(90),
    "last_365_days": _days_back(365),
    "last_3_months": _months_back(3),
    "last_12_months": _months_back(12),
}


def read(timeframe: dict[str, Any], zone: ZoneInfo, now: datetime) -> Range:
    """`{key}` or `{start, end}` (their offset is ignored). Raises ApiError 400 with a pointer."""
    if set(timeframe) == {"key"}:
        return _of_key(timeframe["key"], zone, now)
    if set(timeframe) == {"start", "end"}:
        return _of_bounds(timeframe, zone)
    raise invalid("A timeframe has either 'key', or 'start' and 'end'.", pointer=_POINTER)


def _of_key(key: Any, zone: ZoneInfo, now: datetime) -> Range:
    days = _KEYS.get(key) if isinstance(key, str) else None
    if days is None:
        raise invalid(f"'{key}' is not a timeframe. Timeframes: {', '.join(_KEYS)}.", pointer=f"{_POINTER}/key")
    first, last = days(now.astimezone(zone).date())
    return Range(_midnight(first, zone), _midnight(last + _ONE, zone), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _of_bounds(timeframe: dict[str, Any], zone: ZoneInfo) -> Range:
    start, end = (_local(timeframe[name], zone, f"{_POINTER}/{name}") for name in ("start", "end"))
    if end <= start:
        raise invalid("'end' must be after 'start'.", pointer=f"{_POINTER}/end")
    if end - start > _MAX:
        raise invalid("A timeframe is one year long at most.", pointer=_POINTER)
    return Range(_quarter(start), _quarter(end + _QUARTER - timedelta(microseconds=1)), zone)


def _local(text: Any, zone: ZoneInfo, pointer: str) -> datetime:
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=zone)
    except (TypeError, ValueError) as error:
        raise invalid(f"'{text}' is not a date and time in ISO 8601.", pointer=pointer) from error
    if not clock.in_reach(local):
        raise invalid(f"'{text}' is too far away.", pointer=pointer)
    return local


def _quarter(moment: datetime) -> datetime:
    """The quarter of an hour that the moment lies in."""
    return moment - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)


def buckets(range: Range, interval: str) -> list[datetime]:
    """Starts of the intervals that cover the range. Raises ApiError 400 when the interval is too fine for it."""
    unit, longest = _INTERVALS[interval]
    if (range.end - range.start).days > longest:
        raise invalid(f"The timeframe is too long for the interval '{interval}'.", pointer="/data/attributes/interval")
    starts = intervals.starts(range.start, range.end, unit, range.zone, most=_MOST_INTERVALS)
    return [start.astimezone(range.zone) for start in starts]
