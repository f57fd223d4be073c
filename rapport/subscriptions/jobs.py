"""Suppression jobs over a list or segment: taken down in the request, worked off here, a chunk a transaction.

Progress and effects of a chunk are one commit, so a crash repeats nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import db, ids
from rapport.kit.jobs import CHANNEL
from rapport.kit.loops import Apart
from rapport.subscriptions import service as consent

CHUNK = 2000
SUPPRESS, UNSUPPRESS = "suppress", "unsuppress"
_QUEUE = {
    "list": """
        INSERT INTO suppression_jobs (account_id, ulid, kind, status, list_id, total, completed, skipped, created)
        SELECT l.account_id, %(ulid)s, %(kind)s, 'queued', l.public_id,
            (SELECT count(*) FROM list_members m WHERE m.account_id = l.account_id AND m.list_id = l.id), 0, 0, %(now)s
        FROM lists l WHERE l.account_id = %(account)s AND l.public_id = %(id)s RETURNING ulid""",
    "segment": """
        INSERT INTO suppression_jobs (account_id, ulid, kind, status, segment_id, total, completed, skipped, created)
        SELECT s.account_id, %(ulid)s, %(kind)s, 'queued', s.public_id,
            (SELECT count(*) FROM segment_members m WHERE m.account_id = s.account_id AND m.segment_id = s.id),
            0, 0, %(now)s
        FROM segments s WHERE s.account_id = %(account)s AND s.public_id = %(id)s RETURNING ulid""",
}
_RECORD = """
    INSERT INTO suppression_jobs (account_id, ulid, kind, status, total, completed, skipped, created, finished)
    VALUES (%s, %s, %s, 'complete', %s, %s, %s, %s, %s)"""
# A segment that is being built has no members yet.
# tenant-scope: a worker looks for work of every account
_OPEN = """
    SELECT account_id, id FROM suppression_jobs j WHERE status IN ('queued', 'processing')
    AND NOT EXISTS (SELECT FROM segments s WHERE s.account_id = j.account_id AND s.public_id = j.segment_id
                    AND s.built IS NULL AND s.is_active)
    AND id <> ALL (%s::bigint[])
    ORDER BY account_id, id LIMIT 20"""
_CLAIM = """
    SELECT id, kind, list_id, segment_id, reached, created FROM suppression_jobs
    WHERE account_id = %s AND id = %s AND status IN ('queued', 'processing') FOR UPDATE SKIP LOCKED"""
# Who is a member now; by the key, so that the last chunk costs what the first one costs.
_MEMBERS = {
    "list": """
        SELECT m.profile_id FROM lists l JOIN list_members m ON m.account_id = l.account_id AND m.list_id = l.id
        WHERE l.account_id = %(account)s AND l.public_id = %(id)s AND m.profile_id > %(reached)s
            AND m.joined <= %(created)s
        ORDER BY m.profile_id LIMIT %(limit)s""",
    "segment": """
        SELECT m.profile_id FROM segments s
        JOIN segment_members m ON m.account_id = s.account_id AND m.segment_id = s.id
        WHERE s.account_id = %(account)s AND s.public_id = %(id)s AND m.profile_id > %(reached)s
            AND (m.joined <= %(created)s OR s.built >= %(created)s)
        ORDER BY m.profile_id LIMIT %(limit)s""",
}
# In the end the total is what was looked at: somebody may have left, or was deleted, meanwhile.
_PROGRESS = """
    UPDATE suppression_jobs SET completed = completed + %(done)s, skipped = skipped + %(skipped)s,
        reached = %(reached)s, status = CASE WHEN %(over)s THEN 'complete' ELSE 'processing' END,
        total = CASE WHEN %(over)s THEN completed + skipped + %(done)s + %(skipped)s ELSE total END,
        finished = CASE WHEN %(over)s THEN %(now)s::timestamptz END
    WHERE account_id = %(account)s AND id = %(job)s"""


@dataclass(frozen=True)
class Job:
    """A job under way; `group` is list or segment, `target` its public id."""

    id: int
    kind: str
    group: str
    target: str
    reached: int
    created: datetime


async def record(conn: db.Connection, account: Account, kind: str, total: int, done: int) -> str:
    """A job that was done in the request itself. Returns its ULID."""
    now = account.now()
    ulid = ids.ulid(now)
    await db.execute(conn, _RECORD, (account.account_id, ulid, kind, total, done, total - done, now, now))
    return ulid


async def queue(conn: db.Connection, account: Account, kind: str, group: str, target: str) -> str | None:
    """A job for the current members of a list or segment. Returns its ULID; None when there is no such group."""
    now = account.now()
    parameters = {"account": account.account_id, "ulid": ids.ulid(now), "kind": kind, "id": target, "now": now}
    row = await db.row(conn, _QUEUE[group], parameters)
    if row is None:
        return None
    await db.execute(conn, f"NOTIFY {CHANNEL}")
    return str(row[0])


class Suppressor:
    """Worker loop: one chunk of each job that has something left."""

    # told of each new job; to look by itself is for those of a worker that died
    idle_seconds = 5.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("suppressions")

    async def run_once(self) -> int:
        """Returns the jobs that went on; 0 = nothing to do."""
        async with self._pool.connection() as conn:
            jobs = await db.rows(conn, _OPEN, (self._apart.resting,))
        return await self._apart.each(jobs, self._run)

    async def _run(self, account_id: int, job_id: int) -> int:
        async with self._pool.connection() as conn:
            return await run_chunk(conn, account_id, job_id)


async def run_chunk(conn: db.Connection, account_id: int, job_id: int, limit: int = CHUNK) -> int:
    """The next chunk of one job, in the open transaction; 0 when another worker has it."""
    claimed = await db.one(conn, _CLAIM, (account_id, job_id))
    if claimed is None:
        return 0
    job, account = _job(claimed), await accounts.load(conn, account_id)
    parameters = {
        "account": account_id,
        "id": job.target,
        "reached": job.reached,
        "created": job.created,
        "limit": limit,
    }
    members = [row[0] for row in await db.rows(conn, _MEMBERS[job.group], parameters)]
    act = consent.suppress if job.kind == SUPPRESS else consent.unsuppress
    done = await act(conn, account, members) if members else set()
    progress = {
        "account": account_id,
        "job": job.id,
        "now": account.now(),
        "done": len(done),
        "skipped": len(members) - len(done),
        "reached": members[-1] if members else job.reached,
        "over": len(members) < limit,
    }
    await db.execute(conn, _PROGRESS, progress)
    return 1


def _job(row: dict[str, Any]) -> Job:
    group = "list" if row["list_id"] else "segment"
    return Job(row["id"], row["kind"], group, row[f"{group}_id"], row["reached"], row["created"])
