"""Push tokens: registering a device, forgetting it, and the consent that follows (behaviour-people 2.11, 6.6)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.kit import db

# As a token's vendor is answered, by the word it is stored as.
VENDORS = {"apns": "APNs", "fcm": "FCM"}
# A profile may be pushed to when at least one of its tokens is one of these.
ENABLED = ["AUTHORIZED", "PROVISIONAL"]


@dataclass(frozen=True, slots=True)
class Token:
    """A device's token. `vendor` in any case; `device` is what is known of the device, without nulls."""

    token: str
    platform: str
    vendor: str
    enablement_status: str = "AUTHORIZED"
    background: str = "AVAILABLE"
    device: dict[str, Any] = field(default_factory=dict)


_HOLDER = "SELECT profile_id FROM push_tokens WHERE account_id = %s AND token = %s"
# What is known of the device stays known until it is said anew.
_REGISTER = """
    INSERT INTO push_tokens AS t (account_id, token, profile_id, platform, vendor, enablement_status, background,
        device, created, recorded)
    VALUES (%(account)s, %(token)s, %(profile)s, %(platform)s, %(vendor)s, %(enablement)s, %(background)s, %(device)s,
        %(now)s, %(now)s)
    ON CONFLICT (account_id, token) DO UPDATE SET profile_id = excluded.profile_id, platform = excluded.platform,
        vendor = excluded.vendor, enablement_status = excluded.enablement_status, background = excluded.background,
        device = t.device || excluded.device, recorded = excluded.recorded"""
_UNREGISTER = "DELETE FROM push_tokens WHERE account_id = %s AND token = ANY(%s) RETURNING profile_id"
_ANY_ENABLED = "account_id = %(account)s AND profile_id = p AND enablement_status = ANY(%(enabled)s)"
_GRANT = f"""
    INSERT INTO consents AS c (account_id, profile_id, channel, status, consented_at, updated, method)
    SELECT %(account)s, p, 'push', 'SUBSCRIBED', %(now)s, %(now)s, 'API' FROM unnest(%(profiles)s::bigint[]) AS p
    WHERE EXISTS (SELECT FROM push_tokens WHERE {_ANY_ENABLED})
    ON CONFLICT (account_id, profile_id, channel) DO UPDATE SET status = excluded.status,
        consented_at = excluded.consented_at, updated = excluded.updated, method = excluded.method
        WHERE c.status <> 'SUBSCRIBED'
    RETURNING c.profile_id"""
_WITHDRAW = f"""
    UPDATE consents SET status = 'UNSUBSCRIBED', consented_at = %(now)s, updated = %(now)s
    FROM unnest(%(profiles)s::bigint[]) AS p
    WHERE account_id = %(account)s AND profile_id = p AND channel = 'push' AND status = 'SUBSCRIBED'
      AND NOT EXISTS (SELECT FROM push_tokens WHERE {_ANY_ENABLED})
    RETURNING profile_id"""


async def register(conn: db.Connection, account_id: int, profile_id: int, token: Token, now: datetime) -> None:
    """Give the profile (bigint id) this token. Another's token moves to it; a known one is brought up to date."""
    before = await db.row(conn, _HOLDER, (account_id, token.token))
    parameters = {
        "account": account_id,
        "profile": profile_id,
        "now": now,
        "token": token.token,
        "platform": token.platform,
        "vendor": token.vendor.lower(),
        "enablement": token.enablement_status,
        "background": token.background,
        "device": Jsonb(token.device),
    }
    await db.execute(conn, _REGISTER, parameters)
    await _follow_tokens(conn, account_id, {profile_id, *(before or ())}, now)


async def unregister(conn: db.Connection, account_id: int, tokens: Collection[str], now: datetime) -> set[int]:
    """Forget tokens; the profiles stay. Returns the profiles that had one of them."""
    profile_ids = {row[0] for row in await db.rows(conn, _UNREGISTER, (account_id, list(tokens)))}
    await _follow_tokens(conn, account_id, profile_ids, now)
    return profile_ids


async def _follow_tokens(conn: db.Connection, account_id: int, profiles: Collection[int], now: datetime) -> None:
    """Consent to push follows from the tokens: it lives with them (2.11)."""
    if not profiles:
        return
    parameters = {"account": account_id, "profiles": sorted(profiles), "enabled": ENABLED, "now": now}
    granted = await db.rows(conn, _GRANT, parameters)
    withdrawn = await db.rows(conn, _WITHDRAW, parameters)
    if changed := {row[0] for row in (*granted, *withdrawn)}:
        await inbox.append_changed(conn, account_id, changed, "consent")
