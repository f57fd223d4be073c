"""Boundaries of relative timeframes: who enters or leaves because time passed.

A look costs one range query for each boundary that moved, and nothing when none did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyroaring import BitMap64

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db
from rapport.kit.loops import Apart
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import resolve
from rapport.segments.conditions.metric import follows_now
from rapport.segments.grammar import timeframes
from rapport.segments.grammar.dependencies import Dependencies
from rapport.segments.membership import members
from rapport.segments.membership.build import due
from rapport.segments.membership.index import Index, Moving, Watched, Watching
from rapport.segments.membership.locks import LET_GO, LOCK_ACCOUNT
from rapport.segments.membership.members import Question
from rapport.segments.sql.scope import Scope

# tenant-scope: a worker looks for work of every account
_ACCOUNTS = """
    SELECT DISTINCT account_id FROM segments WHERE evaluated IS NOT NULL AND is_active AND built IS NOT NULL
    ORDER BY account_id"""
_EVALUATED = """
    UPDATE segments s SET evaluated = %s, due = k.due
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS k (id, updated, due)
    WHERE s.account_id = %s AND s.id = k.id AND s.updated = k.updated"""
_ARRIVED = """
    SELECT DISTINCT metric_id FROM events
    WHERE account_id = %s AND time >= %s AND time < %s AND recorded <= time"""
# By the account's own time: half the lateness that is promised, and a clock moved ahead is followed at once.
PAUSE = timedelta(milliseconds=500)
# How far a restart may have to look back when nothing happened; short, so that the log's newest rows are few.
_KEEP = timedelta(minutes=1)
# How far a look without the lock goes back; what a batch that takes longer brings is found when `_KEEP` is over.
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
        """Apply every boundary that was passed; returns how many memberships changed, 0 = none."""
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
        sweeps = _Sweeps(now)
        moved = self._moved(await self._index.load(conn, account_id), sweeps)
        if any(_may_change(one, sweeps) for one in moved):
            return True
        since = max(min((one.after for one in moved), default=now), now - _RECENT)
        return bool(moved) and bool(await _arrived(conn, account_id, since, now))

    def _moved(self, watching: Watching, sweeps: "_Sweeps") -> list["_Moved"]:
        """Segments of which a boundary moved since they were last applied."""
        found = [
            _Moved(one, moving, self._after(one))
            for one, moving in zip(watching.segments, watching.outline.moving, strict=True)
            if one.evaluated is not None and not one.building
        ]
        return [one for one in found if one.after < sweeps.now and _boundary_moved(one, sweeps)]

    def _after(self, segment: Watched) -> datetime:
        assert segment.evaluated is not None
        return max(segment.evaluated, self._applied.get((segment.id, segment.updated), segment.evaluated))

    async def _apply(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            await db.execute(conn, LOCK_ACCOUNT, (account_id,))
            # Read again under the lock: no batch can be between its own time and its commit now.
            account = await accounts.load(conn, account_id)
            now = account.now()
            moved = self._moved(await self._index.load(conn, account_id), _Sweeps(now))
            changes = await self._settle(conn, account, now, moved)
            await inbox.append(conn, account_id, changes)
            await db.execute(conn, LET_GO)
        self._applied.update({(one.segment.id, one.segment.updated): now for one in moved})
        return sum(len(change.profiles) for change in changes)

    async def _settle(
        self, conn: db.Connection, account: Account, now: datetime, moved: Sequence["_Moved"]
    ) -> list[Change]:
        depends = Dependencies.of_all(one.segment.definition.depends for one in moved)
        since = min((one.after for one in moved), default=now)
        arrived = await _arrived(conn, account.account_id, since, now)
        names = await resolve(conn, account.account_id, depends)
        scope = Scope(conn, account.account_id, now, names, arrived=arrived)
        crossed = _Crossed(scope)
        questions = [Question(one.segment, await crossed.of(one)) for one in moved]
        changes = await members.settle(scope, [question for question in questions if question.profiles])
        await _keep(scope, questions)
        return changes


@dataclass(frozen=True)
class _Moved:
    """A segment, its timeframes, and when they were last applied."""

    segment: Watched
    moving: Sequence[Moving]
    after: datetime

    def is_due(self, now: datetime) -> bool:
        return self.segment.due is not None and self.segment.due <= now


class _Sweeps:
    """Which timeframes moved until now; a thousand segments have a handful of them. When they were last applied counts
    by its day: what does not move with every instant moves with the days (`Edge`)."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._found: dict[tuple[int, date], tuple[bool, bool]] = {}

    def moved(self, moving: Moving, after: datetime) -> bool:
        """`after` is before now."""
        return self._of(moving, after)[0]

    def beside_now(self, moving: Moving, after: datetime) -> bool:
        """More than `now` itself moved over events."""
        return self._of(moving, after)[1]

    def _of(self, moving: Moving, after: datetime) -> tuple[bool, bool]:
        # a segment's outline keeps the object, so its id is its own
        key = id(moving), after.astimezone(UTC).date()
        if key not in self._found:
            swept = moving.timeframe.swept(after, self.now)
            more = any(not (moving.of_events and follows_now(edge, moving.timeframe)) for edge, _ in swept)
            self._found[key] = bool(swept), more
        return self._found[key]


def _boundary_moved(one: _Moved, sweeps: _Sweeps) -> bool:
    return one.is_due(sweeps.now) or any(sweeps.moved(moving, one.after) for moving in one.moving)


def _may_change(one: _Moved, sweeps: _Sweeps) -> bool:
    """Whether more than `now` itself moved over events, or what was applied has to be written again."""
    assert one.segment.evaluated is not None
    if one.is_due(sweeps.now) or sweeps.now - one.segment.evaluated >= _KEEP:
        return True
    return any(sweeps.beside_now(moving, one.after) for moving in one.moving)


async def _arrived(conn: db.Connection, account_id: int, after: datetime, now: datetime) -> frozenset[int]:
    """Metrics of which an event that was dated ahead came between the two: one question instead of one for each
    condition, of which most have an end that is `now`."""
    found = await db.rows(conn, _ARRIVED, (account_id, after, now + timeframes.TICK))
    return frozenset(row[0] for row in found)


class _Crossed:
    """About whom time may have changed anything; equal conditions are asked once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._found: dict[tuple[int, datetime], BitMap64] = {}

    async def of(self, one: _Moved) -> BitMap64:
        conditions = one.segment.definition.moving
        asked = conditions if one.is_due(self._scope.now) else [each for each in conditions if each.indexed]
        return BitMap64.union(BitMap64(), *[await self._by(condition, one.after) for condition in asked])

    async def _by(self, condition: Condition, after: datetime) -> BitMap64:
        # the definition keeps it, so its id is its own
        if (id(condition), after) not in self._found:
            self._found[id(condition), after] = await condition.crossed(self._scope, after)
        return self._found[id(condition), after]


async def _keep(scope: Scope, questions: Sequence[Question]) -> None:
    """Written where something may have changed, and from time to time; in between it is kept in memory. Those that
    would be next go with the first, so that all are written at one time."""
    ages = [scope.now - (question.segment.evaluated or scope.now) for question in questions]
    old = _KEEP / 2 if max(ages, default=_KEEP / 2) >= _KEEP else _KEEP
    kept: list[tuple[int, datetime, datetime | None]] = []
    for question, age in zip(questions, ages, strict=True):
        segment = question.segment
        overdue = segment.due is not None and segment.due <= scope.now
        if question.profiles or overdue or age >= old:
            next_due = await due(scope, segment.definition) if overdue else segment.due
            kept.append((segment.id, segment.updated, next_due))
    if kept:
        columns = [list(column) for column in zip(*kept, strict=True)]
        await db.execute(scope.conn, _EVALUATED, (scope.now, *columns, scope.account_id))
