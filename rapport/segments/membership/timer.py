"""The timer: who enters or leaves because time passed.

In: nothing but the clock. Out: memberships written, with their changes in the inbox. In these steps, for each account:

1. Without a lock: of which segments did a boundary move since they were last applied (`moved`)? Most of the time only
   `now` itself did, over events that were seen when they came, and nothing is to be done.
2. Under the account's lock, so that no batch is between its own time and its commit: the same again, and for each
   condition one range query, of the profiles that its boundaries swept over. Nobody else can have changed.
3. These are asked about, and the differences written (`members`).
4. Up to when each segment was applied is written as well, so that a restart knows.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pyroaring import BitMap64

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db
from rapport.kit.loops import Apart
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import due, resolve
from rapport.segments.membership import members
from rapport.segments.membership.index import Index, Watched, Watching
from rapport.segments.membership.locks import LET_GO, LOCK_ACCOUNT
from rapport.segments.membership.members import Question
from rapport.segments.membership.moved import KEEP, Moved, Sweeps, arrived, boundary_moved, depends, may_change
from rapport.segments.sql.scope import Scope

# tenant-scope: a worker looks for work of every account
_ACCOUNTS = """
    SELECT DISTINCT account_id FROM segments WHERE evaluated IS NOT NULL AND is_active AND built IS NOT NULL
    ORDER BY account_id"""
_EVALUATED = """
    UPDATE segments s SET evaluated = %s, due = k.due
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS k (id, updated, due)
    WHERE s.account_id = %s AND s.id = k.id AND s.updated = k.updated"""
# By the account's own time: half the lateness that is promised, and a clock moved ahead is followed at once.
PAUSE = timedelta(milliseconds=500)
# How far a look without the lock goes back; what a batch that takes longer brings is found when `KEEP` is over.
_RECENT = timedelta(seconds=10)


class SegmentTimer:
    """Worker loop: applies what time alone changes."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("segment-timer")
        self._index = Index()
        self._looked: dict[int, datetime] = {}
        # (segment, updated) -> up to when it was applied, where that is later than the table says
        self._applied: dict[tuple[int, datetime], datetime] = {}

    async def run_once(self) -> int:
        """Apply every boundary that was passed; returns how many memberships changed."""
        async with self._pool.connection() as conn:
            waiting = await db.rows(conn, _ACCOUNTS)
        return await self._apart.each(waiting, self._account)

    async def _account(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            is_time = await self._is_time(conn, account_id)
        return await self._apply(account_id) if is_time else 0

    async def _is_time(self, conn: db.Connection, account_id: int) -> bool:
        now = (await accounts.load(conn, account_id)).now()
        if account_id in self._looked and now - self._looked[account_id] < PAUSE:
            return False
        self._looked[account_id] = now
        sweeps = Sweeps(now)
        moved = self._moved(await self._index.load(conn, account_id), sweeps)
        if any(may_change(segment, sweeps) for segment in moved):
            return True
        since = max(min((segment.after for segment in moved), default=now), now - _RECENT)
        return bool(moved) and bool(await arrived(conn, account_id, since, now))

    def _moved(self, watching: Watching, sweeps: Sweeps) -> list[Moved]:
        """Segments of which a boundary moved since they were last applied."""
        segments = [
            Moved(segment, moving, self._after(segment))
            for segment, moving in zip(watching.segments, watching.outline.moving, strict=True)
            if segment.evaluated is not None and not segment.building
        ]
        return [moved for moved in segments if moved.after < sweeps.now and boundary_moved(moved, sweeps)]

    def _after(self, segment: Watched) -> datetime:
        assert segment.evaluated is not None
        return max(segment.evaluated, self._applied.get((segment.id, segment.updated), segment.evaluated))

    async def _apply(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            await db.execute(conn, LOCK_ACCOUNT, (account_id,))
            # Read again under the lock: no batch can be between its own time and its commit now.
            account = await accounts.load(conn, account_id)
            now = account.now()
            moved = self._moved(await self._index.load(conn, account_id), Sweeps(now))
            changes = await self._changes(conn, account, now, moved)
            await inbox.append(conn, account_id, changes)
            await db.execute(conn, LET_GO)
        self._applied.update({(entry.segment.id, entry.segment.updated): now for entry in moved})
        return sum(len(change.profiles) for change in changes)

    async def _changes(
        self, conn: db.Connection, account: Account, now: datetime, moved: Sequence[Moved]
    ) -> list[Change]:
        since = min((segment.after for segment in moved), default=now)
        metrics = await arrived(conn, account.account_id, since, now)
        names = await resolve(conn, account.account_id, depends(moved))
        scope = Scope(conn, account.account_id, now, names, arrived=metrics)
        crossed = _Crossed(scope)
        questions = [Question(entry.segment, await crossed.of(entry)) for entry in moved]
        changes = await members.apply_differences(scope, [question for question in questions if question.profiles])
        await _write_applied(scope, questions)
        return changes


class _Crossed:
    """Profiles for whom time may have changed an answer; equal conditions are evaluated once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._profiles: dict[tuple[int, datetime], BitMap64] = {}

    async def of(self, moved: Moved) -> BitMap64:
        conditions = moved.segment.definition.moving
        is_due = moved.is_due(self._scope.now)
        swept = [
            (condition, moved.after if condition.indexed else moved.stored_after)
            for condition in conditions
            if condition.indexed or is_due
        ]
        return BitMap64.union(BitMap64(), *[await self._by(condition, after) for condition, after in swept])

    async def _by(self, condition: Condition, after: datetime) -> BitMap64:
        # the definition keeps it, so its id is its own
        if (id(condition), after) not in self._profiles:
            self._profiles[id(condition), after] = await condition.crossed(self._scope, after)
        return self._profiles[id(condition), after]


async def _write_applied(scope: Scope, questions: Sequence[Question]) -> None:
    """Store up to when each segment was applied, and when stored dates are next to be looked at. Written where
    something may have changed, and from time to time; in between it is kept in memory. Those that would be due next are
    written with the first, so that all go at one time."""
    ages = [scope.now - (question.segment.evaluated or scope.now) for question in questions]
    old = KEEP / 2 if max(ages, default=KEEP / 2) >= KEEP else KEEP
    rows: list[tuple[int, datetime, datetime | None]] = []
    for question, age in zip(questions, ages, strict=True):
        segment = question.segment
        overdue = segment.due is not None and segment.due <= scope.now
        if question.profiles or overdue or age >= old:
            next_due = await due(segment.definition, scope) if overdue else segment.due
            rows.append((segment.id, segment.updated, next_due))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await db.execute(scope.conn, _EVALUATED, (scope.now, *columns, scope.account_id))
