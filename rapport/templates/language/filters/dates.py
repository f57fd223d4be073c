"""Filters on dates. Texts are read in ISO 8601 or as `%m-%d-%Y`; what cannot be read prints nothing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.timesince import timesince as django_timesince

from rapport.templates.language.budget import current
from rapport.templates.language.registry import filter_tag

_FORMATS = (
    "%m-%d-%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%B %d, %Y",
    "%b %d, %Y",
)
_MAX_TEXT = 64


def parse(value: Any) -> datetime | None:
    """A moment from a datetime, a date, a Unix time in seconds or a text; None where it is none of them."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_seconds(value)
    return _from_text(str(value).strip())


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_text(text: str) -> datetime | None:
    if len(text) > _MAX_TEXT:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return next((moment for pattern in _FORMATS if (moment := _from_pattern(text, pattern))), None)


def _from_pattern(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None


@filter_tag("format_date_string", "datetime_from_string")
def format_date_string(value: Any) -> Any:
    """A text made a moment, for `|date:"F d, Y"`."""
    return parse(value) or ""


@filter_tag("days_later")
def days_later(value: Any, days: Any) -> Any:
    """The moment `days` later (earlier when negative)."""
    moment = parse(value)
    try:
        return moment + timedelta(days=float(days)) if moment else ""
    except (ValueError, OverflowError):
        return ""


def _difference(value: Any) -> timedelta | None:
    """Time from `value` until now; a moment without a zone is in the account's."""
    moment, now = parse(value), current().now
    if moment is None or now is None:
        return None
    return now - (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo))


@filter_tag("weeks_since")
def weeks_since(value: Any) -> Any:
    """Whole weeks from a date until now."""
    passed = _difference(value)
    return "" if passed is None else passed.days // 7


def _spelled(span: timedelta | None) -> str:
    """`1 week, 2 days`; nothing for a span that is not known."""
    if span is None:
        return ""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return str(django_timesince(start, start + span)) if span > timedelta(0) else "0\xa0minutes"  # type: ignore[no-untyped-call]


@filter_tag("timesince")
def timesince(value: Any, other: Any = None) -> str:
    """How long ago, in words; measured from `other` where it is given."""
    return _spelled(_difference(value) if other is None else _between(value, other))


@filter_tag("timeuntil")
def timeuntil(value: Any, other: Any = None) -> str:
    """How long until, in words; measured from `other` where it is given."""
    span = _difference(value) if other is None else _between(value, other)
    return _spelled(None if span is None else -span)


def _between(value: Any, other: Any) -> timedelta | None:
    start, end = parse(value), parse(other)
    if start is None or end is None:
        return None
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) - (start if start.tzinfo else start.replace(tzinfo=UTC))
