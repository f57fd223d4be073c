"""All models side by side on the same conversions, computed from the log in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from rapport.accounts.types import Account
from rapport.attribution import data_driven, models, refunds
from rapport.attribution.credit import COLUMNS
from rapport.attribution.data_driven import Learned
from rapport.attribution.models import DATA_DRIVEN, MODELS, Model
from rapport.kit import db

GroupBy = Literal["channel", "campaign", "flow"]
_CONSIDERED = f"""
    SELECT {COLUMNS} FROM events v
    WHERE v.account_id = %(account)s AND v.metric_id = %(metric)s AND v.message_id IS NULL
      AND v.time >= %(since)s AND v.time < %(until)s"""
# Of a touch of no campaign, or no flow, id and name are null.
_LABELS: dict[GroupBy, tuple[str, str, str]] = {
    "channel": ("s.channel", "s.channel", ""),
    "campaign": ("c.ulid", "c.name", "LEFT JOIN campaigns c ON c.account_id = %(account)s AND c.id = m.campaign_id"),
    "flow": ("f.public_id", "f.name", "LEFT JOIN flows f ON f.account_id = %(account)s AND f.id = m.flow_id"),
}
# `edges` are starts of intervals: which one a moment lies in is a binary search.
_COMPARED = """
    WITH considered AS MATERIALIZED ({considered}){conversions}{shares}
    SELECT model, {id}, min({name}), width_bucket(s.time, %(edges)s::timestamptz[]) - 1 AS bucket,
        sum(share), coalesce(sum(credit), 0)
    FROM shares s LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = s.message_id {join}
    GROUP BY model, {id}, bucket
    UNION ALL
    SELECT NULL, NULL, NULL, width_bucket(time, %(edges)s::timestamptz[]) - 1 AS bucket,
        count(*), coalesce(sum(value), 0)
    FROM conversions GROUP BY bucket"""
# Refunds of the timeframe that belong to no order, wherever that order might lie.
_UNMATCHED = """
    WITH considered AS MATERIALIZED (
        SELECT DISTINCT v.profile_id, o.metric_id
        FROM events v CROSS JOIN unnest(%(order_metrics)s::bigint[]) AS o (metric_id)
        WHERE v.account_id = %(account)s AND v.metric_id = ANY(%(refund_metrics)s)
          AND v.time >= %(since)s AND v.time < %(until)s){matched}
    SELECT count(*), coalesce(sum(abs(v.value)), 0) FROM events v
    WHERE v.account_id = %(account)s AND v.metric_id = ANY(%(refund_metrics)s)
      AND v.time >= %(since)s AND v.time < %(until)s AND v.id NOT IN (SELECT refund_id FROM matched)"""


@dataclass(frozen=True)
class Cell:
    """What a channel, campaign or flow has of the conversions of one interval under one model.

    model: null = all conversions, credited or not. bucket: place of the interval.
    """

    model: str | None
    id: str | None
    name: str | None
    bucket: int
    conversions: Decimal
    value: Decimal


@dataclass(frozen=True)
class Comparison:
    cells: Sequence[Cell]
    learned: Learned
    # of the timeframe: how many, and their value
    unmatched_refunds: tuple[int, Decimal]


async def compare(
    conn: db.Connection,
    account: Account,
    model: Model,
    metric: int,
    edges: Sequence[datetime],
    until: datetime,
    group_by: GroupBy,
) -> Comparison:
    """The conversions of a metric from the first of `edges`, the starts of intervals, until before `until`."""
    learned = await data_driven.learn(conn, model, metric, account.now())
    order_metrics = await refunds.metrics_of(conn, account.account_id)
    scope: dict[str, Any] = {
        **model.parameters,
        **order_metrics.parameters,
        **learned.parameters,
        "currency": account.currency,
        "metric": metric,
        "since": edges[0],
        "until": until,
        "edges": list(edges),
    }
    id, name, join = _LABELS[group_by]
    query = _COMPARED.format(
        considered=_CONSIDERED,
        conversions=refunds.conversions(model, order_metrics),
        shares=models.shares([name for name in MODELS if name != DATA_DRIVEN or learned.is_enough]),
        id=id,
        name=name,
        join=join,
    )
    cells = [Cell(*row) for row in await db.rows(conn, query, scope)]
    return Comparison(cells, learned, await _unmatched(conn, order_metrics, scope))


async def _unmatched(
    conn: db.Connection, order_metrics: refunds.OrderMetrics, scope: dict[str, Any]
) -> tuple[int, Decimal]:
    if not order_metrics.refunds:
        return 0, Decimal(0)
    row = await db.row(conn, _UNMATCHED.format(matched=refunds.MATCHED), scope)
    return row or (0, Decimal(0))
