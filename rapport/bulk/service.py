"""Bulk import jobs: taken down whole in the request, worked off by `importer`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.kit import db, ids
from rapport.kit.jobs import CHANNEL

# How long a job and its errors can be asked for.
KEPT = timedelta(days=7)
_COLUMNS = "id, ulid, status, lists, total, completed, failed, created, started, finished, expires"
_INSERT = f"""
    INSERT INTO import_jobs (account_id, ulid, status, lists, total, created, expires)
    VALUES (%s, %s, 'queued', %s, %s, %s, %s) RETURNING {_COLUMNS}"""
_INSERT_ROWS = """
    INSERT INTO import_rows (account_id, job_id, number, body)
    SELECT %s, %s, place - 1, body FROM json_array_elements(%s::json) WITH ORDINALITY AS r (body, place)"""
_BY_ULID = f"SELECT {_COLUMNS} FROM import_jobs WHERE account_id = %s AND ulid = %s AND expires > %s"
_KNOWN_LISTS = "SELECT public_id FROM lists WHERE account_id = %s AND public_id = ANY(%s)"
# Each account forgets by its own clock.
_FORGET = (
    """DELETE FROM import_rows r USING import_jobs j JOIN accounts a ON a.account_id = j.account_id
       WHERE r.account_id = j.account_id AND r.job_id = j.id AND j.expires <= %(now)s + a.clock_offset""",
    """DELETE FROM import_errors e USING import_jobs j JOIN accounts a ON a.account_id = j.account_id
       WHERE e.account_id = j.account_id AND e.job_id = j.id AND j.expires <= %(now)s + a.clock_offset""",
    """DELETE FROM import_profiles p USING import_jobs j JOIN accounts a ON a.account_id = j.account_id
       WHERE p.account_id = j.account_id AND p.job_id = j.id AND j.expires <= %(now)s + a.clock_offset""",
    """DELETE FROM import_jobs j USING accounts a
       WHERE a.account_id = j.account_id AND j.expires <= %(now)s + a.clock_offset""",
)

# When profiles are folded, what a job did to either it did to the one that stays.
MOVES = (
    """INSERT INTO import_profiles (account_id, job_id, profile_id)
       SELECT account_id, job_id, %(into)s FROM import_profiles
       WHERE account_id = %(account)s AND profile_id = %(source)s ON CONFLICT DO NOTHING""",
    "DELETE FROM import_profiles WHERE account_id = %(account)s AND profile_id = %(source)s",
)


async def create(
    conn: db.Connection, account_id: int, profiles: Sequence[dict[str, Any]], lists: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Take a job down, with the profiles as they were sent. Nothing is checked or done yet."""
    values = (account_id, ids.ulid(now), list(lists), len(profiles), now, now + KEPT)
    row = await db.one(conn, _INSERT, values)
    assert row is not None
    await db.execute(conn, _INSERT_ROWS, (account_id, row["id"], msgspec.json.encode(profiles).decode()))
    await db.execute(conn, f"NOTIFY {CHANNEL}")
    return row


async def by_ulid(conn: db.Connection, account_id: int, ulid: str, now: datetime) -> dict[str, Any] | None:
    """A job that has not expired."""
    return await db.one(conn, _BY_ULID, (account_id, ulid, now))


async def unknown_list(conn: db.Connection, account_id: int, lists: Sequence[str]) -> int | None:
    """The place of the first that is no list of the account."""
    known = {row[0] for row in await db.rows(conn, _KNOWN_LISTS, (account_id, list(lists)))}
    return next((place for place, id in enumerate(lists) if id not in known), None)


async def forget_expired(conn: db.Connection, now: datetime) -> None:
    """Remove jobs whose time is over, with their errors. `now` is the world's."""
    for statement in _FORGET:
        await db.execute(conn, statement, {"now": now})
