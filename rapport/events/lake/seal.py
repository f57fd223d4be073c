"""Write a range of an account's days as one file, or as several, in place of what held them before.

1. Claim: a row in the manifest for each piece, committed. From now on, what is written into it is noted as a change.
2. Wait until every transaction that may not have seen the claims has ended.
3. Write what a reader sees of each piece, one after the other, under the claimed name: to disk, then renamed. A piece
   is what fits into memory, however much the range holds (`plan.divided`).
4. Swap, in one transaction: the new files are listed, the old ones are not, and changes that the new ones hold are
   gone.

Killed before 4, nothing happened but a claim, which whoever comes next takes back. Sealing, sealing again after changes
and putting small files together are all this. One sealer an account: a lock of the session, that ends with it.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from prometheus_client import Counter, Histogram

from rapport.events.lake import query, relation
from rapport.events.lake.engine import Engine
from rapport.events.lake.manifest import File, Span
from rapport.events.lake.open_rows import Wanted
from rapport.kit import clock, db, locks, log
from rapport.kit.files import Files

_LOCK = locks.SEALING
# Somebody may still be reading a file that was replaced; an export takes its time.
GRACE = timedelta(hours=1)
# A transaction open for longer than this makes the sealer come back later.
_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.02

_CLAIM = """
    INSERT INTO lake_files (account_id, since, until, state, name, updated)
    VALUES (%s, %s, %s, 'writing', %s, %s) RETURNING id"""
_NEWEST = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_RETIRE = """
    UPDATE lake_files SET state = 'retired', updated = %s
    WHERE account_id = %s AND id = ANY(%s::bigint[]) AND state = 'sealed'"""
_LIST = """
    UPDATE lake_files SET state = 'sealed', rows = %s, bytes = %s, digest = %s, horizon = %s, updated = %s
    WHERE account_id = %s AND id = %s AND state = 'writing'"""
# A number that is still to come was written before the database was restored from a copy.
_DROP_CHANGES = """
    DELETE FROM lake_changes WHERE account_id = %s AND time >= %s AND time < %s
      AND (pg_visible_in_snapshot(written_by::text::xid8, %s::pg_snapshot)
           OR written_by >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"""
_DROP_MOVES = """
    DELETE FROM lake_moves WHERE account_id = %(account)s AND written_by <
        (SELECT min(horizon) FROM lake_files WHERE account_id = %(account)s AND state = 'sealed'
         HAVING max(horizon) <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"""
_LEFT = """
    SELECT id, name FROM lake_files
    WHERE account_id = %s AND (state = 'writing' OR state = 'retired' AND updated < %s)"""
_FORGET = "DELETE FROM lake_files WHERE account_id = %s AND id = ANY(%s::bigint[])"

_logger = log.logger("lake")
_seconds = Histogram(
    "rapport_lake_seal_seconds", "Time to write one file of the lake", buckets=(0.1, 0.5, 1, 5, 20, 60)
)
_events = Counter("rapport_lake_sealed_events_total", "Events written into files of the lake", ["why"])
_put_off = Counter("rapport_lake_put_off_total", "Files not written because a transaction was open for long")


@dataclass(frozen=True)
class Job:
    """A range to write anew. `replaces`: the sealed files inside it; none crosses its ends. `pieces`: consecutive parts
    of the range, each of which becomes a file."""

    account_id: int
    span: Span
    why: str
    replaces: tuple[File, ...] = ()
    # do not believe what the replaced files say
    from_table: bool = False
    pieces: tuple[Span, ...] = ()


@dataclass(frozen=True)
class _Claim:
    """The manifest's row for a piece that is being written."""

    id: int
    span: Span
    name: str


@dataclass(frozen=True)
class _Written:
    rows: int
    bytes: int | None
    digest: str | None
    snapshot: str


class Postponed(Exception):
    """Not sealed now: a transaction that began before the claims is still open."""


def locked(
    pool: db.Pool, account_id: int, waits: Callable[[], None] | None = None
) -> AbstractAsyncContextManager[db.Connection | None]:
    """A connection, in autocommit, that holds the account's sealing lock.

    None while another holds it; or, with `waits`, that is called and then the lock is waited for.
    """
    return db.alone(pool, _LOCK, account_id, waits)


async def seal(conn: db.Connection, files: Files, lake: Engine, job: Job) -> int:
    """Do a job over a connection from `locked`; returns the events written. Raises Postponed."""
    with _seconds.time():
        claims = [await _claimed(conn, job.account_id, piece) for piece in job.pieces or (job.span,)]
        try:
            await _wait_for_others(conn)
            written = [await _write(conn, files, lake, job, claim) for claim in claims]
            await _swap(conn, job, claims, written)
        except Exception:
            await _take_back(conn, files, job.account_id, claims)
            raise
    rows = sum(piece.rows for piece in written)
    _events.labels(job.why).inc(rows)
    return rows


async def _claimed(conn: db.Connection, account_id: int, span: Span) -> _Claim:
    name = f"{account_id}/{span.since:%Y%m%d}-{span.until:%Y%m%d}-{secrets.token_hex(8)}.parquet"
    ((id,),) = await db.rows(conn, _CLAIM, (account_id, span.since, span.until, name, clock.utcnow()))
    return _Claim(id, span, name)


async def clean(conn: db.Connection, files: Files, account_id: int, now: datetime) -> None:
    """Take away claims of sealers that died, and files replaced some time before `now` (the world's)."""
    left = await db.rows(conn, _LEFT, (account_id, now - GRACE))
    if left:
        for _, name in left:
            await asyncio.to_thread(files.delete, name)
        await db.execute(conn, _FORGET, (account_id, db.array([row[0] for row in left])))


async def _wait_for_others(conn: db.Connection) -> None:
    """Whoever may have looked into the manifest before the claim had a transaction id then: below this one."""
    newest = (await db.rows(conn, _NEWEST))[0][0]
    until = clock.monotonic() + _PATIENCE_SECONDS
    while (await db.rows(conn, _OLDEST))[0][0] < newest:
        if clock.monotonic() > until:
            _put_off.inc()
            raise Postponed
        await asyncio.sleep(_POLL_SECONDS)


async def _write(conn: db.Connection, files: Files, lake: Engine, job: Job, claim: _Claim) -> _Written:
    without = [file.id for file in job.replaces] if job.from_table else []
    async with query.opened(conn, Wanted(job.account_id, claim.span), lake, without=without) as events:
        rows, size, digest = await events.run(lambda: _to_file(events.connection, files, claim.name))
        return _Written(rows, size, digest, events.snapshot)


def _to_file(connection: duckdb.DuckDBPyConnection, files: Files, name: str) -> tuple[int, int | None, str | None]:
    with files.writing(name) as path:
        rows = _copy(connection, path)
        if not rows:
            path.unlink(missing_ok=True)
    return (rows, files.size(name), files.digest(name)) if rows else (0, None, None)


def _copy(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    columns = ", ".join(relation.NAMES)
    target = f"{relation.literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    copied = connection.execute(f"COPY (SELECT {columns} FROM events ORDER BY metric, profile, time, id) TO {target}")
    return int(copied.fetchall()[0][0])


async def _swap(conn: db.Connection, job: Job, claims: Sequence[_Claim], written: Sequence[_Written]) -> None:
    """Raises RuntimeError when somebody took a claim back or replaced the files."""
    now, account_id = clock.utcnow(), job.account_id
    replaced = [file.id for file in job.replaces]
    async with conn.transaction():
        if await db.execute(conn, _RETIRE, (now, account_id, db.array(replaced))) != len(replaced):
            raise RuntimeError("files to replace were replaced already")
        for claim, piece in zip(claims, written, strict=True):
            horizon = int(piece.snapshot.split(":")[0])
            listed = (piece.rows, piece.bytes, piece.digest, horizon, now, account_id, claim.id)
            if await db.execute(conn, _LIST, listed) != 1:
                raise RuntimeError("the claim is gone")
            await db.execute(conn, _DROP_CHANGES, (account_id, claim.span.since, claim.span.until, piece.snapshot))
        await db.execute(conn, _DROP_MOVES, {"account": account_id})


async def _take_back(conn: db.Connection, files: Files, account_id: int, claims: Sequence[_Claim]) -> None:
    """Best effort: when the connection is gone, whoever comes next does it."""
    for claim in claims:
        await asyncio.to_thread(files.delete, claim.name)
    if not conn.closed:
        await db.execute(conn, _FORGET, (account_id, db.array([claim.id for claim in claims])))
