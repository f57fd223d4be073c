"""Who is signed in to the web app: links that sign a user in, once, and the sessions that come of signing in.

Both are rows that can be ended, and only hashes of what opens them are stored. They end by the world's time, never by a
test account's clock. `now` is aware.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal

from rapport.kit import crypto, db

COOKIE = "rapport_session"
SESSION_LIFE = timedelta(days=30)
# A link that signs in, and one that sets a new password.
Kind = Literal["sign-in", "password"]
LINK_LIFE = {"sign-in": timedelta(days=7), "password": timedelta(hours=1)}
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")
# How exactly it is known when a session was last used.
_TOUCHED = timedelta(minutes=1)
_LONGEST_AGENT = 300
_COLUMNS = "id, account_id, user_id, created, used, agent, address"


@dataclass(frozen=True)
class Device:
    """Where somebody signs in from."""

    agent: str = ""
    address: str = ""


@dataclass(frozen=True)
class Session:
    """A living session. `id`: its number, which opens nothing."""

    id: int
    account_id: int
    user_id: int
    created: datetime
    used: datetime
    device: Device


async def new_link(conn: db.Connection, account_id: int, user_id: int, now: datetime, *, kind: Kind = "sign-in") -> str:
    """The token of a link; good until it was used, or its time is over."""
    token = secrets.token_urlsafe(32)
    await db.execute(
        conn,
        "INSERT INTO sign_in_links (account_id, user_id, kind, hash, until) VALUES (%s, %s, %s, %s, %s)",
        (account_id, user_id, kind, crypto.key_hash(token), now + LINK_LIFE[kind]),
    )
    return token


async def use_link(conn: db.Connection, token: str, now: datetime, *, kind: Kind = "sign-in") -> tuple[int, int] | None:
    """Use a link's token up: its account and user; None for one that is wrong, used or too old."""
    if not _TOKEN.fullmatch(token):
        return None
    # tenant-scope: the token names the tenant
    query = "DELETE FROM sign_in_links WHERE hash = %s AND kind = %s AND until > %s RETURNING account_id, user_id"
    row = await db.row(conn, query, (crypto.key_hash(token), kind, now))
    return (row[0], row[1]) if row else None


async def is_good(conn: db.Connection, token: str, now: datetime, *, kind: Kind = "sign-in") -> bool:
    """Whether a link could still be used; it stays as it is."""
    if not _TOKEN.fullmatch(token):
        return False
    # tenant-scope: the token names the tenant
    query = "SELECT FROM sign_in_links WHERE hash = %s AND kind = %s AND until > %s"
    return await db.row(conn, query, (crypto.key_hash(token), kind, now)) is not None


async def begin(conn: db.Connection, account_id: int, user_id: int, now: datetime, device: Device) -> str:
    """The cookie's value of a new session."""
    session = secrets.token_urlsafe(32)
    await db.execute(
        conn,
        """INSERT INTO sessions (account_id, user_id, hash, created, used, until, agent, address)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            account_id,
            user_id,
            crypto.key_hash(session),
            now,
            now,
            now + SESSION_LIFE,
            device.agent[:_LONGEST_AGENT],
            device.address,
        ),
    )
    return session


async def find(conn: db.Connection, session: str, now: datetime) -> Session | None:
    """The living session that a cookie opens."""
    if not _TOKEN.fullmatch(session):
        return None
    hash = crypto.key_hash(session)
    # tenant-scope: the session names the tenant
    query = f"SELECT {_COLUMNS} FROM sessions WHERE hash = %s AND until > %s"
    row = await db.row(conn, query, (hash, now))
    if row is None:
        return None
    found = _session(row)
    if found.used <= now - _TOUCHED:
        touch = "UPDATE sessions SET used = %s WHERE account_id = %s AND hash = %s"
        await db.execute(conn, touch, (now, found.account_id, hash))
    return found


async def move(conn: db.Connection, id: int, account_id: int, to: int) -> None:
    """A session in an account goes on in another of its user's."""
    query = "UPDATE sessions SET account_id = %s WHERE account_id = %s AND id = %s"
    await db.execute(conn, query, (to, account_id, id))


async def of_user(conn: db.Connection, user_id: int, now: datetime) -> list[Session]:
    """A user's living sessions in whatever account, the last used first."""
    # tenant-scope: a user's own, in all their accounts
    query = f"SELECT {_COLUMNS} FROM sessions WHERE user_id = %s AND until > %s ORDER BY used DESC, id DESC"
    return [_session(row) for row in await db.rows(conn, query, (user_id, now))]


async def end(conn: db.Connection, session: str) -> None:
    """An unknown one is fine."""
    # tenant-scope: the session names the tenant
    await db.execute(conn, "DELETE FROM sessions WHERE hash = %s", (crypto.key_hash(session),))


async def end_of_user(conn: db.Connection, user_id: int, *, id: int | None = None, but: int | None = None) -> int:
    """End a user's session with this id, or all but one; with all, links that were not used. Returns how many
    sessions."""
    if id is None:
        # tenant-scope: a user's own, in all their accounts
        await db.execute(conn, "DELETE FROM sign_in_links WHERE user_id = %s", (user_id,))
    # tenant-scope: a user's own, in all their accounts
    query = """DELETE FROM sessions WHERE user_id = %(user)s AND (%(id)s::int IS NULL OR id = %(id)s)
               AND (%(but)s::int IS NULL OR id <> %(but)s)"""
    return await db.execute(conn, query, {"user": user_id, "id": id, "but": but})


async def end_all(conn: db.Connection, account_id: int) -> int:
    """Every session of an account, and every link that was not used. Returns the number of sessions."""
    await db.execute(conn, "DELETE FROM sign_in_links WHERE account_id = %s", (account_id,))
    return await db.execute(conn, "DELETE FROM sessions WHERE account_id = %s", (account_id,))


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM sign_in_links WHERE until <= %s", (now,))
    # tenant-scope: of every account at once
    await db.execute(conn, "DELETE FROM sessions WHERE until <= %s", (now,))


def _session(row: tuple[Any, ...]) -> Session:
    id, account_id, user_id, created, used, agent, address = row
    return Session(id, account_id, user_id, created, used, Device(agent, address))


def session_in(cookie_header: str) -> str | None:
    """The session that a request carries, good or not."""
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
