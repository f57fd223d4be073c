"""What conditions about events are decided on: those of one profile that the log holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.kit import db, ids
from rapport.segments.conditions.funnel import FunnelCondition, Step
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.predictive import PURPOSE, OrdersCondition
from rapport.segments.explaining.facts import Asked, Facts, Teller
from rapport.segments.explaining.flips import Boundary, Turn, boundaries, reached, turns
from rapport.segments.grammar.filters import Number
from rapport.segments.grammar.timeframes import ALLTIME, Timeframe
from rapport.segments.sql import predicates
from rapport.segments.sql.statement import Statement, every

# Events of a profile that are looked at in each direction; beyond them nothing is told.
MOST_EVENTS = 5000
_SHOWN_EVENTS = 5
# A metric's times are kept in the log alone, and it holds few of one profile.
_EVENTS = """
    FROM events e
    WHERE e.account_id = %(account)s AND e.profile_id = {profile} AND e.metric_id = ANY({metrics}) AND {where}"""


async def _of_metric(condition: MetricCondition, asked: Asked) -> Facts:
    metric = asked.scope.names.metrics.get(condition.metric)
    if metric is None or condition.timeframe is None:
        return Facts()
    log = Log(asked, [metric], condition.filtered)
    behind, complete_from = await log.behind(condition.timeframe)
    ahead, complete_until = await log.ahead(condition.timeframe)
    return Facts(
        await _counted(condition, log),
        (*behind, *ahead),
        monotone=condition.measurement == "count" and condition.measure.operator not in ("equals", "not-equals"),
        begun=asked.created,
        complete_from=complete_from,
        complete_until=complete_until,
    )


@dataclass(frozen=True)
class Log:
    """The profile's events of some metrics that pass, whenever they were."""

    asked: Asked
    metrics: Sequence[int]
    # SQL that holds for an event `e`
    passing: Callable[[Statement], str]

    def query(self, statement: Statement, where: str) -> str:
        profile, metrics = statement.add(self.asked.id, "bigint"), statement.add(list(self.metrics), "bigint[]")
        return _EVENTS.format(profile=profile, metrics=metrics, where=where)

    async def _times(self, test: str, statement: Statement, order: str) -> list[tuple[datetime, datetime]]:
        """Time, and when it was recorded."""
        where = f"{self.passing(statement)} AND {test}"
        # tenant-scope: `_EVENTS` holds the condition
        query = f"SELECT e.time, e.recorded {self.query(statement, where)} ORDER BY e.time {order} LIMIT {MOST_EVENTS}"
        rows = await db.rows(self.asked.scope.conn, query, statement.parameters)
        return [(row[0], row[1]) for row in rows]

    async def behind(self, timeframe: Timeframe) -> tuple[list[Turn], datetime | None]:
        """Turns until now, and from when on none is missing."""
        now = self.asked.scope.now
        found = await self._times("true", self.asked.scope.statement(), "DESC")
        known = [Turn(min(time, recorded), True) for time, recorded in found]
        moved = [turn for time, _ in found for turn in turns(timeframe, time, now)]
        complete = None
        if len(found) == MOST_EVENTS:
            oldest = found[-1][0]
            moments = [at for edge in timeframe.moving() if (at := reached(edge, oldest)) is not None]
            complete = now if timeframe.yearly else max([oldest, *moments])
        return [turn for turn in (*known, *moved) if turn.at <= now], complete

    async def ahead(self, timeframe: Timeframe) -> tuple[list[Turn], datetime | None]:
        """Turns after now, and until when none is missing."""
        found = [await self._ahead(boundary) for boundary in boundaries(timeframe)]
        complete = min((until for _, until in found if until is not None), default=None)
        return [turn for some, _ in found for turn in some if turn.at > self.asked.scope.now], complete

    async def _ahead(self, boundary: Boundary) -> tuple[list[Turn], datetime | None]:
        """It reaches the earliest of the events that lie before it first."""
        now, statement = self.asked.scope.now, self.asked.scope.statement()
        edge = boundary.edge
        test = "true" if boundary.yearly else f"e.time >= {statement.add(edge.at(now), 'timestamptz')}"
        times = [time for time, _ in await self._times(test, statement, "ASC")]
        found = [turn for time in times for turn in boundary.turns(time, now)]
        if len(times) < MOST_EVENTS:
            return found, None
        return found, now if boundary.yearly else reached(edge, times[-1])


async def _counted(condition: MetricCondition, log: Log) -> dict[str, Any]:
    conn, statement = log.asked.scope.conn, log.asked.scope.statement()
    counted = log.query(statement, condition.counted(statement))
    # tenant-scope: `_EVENTS` holds the condition
    count, total = (await db.rows(conn, f"SELECT count(*), sum(e.value) {counted}", statement.parameters))[0]
    # tenant-scope: `_EVENTS` holds the condition
    query = f"SELECT e.id, e.time, e.value {counted} ORDER BY e.time DESC, e.id DESC LIMIT {_SHOWN_EVENTS}"
    events = [
        {"id": ids.event_text(id), "time": time, "value": _number(value)}
        for id, time, value in await db.rows(conn, query, statement.parameters)
    ]
    assert condition.timeframe is not None
    return {
        "count": count,
        "sum": _number(total),
        "wanted": {"measurement": condition.measurement, **_wanted(condition.measure)},
        "window": _window(condition.timeframe, log.asked),
        "events": events,
    }


def _window(timeframe: Timeframe, asked: Asked) -> dict[str, Any]:
    window = timeframe.window(asked.scope.now)
    return {"start": window.start, "end": window.end, "yearly": window.yearly}


def _wanted(measure: Number) -> dict[str, Any]:
    return {"operator": measure.operator, "value": float(measure.wanted)}


async def _of_orders(condition: OrdersCondition, asked: Asked) -> Facts:
    data = {
        "dimension": condition.dimension,
        "value": await condition.value(asked.scope),
        "wanted": _wanted(condition.measure),
    }
    serving = asked.scope.names.purposes.get(PURPOSE)
    log = Log(asked, [] if serving is None else [serving.id], lambda statement: "true")
    behind, complete_from = await log.behind(ALLTIME)
    return Facts(data, behind, begun=asked.created, complete_from=complete_from)


async def _of_funnel(condition: FunnelCondition, asked: Asked) -> Facts:
    """Which of the steps' events make a sequence is the condition's own matter; here they are counted."""
    known = asked.scope.names.metrics
    metrics = {known[step.metric] for step in condition.steps if step.metric in known}
    log = Log(asked, sorted(metrics), lambda statement: "true")
    behind, complete_from = await log.behind(condition.timeframe)
    ahead, complete_until = await log.ahead(condition.timeframe)
    steps = [await _step(step, condition, asked) for step in condition.steps]
    return Facts(
        {"steps": steps, "window": _window(condition.timeframe, asked)},
        (*behind, *ahead),
        begun=asked.created,
        complete_from=complete_from,
        complete_until=complete_until,
    )


async def _step(step: Step, condition: FunnelCondition, asked: Asked) -> dict[str, Any]:
    metric = asked.scope.names.metrics.get(step.metric)
    log, statement = Log(asked, [] if metric is None else [metric], lambda _: "true"), asked.scope.statement()
    window = predicates.inside(condition.timeframe.window(asked.scope.now), "e.time", statement)
    passing = every([window, *(one.predicate(statement) for one in step.filters)])
    # tenant-scope: `_EVENTS` holds the condition
    query = f"SELECT count(*), max(e.time) {log.query(statement, passing)}"
    count, latest = (await db.rows(asked.scope.conn, query, statement.parameters))[0]
    return {"metric_id": step.metric, "metric_exists": step.done, "count": count, "latest": latest}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


TELLERS: Mapping[type[Any], Teller] = {
    MetricCondition: _of_metric,
    FunnelCondition: _of_funnel,
    OrdersCondition: _of_orders,
}
