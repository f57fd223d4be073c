"""One profile's events in the log, and when the boundaries of a timeframe reach them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.kit import db
from rapport.segments.explaining.facts import Subject
from rapport.segments.explaining.flips import Boundary, Flip, boundaries, flips, reached
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql.statement import Statement

# Events of a profile that are looked at in each direction; beyond them nothing is told.
MOST_EVENTS = 5000
# A metric's times are kept in the log alone, and it holds few of one profile.
_EVENTS = """
    FROM events e
    WHERE e.account_id = %(account)s AND e.profile_id = {profile} AND e.metric_id = ANY({metrics}) AND {where}"""


@dataclass(frozen=True)
class Log:
    """One profile's events of some metrics that pass the condition's filters, at any time."""

    subject: Subject
    metrics: Sequence[int]
    # SQL that holds for an event `e`
    passing: Callable[[Statement], str]

    def query(self, statement: Statement, where: str) -> str:
        profile, metrics = statement.add(self.subject.id, "bigint"), statement.add(list(self.metrics), "bigint[]")
        return _EVENTS.format(profile=profile, metrics=metrics, where=where)

    async def _times(self, test: str, statement: Statement, order: str) -> list[tuple[datetime, datetime]]:
        """(time, recorded) of events that pass `test`, at most MOST_EVENTS."""
        where = f"{self.passing(statement)} AND {test}"
        # tenant-scope: `_EVENTS` holds the condition
        query = f"SELECT e.time, e.recorded {self.query(statement, where)} ORDER BY e.time {order} LIMIT {MOST_EVENTS}"
        rows = await db.rows(self.subject.scope.conn, query, statement.parameters)
        return [(row[0], row[1]) for row in rows]

    async def behind(self, timeframe: Timeframe) -> tuple[list[Flip], datetime | None]:
        """Flips up to now, and the time from which on the list is complete (None: always was)."""
        now = self.subject.scope.now
        times = await self._times("true", self.subject.scope.statement(), "DESC")
        known = [Flip(min(time, recorded), True) for time, recorded in times]
        moved = [flip for time, _ in times for flip in flips(timeframe, time, now)]
        complete = None
        if len(times) == MOST_EVENTS:
            oldest = times[-1][0]
            moments = [at for edge in timeframe.moving() if (at := reached(edge, oldest)) is not None]
            complete = now if timeframe.yearly else max([oldest, *moments])
        return [flip for flip in (*known, *moved) if flip.at <= now], complete

    async def ahead(self, timeframe: Timeframe) -> tuple[list[Flip], datetime | None]:
        """Flips after now, and the time until which the list is complete (None: for ever)."""
        by_boundary = [await self._ahead(boundary) for boundary in boundaries(timeframe)]
        complete = min((until for _, until in by_boundary if until is not None), default=None)
        return [flip for some, _ in by_boundary for flip in some if flip.at > self.subject.scope.now], complete

    async def _ahead(self, boundary: Boundary) -> tuple[list[Flip], datetime | None]:
        """Flips of one boundary after now: it reaches the earliest event first."""
        now, statement = self.subject.scope.now, self.subject.scope.statement()
        edge = boundary.edge
        test = "true" if boundary.yearly else f"e.time >= {statement.add(edge.at(now), 'timestamptz')}"
        times = [time for time, _ in await self._times(test, statement, "ASC")]
        flips_ahead = [flip for time in times for flip in boundary.flips(time, now)]
        if len(times) < MOST_EVENTS:
            return flips_ahead, None
        return flips_ahead, now if boundary.yearly else reached(edge, times[-1])
