"""When a flow about a date begins for somebody, and what waits for that date (behaviour-messaging 1.3, 1.9). Pure
arithmetic: an anchor is the date of one occurrence, in the zone of the person or of the trigger."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET

from rapport.flows.action_types import CountdownDelay, TargetDate
from rapport.flows.delays import WEEKDAYS
from rapport.flows.trigger_types import DateTrigger

_DAY = timedelta(days=1)
# Longer than any shift of weekdays or zones.
_MARGIN = timedelta(days=9)
_DAYS = {"weekly": 7}
_MONTHS = {"monthly": 1, "annually": 12}


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def before(day: date, unit: str, value: int) -> date:
    """So many days, weeks or months before."""
    if unit == "months":
        return months_later(day, -value)
    return day - value * (timedelta(weeks=1) if unit == "weeks" else _DAY)


def starts(
    trigger: DateTrigger, stored: date, zone: ZoneInfo, after: datetime, until: datetime
) -> list[tuple[date, datetime]]:
    """The occurrences of a stored date whose flow begins in (after, until]: anchor and beginning."""
    found = []
    ahead = before(date(2000, 12, 31), trigger.timedelta_unit_before_date, trigger.timedelta_value_before_date)
    longest = date(2000, 12, 31) - ahead + _MARGIN
    first, last = after.date() - _MARGIN, until.date() + longest
    for anchor in _occurrences(trigger, stored, first, last):
        begins = start(trigger, anchor, zone)
        if after < begins <= until:
            found.append((anchor, begins))
    return found


def _occurrences(trigger: DateTrigger, stored: date, first: date, last: date) -> Iterator[date]:
    """Of a date that comes again: from the stored one on, those from `first` to `last`."""
    frequency = trigger.recurrence_frequency
    if frequency == "never":
        if first <= stored <= last:
            yield stored
        return
    at = _skipped(stored, frequency, first)
    while (anchor := _occurrence(stored, frequency, at)) <= last:
        if anchor >= first:
            yield anchor
        at += 1


def _skipped(stored: date, frequency: str, first: date) -> int:
    """The number of an occurrence shortly before `first`."""
    if frequency in _DAYS:
        return max(0, (first - stored).days // _DAYS[frequency] - 1)
    months = (first.year - stored.year) * 12 + first.month - stored.month
    return max(0, months // _MONTHS[frequency] - 1)


def _occurrence(stored: date, frequency: str, number: int) -> date:
    if frequency in _DAYS:
        return stored + timedelta(days=_DAYS[frequency] * number)
    return months_later(stored, _MONTHS[frequency] * number)


def start(trigger: DateTrigger, anchor: date, zone: ZoneInfo) -> datetime:
    """When the flow begins for an occurrence."""
    day = before(anchor, trigger.timedelta_unit_before_date, trigger.timedelta_value_before_date)
    return _moment(day, time.fromisoformat(trigger.trigger_time), trigger.trigger_days, zone)


def target(data: TargetDate, trigger: DateTrigger, anchor: date, zone: ZoneInfo) -> datetime:
    """The moment that the flow is about."""
    wanted = trigger.trigger_time if data.target_time is UNSET else data.target_time
    return _moment(anchor, time.fromisoformat(str(wanted)), data.target_days, zone)


def countdown(data: CountdownDelay, trigger: DateTrigger, anchor: date, zone: ZoneInfo) -> datetime:
    """So long before it; at the trigger's time of day where none is named."""
    wanted = data.delay_until_time if isinstance(data.delay_until_time, str) else trigger.trigger_time
    day = before(anchor, data.unit, data.value)
    return _moment(day, time.fromisoformat(wanted), data.delay_until_weekdays, zone)


def _moment(day: date, at: time, weekdays: Any, zone: ZoneInfo) -> datetime:
    """Of days that are not allowed, the next that is."""
    allowed = [] if weekdays is UNSET or not weekdays else weekdays
    while allowed and WEEKDAYS[day.weekday()] not in allowed:
        day += _DAY
    return datetime.combine(day, at, zone).astimezone(UTC)
