"""profile-metric-funnel: things done one after the other, and others not done in between (behaviour-people 4.2).

A funnel holds for whoever has, inside the timeframe, an event for each step that was done, in the order of the log,
from the first to the last within the completion window. A step that was not done must not have happened between its
neighbours; before the first and after the last, as far as the completion window reaches, else as the timeframe.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from pyroaring import BitMap64

from rapport.events.lake.query import Events
from rapport.segments.conditions import metric
from rapport.segments.conditions.metric import PropertyFilter
from rapport.segments.grammar import timeframes
from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql import lake, predicates
from rapport.segments.sql.bitmap import bitmap
from rapport.segments.sql.duckdb import LakeStatement
from rapport.segments.sql.lake import Part
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.sequence import Pattern
from rapport.segments.sql.statement import NotExpressible, Statement, either, every

_TIMEFRAMES = ("between-static", "between", "in-the-last", "at-least", "in-the-next")
_WINDOWS = {
    "HOURS_1": timedelta(hours=1),
    "DAYS_1": timedelta(days=1),
    "DAYS_3": timedelta(days=3),
    "DAYS_5": timedelta(days=5),
    "WEEKS_1": timedelta(weeks=1),
    "DAYS_30": timedelta(days=30),
    "DAYS_90": timedelta(days=90),
    "DAYS_180": timedelta(days=180),
    "YEARS_1": timedelta(days=365),
}
# Each step is three passes over the rows.
MAX_STEPS = 20
# Those about whom the lake is not sure are asked one by one up to here.
_MOST_UNCERTAIN = 20_000
# tenant-scope: `account` is the condition; the lake is opened for one account
_LOG = """
    WITH log AS (
        SELECT * FROM (
            SELECT e.{profile} AS who, e.time AS time, e.id AS id, {flags}
            FROM events e WHERE {account}e.{metric} = ANY({metrics}) AND {where}
        ) AS flagged WHERE {any})
    """
# Who has not done every step at some time is not looked for in any partition.
_ABLE = """ AND e.profile_id = ANY(ARRAY(
    SELECT t.profile_id FROM event_totals t
    WHERE t.account_id = %(account)s AND t.metric_id = ANY({metrics}){among}
    GROUP BY t.profile_id HAVING count(*) = {number}))"""
_CROSSED = """
    SELECT DISTINCT e.profile_id FROM events e
    WHERE e.account_id = %(account)s AND e.metric_id = ANY({metrics}) AND {where}"""


@dataclass(frozen=True)
class Step:
    metric: str
    done: bool
    filters: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True)
class FunnelCondition:
    steps: tuple[Step, ...]
    timeframe: Timeframe
    # None: as long as the timeframe
    window: timedelta | None = None

    @cached_property
    def idle(self) -> bool:
        return not any(step.done for step in self.steps)

    @property
    def depends(self) -> Dependencies:
        changes = frozenset({"profile"}) if self.idle else frozenset[str]()
        return Dependencies(frozenset(step.metric for step in self.steps), changes=changes)

    @property
    def mentions(self) -> Sequence[Mention]:
        return [Mention("metric", step.metric, f"/steps/{place}/metric_id") for place, step in enumerate(self.steps)]

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return (self.timeframe,) if self.timeframe.moving() else ()

    @property
    def indexed(self) -> bool:
        return True

    async def matching(self, scope: Scope) -> BitMap64:
        metrics = self._metrics(scope)
        if self.idle:
            doing = await self._matching(scope, metrics) if metrics else BitMap64()
            return await scope.everybody() - doing
        if any(step.done and step.metric not in metrics for step in self.steps):
            return BitMap64()
        return await self._matching(scope, metrics)

    def _metrics(self, scope: Scope) -> dict[str, int]:
        """The database's own ids of those there are."""
        known = scope.names.metrics
        return {step.metric: known[step.metric] for step in self.steps if step.metric in known}

    async def _matching(self, scope: Scope, metrics: dict[str, int]) -> BitMap64:
        if (in_lake := await self._in_lake(scope, metrics)) is not None:
            return in_lake
        statement = scope.statement()
        flags = self._flags(statement, metrics)
        where = self._window(statement) + scope.known("e", statement) + self._able(scope, statement, metrics)
        query = self._log(statement, metrics, flags, where) + self._sequence()
        return await scope.ids(query, statement)

    def _able(self, scope: Scope, statement: Statement, metrics: dict[str, int]) -> str:
        if scope.among is None:
            return ""
        needed = sorted({metrics[step.metric] for step in self.steps if step.done})
        if not needed:
            return scope.restricted("e.profile_id", statement)
        among = scope.restricted("t.profile_id", statement)
        return _ABLE.format(metrics=statement.add(needed, "bigint[]"), among=among, number=len(needed))

    def _flags(self, statement: Statement, metrics: dict[str, int]) -> dict[str, str]:
        column = "metric" if statement.dialect == "duckdb" else "metric_id"
        return {f"step{place}": _flag(step, column, statement, metrics) for place, step in enumerate(self.steps)}

    def _window(self, statement: Statement) -> str:
        return predicates.inside(self.timeframe.window(statement.now), "e.time", statement)

    def counted(self, step: Step, statement: Statement) -> str:
        """SQL that holds for an event `e` of the step's metric that could be this step now."""
        return every([self._window(statement), *(tested.predicate(statement) for tested in step.filters)])

    def _log(self, statement: Statement, metrics: dict[str, int], flags: dict[str, str], where: str) -> str:
        in_lake = statement.dialect == "duckdb"
        return _LOG.format(
            profile="profile" if in_lake else "profile_id",
            metric="metric" if in_lake else "metric_id",
            account="" if in_lake else "e.account_id = %(account)s AND ",
            flags=", ".join(f"coalesce({test}, false) AS {name}" for name, test in flags.items()),
            metrics=statement.add(sorted(metrics.values()), "bigint[]"),
            where=where,
            any=" OR ".join(flags),
        )

    def _sequence(self) -> str:
        """The second half of the query: `who` out of the log."""
        if self.idle:
            return "SELECT DISTINCT who FROM log"
        done = [f"step{place}" for place, step in enumerate(self.steps) if step.done]
        gaps: list[list[str]] = [[]]
        for place, step in enumerate(self.steps):
            if step.done:
                gaps.append([])
            else:
                gaps[-1].append(f"step{place}")
        return Pattern(done, gaps, self.window).query()

    async def _in_lake(self, scope: Scope, metrics: dict[str, int]) -> BitMap64 | None:
        """Profiles of the whole account that meet it, from the event lake; None when PostgreSQL must answer, or is
        faster."""
        part = self.scanned(scope)
        if part is None:
            return None
        async with lake.opened(scope, part) as events:
            # Another than DuckDB writes intervals and windows in its own way.
            if not isinstance(events, Events):
                return None
            statement = LakeStatement(scope.now, quick=False)
            try:
                answer = await events.numpy(self._lake_query(statement, metrics), statement.parameters)
            except NotExpressible:
                return None
        profiles, is_uncertain = np.asarray(answer["who"]), np.asarray(answer["uncertain"], dtype=bool)
        uncertain = bitmap(profiles[is_uncertain])
        return (bitmap(profiles[~is_uncertain]) - uncertain) | await self._in_postgresql(scope, metrics, uncertain)

    def scanned(self, scope: Scope) -> Part | None:
        metrics = self._metrics(scope)
        if not metrics or not scope.scans:
            return None
        window = self.timeframe.window(scope.now)
        names = [tested.property for step in self.steps for tested in step.filters if tested.property != "$value"]
        return Part(frozenset(metrics.values()), window.start, window.end, frozenset(names))

    def _lake_query(self, statement: LakeStatement, metrics: dict[str, int]) -> str:
        flags = self._flags(statement, metrics)
        flags["uncertain"] = either(statement.uncertain)
        log = self._log(statement, metrics, flags, self._window(statement))
        return (
            f"{log} SELECT who, false AS uncertain FROM ({self._sequence()}) AS found "
            "UNION ALL SELECT DISTINCT who, true FROM log WHERE uncertain"
        )

    async def _in_postgresql(self, scope: Scope, metrics: dict[str, int], uncertain: BitMap64) -> BitMap64:
        if len(uncertain) > _MOST_UNCERTAIN:
            return uncertain & await self._matching(replace(scope, lake=False), metrics)
        return await self._matching(scope.about(uncertain), metrics) if uncertain else BitMap64()

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        metrics, swept = self._metrics(scope), self.timeframe.swept(after, scope.now)
        if not metrics or not swept:
            return BitMap64()
        statement = scope.statement()
        windows = [metric.swept_events(edge, window, self.timeframe, statement) for edge, window in swept]
        ids = statement.add(sorted(metrics.values()), "bigint[]")
        return await scope.ids(_CROSSED.format(metrics=ids, where=f"({either(windows)})"), statement)

    async def due(self, scope: Scope) -> datetime | None:
        """Never: `crossed` finds passed boundaries by the index over time."""
        return None


def _flag(step: Step, column: str, statement: Statement, metrics: dict[str, int]) -> str:
    """SQL: whether an event `e` is one of this step. Of a metric that is not there, there is none."""
    if step.metric not in metrics:
        return "false"
    same = f"e.{column} = {statement.add(metrics[step.metric], 'bigint')}"
    return every([same, *(tested.predicate(statement) for tested in step.filters)])


def read(node: Node) -> FunnelCondition:
    """A condition from its JSON. Raises DefinitionError."""
    node.only("type", "timeframe_filter", "completion_window_seconds", "steps")
    steps = tuple(_step(item) for item in node["steps"].items())
    if not 1 <= len(steps) <= MAX_STEPS:
        raise node["steps"].error(f"From 1 to {MAX_STEPS} steps are needed.")
    length = node["completion_window_seconds"]
    window = _WINDOWS[length.choice(tuple(_WINDOWS))] if length.is_set else None
    return FunnelCondition(steps, timeframes.read(node["timeframe_filter"], _TIMEFRAMES), window)


def _step(node: Node) -> Step:
    node.only("metric_exists", "metric_id", "metric_filters")
    return Step(node["metric_id"].text(), node["metric_exists"].boolean(), metric.read_filters(node["metric_filters"]))
