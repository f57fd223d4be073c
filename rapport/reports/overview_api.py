"""The numbers of the home page: an extension."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from rapport.accounts import service as accounts
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, Resource, operation
from rapport.kit.ratelimit import M
from rapport.messages.credits import VERSION_READ

_DAYS = 30
_CONVERSION = "Placed Order"
_COUNTS = """
    SELECT (SELECT count(*) FROM profiles WHERE account_id = %(account)s) AS profiles,
        (SELECT count(*) FROM events WHERE account_id = %(account)s AND time > %(yesterday)s AND time <= %(now)s)
            AS events_24h,
        (SELECT coalesce(sum(recipients), 0)::bigint FROM message_totals WHERE account_id = %(account)s)
            AS messages_sent"""
# Days are the account's own; each part is bounded by an index on its time.
_EVENTS = """
    SELECT (time AT TIME ZONE %(zone)s)::date, count(*) FROM events
    WHERE account_id = %(account)s AND time >= %(start)s AND time <= %(now)s GROUP BY 1"""
_MESSAGES = """
    SELECT (sent AT TIME ZONE %(zone)s)::date, sum(recipients)::bigint FROM message_totals
    WHERE account_id = %(account)s AND source IN ('campaign', 'flow') AND sent >= %(start)s GROUP BY 1"""
_REVENUE = f"""
    SELECT (event_time AT TIME ZONE %(zone)s)::date, coalesce(sum(value), 0) FROM attributions
    WHERE account_id = %(account)s AND version = {VERSION_READ} AND event_time >= %(start)s AND event_time <= %(now)s
      AND metric_id IN (SELECT id FROM metrics WHERE account_id = %(account)s AND name = %(conversion)s) GROUP BY 1"""


class OverviewDay(msgspec.Struct):
    """One day of the account's clock: events recorded, messages sent, and what messages earned on it."""

    date: str
    events: int
    messages: int
    revenue: float


class OverviewAttributes(msgspec.Struct):
    """`series`: the last thirty days, today last; `revenue_30d` is their sum, in `currency`."""

    profiles: int
    events_24h: int
    messages_sent: int
    revenue_30d: float
    currency: str
    series: list[OverviewDay]


OVERVIEW = Resource("overview", "/api/overview", OverviewAttributes, self_link=False)


@operation("get_overview", "GET", "/api/overview", scopes="metrics:read", rate=M, answers=OVERVIEW)
async def get_overview(call: AnyCall) -> Record:
    """Totals, and the last thirty days one by one. Revenue is what messages earned, on the day it came in."""
    async with call.transaction() as conn:
        account = await accounts.load(conn, call.principal.account_id)
        zone = ZoneInfo(account.timezone)
        days = _days(call.now, zone)
        scope = {
            "account": account.account_id,
            "now": call.now,
            "yesterday": call.now - timedelta(days=1),
            "start": datetime.combine(days[0], time(), zone),
            "zone": account.timezone,
            "conversion": _CONVERSION,
        }
        counts = await db.one(conn, _COUNTS, scope) or {}
        events, messages, revenue = [
            dict(await db.rows(conn, query, scope)) for query in (_EVENTS, _MESSAGES, _REVENUE)
        ]
    series = [_day(day, events, messages, revenue) for day in days]
    earned = float(sum(revenue.values(), Decimal(0)))
    attributes = OverviewAttributes(**counts, revenue_30d=earned, currency=account.currency, series=series)
    return Record(account.public_id, attributes)


def _days(now: datetime, zone: ZoneInfo) -> list[date]:
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in reversed(range(_DAYS))]


def _day(day: date, events: dict[date, int], messages: dict[date, int], revenue: dict[date, Decimal]) -> OverviewDay:
    return OverviewDay(day.isoformat(), events.get(day, 0), messages.get(day, 0), float(revenue.get(day, 0)))
