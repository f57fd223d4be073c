"""profile-predictive-analytics: what a customer's orders tell so far (behaviour-people 4.5).

The dimensions that are facts of the log are computed from the metric that serves the purpose `revenue`. Who never
ordered has 0 orders worth 0, no average value, and with one order no time between two; nothing compares with what is
not there. Forecasts are refused: none are made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap64

from rapport.events.metrics import Metric
from rapport.kit import db
from rapport.segments.conditions.condition import Timeless
from rapport.segments.grammar import filters
from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.filters import Number
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql import predicates
from rapport.segments.sql.scope import Scope

PURPOSE = "revenue"
# Of event_totals t: what is known of everybody who ordered, without opening the log.
_OF_TOTALS = {
    "historic_number_of_orders": "t.count",
    "historic_clv": "t.sum",
    "average_order_value": "t.sum / t.count",
}
_TOTALS = """
    SELECT t.profile_id FROM {totals} t
    WHERE t.account_id = %(account)s AND t.metric_id = {metric}{among} AND {test}"""
# The same of the log, for how it was.
_COUNTED = """(
    SELECT e.account_id, e.metric_id, e.profile_id, count(*) AS count, coalesce(sum(e.value), 0) AS sum FROM events e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among}{known}
    GROUP BY e.account_id, e.metric_id, e.profile_id)"""
_VALUE = """
    SELECT {number} FROM event_totals t
    WHERE t.account_id = %(account)s AND t.metric_id = {metric}{among}"""
_PAUSE_VALUE = """
    SELECT {number} FROM events e WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among}"""
# First and last only the log tells. Between n orders lie n - 1 pauses.
_PAUSES = """
    SELECT e.profile_id FROM events e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among}
    GROUP BY e.profile_id HAVING {test}"""
_PAUSE = "extract(epoch FROM max(e.time) - min(e.time)) / 86400 / nullif(count(*) - 1, 0)"
# Of those asked about, the totals know who ordered twice; the rest are not looked for in any partition.
_ABLE = """ AND e.profile_id = ANY(ARRAY(
    SELECT t.profile_id FROM event_totals t
    WHERE t.account_id = %(account)s AND t.metric_id = {metric} AND t.count >= 2{among}))"""
_FACTS = (*_OF_TOTALS, "average_days_between_orders")
_FORECASTS: Mapping[str, tuple[str, ...]] = {
    "churn_probability": (),
    "predicted_clv": (),
    "predicted_number_of_orders": (),
    "total_clv": (),
    "expected_date_of_next_purchase": (),
    "predicted_gender": (),
    "channel_affinity": ("measurement", "predicted_channel"),
}


@dataclass(frozen=True)
class OrdersCondition(Timeless):
    dimension: str
    measure: Number

    @property
    def depends(self) -> Dependencies:
        # Who holds by having ordered nothing holds from the moment the profile exists.
        changes = frozenset({"profile"}) if self.idle else frozenset[str]()
        return Dependencies(changes=changes, purposes=frozenset({PURPOSE}))

    @property
    def mentions(self) -> Sequence[Mention]:
        return (Mention("purpose", PURPOSE, "/dimension"),)

    @property
    def idle(self) -> bool:
        return self.dimension in ("historic_number_of_orders", "historic_clv") and self.measure.holds(0)

    async def matching(self, scope: Scope) -> BitMap64:
        serving = scope.names.purposes.get(PURPOSE, ...)
        if serving is None:
            # Orders there are, and nobody can tell how many.
            return BitMap64()
        differing = await self._measured(scope, serving) if isinstance(serving, Metric) else BitMap64()
        return await scope.everybody() - differing if self.idle else differing

    async def _measured(self, scope: Scope, metric: Metric) -> BitMap64:
        """Who differs from somebody without any order."""
        statement = scope.statement()
        number = statement.add(metric.id, "bigint")
        among = scope.restricted("t.profile_id", statement)
        if self.dimension not in _OF_TOTALS:
            among = _ABLE.format(metric=number, among=among) if among else ""
            test = predicates.compare(self.measure, f"({_PAUSE})", statement)
            among += scope.known("e", statement)
            return await scope.ids(_PAUSES.format(metric=number, among=among, test=test), statement)
        test = predicates.compare(self.measure, f"({_OF_TOTALS[self.dimension]})", statement)
        if self.idle:
            test = f"NOT ({test})"
        totals = "event_totals"
        if scope.known_until is not None:
            events = scope.restricted("e.profile_id", statement)
            totals = _COUNTED.format(metric=number, among=events, known=scope.known("e", statement))
        return await scope.ids(_TOTALS.format(totals=totals, metric=number, among=among, test=test), statement)

    async def value(self, scope: Scope) -> float | None:
        """The number for the one profile that `scope` is limited to; None when it has none."""
        serving, statement = scope.names.purposes.get(PURPOSE), scope.statement()
        row = None
        if serving is not None:
            query, of, number = _VALUE, "t.profile_id", _OF_TOTALS.get(self.dimension)
            if number is None:
                query, of, number = _PAUSE_VALUE, "e.profile_id", _PAUSE
            metric, among = statement.add(serving.id, "bigint"), scope.restricted(of, statement)
            # tenant-scope: the texts hold the condition
            row = await db.row(
                scope.conn, query.format(number=number, metric=metric, among=among), statement.parameters
            )
        if row is None and self.dimension in ("historic_number_of_orders", "historic_clv"):
            return 0.0
        return None if row is None or row[0] is None else float(row[0])


def read(node: Node) -> OrdersCondition:
    """A condition from its JSON. Raises DefinitionError, at `dimension` for a forecast."""
    dimension = node["dimension"].choice((*_FACTS, *_FORECASTS))
    node.only("type", "dimension", "filter", *_FORECASTS.get(dimension, ()))
    if dimension in _FORECASTS:
        raise node["dimension"].error(
            f"'{dimension}' is a forecast, and none are made yet; {', '.join(_FACTS)} can be asked for."
        )
    return OrdersCondition(dimension, filters.number(node["filter"]))
