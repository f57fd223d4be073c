"""Who is signed in to the web app: links that sign a browser in, once, and the sessions that come of them.

Both are rows that can be ended, and only hashes of what opens them are stored. They end by the world's time, never by a
test account's clock. `now` is aware.
"""

import re
import secrets
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from rapport.kit import crypto, db

COOKIE = "rapport_session"
SESSION_LIFE = timedelta(days=30)
LINK_LIFE = timedelta(days=7)
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")


async def new_link(conn: db.Connection, account_id: int, now: datetime) -> str:
    """The token of a sign-in link; good for seven days, or until it was used."""
    token = secrets.token_urlsafe(32)
    await db.execute(
        conn,
        "INSERT INTO sign_in_links (account_id, hash, until) VALUES (%s, %s, %s)",
        (account_id, crypto.key_hash(token), now + LINK_LIFE),
    )
    return token


async def sign_in(conn: db.Connection, token: str, now: datetime) -> str | None:
    """Use a link's token up: the cookie's value of a new session, or None for one that is wrong, used or too old."""
    if not _TOKEN.fullmatch(token):
        return None
    # tenant-scope: the token names the tenant
    query = "DELETE FROM sign_in_links WHERE hash = %s AND until > %s RETURNING account_id"
    used = await db.row(conn, query, (crypto.key_hash(token), now))
    if used is None:
        return None
    session = secrets.token_urlsafe(32)
    await db.execute(
        conn,
        "INSERT INTO sessions (account_id, hash, created, until) VALUES (%s, %s, %s, %s)",
        (used[0], crypto.key_hash(session), now, now + SESSION_LIFE),
    )
    return session


async def account_of(conn: db.Connection, session: str, now: datetime) -> int | None:
    """The account that a living session is signed in to."""
    if not _TOKEN.fullmatch(session):
        return None
    # tenant-scope: the session names the tenant
    query = "SELECT account_id FROM sessions WHERE hash = %s AND until > %s"
    row = await db.row(conn, query, (crypto.key_hash(session), now))
    return row[0] if row else None


async def end(conn: db.Connection, session: str) -> None:
    """An unknown one is fine."""
    # tenant-scope: the session names the tenant
    await db.execute(conn, "DELETE FROM sessions WHERE hash = %s", (crypto.key_hash(session),))


async def end_all(conn: db.Connection, account_id: int) -> int:
    """Every session of an account, and every link that was not used. Returns the number of sessions."""
    await db.execute(conn, "DELETE FROM sign_in_links WHERE account_id = %s", (account_id,))
    return await db.execute(conn, "DELETE FROM sessions WHERE account_id = %s", (account_id,))


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM sign_in_links WHERE until <= %s", (now,))
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM sessions WHERE until <= %s", (now,))


def session_in(cookie_header: str) -> str | None:
    """The session that a request carries, good or not."""
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
