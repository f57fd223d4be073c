"""Dropping events older than RAPPORT_KEEP_EVENTS_DAYS, or than their account keeps them, with their files. Where
neither is set, they are kept for ever.

Keys of de-duplication stay: an event that was dropped is not recorded again.
"""

from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from rapport.events.lake.manifest import BEGINNING, Span, sealed
from rapport.kit import clock, db
from rapport.kit.clock import midnight

# Files that reach over the limit go as well; the days they held after it are sealed again.
_RETIRE = """
    UPDATE lake_files SET state = 'retired', updated = %s WHERE account_id = %s AND state = 'sealed' AND since < %s"""
_CHANGES = "DELETE FROM lake_changes WHERE account_id = %s AND time < %s"
# One step deletes few enough to hold up nobody.
_STEP = 50_000
# An account that says itself how long it keeps events is told how many went.
_EVENTS = f"""
    WITH gone AS (
        DELETE FROM events WHERE account_id = %(account)s AND time < %(before)s AND (time, id) IN (
            SELECT time, id FROM events WHERE account_id = %(account)s AND time < %(before)s
            ORDER BY time LIMIT {_STEP})
        RETURNING 1
    ), counted AS (
        UPDATE event_retention SET deleted = deleted + (SELECT count(*) FROM gone), last_deleted = %(now)s
        WHERE account_id = %(account)s AND EXISTS (SELECT FROM gone)
    )
    SELECT count(*) FROM gone"""
_MONTHS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^events_p[0-9]{6}$' AND relname < %s"


async def drop(conn: db.Connection, account_id: int, before: datetime, now: datetime) -> bool:
    """Drop some of what lies before a day (its 00:00 UTC counts); False when there is nothing. `now`: the account's.

    `conn` is one from `seal.locked`: nobody writes a file of this account meanwhile.
    """
    before = midnight(before)
    if await sealed(conn, account_id, Span(BEGINNING, before)):
        async with conn.transaction():
            await db.execute(conn, _RETIRE, (clock.utcnow(), account_id, before))
            await db.execute(conn, _CHANGES, (account_id, before))
        return True
    row = await db.row(conn, _EVENTS, {"account": account_id, "before": before, "now": now})
    is_dropped = row is not None and row[0] > 0
    if is_dropped:
        await _free(conn, before)
    return is_dropped


async def _free(conn: db.Connection, before: datetime) -> None:
    """Give back the space of months that nobody has events in any more. Not dropped: a late event may need them."""
    month = before.astimezone(UTC)
    for (name,) in await db.rows(conn, _MONTHS, (f"events_p{month.year:04d}{month.month:02d}",)):
        with suppress(psycopg.errors.LockNotAvailable):
            await _truncate_when_empty(conn, name)


async def _truncate_when_empty(conn: db.Connection, name: str) -> None:
    # tenant-scope: a month is empty when no account has a row in it
    empty = f"SELECT NOT EXISTS (SELECT FROM {name})"
    if await db.row(conn, empty) == (True,):
        async with conn.transaction():
            # who waits for a lock on a partition holds up those who come after it
            await db.execute(conn, "SET LOCAL lock_timeout = '200ms'")
            await db.execute(conn, f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            if await db.row(conn, empty) == (True,):
                await db.execute(conn, f"TRUNCATE {name}")
