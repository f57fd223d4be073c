"""The first build of a segment, and the build after its definition was replaced, beside the pipeline.

1. Under the account's lock, for a moment: the segment is marked (`building`). From now on the pipeline's reaction
   writes down about whom each batch says something that the segment depends on (segment_touched), as does whoever
   folds or deletes a profile.
2. Without the lock: every condition is asked about everybody, at the time of 1, and new memberships are written in a
   transaction that stays open.
3. At the end of that transaction, under the lock again: those who were touched are asked about anew, and the segment is
   built. From the commit on the reaction keeps it alive.

Nothing is lost. What was committed before 1 is in the tables before 2 reads them: a batch holds the lock until its
commit. What a batch commits after 1 and before 3 is written down in its own transaction. What is written beside the
pipeline (a profile patched, a list joined) and becomes visible half-way has its own row in the inbox, and so has what
the timer and the builds of other segments change; so a batch hears of it, and writes it down before 3 or asks about it
after 3. Asking twice does no harm, because a membership is computed and never counted up. What time alone changes from
1 on is the timer's: the segment is `evaluated` as of then. Who is asked again in 3 is asked at a later time than that,
as every batch asks.

Nobody waits for a build. It takes the lock for moments only, and while it has written what is not committed yet nobody
who holds the lock needs its rows: memberships are taken away in 3 alone, and folds leave out what is being built
(`merge`). Should one meet a build that is outdated meanwhile, the build gives way (`_locked`).

A worker that dies leaves `built` null, so another begins anew. Each build has a number: one that was overtaken, because
the definition was replaced or the segment switched off or deleted, does not find its own any more and writes nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

import psycopg
from prometheus_client import Histogram
from pyroaring import BitMap64

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.inbox import service as inbox
from rapport.kit import db, locks, log
from rapport.kit.loops import Apart
from rapport.segments.conditions.definition import parse_stored
from rapport.segments.evaluation.resolved import Resolved
from rapport.segments.membership import members
from rapport.segments.membership.locks import LET_GO, LOCK_ACCOUNT
from rapport.segments.membership.progress import Progress

# tenant-scope: a worker looks for work of every account
_WAITING = """
    SELECT account_id, id FROM segments WHERE built IS NULL AND is_active AND id <> ALL (%s::bigint[])
    ORDER BY updated LIMIT 20"""
# One builder a segment: a lock of the session, that ends with it.
_LOCK = locks.SEGMENT_BUILDS
_LOCKS = 1 << 31
_BEGIN = """
    UPDATE segments SET building = %s WHERE account_id = %s AND id = %s AND built IS NULL AND is_active
    RETURNING public_id, definition"""
_OURS = "SELECT FROM segments WHERE account_id = %s AND id = %s AND building = %s AND built IS NULL AND is_active"
_BUILT = """
    UPDATE segments SET built = %s, building = NULL, evaluated = %s, due = %s WHERE account_id = %s AND id = %s"""
_FORGET = "DELETE FROM segment_touched WHERE account_id = %s AND segment_id = %s RETURNING profile_id"
_SOME = "SELECT count(*) FROM (SELECT FROM segment_touched WHERE account_id = %s AND segment_id = %s LIMIT %s) AS some_"
_EXISTING = "SELECT array_agg(id) FROM profiles WHERE account_id = %s AND id = ANY(%s::bigint[])"
_OTHERS = """
    SELECT public_id, definition FROM segments
    WHERE account_id = %s AND public_id <> %s AND is_active AND strpos(definition::text, %s) > 0"""
# As long as the lock is waited for before looking whether somebody waits for us: below deadlock_timeout.
_PATIENCE = "SET LOCAL lock_timeout = '300ms'"
_NO_PATIENCE = "SET LOCAL lock_timeout = 0"
# So few can be asked about while the pipeline waits.
_FEW = 500
_ROUNDS = 4
# Memberships written, from which the planner should know of them (docs/adr 0010).
_MANY = 1000

_logger = log.logger("segments")
_seconds = Histogram(
    "rapport_segment_build_seconds", "Time to build one segment", buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300)
)


_NAMED = "SELECT public_id, name FROM segments WHERE account_id = %s AND id = %s"


class Outdated(Exception):
    """The definition was replaced, or the segment switched off or deleted, while it was built."""


class SegmentBuilder:
    """Worker loop: builds what waits for it."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("segment-builder")

    async def run_once(self) -> int:
        """Build every waiting segment; returns how many were built or found outdated, 0 = nothing to do."""
        async with self._pool.connection() as conn:
            waiting = await db.rows(conn, _WAITING, (self._apart.resting,))
        return await self._apart.each(waiting, self._build)

    async def _build(self, account_id: int, segment_id: int) -> int:
        try:
            return await build(self._pool, account_id, segment_id)
        except Exception as error:
            if not (db.is_lost(error) or db.is_transient(error)):
                await self._tell(account_id, segment_id)
            raise

    async def _tell(self, account_id: int, segment_id: int) -> None:
        """Once a day. What the build did is undone already, so this is the first that is written of it."""
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            row = await db.row(conn, _NAMED, (account_id, segment_id))
            if row is not None:
                now = account.now()
                notice = Notice("segment-failed", now, row[0], {"name": row[1]}, once=now.date().isoformat())
                await tell(conn, account_id, notice)


async def build(pool: db.Pool, account_id: int, segment_id: int) -> bool:
    """Build one segment; False when it needs no build any more, or another worker is building it."""
    # ids are larger than the numbers of locks; two segments of one number wait for each other
    async with db.alone(pool, _LOCK, segment_id % _LOCKS) as conn:
        building = None if conn is None else await _begin(conn, pool, account_id, segment_id)
        if building is None:
            return False
        try:
            with _seconds.time():
                await building.run()
        except Outdated:
            _logger.info("a build was overtaken", account_id=account_id, segment_id=segment_id)
        return True


async def _begin(conn: db.Connection, pool: db.Pool, account_id: int, segment_id: int) -> "_Building | None":
    number = secrets.randbits(62)
    async with conn.transaction():
        # Before the row: whoever holds both took them in this order.
        await db.execute(conn, LOCK_ACCOUNT, (account_id,))
        row = await db.row(conn, _BEGIN, (number, account_id, segment_id))
        if row is None:
            return None
        await db.execute(conn, _FORGET, (account_id, segment_id))
        account = await accounts.load(conn, account_id)
        resolved = await Resolved.of(conn, account_id, parse_stored(*row))
        progress = Progress(pool, account_id, segment_id, len(resolved.definition.conditions))
        await progress.begin(conn, account.now())
        await db.execute(conn, LET_GO)
    return _Building(conn, account, segment_id, number, row[0], resolved, account.now(), progress)


@dataclass
class _Building:
    """One build, from the moment it is marked."""

    conn: db.Connection
    account: Account
    segment_id: int
    number: int
    public_id: str
    resolved: Resolved
    # when it was marked; the sets are those of this moment
    begun: datetime
    progress: Progress

    @property
    def key(self) -> tuple[int, int]:
        return self.account.account_id, self.segment_id

    async def run(self) -> None:
        """Raises Outdated."""
        matching = await self.resolved.everybody(self.begun, self.progress.asking)
        next_due = await self.resolved.due(self.begun)
        matching = await self._catch_up(matching)
        await self.progress.step(0.75, "writing members")
        async with self.conn.transaction():
            changed = await self._write(matching, next_due)
        if changed >= _MANY:
            await db.execute(self.conn, "ANALYZE segment_members")

    async def _catch_up(self, matching: BitMap64) -> BitMap64:
        """Evaluate most of the touched profiles before the lock is taken, so that few are left for when the pipeline
        waits."""
        for _ in range(_ROUNDS):
            how_many = (await db.rows(self.conn, _SOME, (*self.key, _FEW)))[0][0]
            if how_many < _FEW:
                break
            await self.progress.step(0.7, "following what happened meanwhile")
            async with self.conn.transaction():
                # Between two batches: one that is under way may rely on a row that is taken away here.
                await db.execute(self.conn, LOCK_ACCOUNT, (self.account.account_id,))
                touched = await self._touched()
                await db.execute(self.conn, LET_GO)
            matching = (matching - touched) | await self._still(touched)
        return matching

    async def _touched(self) -> BitMap64:
        return BitMap64([row[0] for row in await db.rows(self.conn, _FORGET, self.key)])

    async def _still(self, touched: BitMap64) -> BitMap64:
        """Those of the touched profiles that exist and meet the definition now."""
        ids = db.array(list(touched))
        row = await db.row(self.conn, _EXISTING, (self.account.account_id, ids)) if touched else None
        if row is None or not row[0]:
            return BitMap64()
        self.account = await accounts.load(self.conn, self.account.account_id)
        # The metric that serves a purpose may be newer than the build.
        self.resolved = await Resolved.of(self.conn, self.account.account_id, self.resolved.definition)
        return await self.resolved.among(self.account.now(), BitMap64(row[0]))

    async def _write(self, matching: BitMap64, next_due: datetime | None) -> int:
        """Returns how many memberships changed. Raises Outdated."""
        before = await members.of_segment(self.conn, *self.key)
        await members.copy_in(self.conn, *self.key, matching - before, self.begun)
        await self.progress.step(0.95, "following what happened meanwhile")
        await self._locked()
        touched = await self._touched()
        final = (matching - touched) | await self._still(touched)
        now = self.account.now()
        await members.correct(self.conn, *self.key, before, matching, final, now)
        if touched:
            of_touched = await self.resolved.due(now, touched)
            next_due = min((moment for moment in (next_due, of_touched) if moment is not None), default=None)
        evaluated = self.begun if self.resolved.definition.moving else None
        await db.execute(self.conn, _BUILT, (now, evaluated, next_due, *self.key))
        await self._enqueue_changes(final - before, before - final)
        await self.progress.end(self.conn, now)
        await db.execute(self.conn, LET_GO)
        return len(final ^ before)

    async def _locked(self) -> None:
        """Wait for the account's lock. Raises Outdated as soon as the build is, because whoever holds the lock may then
        wait for rows of this transaction."""
        while True:
            if await db.row(self.conn, _OURS, (*self.key, self.number)) is None:
                raise Outdated
            try:
                async with self.conn.transaction():
                    await db.execute(self.conn, _PATIENCE)
                    await db.execute(self.conn, LOCK_ACCOUNT, (self.account.account_id,))
                break
            except psycopg.errors.LockNotAvailable:
                continue
        await db.execute(self.conn, _NO_PATIENCE)
        if await db.row(self.conn, f"{_OURS} FOR UPDATE", (*self.key, self.number)) is None:
            raise Outdated

    async def _enqueue_changes(self, entered: BitMap64, left: BitMap64) -> None:
        """Append the entries and exits to the inbox for segments that depend on this one. A build starts no flow
        (behaviour-people 4.8)."""
        if (entered or left) and await _has_dependents(self.conn, self.account.account_id, self.public_id):
            quiet = [
                *members.changes(self.segment_id, list(entered), joined=True, quiet=True),
                *members.changes(self.segment_id, list(left), joined=False, quiet=True),
            ]
            await inbox.append(self.conn, self.account.account_id, quiet)


async def _has_dependents(conn: db.Connection, account_id: int, name: str) -> bool:
    mentioning = await db.rows(conn, _OTHERS, (account_id, name, name))
    return any(name in parse_stored(*row).depends.groups for row in mentioning)
