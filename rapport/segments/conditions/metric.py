"""profile-metric: has done something so often, or for so much, within a timeframe (behaviour-people 4.2).

In: a node of a definition (`read`). Out: the set of profiles that meet it (`matching`), and those for whom a moving
timeframe took an event in or let one go since a moment (`crossed`).

The set is found by the first of these that can tell, from the cheapest on:

1. `event_totals`, one row a profile and metric, where all that ever happened counts (`is_plain`), or where the latest
   event alone tells (`asks_for_any`).
2. The event lake, asked about everybody; whoever it can't tell for sure is asked about in PostgreSQL.
3. The log in PostgreSQL, only of profiles whose totals say that they could meet it (`_able`).

A condition that holds of somebody without any event ("not once", "at most twice") is found by its opposite: the
profiles that differ from such a person are looked for, and taken from everybody (`idle`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import ceil
from typing import Literal

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments.grammar import filters, timeframes
from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.filters import Filter, Number
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import ALLTIME, Edge, Timeframe, Window
from rapport.segments.sql import lake, predicates
from rapport.segments.sql.duckdb import LakeStatement, near
from rapport.segments.sql.lake import Measurement, Part
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import NotExpressible, Statement, either, every

MAX_FILTERS = 10
# Beyond so many, asking about everybody is quicker than asking about them.
_MOST_UNCERTAIN = 50_000
_MEASURES = {"count": "count(*)", "sum": "coalesce(sum(e.value), 0)"}
# One row for each profile that ever did it: over all time no partition of the log is opened.
_TOTALS = """
    SELECT e.profile_id FROM event_totals e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among} AND {test}"""
# "At least once since" and "not once since" are told by the latest alone. Only where that lies ahead the log is asked.
_LATEST = """
    SELECT e.profile_id FROM event_totals e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among} AND e.last >= {start} AND (
        e.last < {end} OR EXISTS (
            SELECT FROM events l WHERE l.account_id = e.account_id AND l.metric_id = e.metric_id
              AND l.profile_id = e.profile_id AND l.time >= {start} AND l.time < {end}))"""
_TOTAL = {"count": "e.count", "sum": "e.sum"}
# Of those asked about, the totals know who could meet it at all; the rest are not looked for in any partition.
_ABLE = """ AND e.profile_id = ANY(ARRAY(
    SELECT t.profile_id FROM event_totals t
    WHERE t.account_id = %(account)s AND t.metric_id = {metric} AND t.count >= {least} AND {latest}{among}))"""
# Measures that tell nothing but whether there is any.
_ANY = {
    "greater-than-or-equal": 1, "greater-than": 0, "not-equals": 0,
    "equals": 0, "less-than": 1, "less-than-or-equal": 0,
}  # fmt: skip
_AT_LEAST = ("equals", "greater-than", "greater-than-or-equal")
_MOST = 2**62
_EVENTS = """
    SELECT e.profile_id FROM events e{since}
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among} AND {where}
    GROUP BY e.profile_id HAVING {test}"""
_SINCE = (
    " JOIN unnest({ids}, {times}) AS s (profile_id, entered) ON s.profile_id = e.profile_id AND e.time >= s.entered"
)
_CROSSED = """
    SELECT DISTINCT e.profile_id FROM events e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric} AND {where}"""


@dataclass(frozen=True)
class PropertyFilter:
    """A filter on a top-level property of the event."""

    property: str
    filter: Filter

    def predicate(self, statement: Statement) -> str:
        return predicates.of_filter(self.filter, statement.event_property(self.property), statement)


@dataclass(frozen=True)
class MetricCondition:
    metric: str
    measurement: Literal["count", "sum"]
    measure: Number
    # None: since the profile started the flow
    timeframe: Timeframe | None
    filters: tuple[PropertyFilter, ...] = ()

    @cached_property
    def idle(self) -> bool:
        return self.measure.holds(0)

    @property
    def depends(self) -> Dependencies:
        # Who holds by having done nothing holds from the moment the profile exists.
        changes = frozenset({"profile"}) if self.idle else frozenset[str]()
        return Dependencies(frozenset({self.metric}), changes=changes)

    @property
    def mentions(self) -> Sequence[Mention]:
        return (Mention("metric", self.metric, "/metric_id"),)

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return (self.timeframe,) if self.timeframe and self.timeframe.moving() else ()

    @property
    def indexed(self) -> bool:
        return True

    async def matching(self, scope: Scope) -> BitMap64:
        """Profiles that meet it now. The log is searched only for profiles that differ from one without any event."""
        metric = scope.names.metrics.get(self.metric)
        differing = BitMap64() if metric is None else await self._measured(scope, metric)
        return await scope.everybody() - differing if self.idle else differing

    async def _measured(self, scope: Scope, metric: int) -> BitMap64:
        if (in_lake := await self._in_lake(scope, metric)) is not None:
            return in_lake
        statement = scope.statement()
        number = statement.add(metric, "bigint")
        # The totals know no more than how it is now.
        now = scope.known_until is None
        if now and self.is_plain:
            among = scope.restricted("e.profile_id", statement)
            test = self._test(_TOTAL[self.measurement], statement)
            return await scope.ids(_TOTALS.format(metric=number, among=among, test=test), statement)
        if now and self.asks_for_any:
            return await self._any(scope, statement, number)
        since = self._since(scope, statement) if self.timeframe is None else ""
        among = "" if scope.among is None else self._able(scope, statement, number)
        where = self.counted(statement) + scope.known("e", statement)
        test = self._test(_MEASURES[self.measurement], statement)
        query = _EVENTS.format(since=since, metric=number, among=among, where=where, test=test)
        return await scope.ids(query, statement)

    async def _in_lake(self, scope: Scope, metric: int) -> BitMap64 | None:
        """Profiles of the whole account that meet it, from the event lake; None when PostgreSQL must answer, or is
        faster."""
        part = self.scanned(scope)
        if part is None:
            return None
        try:
            async with lake.opened(scope, part) as events:
                if events is None:
                    return None
                measured = await lake.measured(events, scope.now, self.measurement_of(metric), part.properties)
        except NotExpressible:
            return None
        return measured.surely | await self._in_postgresql(scope, metric, measured.uncertain)

    def scanned(self, scope: Scope) -> Part | None:
        metric = scope.names.metrics.get(self.metric)
        if metric is None or self.timeframe is None or not scope.scans:
            return None
        names = [tested.property for tested in self.filters if tested.property != "$value"]
        return Part(frozenset({metric}), *self.span(scope.now), frozenset(names))

    def measurement_of(self, metric: int) -> Measurement:
        measure = "coalesce(sum(e.value){passing}, 0)" if self.measurement == "sum" else "count(*){passing}"

        def uncertainty(statement: LakeStatement) -> str:
            if self.measurement == "count":
                return "false"
            return near(measure, statement.add(self.measure.wanted, "numeric"), "count(*){passing}")

        return Measurement(metric, self.counted, lambda statement: self._test(measure, statement), uncertainty)

    async def _in_postgresql(self, scope: Scope, metric: int, uncertain: BitMap64) -> BitMap64:
        if len(uncertain) > _MOST_UNCERTAIN:
            return uncertain & await self._measured(replace(scope, lake=False), metric)
        return await self._measured(scope.about(uncertain), metric) if uncertain else BitMap64()

    def _able(self, scope: Scope, statement: Statement, metric: str) -> str:
        among = scope.restricted("t.profile_id", statement)
        start = None if self.timeframe is None or self.timeframe.yearly else self.timeframe.window(scope.now).start
        latest = "true" if start is None else f"t.last >= {statement.add(start, 'timestamptz')}"
        return _ABLE.format(metric=metric, least=statement.add(self.least, "bigint"), latest=latest, among=among)

    @cached_property
    def least(self) -> int:
        """How many events, over all time, a profile needs at least to differ from one that has none."""
        if self.measurement == "count" and not self.idle and self.measure.operator in _AT_LEAST:
            return max(1, min(ceil(self.measure.wanted), _MOST))
        return 1

    @cached_property
    def asks_for_any(self) -> bool:
        """Whether one event counts as much as many, from some moment until now."""
        timeframe = self.timeframe
        if timeframe is None or self.filters or self.measurement != "count" or timeframe.yearly:
            return False
        until_now = timeframe.start is not None and timeframe.end == Edge("now", timeframes.TICK)
        return until_now and self.measure.wanted == _ANY[self.measure.operator]

    async def _any(self, scope: Scope, statement: Statement, metric: str) -> BitMap64:
        assert self.timeframe is not None
        among = scope.restricted("e.profile_id", statement)
        window = self.timeframe.window(scope.now)
        start, end = statement.add(window.start, "timestamptz"), statement.add(window.end, "timestamptz")
        return await scope.ids(_LATEST.format(metric=metric, among=among, start=start, end=end), statement)

    @property
    def is_plain(self) -> bool:
        """Whether the totals over all time (`event_totals`) alone give the answer."""
        return self.timeframe == ALLTIME and not self.filters

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The time (start, end) in which events count; start included, end excluded; None = unbounded."""
        window = None if self.timeframe is None else self.timeframe.window(now)
        return (None, None) if window is None or window.yearly else (window.start, window.end)

    @property
    def tested(self) -> object:
        """A key for the filters on an event, besides metric and `span`: equal for equal filters; None = no filter."""
        if self.timeframe is not None and self.timeframe.yearly:
            return self.timeframe, self.filters
        return self.filters or None

    def passes(self, statement: Statement) -> str:
        """SQL that is true for an event `e` that passes the filters `tested` stands for."""
        yearly = self.timeframe is not None and self.timeframe.yearly
        return self.counted(statement) if yearly else self.filtered(statement)

    def _test(self, number: str, statement: Statement) -> str:
        test = predicates.compare(self.measure, number, statement)
        return f"NOT ({test})" if self.idle else test

    def filtered(self, statement: Statement) -> str:
        """SQL that is true for an event `e` that passes the property filters, whatever its time."""
        return every(tested.predicate(statement) for tested in self.filters)

    def counted(self, statement: Statement) -> str:
        """SQL that is true for an event `e` that counts now."""
        parts = [tested.predicate(statement) for tested in self.filters]
        if self.timeframe is not None and self.timeframe != ALLTIME:
            parts.insert(0, predicates.inside(self.timeframe.window(statement.now), "e.time", statement))
        return every(parts)

    def _since(self, scope: Scope, statement: Statement) -> str:
        entered = scope.since or {}
        ids, times = (
            statement.add(db.array(list(entered)), "bigint[]"),
            statement.add(list(entered.values()), "timestamptz[]"),
        )
        return _SINCE.format(ids=ids, times=times)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        metric = scope.names.metrics.get(self.metric)
        if metric is None or self.timeframe is None:
            return BitMap64()
        swept = [
            (edge, window)
            for edge, window in self.timeframe.swept(after, scope.now)
            if scope.arrived is None or metric in scope.arrived or not follows_now(edge, self.timeframe)
        ]
        if not swept:
            return BitMap64()
        statement = scope.statement()
        number = statement.add(metric, "bigint")
        windows = [swept_events(edge, window, self.timeframe, statement) for edge, window in swept]
        where = every([either(windows), *(tested.predicate(statement) for tested in self.filters)])
        return await scope.ids(_CROSSED.format(metric=number, where=where), statement)

    async def due(self, scope: Scope) -> datetime | None:
        """Never: `crossed` finds passed boundaries by the index over time."""
        return None


def follows_now(edge: Edge, timeframe: Timeframe) -> bool:
    """Whether a boundary is `now` itself. Such a boundary reaches an event when it is recorded, and the pipeline saw it
    then; only events dated in the future are reached later."""
    return edge.anchor == "now" and abs(edge.offset) <= timeframes.TICK and not timeframe.yearly


def swept_events(edge: Edge, window: Window, timeframe: Timeframe, statement: Statement) -> str:
    """SQL that is true for events `e` in a window that a boundary passed, except those seen when they were recorded."""
    inside = predicates.inside(window, "e.time", statement)
    return every([inside, "e.recorded <= e.time"]) if follows_now(edge, timeframe) else inside


def read(node: Node, *, flow: bool) -> MetricCondition:
    """A condition from its JSON. `flow` allows what only flows can use. Raises DefinitionError."""
    node.only("type", "metric_id", "measurement", "measurement_filter", "timeframe_filter", "metric_filters")
    return MetricCondition(
        node["metric_id"].text(),
        "sum" if node["measurement"].choice(("count", "sum")) == "sum" else "count",
        filters.number(node["measurement_filter"]),
        _timeframe(node["timeframe_filter"], flow),
        read_filters(node["metric_filters"]),
    )


def _timeframe(node: Node, flow: bool) -> Timeframe | None:
    if flow and node["operator"].value == "flow-start":
        node.only("type", "operator")
        return None
    return timeframes.read(node, timeframes.OF_EVENTS)


def read_filters(node: Node) -> tuple[PropertyFilter, ...]:
    if not node.is_set:
        return ()
    tested = tuple(_filter(item) for item in node.items())
    if len(tested) > MAX_FILTERS:
        raise node.error(f"A condition can have at most {MAX_FILTERS} metric filters.")
    return tested


def _filter(node: Node) -> PropertyFilter:
    node.only("property", "filter")
    return PropertyFilter(node["property"].text(), filters.of_event(node["filter"]))
