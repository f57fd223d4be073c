"""When a time delay ends (behaviour-messaging 1.8). Pure arithmetic."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import UNSET

from rapport.flows.action_types import TimeDelay

_DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def nominal(delay: TimeDelay) -> timedelta:
    """The length of the delay, without time of day and weekdays."""
    minutes = timedelta(minutes=delay.secondary_value or 0) if delay.unit == "hours" else timedelta()
    return timedelta(**{delay.unit: delay.value}) + minutes


def needs_zone(delay: TimeDelay) -> bool:
    """Whether the end depends on a time zone; a plain delay does not."""
    return bool(_time(delay) or _weekdays(delay))


def end(delay: TimeDelay, arrival: datetime, zone: ZoneInfo) -> datetime:
    """When a run that arrived at `arrival` moves on. `zone`: the recipient's, or the one the delay names.

    N days are N x 24 h, but calendar days when a time of day is set (1.8, vector F19). A weekday that is not allowed is
    replaced by the next one that is, at the same local time.
    """
    over = arrival + nominal(delay)
    if not needs_zone(delay):
        return over
    local = _at_time(delay, arrival, over, zone)
    allowed = _weekdays(delay)
    while allowed and WEEKDAYS[local.weekday()] not in allowed:
        local += _DAY
    return local.astimezone(UTC)


def _at_time(delay: TimeDelay, arrival: datetime, over: datetime, zone: ZoneInfo) -> datetime:
    """Wall-clock arithmetic: adding a day to a local time keeps the hour when the clocks change."""
    wanted = _time(delay)
    if wanted is None:
        return over.astimezone(zone)
    if delay.unit == "days":
        day, earliest = arrival.astimezone(zone).date() + timedelta(days=delay.value), arrival
    else:
        day, earliest = over.astimezone(zone).date(), over
    local = datetime.combine(day, wanted, zone)
    return local if local.astimezone(UTC) >= earliest else local + _DAY


def _time(delay: TimeDelay) -> time | None:
    return time.fromisoformat(delay.delay_until_time) if isinstance(delay.delay_until_time, str) else None


def _weekdays(delay: TimeDelay) -> list[str]:
    weekdays = delay.delay_until_weekdays
    return [] if weekdays is UNSET or weekdays is None else [*weekdays]
