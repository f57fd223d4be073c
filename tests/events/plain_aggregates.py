"""Metric aggregates another way: plain Python over the events that were sent, with clocks read step by step."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_STEP = timedelta(minutes=15)
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Sent:
    """An event: who, when, and what it carried. `person` is an address."""

    person: str
    time: datetime
    value: float | None = None
    currency: str | None = None
    properties: dict[str, Any] = field(default_factory=dict, hash=False)


def shown_on_the_clock(moment: datetime, interval: str, zone: ZoneInfo) -> Key:
    """What tells one hour, day, week or month of a zone from every other."""
    if interval == "hour":
        return (_whole_hour(moment, zone),)
    local = moment.astimezone(zone)
    if interval == "week":
        return local.isocalendar()[:2]
    return (local.year, local.month) if interval == "month" else (local.date(),)


def _whole_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """The last moment until then at which the clock shows a whole hour."""
    quarter = moment.astimezone(UTC).replace(second=0, microsecond=0)
    while quarter.astimezone(zone).minute:
        quarter -= timedelta(minutes=1)
    return quarter


def beginnings(since: datetime, until: datetime, interval: str, zone: ZoneInfo) -> list[datetime]:
    """Walk through the range by quarters of an hour and note where the clock shows something new."""
    moment = since.astimezone(UTC)
    moment = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    here = shown_on_the_clock(since, interval, zone)
    while shown_on_the_clock(moment - _STEP, interval, zone) == here:
        moment -= _STEP
    found = [moment]
    while (moment := moment + _STEP) < until:
        if shown_on_the_clock(moment, interval, zone) != shown_on_the_clock(moment - _STEP, interval, zone):
            found.append(moment)
    return found


def aggregated(
    events: Sequence[Sent],
    since: datetime,
    until: datetime,
    interval: str,
    zone: ZoneInfo,
    by: Sequence[str],
    keep: Callable[[Sent], bool] = lambda _: True,
) -> tuple[list[datetime], dict[tuple[str, ...], dict[str, list[float]]]]:
    """The beginnings of the intervals, and by dimensions the three measurements for each."""
    dates = beginnings(since, until, interval, zone)
    places = {shown_on_the_clock(date, interval, zone): at for at, date in enumerate(dates)}
    cells: dict[tuple[tuple[str, ...], int], list[Sent]] = defaultdict(list)
    for one in events:
        if since <= one.time < until and keep(one):
            cells[tuple(text(one, name) for name in by), places[shown_on_the_clock(one.time, interval, zone)]].append(
                one
            )
    groups = sorted({group for group, _ in cells}) if by else [()]
    return dates, {group: _measured([cells.get((group, at), []) for at in range(len(dates))]) for group in groups}


def _measured(buckets: Sequence[Sequence[Sent]]) -> dict[str, list[float]]:
    return {
        "count": [len(bucket) for bucket in buckets],
        "unique": [len({one.person for one in bucket}) for bucket in buckets],
        "sum_value": [sum(one.value or 0 for one in bucket) for bucket in buckets],
    }


def text(one: Sent, dimension: str) -> str:
    """A dimension as the API writes it; "" when there is none."""
    found = one.currency if dimension == "$value_currency" else one.properties.get(dimension)
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None else str(found)


def moments(dates: Sequence[str]) -> Iterator[datetime]:
    return (datetime.fromisoformat(date) for date in dates)
