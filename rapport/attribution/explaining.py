"""Why an event was credited as it was: every touch that was looked at, and what each model gives it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts.types import Account
from rapport.attribution import data_driven, models, refunds
from rapport.attribution.credit import COLUMNS
from rapport.attribution.data_driven import Learned
from rapport.attribution.models import DATA_DRIVEN, KINDS, MODELS, MOST_TOUCHES, VERDICT, Model
from rapport.attribution.windows import MAX_DAYS
from rapport.kit import db, ids
from rapport.messages import engagement

_EVENT = """
    SELECT v.id, v.time, v.metric_id, v.profile_id, v.value, v.value_currency AS currency,
        t.name AS metric, p.ulid AS profile
    FROM events v
    JOIN metrics t ON t.account_id = %(account)s AND t.id = v.metric_id
    LEFT JOIN profiles p ON p.account_id = %(account)s AND p.id = v.profile_id
    WHERE v.account_id = %(account)s AND v.time = %(time)s AND v.id = %(event)s"""
_CONSIDERED = f"""
    SELECT {COLUMNS} FROM events v
    WHERE v.account_id = %(account)s AND v.time = %(time)s AND v.id = %(event)s"""
# The latest touches before the event. Also those whose windows have closed, as far back as a window can reach.
_TOUCHES = f"""
    WITH c AS MATERIALIZED (SELECT %(profile)s::bigint AS profile_id, %(time)s::timestamptz AS time)
    SELECT e.event_id, e.time, e.channel, e.kind, r.state, r.length, {VERDICT} AS verdict, m.ulid AS message,
        m.source, ca.ulid AS campaign, ca.name AS campaign_name, f.public_id AS flow, f.name AS flow_name
    FROM c JOIN engagements e ON e.account_id = %(account)s AND e.profile_id = c.profile_id
        AND e.time <= c.time AND e.time >= c.time - %(furthest)s
    JOIN {KINDS} ON r.channel = e.channel AND r.kind = e.kind
    LEFT JOIN messages m ON m.account_id = %(account)s AND m.id = e.message_id
    LEFT JOIN campaigns ca ON ca.account_id = %(account)s AND ca.id = m.campaign_id
    LEFT JOIN flows f ON f.account_id = %(account)s AND f.id = m.flow_id
    WHERE e.account_id = %(account)s
    ORDER BY e.time DESC, r.rank DESC, e.event_id DESC LIMIT %(limit)s"""
_SHARES = """
    WITH considered AS MATERIALIZED ({considered}){conversions}{shares}
    SELECT touch_event_id, model, share, credit FROM shares"""
_LEFT = """
    WITH considered AS MATERIALIZED ({considered}){conversions}
    SELECT value FROM conversions"""
# Of an order what took it back, of a refund its order.
_REFUNDS = """
    WITH considered AS MATERIALIZED (
        SELECT %(profile)s::bigint AS profile_id, o.metric_id FROM unnest(%(order_metrics)s::bigint[]) AS o (metric_id)
        ){matched}
    SELECT refund_id, time, event_id, value FROM matched
    WHERE refund_id = %(event)s OR event_id = %(event)s ORDER BY time, refund_id"""


@dataclass(frozen=True)
class Touch:
    """A touch that was looked at. `row`: its columns; `shares`: (share, value) by model, of those that give it any."""

    row: dict[str, Any]
    shares: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Refund:
    """A refund, and the order it belongs to. `value`: null = the whole order."""

    id: int
    time: datetime
    order: int
    value: Any


@dataclass(frozen=True)
class Explanation:
    """event: its columns. left: what is left of its value, null when it has none or nothing is left to credit."""

    event: dict[str, Any]
    is_conversion: bool
    is_left: bool
    left: Any
    touches: Sequence[Touch]
    refunds: Sequence[Refund]
    learned: Learned


async def explain(conn: db.Connection, account: Account, model: Model, event_id: int) -> Explanation | None:
    """None when there is no such event."""
    scope: dict[str, Any] = {
        **model.parameters,
        "event": event_id,
        "time": ids.event_time(event_id),
        "currency": account.currency,
        "limit": MOST_TOUCHES,
        "furthest": timedelta(days=MAX_DAYS),
    }
    event = await db.one(conn, _EVENT, scope)
    if event is None:
        return None
    metrics = await refunds.metrics_of(conn, account.account_id)
    scope |= {**metrics.parameters, "profile": event["profile_id"]}
    matched = await db.rows(conn, _REFUNDS.format(matched=refunds.MATCHED), scope) if metrics.refunds else []
    nothing = Learned(0, {})
    explanation = Explanation(event, False, False, None, [], [Refund(*row) for row in matched], nothing)
    if event["metric"] in engagement.KINDS:
        return explanation
    learned = await data_driven.learn(conn, model, event["metric_id"], account.now())
    conversions = refunds.conversions(model, metrics)
    left = await db.row(conn, _LEFT.format(considered=_CONSIDERED, conversions=conversions), scope)
    touches = await _touches(conn, conversions, learned, scope)
    return replace(
        explanation,
        is_conversion=True,
        is_left=left is not None,
        left=left[0] if left else None,
        touches=touches,
        learned=learned,
    )


async def _touches(conn: db.Connection, conversions: str, learned: Learned, scope: dict[str, Any]) -> list[Touch]:
    names = [name for name in MODELS if name != DATA_DRIVEN or learned.is_enough]
    query = _SHARES.format(considered=_CONSIDERED, conversions=conversions, shares=models.shares(names))
    shares: dict[int, dict[str, tuple[Any, Any]]] = {}
    for touch, name, share, value in await db.rows(conn, query, {**scope, **learned.parameters}):
        shares.setdefault(touch, {})[name] = (share, value)
    return [Touch(row, shares.get(row["event_id"], {})) for row in await db.dicts(conn, _TOUCHES, scope)]
