"""What is left of an order after it was cancelled or refunded.

A `Cancelled Order` or `Refunded Order` belongs to the latest `Placed Order` of the same profile, not later than itself,
that has its key: the property OrderId, or the event's own id (`unique_id`, which is `$event_id`). One without a value
takes the whole order back, one with a value that much of it. One that belongs to no order takes nothing from anybody.
Sent with the public key alone it belongs to none: anybody could send it. Nor does one in another currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.attribution.models import Model
from rapport.events.record import Recorded
from rapport.kit import db

ORDER = "Placed Order"
REFUNDS = ("Cancelled Order", "Refunded Order")
_METRICS = """
    SELECT id, name = %(order)s AS is_order FROM metrics
    WHERE account_id = %(account)s AND (name = %(order)s OR name = ANY(%(refunds)s))"""
# Follows `considered` (profile_id, metric_id): orders and refunds of whoever has both among those considered, and
# `matched`, which refund belongs to which order.
MATCHED = """
    , refunds AS MATERIALIZED (
        SELECT e.id, e.time, e.profile_id, e.value, e.value_currency, e.unique_id,
            e.properties ->> 'OrderId' AS order_id
        FROM events e
        WHERE e.account_id = %(account)s AND e.metric_id = ANY(%(refund_metrics)s) AND e.is_public IS NULL
          AND e.profile_id IN (SELECT profile_id FROM considered WHERE metric_id = ANY(%(order_metrics)s))),
    refunded_people AS (SELECT DISTINCT profile_id FROM refunds),
    orders AS MATERIALIZED (
        SELECT e.id, e.time, e.profile_id, e.value_currency, e.unique_id, e.properties ->> 'OrderId' AS order_id
        FROM refunded_people p JOIN events e ON e.account_id = %(account)s AND e.profile_id = p.profile_id
        WHERE e.account_id = %(account)s AND e.metric_id = ANY(%(order_metrics)s)),
    matched AS MATERIALIZED (
        SELECT DISTINCT ON (r.id) r.id AS refund_id, r.time, o.id AS event_id, abs(r.value) AS value
        FROM refunds r JOIN orders o ON o.profile_id = r.profile_id AND o.time <= r.time
            AND (r.order_id IN (o.order_id, o.unique_id) OR r.unique_id IN (o.order_id, o.unique_id))
            AND coalesce(upper(o.value_currency) = upper(r.value_currency), true)
        ORDER BY r.id, (r.order_id = o.order_id) DESC NULLS LAST, o.time DESC, o.id DESC)"""
_LEFT = """
    , taken_back AS (
        SELECT event_id, sum(value) AS value, bool_or(value IS NULL) AS whole FROM matched GROUP BY event_id),
    conversions AS MATERIALIZED (
        SELECT c.event_id, c.time, c.metric_id, c.profile_id,
            CASE WHEN c.value > 0 THEN c.value - coalesce(t.value, 0) ELSE c.value END AS value, c.currency
        FROM considered c LEFT JOIN taken_back t ON t.event_id = c.event_id
        WHERE t.event_id IS NULL OR NOT (t.whole OR coalesce(t.value >= c.value, false)))"""
_AS_THEY_ARE = ", conversions AS (SELECT * FROM considered)"


@dataclass(frozen=True)
class OrderMetrics:
    """Ids of an account's metrics of orders, and of what takes them back."""

    orders: list[int]
    refunds: list[int]

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"order_metrics": self.orders, "refund_metrics": self.refunds}


async def metrics_of(conn: db.Connection, account_id: int) -> OrderMetrics:
    parameters = {"account": account_id, "order": ORDER, "refunds": list(REFUNDS)}
    rows = await db.rows(conn, _METRICS, parameters)
    return OrderMetrics([id for id, is_order in rows if is_order], [id for id, is_order in rows if not is_order])


def is_refund(event: Recorded) -> bool:
    return event.metric.name in REFUNDS


def conversions(model: Model, metrics: OrderMetrics) -> str:
    """SQL to follow `WITH considered AS (…)`: adds `conversions`, those considered with what is left of their values.
    Orders that were wholly taken back are not among them."""
    if model.settings.subtract_refunds and metrics.refunds and metrics.orders:
        return MATCHED + _LEFT
    return _AS_THEY_ARE
