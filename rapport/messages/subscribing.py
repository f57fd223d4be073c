"""Subscribing to and leaving lists: consent, membership and the events of both (behaviour-people 2.2 to 2.7)."""

from collections.abc import Collection, Sequence
from typing import Any

from rapport.accounts.types import Account
from rapport.events.inbox import append
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles.consent import EMAIL
from rapport.subscriptions import service as consent
from rapport.subscriptions.service import Grant, How

_MEMBERS = "SELECT profile_id FROM list_members WHERE account_id = %s AND list_id = %s AND profile_id = ANY(%s)"
_BACK = "DELETE FROM list_suppressions WHERE account_id = %s AND list_id = %s AND profile_id = ANY(%s)"
_LEFT = """
    INSERT INTO list_suppressions (account_id, profile_id, list_id, reason, at)
    SELECT %s, profile_id, %s, 'UNSUBSCRIBE', %s FROM unnest(%s::bigint[]) AS profile_id
    ON CONFLICT (account_id, profile_id, list_id) DO NOTHING"""


async def subscribe(
    conn: db.Connection, account: Account, grants: Sequence[Grant], how: How, *,
    to: dict[str, Any] | None = None, quiet: bool = False,
) -> None:  # fmt: skip
    """Record consent, and join the list `to` (a row of `lists`). `quiet`: a historical import; starts no flow."""
    fresh = await consent.subscribe(conn, account, grants, how, quiet=quiet)
    if to is None:
        return
    profiles = sorted({grant.profile_id for grant in grants})
    now = account.now()
    await db.execute(conn, _BACK, (account.account_id, to["id"], profiles))
    joined = await lists.add(conn, account.account_id, to["id"], profiles, now, quiet=quiet)
    # On the list already but barred from mail until now counts as subscribing to it as well (2.7).
    told = {*joined, *(profile for profile, channel in fresh if channel == EMAIL)}
    times = {grant.profile_id: max(grant.consented_at or now, consent.OLDEST) for grant in grants}
    properties = {"List": to["name"], "list_id": to["public_id"], "method": how.method}
    events = [
        consent.fact(profile, "Subscribed to List", times[profile], now, properties, backfill=quiet)
        for profile in sorted(told)
    ]
    await append(conn, account.account_id, events)


async def unsubscribe(
    conn: db.Connection, account: Account, profiles: Collection[int], how: How, channels: Sequence[str], *,
    of: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Leave the list `of`; who is not on it, and everybody where there is no list, leaves altogether (2.3)."""
    members: set[int] = set()
    if of is not None and EMAIL in channels:
        rows = await db.rows(conn, _MEMBERS, (account.account_id, of["id"], list(profiles)))
        members = {row[0] for row in rows}
        await _leave(conn, account, members, how, of)
    others = set(profiles) - members
    if others:
        await consent.unsubscribe(conn, account, others, how, channels=channels)
    rest = [channel for channel in channels if channel != EMAIL]
    if members and rest:
        await consent.unsubscribe(conn, account, members, how, channels=rest)


async def _leave(conn: db.Connection, account: Account, members: set[int], how: How, of: dict[str, Any]) -> None:
    if not members:
        return
    now = account.now()
    await db.execute(conn, _LEFT, (account.account_id, of["id"], now, sorted(members)))
    await lists.remove(conn, account.account_id, of["id"], sorted(members))
    properties = {"List": of["name"], "list_id": of["public_id"], "method": how.method}
    events = [consent.fact(profile, "Unsubscribed from List", now, now, properties) for profile in sorted(members)]
    await append(conn, account.account_id, events)
