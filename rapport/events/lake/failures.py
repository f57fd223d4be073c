"""Which accounts' events could not be written into files: for `rapport doctor`, /metrics, and the next attempt."""

from dataclasses import dataclass
from datetime import datetime

from rapport.kit import clock, db

_NOTE = """
    INSERT INTO lake_failures AS known (account_id, times, reason, since) VALUES (%s, 1, %s, %s)
    ON CONFLICT (account_id) DO UPDATE SET times = known.times + 1, reason = excluded.reason RETURNING times"""
_COUNT = "SELECT times FROM lake_failures WHERE account_id = %s"
_FORGET = "DELETE FROM lake_failures WHERE account_id = %s"
# tenant-scope: an operator asks about all accounts
_ALL = """
    SELECT a.public_id, f.times, f.reason, f.since FROM lake_failures f JOIN accounts a ON a.account_id = f.account_id
    ORDER BY f.since"""
_LONGEST = 300


@dataclass(frozen=True)
class Failure:
    """Of an account (public id): failures in a row, the last error, and since when (real time)."""

    account: str
    times: int
    reason: str
    since: datetime


async def note(pool: db.Pool, account_id: int, error: Exception) -> int:
    """Note a failure; returns how many there were in a row."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:_LONGEST]
    async with pool.connection() as conn:
        return int((await db.rows(conn, _NOTE, (account_id, reason, clock.utcnow())))[0][0])


async def count(conn: db.Connection, account_id: int) -> int:
    """Failures in a row; 0 when the last attempt succeeded."""
    row = await db.row(conn, _COUNT, (account_id,))
    return int(row[0]) if row else 0


async def forget(conn: db.Connection, account_id: int) -> None:
    """Called when everything due is written."""
    await db.execute(conn, _FORGET, (account_id,))


async def all_of_them(conn: db.Connection) -> list[Failure]:
    return [Failure(*row) for row in await db.rows(conn, _ALL)]
