"""The exporter: makes the files of export jobs, and deletes those whose time is over.

A job is held by an advisory lock of the session that works on it. Where that session dies, whoever comes next makes the
file anew, under another name, so nobody ever fetches half of one.
"""

import asyncio
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.exports import events, people
from rapport.exports.files import Target
from rapport.exports.jobs import KEPT
from rapport.exports.people import Report, Unknown
from rapport.kit import clock, db, locks, log
from rapport.kit.files import Files
from rapport.kit.loops import Apart
from rapport.kit.rooms import Process
from rapport.kit.storage import Storage, open_storage

# A job that was begun so often, and never came to an end, is given up.
MOST_ATTEMPTS = 8
# How long it is remembered that there was a file.
_REMEMBERED = timedelta(days=30)
_PROGRESS_SECONDS = 0.5
_INTEGERS = 1 << 31
# tenant-scope: a worker looks for work of every account
_OPEN = "SELECT account_id, id FROM export_jobs WHERE status = 'processing' ORDER BY id"
_BEGIN = """
    UPDATE export_jobs SET attempts = attempts + 1, done = 0, total = 0
    WHERE account_id = %s AND id = %s AND status = 'processing' RETURNING *"""
_PROGRESS = "UPDATE export_jobs SET done = %s, total = %s WHERE account_id = %s AND id = %s"
# Not where somebody was deleted meanwhile: then it is made again, without them.
_COMPLETE = """
    UPDATE export_jobs SET status = 'complete', file = %(file)s, size = %(size)s, done = %(rows)s, total = %(rows)s,
        finished = %(now)s, expires = %(expires)s
    WHERE account_id = %(account)s AND id = %(id)s AND status = 'processing' AND outdated = %(outdated)s"""
_FAIL = """
    UPDATE export_jobs SET status = 'failed', error = %s, finished = %s
    WHERE account_id = %s AND id = %s AND status = 'processing'"""
# Each account forgets by its own clock.
_OVER = """
    SELECT j.account_id, j.id, j.file FROM export_jobs j JOIN accounts a ON a.account_id = j.account_id
    WHERE j.file IS NOT NULL AND j.expires <= %s + a.clock_offset"""
_GONE = "UPDATE export_jobs SET file = NULL WHERE account_id = %s AND id = %s AND file = %s"
_FORGET = """
    DELETE FROM export_jobs j USING accounts a
    WHERE a.account_id = j.account_id AND j.file IS NULL AND j.status <> 'processing'
        AND j.finished <= %s + a.clock_offset"""
_FAILED = "The export failed again and again. Make it once more; if it fails again, the installation's log says why."
_logger = log.logger("exports")


def storage_of(process: Process) -> Storage:
    """What a process makes once."""
    return open_storage(Files(process.settings.data / "exports"), process.settings.files_url)


@dataclass
class _Progress:
    done: int = 0
    total: int = 0

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total


class Exporter:
    """Worker loop: files whose time is over go, then each job that nobody else works on is made."""

    idle_seconds = 5.0

    @classmethod
    def of(cls, process: Process) -> "Exporter":
        return cls(process.pool, process.once(storage_of))

    def __init__(self, pool: db.Pool, storage: Storage) -> None:
        self._pool = pool
        self._storage = storage
        self._apart = Apart("exports")

    async def run_once(self) -> int:
        """Returns the jobs that came to an end, and the files that went."""
        async with self._pool.connection() as conn:
            over = await db.rows(conn, _OVER, (clock.utcnow(),))
            await db.execute(conn, _FORGET, (clock.utcnow() - KEPT - _REMEMBERED,))
            jobs = await db.rows(conn, _OPEN)
        deleted = await self._apart.each(over, self._delete)
        return deleted + await self._apart.each(jobs, self.run_job)

    async def _delete(self, account_id: int, job_id: int, file: str) -> int:
        await self._storage.delete(file)
        async with self._pool.connection() as conn:
            return await db.execute(conn, _GONE, (account_id, job_id, file))

    async def run_job(self, account_id: int, job_id: int) -> int:
        """0 when another worker is at it."""
        async with db.alone(self._pool, locks.EXPORTS, job_id % _INTEGERS) as conn:
            job = None if conn is None else await db.one(conn, _BEGIN, (account_id, job_id))
            if conn is None or job is None:
                return 0
            try:
                return await self._make(conn, job)
            except Unknown as reason:
                return await self._fail(conn, job, str(reason))
            except Exception as error:
                if db.is_lost(error) or job["attempts"] < MOST_ATTEMPTS:
                    raise
                _logger.exception("export given up", account=account_id, job=job["ulid"])
                return await self._fail(conn, job, _FAILED)

    async def _make(self, conn: db.Connection, job: dict[str, Any]) -> int:
        """Returns 0 where it has to be made again."""
        account = await accounts.load(conn, job["account_id"])
        name = f"{account.public_id}/{job['ulid']}-{secrets.token_hex(8)}.csv.gz"
        with tempfile.TemporaryDirectory(prefix="rapport-export-") as folder:
            target = Target(Path(folder) / "export.csv.gz")
            rows = await self._write(conn, job, target)
            size = target.file.stat().st_size
            await self._storage.keep(name, target.file)
        now = account.now()
        values = {"file": name, "size": size, "rows": rows, "now": now, "expires": now + KEPT}
        of_job = {"account": job["account_id"], "id": job["id"], "outdated": job["outdated"]}
        try:
            async with conn.transaction():
                done = await db.execute(conn, _COMPLETE, values | of_job)
                if done:
                    await tell(conn, account.account_id, Notice("export-ready", now, job["ulid"], {"rows": rows}))
        except Exception:
            await self._storage.delete(name)
            raise
        if not done:
            await self._storage.delete(name)
        return done

    async def _write(self, conn: db.Connection, job: dict[str, Any], target: Target) -> int:
        """The rows written. Meanwhile everybody can see how many there are."""
        progress = _Progress()
        written = asyncio.Event()
        telling = asyncio.create_task(_tell(conn, job, progress, written))
        try:
            return await self._export(job, target, progress.report)
        finally:
            written.set()
            await telling

    async def _export(self, job: dict[str, Any], target: Target, report: Report) -> int:
        """Raises Unknown for what is not there any more."""
        account_id, properties = job["account_id"], job["properties"]
        if job["kind"] == "event":
            # the last moment is wanted too
            until = job["end_date"] + timedelta(microseconds=1)
            wanted = events.Wanted(job["source_id"], job["start_date"], until, properties)
            return await events.export(self._pool, account_id, wanted, target, report)
        async with self._pool.connection() as conn:
            members = await people.find(conn, account_id, job["source"], job["source_id"])
        return await people.export(self._pool, account_id, members, target, report, properties)

    async def _fail(self, conn: db.Connection, job: dict[str, Any], reason: str) -> int:
        account = await accounts.load(conn, job["account_id"])
        async with conn.transaction():
            failed = await db.execute(conn, _FAIL, (reason, account.now(), job["account_id"], job["id"]))
            if failed:
                notice = Notice("export-failed", account.now(), job["ulid"], {"reason": reason})
                await tell(conn, account.account_id, notice)
        return failed


async def _tell(conn: db.Connection, job: dict[str, Any], progress: _Progress, written: asyncio.Event) -> None:
    while not written.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(written.wait(), _PROGRESS_SECONDS)
        await db.execute(conn, _PROGRESS, (progress.done, progress.total, job["account_id"], job["id"]))
