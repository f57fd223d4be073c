"""Subscribing to and leaving lists: consent, membership and the events of both (behaviour-people 2.2 to 2.7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.accounts.types import Account
from rapport.inbox.service import append
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles.consent import EMAIL, TRACKING
from rapport.subscriptions import service as consent
from rapport.subscriptions.facts import changed, fact
from rapport.subscriptions.service import Grant, How

_MEMBERS = "SELECT profile_id FROM list_members WHERE account_id = %s AND list_id = %s AND profile_id = ANY(%s)"
_BACK = """
    DELETE FROM list_suppressions WHERE account_id = %s AND list_id = %s AND profile_id = ANY(%s)
    RETURNING profile_id"""
_LEFT = """
    INSERT INTO list_suppressions (account_id, profile_id, list_id, reason, at)
    SELECT %s, profile_id, %s, 'UNSUBSCRIBE', %s FROM unnest(%s::bigint[]) AS profile_id
    ON CONFLICT (account_id, profile_id, list_id) DO NOTHING RETURNING profile_id"""


@dataclass(frozen=True)
class Through:
    """The message (internal id) that somebody left through, and what its events say of it."""

    message: int
    about: dict[str, Any]


async def subscribe(
    conn: db.Connection,
    account: Account,
    grants: Sequence[Grant],
    how: How,
    *,
    to: dict[str, Any] | None = None,
    quiet: bool = False,
) -> None:
    """Record consent, and join the list `to` (a row of `lists`). `quiet`: a historical import; starts no flow.

    Consent to tracking is the person's alone and adds to no list (2.1).
    """
    fresh = await consent.subscribe(conn, account, grants, how, quiet=quiet)
    joining = [grant for grant in grants if grant.channel not in TRACKING]
    if to is not None and joining:
        await _join(conn, account, joining, how, to, fresh.lifted, quiet=quiet)


async def _join(
    conn: db.Connection,
    account: Account,
    grants: Sequence[Grant],
    how: How,
    to: dict[str, Any],
    lifted: frozenset[int],
    *,
    quiet: bool,
) -> None:
    """On the list already but barred from its mail until now counts as subscribing to it as well (2.7)."""
    profiles = sorted({grant.profile_id for grant in grants})
    now = account.now()
    emails = [grant.profile_id for grant in grants if grant.channel == EMAIL]
    back = {row[0] for row in await db.rows(conn, _BACK, (account.account_id, to["id"], emails))}
    joined = await lists.add(conn, account.account_id, to["id"], profiles, now, quiet=quiet)
    times = {grant.profile_id: max(grant.consented_at or now, consent.OLDEST) for grant in grants}
    properties = {"List": to["name"], "list_id": to["public_id"], "method": how.method, "method_detail": how.detail}
    events = [
        fact(profile, "Subscribed to List", times[profile], now, properties, backfill=quiet)
        for profile in sorted({*joined, *back, *(lifted & {*profiles})})
    ]
    await append(conn, account.account_id, events)
    await changed(conn, account, back)


async def unsubscribe(
    conn: db.Connection,
    account: Account,
    profiles: Collection[int],
    how: How,
    channels: Sequence[str],
    *,
    of: dict[str, Any] | None = None,
) -> None:
    """Leave the list `of`; who is not on it, and everybody where there is no list, leaves altogether (2.3)."""
    members: set[int] = set()
    if of is not None and EMAIL in channels:
        rows = await db.rows(conn, _MEMBERS, (account.account_id, of["id"], list(profiles)))
        members = {row[0] for row in rows}
        await leave(conn, account, members, how, of)
    others = set(profiles) - members
    if others:
        await consent.unsubscribe(conn, account, others, how, channels=channels)
    rest = [channel for channel in channels if channel != EMAIL]
    if members and rest:
        await consent.unsubscribe(conn, account, members, how, channels=rest)


async def leave(
    conn: db.Connection,
    account: Account,
    profiles: Collection[int],
    how: How,
    of: dict[str, Any],
    *,
    through: Through | None = None,
) -> None:
    """Leave the list `of` (a row of `lists`) and stay reachable through others; told once (2.6, 2.7)."""
    if not profiles:
        return
    now = account.now()
    left = {row[0] for row in await db.rows(conn, _LEFT, (account.account_id, of["id"], now, sorted(profiles)))}
    left |= {*await lists.remove(conn, account.account_id, of["id"], sorted(profiles))}
    about = through.about if through else {}
    properties = {
        **about,
        "List": of["name"],
        "list_id": of["public_id"],
        "method": how.method,
        "method_detail": how.detail,
    }
    message = through.message if through else None
    events = [
        fact(profile, "Unsubscribed from List", now, now, properties, message=message) for profile in sorted(left)
    ]
    await append(conn, account.account_id, events)
    await changed(conn, account, left)
