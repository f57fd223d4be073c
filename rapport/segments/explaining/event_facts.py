"""What conditions about events are decided on: those of one profile that the log holds."""

from collections.abc import Mapping
from typing import Any

from rapport.kit import db, ids
from rapport.segments.conditions.funnel import FunnelCondition, Step
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.predictive import PURPOSE, OrdersCondition
from rapport.segments.explaining.event_log import Log
from rapport.segments.explaining.facts import Facts, Subject, Teller
from rapport.segments.grammar.filters import Number
from rapport.segments.grammar.timeframes import ALLTIME, Timeframe

_SHOWN_EVENTS = 5


async def _of_metric(condition: MetricCondition, subject: Subject) -> Facts:
    metric = subject.scope.names.metrics.get(condition.metric)
    if metric is None or condition.timeframe is None:
        return Facts()
    log = Log(subject, [metric], condition.filtered)
    behind, complete_from = await log.behind(condition.timeframe)
    ahead, complete_until = await log.ahead(condition.timeframe)
    return Facts(
        await _counted(condition, log),
        (*behind, *ahead),
        monotone=condition.measurement == "count" and condition.measure.operator not in ("equals", "not-equals"),
        begun=subject.created,
        complete_from=complete_from,
        complete_until=complete_until,
    )


async def _counted(condition: MetricCondition, log: Log) -> dict[str, Any]:
    conn, statement = log.subject.scope.conn, log.subject.scope.statement()
    counted = log.query(statement, condition.counted(statement))
    # tenant-scope: `Log.query` holds the condition
    count, total = (await db.rows(conn, f"SELECT count(*), sum(e.value) {counted}", statement.parameters))[0]
    # tenant-scope: `Log.query` holds the condition
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
        "window": _window(condition.timeframe, log.subject),
        "events": events,
    }


def _window(timeframe: Timeframe, subject: Subject) -> dict[str, Any]:
    window = timeframe.window(subject.scope.now)
    return {"start": window.start, "end": window.end, "yearly": window.yearly}


def _wanted(measure: Number) -> dict[str, Any]:
    return {"operator": measure.operator, "value": float(measure.wanted)}


async def _of_orders(condition: OrdersCondition, subject: Subject) -> Facts:
    data = {
        "dimension": condition.dimension,
        "value": await condition.value(subject.scope),
        "wanted": _wanted(condition.measure),
    }
    serving = subject.scope.names.purposes.get(PURPOSE)
    log = Log(subject, [] if serving is None else [serving.id], lambda statement: "true")
    behind, complete_from = await log.behind(ALLTIME)
    return Facts(data, behind, begun=subject.created, complete_from=complete_from)


async def _of_funnel(condition: FunnelCondition, subject: Subject) -> Facts:
    """Which of the steps' events make a sequence is the condition's own matter; here they are counted."""
    known = subject.scope.names.metrics
    metrics = {known[step.metric] for step in condition.steps if step.metric in known}
    log = Log(subject, sorted(metrics), lambda statement: "true")
    behind, complete_from = await log.behind(condition.timeframe)
    ahead, complete_until = await log.ahead(condition.timeframe)
    steps = [await _step(step, condition, subject) for step in condition.steps]
    return Facts(
        {"steps": steps, "window": _window(condition.timeframe, subject)},
        (*behind, *ahead),
        begun=subject.created,
        complete_from=complete_from,
        complete_until=complete_until,
    )


async def _step(step: Step, condition: FunnelCondition, subject: Subject) -> dict[str, Any]:
    metric = subject.scope.names.metrics.get(step.metric)
    log, statement = Log(subject, [] if metric is None else [metric], lambda _: "true"), subject.scope.statement()
    passing = condition.counted(step, statement)
    # tenant-scope: `Log.query` holds the condition
    query = f"SELECT count(*), max(e.time) {log.query(statement, passing)}"
    count, latest = (await db.rows(subject.scope.conn, query, statement.parameters))[0]
    return {"metric_id": step.metric, "metric_exists": step.done, "count": count, "latest": latest}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


TELLERS: Mapping[type[Any], Teller] = {
    MetricCondition: _of_metric,
    FunnelCondition: _of_funnel,
    OrdersCondition: _of_orders,
}
