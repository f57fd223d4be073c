"""One campaign's numbers in one answer, for its page in the web app."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from rapport.accounts.api import account_of
from rapport.accounts.types import Account
from rapport.campaigns import store
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, Resource, not_found, operation
from rapport.kit.ratelimit import M
from rapport.messages import stops
from rapport.messages.credits import VERSION_READ

_BY_STATUS = """
    SELECT status, skip_reason, count(*) FROM messages WHERE account_id = %s AND message_id = ANY(%s)
    GROUP BY status, skip_reason"""
_ENGAGED = """
    SELECT e.kind, count(*), count(DISTINCT e.message_id) FROM engagements e
    JOIN messages m ON m.account_id = e.account_id AND m.id = e.message_id
    WHERE e.account_id = %s AND m.message_id = ANY(%s) GROUP BY e.kind"""
# Of an order that several touches share, each has its part: parts of whole orders are whole, others have a fraction.
_EARNED = f"""
    SELECT coalesce(sum(a.share), 0), coalesce(sum(a.value), 0) FROM attributions a
    JOIN messages m ON m.account_id = a.account_id AND m.id = a.message_id
    JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND m.message_id = ANY(%(messages)s)"""
_SERIES = f"""
    SELECT at, sum(opens), sum(clicks), sum(orders), sum(revenue) FROM (
        SELECT date_trunc('hour', e.time, %(zone)s) AS at, count(*) FILTER (WHERE e.kind = 'opened') AS opens,
            count(*) FILTER (WHERE e.kind = 'clicked') AS clicks, 0 AS orders, 0 AS revenue
        FROM engagements e JOIN messages m ON m.account_id = e.account_id AND m.id = e.message_id
        WHERE e.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND e.kind IN ('opened', 'clicked')
        GROUP BY 1
        UNION ALL
        SELECT date_trunc('hour', a.event_time, %(zone)s), 0, 0, sum(a.share), coalesce(sum(a.value), 0)
        FROM attributions a JOIN messages m ON m.account_id = a.account_id AND m.id = a.message_id
        JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
        WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND m.message_id = ANY(%(messages)s)
        GROUP BY 1) AS parts
    GROUP BY at ORDER BY at LIMIT 2000"""


class SkippedCount(msgspec.Struct):
    reason: str
    count: int


class HourOfCampaign(msgspec.Struct):
    """What came of it in one hour of the account's clock; a shared order counts by its shares."""

    at: datetime
    opens: int
    clicks: int
    orders: int | float
    revenue: float


class CampaignOverviewAttributes(msgspec.Struct):
    """`stopped`: what the mail server answered to everything, where nothing more is handed over for that."""

    name: str
    status: str
    currency: str
    recipients: int
    delivered: int
    bounced: int
    in_doubt: int
    failed: int
    queued: int
    skipped: list[SkippedCount]
    opens: int
    opens_unique: int
    clicks: int
    clicks_unique: int
    unsubscribes: int
    orders: int | float
    revenue: float
    series: list[HourOfCampaign]
    stopped: str | None


OVERVIEW = Resource("campaign-overview", "/api/campaigns", CampaignOverviewAttributes, self_link=False)


@operation(
    "get_campaign_overview",
    "GET",
    "/api/campaigns/{id}/overview",
    scopes="campaigns:read",
    rate=M,
    answers=OVERVIEW,
)
async def get_campaign_overview(call: AnyCall) -> Record:
    """What a campaign did, in one answer."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        campaign = await store.campaign(conn, account_id, call.path["id"])
        if campaign is None:
            raise not_found("campaign", call.path["id"])
        messages = [message.ulid for message in await store.messages(conn, account_id, [campaign.id])]
        account = account_of(call)
        attributes = {
            "name": campaign.name,
            "status": campaign.status,
            "currency": account.currency,
            **await _sent(conn, account_id, messages),
            **await _engaged(conn, account_id, messages),
            **await _earned(conn, account_id, messages),
            "series": await _series(conn, account, messages),
            "stopped": await _stopped(conn, account_id, messages),
        }
    return Record(campaign.ulid, msgspec.convert(attributes, CampaignOverviewAttributes))


async def _stopped(conn: db.Connection, account_id: int, messages: Sequence[str]) -> str | None:
    """What the mail server answered to everything, when nothing more is handed over for that."""
    replies = await stops.replies(conn, account_id, messages)
    return next(iter(replies.values()), None)


async def _sent(conn: db.Connection, account_id: int, messages: Sequence[str]) -> dict[str, Any]:
    """Recipients are those to whom something was handed over, whatever came of it."""
    rows = await db.rows(conn, _BY_STATUS, (account_id, messages))
    counts: dict[str, int] = {}
    for status, _, number in rows:
        counts[status] = counts.get(status, 0) + number
    skipped = [{"reason": reason or "", "count": number} for status, reason, number in rows if status == "skipped"]
    sent, bounced, in_doubt = (counts.get(status, 0) for status in ("sent", "bounced", "in_doubt"))
    return {
        "recipients": sent + bounced + in_doubt,
        "delivered": sent,
        "bounced": bounced,
        "in_doubt": in_doubt,
        "failed": counts.get("failed", 0),
        "queued": counts.get("queued", 0) + counts.get("in_flight", 0),
        "skipped": sorted(skipped, key=lambda entry: -entry["count"]),
    }


async def _engaged(conn: db.Connection, account_id: int, messages: Sequence[str]) -> dict[str, int]:
    row_by_kind = {row[0]: row for row in await db.rows(conn, _ENGAGED, (account_id, messages))}
    opened, clicked = row_by_kind.get("opened", ("", 0, 0)), row_by_kind.get("clicked", ("", 0, 0))
    return {
        "opens": opened[1],
        "opens_unique": opened[2],
        "clicks": clicked[1],
        "clicks_unique": clicked[2],
        "unsubscribes": row_by_kind.get("unsubscribed", ("", 0, 0))[2],
    }


async def _earned(conn: db.Connection, account_id: int, messages: Sequence[str]) -> dict[str, Any]:
    row = await db.row(conn, _EARNED, {"account": account_id, "messages": list(messages)})
    orders, revenue = row or (0, 0)
    return {"orders": _orders(orders), "revenue": float(revenue)}


def _orders(shares: Decimal | int) -> float:
    """A whole number where no order is shared with another message."""
    return int(shares) if shares == int(shares) else float(shares)


async def _series(conn: db.Connection, account: Account, messages: Sequence[str]) -> list[dict[str, Any]]:
    """Hours of the account's clock."""
    scope = {"account": account.account_id, "zone": account.timezone, "messages": list(messages)}
    rows = await db.rows(conn, _SERIES, scope)
    return [
        {"at": at, "opens": int(opens), "clicks": int(clicks), "orders": _orders(orders), "revenue": float(revenue)}
        for at, opens, clicks, orders, revenue in rows
    ]
