"""Limits against guessing: attempts that failed are counted for each e-mail address and each network address.

While a limit is reached, the right answer is refused as the wrong one is; a link by mail signs in all the same.
"""

from datetime import datetime, timedelta

from rapport.kit import crypto, db

_WINDOW = timedelta(minutes=15)
_MOST = {"email": 10, "address": 100}
_COUNT = """
    INSERT INTO sign_in_failures AS f (hash, failures, until) VALUES (%(hash)s, 1, %(until)s)
    ON CONFLICT (hash) DO UPDATE SET failures = CASE WHEN f.until <= %(now)s THEN 1 ELSE f.failures + 1 END,
        until = CASE WHEN f.until <= %(now)s THEN excluded.until ELSE f.until END"""


async def wait(conn: db.Connection, now: datetime, *, email: str, address: str) -> int:
    """Seconds until somebody may try again; 0 = now."""
    longest = 0
    for kind, value in (("email", email), ("address", address)):
        query = "SELECT until FROM sign_in_failures WHERE hash = %s AND failures >= %s AND until > %s"
        row = await db.row(conn, query, (_hash(kind, value), _MOST[kind], now))
        if row is not None:
            longest = max(longest, int((row[0] - now).total_seconds()) + 1)
    return longest


async def count(conn: db.Connection, now: datetime, *, email: str, address: str) -> None:
    """One more that failed."""
    for kind, value in (("email", email), ("address", address)):
        await db.execute(conn, _COUNT, {"hash": _hash(kind, value), "now": now, "until": now + _WINDOW})


async def forgive(conn: db.Connection, email: str) -> None:
    """Whoever got in by the right answer begins anew."""
    await db.execute(conn, "DELETE FROM sign_in_failures WHERE hash = %s", (_hash("email", email),))


async def forget_dead(conn: db.Connection, now: datetime) -> None:
    await db.execute(conn, "DELETE FROM sign_in_failures WHERE until <= %s", (now,))


def _hash(kind: str, value: str) -> bytes:
    return crypto.key_hash(f"{kind}:{value}")
