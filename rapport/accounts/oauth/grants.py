"""What an account allows an application: a code, the refresh token it is exchanged for, and access tokens.

Credentials end by the world's time, never by a test account's clock. `now` is aware. Rules: behaviour-people 7.4.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.kit import crypto, db

CODE_LIFE = timedelta(minutes=5)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)  # without use
# How exactly it is known when an application last called.
_TOUCHED = timedelta(minutes=1)
ACCESS_TOKEN = re.compile(r"oat_[0-9A-Za-z_-]{43}")
CHALLENGE = re.compile(r"[0-9A-Za-z_-]{43}")
_VERIFIER = re.compile(r"[0-9A-Za-z._~-]{43,128}")


@dataclass(frozen=True)
class Consent:
    """What a person agreed to: an application's scopes, sent to one of its addresses, under a PKCE challenge (S256)."""

    account_id: int
    user_id: int
    app_id: int
    scopes: list[str]
    redirect_uri: str
    challenge: str


@dataclass(frozen=True)
class Grant:
    """A consent that lives: its code was exchanged."""

    account_id: int
    id: int
    app_id: int
    scopes: list[str]


@dataclass(frozen=True)
class Tokens:
    """What an application gets."""

    access: str
    refresh: str
    scopes: list[str]


@dataclass(frozen=True)
class Bearer:
    """Whom an access token stands for."""

    account_id: int
    app_id: int
    scopes: list[str]
    app_name: str


@dataclass(frozen=True)
class Connection:
    """An application in an account that allows it something: all of its consents together."""

    client_id: str
    name: str
    scopes: list[str]
    allowed: datetime
    allowed_by: str | None
    last_used: datetime


_CONNECTIONS = """
    SELECT a.client_id, a.name, max(g.created) AS allowed, greatest(max(g.used), max(g.called)) AS last_used,
        (array_agg(u.name ORDER BY g.created DESC))[1] AS allowed_by,
        (SELECT array_agg(DISTINCT scope ORDER BY scope) FROM oauth_grants o, unnest(o.scopes) AS scope
            WHERE o.account_id = %(account)s AND o.app_id = a.app_id AND o.used IS NOT NULL) AS scopes
    FROM oauth_grants g JOIN oauth_apps a ON a.app_id = g.app_id LEFT JOIN users u ON u.user_id = g.user_id
    WHERE g.account_id = %(account)s AND g.used IS NOT NULL
    GROUP BY a.app_id, a.client_id, a.name ORDER BY last_used DESC, a.app_id"""


async def allow(conn: db.Connection, consent: Consent, now: datetime) -> str:
    """The code that the application may exchange, once, within five minutes."""
    code = secrets.token_urlsafe(32)
    await db.execute(
        conn,
        """INSERT INTO oauth_grants (account_id, user_id, app_id, scopes, redirect_uri, challenge, code_hash, created)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            consent.account_id,
            consent.user_id,
            consent.app_id,
            consent.scopes,
            consent.redirect_uri,
            consent.challenge,
            crypto.key_hash(code),
            now,
        ),
    )
    return code


async def exchange(
    conn: db.Connection, app_id: int, code: str, verifier: str, redirect_uri: str, now: datetime
) -> Tokens | None:
    """Tokens for a code, or None. A code that comes a second time ends what came of the first (RFC 6749, 4.1.2)."""
    # tenant-scope: the code names the tenant
    query = """SELECT account_id, id, app_id, scopes, used, created > %s, redirect_uri, challenge
        FROM oauth_grants WHERE code_hash = %s AND app_id = %s"""
    row = await db.row(conn, query, (now - CODE_LIFE, crypto.key_hash(code), app_id))
    if row is None:
        return None
    grant, (used, in_time, sent_to, challenge) = Grant(*row[:4]), row[4:]
    if used is None:
        if not in_time or redirect_uri != sent_to or not _proves(verifier, challenge):
            return None
        if (refresh := await _first_use(conn, grant, now)) is not None:
            return Tokens(await _access(conn, grant, grant.scopes, now), refresh, grant.scopes)
    await _end(conn, grant)
    return None


async def _first_use(conn: db.Connection, grant: Grant, now: datetime) -> str | None:
    """The refresh token, unless another exchange of the code came first: the row's lock lets one win."""
    refresh = "ort_" + secrets.token_urlsafe(32)
    won = await db.execute(
        conn,
        "UPDATE oauth_grants SET used = %s, refresh_hash = %s WHERE account_id = %s AND id = %s AND used IS NULL",
        (now, crypto.key_hash(refresh), grant.account_id, grant.id),
    )
    return refresh if won else None


async def by_refresh_token(conn: db.Connection, app_id: int, token: str, now: datetime) -> Grant | None:
    """The grant of an application's refresh token that is not dead."""
    # tenant-scope: the token names the tenant
    query = """SELECT account_id, id, app_id, scopes FROM oauth_grants
        WHERE refresh_hash = %s AND app_id = %s AND used > %s"""
    row = await db.row(conn, query, (crypto.key_hash(token), app_id, now - REFRESH_LIFE))
    return Grant(*row) if row else None


async def refresh(conn: db.Connection, grant: Grant, scopes: list[str], now: datetime) -> str | None:
    """A further access token; those before stay good until their own end. None when the grant ended meanwhile."""
    touched = await db.execute(
        conn,
        "UPDATE oauth_grants SET used = %s WHERE account_id = %s AND id = %s",
        (now, grant.account_id, grant.id),
    )
    return await _access(conn, grant, scopes, now) if touched else None


async def _access(conn: db.Connection, grant: Grant, scopes: list[str], now: datetime) -> str:
    token = "oat_" + secrets.token_urlsafe(32)
    await db.execute(
        conn,
        "INSERT INTO oauth_tokens (account_id, hash, grant_id, scopes, until) VALUES (%s, %s, %s, %s, %s)",
        (grant.account_id, crypto.key_hash(token), grant.id, scopes, now + ACCESS_LIFE),
    )
    return token


async def bearer(conn: db.Connection, token: str, now: datetime) -> Bearer | None:
    """Whom a living access token stands for. That it was used is noted."""
    # tenant-scope: the token names the tenant
    query = """SELECT t.account_id, g.app_id, t.scopes, a.name, g.id, g.called FROM oauth_tokens t
        JOIN oauth_grants g ON g.account_id = t.account_id AND g.id = t.grant_id
        JOIN oauth_apps a ON a.app_id = g.app_id WHERE t.hash = %s AND t.until > %s"""
    row = await db.row(conn, query, (crypto.key_hash(token), now))
    if row is None:
        return None
    *fields, grant_id, called = row
    if called is None or called <= now - _TOUCHED:
        touch = "UPDATE oauth_grants SET called = %s WHERE account_id = %s AND id = %s"
        await db.execute(conn, touch, (now, row[0], grant_id))
    return Bearer(*fields)


async def revoke(conn: db.Connection, app_id: int, token: str) -> None:
    """End an application's access token, or by its refresh token everything of that grant. Unknown ones are fine."""
    both = (crypto.key_hash(token), app_id)
    # tenant-scope: the token names the tenant
    await db.execute(conn, "DELETE FROM oauth_grants WHERE refresh_hash = %s AND app_id = %s", both)
    # tenant-scope: the token names the tenant
    query = """DELETE FROM oauth_tokens t USING oauth_grants g
        WHERE g.account_id = t.account_id AND g.id = t.grant_id AND t.hash = %s AND g.app_id = %s"""
    await db.execute(conn, query, both)


async def connections(conn: db.Connection, account_id: int) -> list[Connection]:
    """The applications that an account allows something, the last used first."""
    return [Connection(**row) for row in await db.dicts(conn, _CONNECTIONS, {"account": account_id})]


async def uninstall(conn: db.Connection, account_id: int, app_id: int) -> bool:
    """End all that the account allowed the application. False when that was nothing."""
    query = "DELETE FROM oauth_grants WHERE account_id = %s AND app_id = %s"
    return bool(await db.execute(conn, query, (account_id, app_id)))


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    """Drop what can't be used any more: access tokens, codes nobody exchanged, refresh tokens nobody used."""
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM oauth_tokens WHERE until <= %s", (now,))
    # tenant-scope: of every account at once
    query = "DELETE FROM oauth_grants WHERE used <= %s OR (used IS NULL AND created <= %s)"
    await db.execute(conn, query, (now - REFRESH_LIFE, now - CODE_LIFE))


async def _end(conn: db.Connection, grant: Grant) -> None:
    # its access tokens go with it
    query = "DELETE FROM oauth_grants WHERE account_id = %s AND id = %s"
    await db.execute(conn, query, (grant.account_id, grant.id))


def _proves(verifier: str, challenge: str) -> bool:
    """Whether the challenge is the verifier's (RFC 7636, 4.6, S256)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return crypto.pkce_challenge(verifier) == challenge
