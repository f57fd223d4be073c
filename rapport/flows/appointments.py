"""Appointments: when flows of dates begin for whom, worked out a day ahead and again when a date changes
(behaviour-messaging 1.3)."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.accounts.types import Account
from rapport.flows import dates, plan
from rapport.flows.plan import Flow
from rapport.flows.trigger_types import DateTrigger
from rapport.kit import db

AHEAD = timedelta(days=1)
_CHUNK = 5000
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$")
_YEARS = range(1000, 9000)

# Without a live or manual action nobody enters (1.6).
_LIVE = """
    SELECT f.id, f.dated_until FROM flows f
    WHERE f.account_id = %s AND f.status IN ('manual', 'live') AND NOT f.archived AND f.trigger_kind = 'date'
        AND f.entry_action_id IS NOT NULL
        AND EXISTS (SELECT FROM flow_actions a WHERE a.account_id = f.account_id AND a.flow_id = f.id
                    AND a.status IN ('manual', 'live'))"""
_PEOPLE = """
    SELECT id, properties ->> %(key)s, location ->> 'timezone' FROM profiles
    WHERE account_id = %(account)s AND properties ? %(key)s AND id > %(after)s ORDER BY id LIMIT %(limit)s"""
_SOME = """
    SELECT id, properties ->> %(key)s, location ->> 'timezone' FROM profiles
    WHERE account_id = %(account)s AND properties ? %(key)s AND id = ANY(%(profiles)s)"""
_INSERT = """
    INSERT INTO flow_appointments (account_id, flow_id, profile_id, anchor, start)
    SELECT %(account)s, %(flow)s, * FROM unnest(%(profiles)s::bigint[], %(anchors)s::date[], %(starts)s::timestamptz[])
    ON CONFLICT (account_id, flow_id, profile_id, anchor) DO UPDATE SET start = excluded.start"""
_UNTIL = "UPDATE flows SET dated_until = %s WHERE account_id = %s AND id = %s"
_FORGET = "DELETE FROM flow_appointments WHERE account_id = %s AND flow_id = %s"
_CHANGED = """
    DELETE FROM flow_appointments WHERE account_id = %s AND flow_id = %s AND profile_id = ANY(%s) AND start > %s"""


async def look_ahead(conn: db.Connection, account: Account, now: datetime) -> int:
    """Make the appointments of the next day and a half, where less than a day is known. Returns for how many flows."""
    behind = [
        (flow_id, until)
        for flow_id, until in await db.rows(conn, _LIVE, (account.account_id,))
        if until is None or until < now + AHEAD
    ]
    flows = await plan.load(conn, account.account_id, [flow_id for flow_id, _ in behind])
    for flow_id, until in behind:
        flow, upto = flows[flow_id], now + AHEAD * 1.5
        trigger = flow.typed_trigger
        if isinstance(trigger, DateTrigger):
            after = 0
            while rows := await db.rows(conn, _PEOPLE, _people(account, trigger) | {"after": after, "limit": _CHUNK}):
                await _make(conn, account, flow, trigger, rows, until or now, upto)
                after = rows[-1][0]
        await db.execute(conn, _UNTIL, (upto, account.account_id, flow_id))
    return len(behind)


def _people(account: Account, trigger: DateTrigger) -> dict[str, Any]:
    return {"account": account.account_id, "key": key_of(trigger)}


def key_of(trigger: DateTrigger) -> str:
    """The property's own name; `properties['Name']` is another way to write it."""
    return trigger.date_profile_property.removeprefix("properties['").removesuffix("']")


async def follow(conn: db.Connection, account: Account, profiles: Collection[int], now: datetime) -> None:
    """Something about these people changed: what is ahead of them is worked out again."""
    if not profiles:
        return
    live = await db.rows(conn, _LIVE, (account.account_id,))
    flows = await plan.load(conn, account.account_id, [flow_id for flow_id, until in live if until is not None])
    for flow_id, until in live:
        if flow_id in flows and isinstance(trigger := flows[flow_id].typed_trigger, DateTrigger):
            changed = (account.account_id, flow_id, list(profiles), now)
            await db.execute(conn, _CHANGED, changed)
            rows = await db.rows(conn, _SOME, _people(account, trigger) | {"profiles": list(profiles)})
            await _make(conn, account, flows[flow_id], trigger, rows, now, until)


async def forget(conn: db.Connection, account_id: int, flow_id: int) -> None:
    """The flow was turned on or off, or is triggered by something else: what is ahead is worked out from now on."""
    await db.execute(conn, _FORGET, (account_id, flow_id))
    await db.execute(conn, _UNTIL, (None, account_id, flow_id))


async def _make(
    conn: db.Connection,
    account: Account,
    flow: Flow,
    trigger: DateTrigger,
    rows: Iterable[tuple[int, str, str | None]],
    after: datetime,
    until: datetime,
) -> None:
    """Appointments in (after, until] of people, given as id, stored date and time zone."""
    found = []
    for profile, text, zone_name in rows:
        zone = _zone(trigger, zone_name, account)
        stored = date_of(text, zone)
        if stored is not None:
            found += [(profile, *each) for each in dates.starts(trigger, stored, zone, after, until)]
    parameters = {
        "account": account.account_id,
        "flow": flow.id,
        "profiles": [profile for profile, _, _ in found],
        "anchors": [anchor for _, anchor, _ in found],
        "starts": [start for _, _, start in found],
    }
    if found:
        await db.execute(conn, _INSERT, parameters)


def _zone(trigger: DateTrigger, own: str | None, account: Account) -> ZoneInfo:
    for name in (own, account.timezone) if trigger.timezone == "profile" else (trigger.timezone,):
        try:
            return ZoneInfo(name or "")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def date_of(text: str, zone: ZoneInfo) -> date | None:
    """A stored text as a date: ISO dates and moments, and 12/31/2026. None when it is none."""
    text = text.strip()
    if match := _US.match(text):
        text = "{2}-{0:0>2}-{1:0>2}".format(*match.groups())
    try:
        moment = datetime.fromisoformat(text)
        day = moment.astimezone(zone).date() if moment.tzinfo is not None else moment.date()
    except (ValueError, OverflowError):
        return None
    return day if day.year in _YEARS else None
