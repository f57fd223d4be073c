"""One campaign's numbers in one answer, for its page in the web app."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import msgspec

from rapport.accounts.api import account_of
from rapport.accounts.types import Account
from rapport.campaigns import ab_tests, approval, plan, service, store
from rapport.campaigns.approval import Approval
from rapport.campaigns.store import Campaign, CampaignMessage
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, Resource, not_found, operation
from rapport.kit.ratelimit import M
from rapport.messages import pauses, stops
from rapport.messages.credits import VERSION_READ

_BY_STATUS = """
    SELECT status, skip_reason, count(*), count(*) FILTER (WHERE sent > %(since)s AND sent <= %(now)s)
    FROM messages WHERE account_id = %(account)s AND message_id = ANY(%(messages)s) GROUP BY status, skip_reason"""
# Sums of a room above this one (`reports.message_totals`), by name only.
_USUAL = """
    SELECT count(DISTINCT message_id), sum(recipients), sum(bounced), sum(opens_unique), sum(clicks_unique),
        sum(unsubscribe_uniques)
    FROM message_totals WHERE account_id = %(account)s AND source = 'campaign' AND channel = 'email'
        AND sent > %(since)s AND NOT message_id = ANY(%(messages)s)"""
_USUAL_OF = timedelta(days=90)
_MINUTE = timedelta(minutes=1)
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
    SELECT at, sum(opens), sum(clicks), sum(orders), sum(revenue), sum(sent) FROM (
        SELECT date_trunc('hour', sent, %(zone)s) AS at, 0 AS opens, 0 AS clicks, 0 AS orders, 0 AS revenue,
            count(*) AS sent
        FROM messages WHERE account_id = %(account)s AND message_id = ANY(%(messages)s)
            AND status IN ('sent', 'bounced', 'in_doubt')
        GROUP BY 1
        UNION ALL
        SELECT date_trunc('hour', e.time, %(zone)s), count(*) FILTER (WHERE e.kind = 'opened'),
            count(*) FILTER (WHERE e.kind = 'clicked'), 0, 0, 0
        FROM engagements e JOIN messages m ON m.account_id = e.account_id AND m.id = e.message_id
        WHERE e.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND e.kind IN ('opened', 'clicked')
        GROUP BY 1
        UNION ALL
        SELECT date_trunc('hour', a.event_time, %(zone)s), 0, 0, sum(a.share), coalesce(sum(a.value), 0), 0
        FROM attributions a JOIN messages m ON m.account_id = a.account_id AND m.id = a.message_id
        JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
        WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND m.message_id = ANY(%(messages)s)
        GROUP BY 1) AS parts
    GROUP BY at ORDER BY at LIMIT 2000"""


class SkippedCount(msgspec.Struct):
    reason: str
    count: int


class HourOfCampaign(msgspec.Struct):
    """What came of it in one hour of the account's clock; a shared order counts by its shares. An hour in which nothing
    happened is left out."""

    at: datetime
    sent: int
    opens: int
    clicks: int
    orders: int | float
    revenue: float


class VariationResult(msgspec.Struct):
    """One variation of an A/B test. `people`: those who did what decides; `rate`: of what was delivered. `opened`,
    `clicked`, `ordered`: people who did."""

    id: str
    name: str
    delivered: int
    people: int
    rate: float
    opened: int
    clicked: int
    ordered: int
    subject: str | None


class TestOverview(msgspec.Struct):
    """An A/B test. `waiting`: who waits for the winner; `decided_at`: when it is chosen, null until all of the test
    went out; `winner`: a variation's id, with `chosen_by` rule or hand."""

    message_id: str
    metric: str
    waiting: int
    decided_at: datetime | None
    winner: str | None
    chosen_by: str | None
    variations: list[VariationResult]


class Usual(msgspec.Struct):
    """What other campaigns of the last 90 days did: rates of what was delivered, but bounces of what was sent."""

    campaigns: int
    open_rate: float
    click_rate: float
    bounce_rate: float
    unsubscribe_rate: float


class CampaignOverviewAttributes(msgspec.Struct):
    """`stopped`: what the mail server answered to everything, where nothing more is handed over for that. `paused`:
    nothing is handed over until it is resumed. `held_until`: it was sent, and can be reverted until then. `send_time`:
    when it goes or went, null for a draft. `total`: whom it goes to, growing until `is_counted`. `last_minute`: handed
    over in it. `usual`: null where no other campaign was sent lately."""

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
    paused: bool
    tests: list[TestOverview]
    held_until: datetime | None
    send_time: datetime | None
    total: int
    is_counted: bool
    last_minute: int
    archived: bool
    usual: Usual | None
    needs_approval: bool
    approval: Approval | None


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
        loaded = await store.messages(conn, account_id, [campaign.id])
        messages = [message.ulid for message in loaded]
        account = account_of(call)
        attributes = {
            "name": campaign.name,
            "status": campaign.status,
            "currency": account.currency,
            **await _sent(conn, account, messages),
            **await _engaged(conn, account_id, messages),
            **await _earned(conn, account_id, messages),
            "series": await _series(conn, account, messages),
            "stopped": await _stopped(conn, account_id, messages),
            "paused": bool(await pauses.paused(conn, account_id, messages)),
            "held_until": _held_until(campaign, loaded),
            "send_time": campaign.send_time,
            "total": sum(message.recipients for message in loaded),
            "is_counted": all(message.resolved for message in loaded),
            "archived": campaign.archived,
            "needs_approval": approval.is_needed(account),
            "approval": approval.of(campaign),
            "usual": await _usual(conn, account, messages),
            "tests": [await _test(conn, account_id, message) for message in loaded if ab_tests.of(message.options)],
        }
    return Record(campaign.ulid, msgspec.convert(attributes, CampaignOverviewAttributes))


def _held_until(campaign: Campaign, messages: Sequence[CampaignMessage]) -> datetime | None:
    at_once = all(plan.read(message.options).strategy == "immediate" for message in messages)
    return campaign.send_time if campaign.status == service.SCHEDULED and at_once else None


async def _test(conn: db.Connection, account_id: int, message: CampaignMessage) -> TestOverview:
    test = ab_tests.of(message.options) or ab_tests.AbTest()
    variations = await store.variations(conn, account_id, [message.id])
    by_metric = {
        metric: await ab_tests.results(conn, account_id, message, variations, metric)
        for metric in get_args(ab_tests.Metric)
    }
    known = message.options.get("winner") or {}
    tested = known.get("tested")
    return TestOverview(
        message.ulid,
        test.winner_metric,
        message.held,
        ab_tests.decided_at(test, datetime.fromisoformat(tested)) if tested else None,
        known.get("variation"),
        known.get("by"),
        [
            VariationResult(
                one.ulid,
                one.name,
                outcome.delivered,
                outcome.people,
                outcome.rate,
                by_metric["opens_unique"][place].people,
                by_metric["clicks_unique"][place].people,
                by_metric["placed_orders_unique"][place].people,
                one.content.get("subject"),
            )
            for place, (one, outcome) in enumerate(zip(variations, by_metric[test.winner_metric], strict=True))
        ],
    )


async def _stopped(conn: db.Connection, account_id: int, messages: Sequence[str]) -> str | None:
    """What the mail server answered to everything, when nothing more is handed over for that."""
    replies = await stops.replies(conn, account_id, messages)
    return next(iter(replies.values()), None)


async def _sent(conn: db.Connection, account: Account, messages: Sequence[str]) -> dict[str, Any]:
    """Recipients are those to whom something was handed over, whatever came of it."""
    now = account.now()
    scope = {"account": account.account_id, "messages": list(messages), "now": now, "since": now - _MINUTE}
    rows = await db.rows(conn, _BY_STATUS, scope)
    counts: dict[str, int] = {}
    for status, _, number, _ in rows:
        counts[status] = counts.get(status, 0) + number
    skipped = [{"reason": reason or "", "count": number} for status, reason, number, _ in rows if status == "skipped"]
    sent, bounced, in_doubt = (counts.get(status, 0) for status in ("sent", "bounced", "in_doubt"))
    return {
        "recipients": sent + bounced + in_doubt,
        "delivered": sent,
        "bounced": bounced,
        "in_doubt": in_doubt,
        "failed": counts.get("failed", 0),
        "queued": counts.get("queued", 0) + counts.get("in_flight", 0),
        "skipped": sorted(skipped, key=lambda entry: -entry["count"]),
        "last_minute": sum(lately for _, _, _, lately in rows),
    }


async def _usual(conn: db.Connection, account: Account, messages: Sequence[str]) -> Usual | None:
    scope = {"account": account.account_id, "messages": list(messages), "since": account.now() - _USUAL_OF}
    row = await db.row(conn, _USUAL, scope)
    if row is None or not row[1]:
        return None
    campaigns, recipients, *others = (int(number) for number in row)
    bounced, opened, clicked, unsubscribed = others
    delivered = max(recipients - bounced, 1)
    rates = (opened / delivered, clicked / delivered, bounced / recipients, unsubscribed / delivered)
    return Usual(campaigns, *rates)


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
        {
            "at": at,
            "sent": int(sent),
            "opens": int(opens),
            "clicks": int(clicks),
            "orders": _orders(orders),
            "revenue": float(revenue),
        }
        for at, opens, clicks, orders, revenue, sent in rows
    ]
