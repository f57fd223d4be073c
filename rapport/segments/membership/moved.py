"""Segments that time may have changed: a boundary of a timeframe moved since they were last applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rapport.kit import db
from rapport.segments.conditions.metric import follows_now
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.grammar.timeframes import TICK, YEARLY_PAUSE
from rapport.segments.membership.index import Moving, Watched

_ARRIVED = """
    SELECT DISTINCT metric_id FROM events
    WHERE account_id = %s AND time >= %s AND time < %s AND recorded <= time"""
# How far a restart may have to look back when nothing happened; short, so that the log's newest rows are few.
KEEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Moved:
    """A segment, its moving timeframes, and `after`: up to when they were applied."""

    segment: Watched
    moving: Sequence[Moving]
    after: datetime

    @property
    def stored_after(self) -> datetime:
        """The time up to which stored dates were surely checked. They are checked when the segment is due, at the
        latest a `YEARLY_PAUSE` after a date may have been reached; the segment is applied more often for its other
        conditions."""
        due = self.segment.due
        return self.after if due is None else min(self.after, due - YEARLY_PAUSE)

    def is_due(self, now: datetime) -> bool:
        return self.segment.due is not None and self.segment.due <= now


class Sweeps:
    """Which timeframes moved up to `now`, computed once each: a thousand segments have a handful of them. `after`
    counts by its day, because whatever does not move with every instant moves once a day (`Edge`)."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._moved: dict[tuple[int, date], tuple[bool, bool]] = {}

    def moved(self, moving: Moving, after: datetime) -> bool:
        """Whether a boundary moved since `after`, which lies before now."""
        return self._of(moving, after)[0]

    def beside_now(self, moving: Moving, after: datetime) -> bool:
        """Whether more moved than the boundary `now` over the event log."""
        return self._of(moving, after)[1]

    def _of(self, moving: Moving, after: datetime) -> tuple[bool, bool]:
        # a segment's outline keeps the object, so its id is its own
        key = id(moving), after.astimezone(UTC).date()
        if key not in self._moved:
            swept = moving.timeframe.swept(after, self.now)
            more = any(not (moving.of_events and follows_now(edge, moving.timeframe)) for edge, _ in swept)
            self._moved[key] = bool(swept), more
        return self._moved[key]


def boundary_moved(moved: Moved, sweeps: Sweeps) -> bool:
    """Whether a boundary moved, or a date stored with a profile is reached."""
    return moved.is_due(sweeps.now) or any(sweeps.moved(moving, moved.after) for moving in moved.moving)


def may_change(moved: Moved, sweeps: Sweeps) -> bool:
    """Whether the segment must be applied: more than `now` moved over the log, a stored date is due, or the stored time
    of the last application is too old."""
    assert moved.segment.evaluated is not None
    if moved.is_due(sweeps.now) or sweeps.now - moved.segment.evaluated >= KEEP:
        return True
    return any(sweeps.beside_now(moving, moved.after) for moving in moved.moving)


async def arrived(conn: db.Connection, account_id: int, after: datetime, now: datetime) -> frozenset[int]:
    """Metrics with an event that was recorded ahead of its time, where that time lies between `after` and `now`: one
    query for all conditions, most of which end at `now`."""
    rows = await db.rows(conn, _ARRIVED, (account_id, after, now + TICK))
    return frozenset(row[0] for row in rows)


def depends(moved_segments: Iterable[Moved]) -> Dependencies:
    """The union of what these segments' definitions depend on."""
    return Dependencies.of_all(moved.segment.definition.depends for moved in moved_segments)
