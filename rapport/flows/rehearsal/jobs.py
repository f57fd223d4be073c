"""Rehearsals that are to be made: asked for by the API, made by a worker, kept for a day."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.flows.rehearsal.service import rehearse
from rapport.flows.rehearsal.types import Rehearsed
from rapport.kit import clock, db, ids, log
from rapport.kit.jobs import CHANNEL
from rapport.kit.refusals import Refused

KEPT = timedelta(days=1)
# A worker says at least so often that it is still at it; another takes what was left.
_LEASE = timedelta(minutes=3)
_MOST_ATTEMPTS = 2
_TELLS_SECONDS = 1.0
_FAILED = "It failed, and the installation's log says why. Try fewer days."
_CREATE = """
    INSERT INTO flow_rehearsals (account_id, ulid, flow_id, definition, days, base_url, status, created)
    VALUES (%s, %s, %s, %s, %s, %s, 'queued', %s) RETURNING *"""
_FIND = "SELECT * FROM flow_rehearsals WHERE account_id = %s AND ulid = %s"
# tenant-scope: a worker looks for work of every account
_TAKE = """
    UPDATE flow_rehearsals SET status = 'running', progress = 0, attempts = attempts + 1, held_until = %(until)s
    WHERE (account_id, id) = (
        SELECT account_id, id FROM flow_rehearsals
        WHERE status = 'queued' OR status = 'running' AND held_until < %(now)s
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING *"""
_TELL = """
    UPDATE flow_rehearsals SET progress = %s, held_until = %s
    WHERE account_id = %s AND id = %s AND attempts = %s AND status = 'running'"""
_DONE = """
    UPDATE flow_rehearsals SET status = 'complete', progress = 100, result = %s, finished = %s
    WHERE account_id = %s AND id = %s AND attempts = %s AND status = 'running'"""
_FAIL = """
    UPDATE flow_rehearsals SET status = 'failed', error = %s, finished = %s
    WHERE account_id = %s AND id = %s AND status = 'running'"""
# tenant-scope: of every account
_FORGET = "DELETE FROM flow_rehearsals WHERE finished < %s"
_logger = log.logger("rehearsals")


async def create(
    conn: db.Connection,
    account_id: int,
    flow_id: str | None,
    definition: dict[str, Any] | None,
    days: int,
    base_url: str,
    now: datetime,
) -> dict[str, Any]:
    stored = None if definition is None else Jsonb(definition)
    row = await db.one(conn, _CREATE, (account_id, ids.ulid(now), flow_id, stored, days, base_url, now))
    await db.execute(conn, f"NOTIFY {CHANNEL}")
    assert row is not None
    return row


async def find(conn: db.Connection, account_id: int, ulid: str) -> dict[str, Any] | None:
    return await db.one(conn, _FIND, (account_id, ulid))


class Rehearser:
    """A worker's loop: one rehearsal at a time."""

    idle_seconds = 5.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool

    async def run_once(self) -> int:
        """Returns how many were made."""
        now = clock.utcnow()
        async with self._pool.connection() as conn:
            await db.execute(conn, _FORGET, (now - KEPT,))
            job = await db.one(conn, _TAKE, {"now": now, "until": now + _LEASE})
        if job is None:
            return 0
        if job["attempts"] > _MOST_ATTEMPTS:
            await self._fail(job, _FAILED)
            return 1
        await self._make(job)
        return 1

    async def _make(self, job: dict[str, Any]) -> None:
        telling = _Telling(self._pool, job)
        try:
            result = await rehearse(
                self._pool,
                job["account_id"],
                flow_id=job["flow_id"],
                definition=job["definition"],
                days=job["days"],
                base_url=job["base_url"],
                tell=telling.tell,
            )
        except Refused as refused:
            await self._fail(job, str(refused))
        except Exception as error:
            if db.is_lost(error):
                raise
            _logger.exception("a rehearsal failed", account_id=job["account_id"], rehearsal=job["ulid"])
            await self._fail(job, _FAILED)
        else:
            await self._done(job, result)

    async def _done(self, job: dict[str, Any], result: Rehearsed) -> None:
        # NUL is in no text that the database can hold, and may be in what a template makes
        stored = msgspec.json.encode(result).decode().replace("\\u0000", "")
        async with self._pool.connection() as conn:
            values = (stored, clock.utcnow(), job["account_id"], job["id"], job["attempts"])
            await db.execute(conn, _DONE, values)

    async def _fail(self, job: dict[str, Any], reason: str) -> None:
        async with self._pool.connection() as conn:
            await db.execute(conn, _FAIL, (reason, clock.utcnow(), job["account_id"], job["id"]))


class _Telling:
    """Writes down how far it is, once a second."""

    def __init__(self, pool: db.Pool, job: dict[str, Any]) -> None:
        self._pool, self._job = pool, job
        self._told = clock.monotonic()

    async def tell(self, share: float) -> None:
        if clock.monotonic() - self._told < _TELLS_SECONDS:
            return
        self._told = clock.monotonic()
        job, until = self._job, clock.utcnow() + _LEASE
        async with self._pool.connection() as conn:
            values = (min(99, int(100 * share)), until, job["account_id"], job["id"], job["attempts"])
            await db.execute(conn, _TELL, values)
