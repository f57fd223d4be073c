"""What was asked of a browser and is expected back, once."""

import secrets
from datetime import datetime, timedelta

from rapport.kit import crypto, db

LIFE = timedelta(minutes=10)


async def ask(conn: db.Connection, kind: str, text: str, now: datetime, life: timedelta = LIFE) -> str:
    """Keeps `text`; the value that is answered here opens it."""
    value = secrets.token_urlsafe(32)
    query = "INSERT INTO challenges (hash, kind, text, until) VALUES (%s, %s, %s, %s)"
    await db.execute(conn, query, (crypto.key_hash(value), kind, text, now + life))
    return value


async def take(conn: db.Connection, kind: str, value: str, now: datetime) -> str | None:
    """The text that was kept, which is gone with this; None for a value that is wrong, used or too old."""
    query = "DELETE FROM challenges WHERE hash = %s AND kind = %s AND until > %s RETURNING text"
    row = await db.row(conn, query, (crypto.key_hash(value), kind, now))
    return str(row[0]) if row else None


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    await db.execute(conn, "DELETE FROM challenges WHERE until <= %s", (now,))
