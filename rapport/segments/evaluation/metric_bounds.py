"""Who meets a condition on a metric, as far as its totals, or its events in memory, tell.

Both are first told as who *differs* from somebody without any event: most metrics nobody of a batch ever did, and then
nothing need be looked at. `bounds` makes of it who meets the condition, which may be those who don't differ.
"""

from datetime import datetime
from typing import Any

import numpy.typing as npt

from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.evaluation.bounds import Bounds
from rapport.segments.evaluation.loaded_events import Log, holding
from rapport.segments.evaluation.loaded_totals import PARTS, Totals
from rapport.segments.evaluation.masks import Mask, People


def bounds(condition: MetricCondition, people: People, differing: Bounds) -> Bounds:
    """Bounds of who meets the condition, from bounds of who differs from a profile without events."""
    if condition.idle:
        return Bounds(people.others(differing.possibly), people.others(differing.surely), differing.decided)
    return differing


def by_totals(condition: MetricCondition, people: People, totals: Totals | None, now: datetime) -> Bounds:
    """Who differs from a profile without events, by the totals over all time; None: nobody has any event."""
    if totals is None:
        return Bounds.exactly(people.nobody)
    if condition.is_plain and condition.measurement == "count":
        return Bounds.exactly(people.known(_differing(condition, totals.counts, 1)))
    if condition.is_plain:
        sums = _uncertain_where(totals.inexact, _differing(condition, totals.sums, PARTS))
        return Bounds(people.known(sums.surely), people.known(sums.possibly))
    start, end = condition.span(now)
    if condition.asks_for_any and start is not None and end is not None:
        return Bounds(totals.within(start, end), totals.since(start, 1))
    return Bounds(people.nobody, totals.since(start, condition.least))


def by_log(condition: MetricCondition, people: People, log: Log | None, test: int | None, now: datetime) -> Bounds:
    """Who differs from a profile without events, by the events in memory; None: there are none. `test`: the index of
    the condition's own filter in the log, None = it has none."""
    if log is None:
        return Bounds.exactly(people.nobody)
    inside = log.inside(condition.span(now), test)
    if condition.measurement == "count":
        return Bounds.exactly(_differing(condition, log.counts(inside), 1))
    return _uncertain_where(log.inexact, _differing(condition, log.sums(inside), PARTS))


def _differing(condition: MetricCondition, numbers: "npt.NDArray[Any]", unit: int) -> Mask:
    """Mask of the numbers whose answer differs from that for 0. `unit`: how many of them make 1."""
    passing = holding(condition.measure, numbers, unit)
    return ~passing if condition.idle else passing


def _uncertain_where(inexact: Mask, differing: Mask) -> Bounds:
    """Bounds in which people whose values are not exact are possible but not sure."""
    return Bounds(differing & ~inexact, differing | inexact)
