"""Boundaries of relative timeframes: who enters or leaves because time passed.

A look costs one range query for each boundary that moved, and nothing when none did.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pyroaring import BitMap64

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import inbox
from rapport.kit import db
from rapport.segments import members
from rapport.segments.build import due
from rapport.segments.conditions import timeframes
from rapport.segments.conditions.definition import resolve
from rapport.segments.conditions.funnel import FunnelCondition
from rapport.segments.conditions.metric import MetricCondition, follows_now
from rapport.segments.conditions.scope import Dependencies, Scope
from rapport.segments.index import Index, Watched
from rapport.segments.locks import LET_GO, LOCK_ACCOUNT
from rapport.segments.members import Question

# tenant-scope: a worker looks for work of every account
_ACCOUNTS = """
    SELECT DISTINCT account_id FROM segments WHERE evaluated IS NOT NULL AND is_active AND built IS NOT NULL"""
_EVALUATED = "UPDATE segments SET evaluated = %s, due = %s WHERE account_id = %s AND id = %s AND updated = %s"
_ARRIVED = """
    SELECT DISTINCT metric_id FROM events
    WHERE account_id = %s AND time >= %s AND time < %s AND recorded <= time"""
_OF_EVENTS = (MetricCondition, FunnelCondition)
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
        self._index = Index()
        self._looked: dict[int, datetime] = {}
        # (segment, updated) -> up to when it was applied, where that is later than the table says
        self._applied: dict[tuple[int, datetime], datetime] = {}

    async def run_once(self) -> int:
        """Apply every boundary that was passed; returns how many memberships changed, 0 = none."""
        async with self._pool.connection() as conn:
            waiting = [row[0] for row in await db.rows(conn, _ACCOUNTS)]
            ready = [one for one in waiting if await self._is_time(conn, one)]
        return sum([await self._apply(account_id) for account_id in ready])

    async def _is_time(self, conn: db.Connection, account_id: int) -> bool:
        now = (await accounts.load(conn, account_id)).now()
        if account_id in self._looked and now - self._looked[account_id] < PAUSE:
            return False
        self._looked[account_id] = now
        moved = self._moved(await self._index.load(conn, account_id), now)
        if any(_may_change(segment, after, now) for segment, after in moved):
            return True
        since = max(min((after for _, after in moved), default=now), now - _RECENT)
        return bool(moved) and bool(await _arrived(conn, account_id, since, now))

    def _moved(self, segments: Sequence[Watched], now: datetime) -> list[tuple[Watched, datetime]]:
        """Segments of which a boundary moved since they were last applied, and when that was."""
        found = [(one, self._after(one)) for one in segments if one.evaluated is not None and not one.building]
        return [(one, after) for one, after in found if after < now and _boundary_moved(one, after, now)]

    def _after(self, segment: Watched) -> datetime:
        assert segment.evaluated is not None
        return max(segment.evaluated, self._applied.get((segment.id, segment.updated), segment.evaluated))

    async def _apply(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            await db.execute(conn, LOCK_ACCOUNT, (account_id,))
            # Read again under the lock: no batch can be between its own time and its commit now.
            account = await accounts.load(conn, account_id)
            now = account.now()
            moved = self._moved(await self._index.load(conn, account_id), now)
            changes = await self._settle(conn, account, now, moved)
            await inbox.append(conn, account_id, changes)
            await db.execute(conn, LET_GO)
        self._applied.update({(one.id, one.updated): now for one, _ in moved})
        return sum(len(change.profiles) for change in changes)

    async def _settle(
        self, conn: db.Connection, account: Account, now: datetime, moved: Sequence[tuple[Watched, datetime]]
    ) -> list[inbox.Change]:
        depends = Dependencies.of_all(segment.definition.depends for segment, _ in moved)
        since = min((after for _, after in moved), default=now)
        arrived = await _arrived(conn, account.account_id, since, now)
        names = await resolve(conn, account.account_id, depends)
        scope = Scope(conn, account.account_id, now, names, arrived=arrived)
        questions = [Question(segment, await _crossed(scope, segment, after)) for segment, after in moved]
        changes = await members.settle(scope, [question for question in questions if question.profiles])
        for question in questions:
            await _keep(scope, question)
        return changes


def _boundary_moved(segment: Watched, after: datetime, now: datetime) -> bool:
    if segment.due is not None and segment.due <= now:
        return True
    return any(
        timeframe.swept(after, now)
        for condition in segment.definition.moving
        if condition.indexed
        for timeframe in condition.timeframes
    )


def _may_change(segment: Watched, after: datetime, now: datetime) -> bool:
    """Whether more than `now` itself moved over events, or what was applied has to be written again."""
    assert segment.evaluated is not None
    if (segment.due is not None and segment.due <= now) or now - segment.evaluated >= _KEEP:
        return True
    return any(
        not (isinstance(condition, _OF_EVENTS) and follows_now(edge, timeframe))
        for condition in segment.definition.moving
        if condition.indexed
        for timeframe in condition.timeframes
        for edge, _ in timeframe.swept(after, now)
    )


async def _arrived(conn: db.Connection, account_id: int, after: datetime, now: datetime) -> frozenset[int]:
    """Metrics of which an event that was dated ahead came between the two: one question instead of one for each
    condition, of which most have an end that is `now`."""
    found = await db.rows(conn, _ARRIVED, (account_id, after, now + timeframes.TICK))
    return frozenset(row[0] for row in found)


async def _crossed(scope: Scope, segment: Watched, after: datetime) -> BitMap64:
    found = BitMap64()
    for condition in segment.definition.moving:
        if condition.indexed or (segment.due is not None and segment.due <= scope.now):
            found |= await condition.crossed(scope, after)
    return found


async def _keep(scope: Scope, question: Question) -> None:
    """Written where something may have changed, and from time to time; in between it is kept in memory."""
    segment = question.segment
    assert segment.evaluated is not None
    overdue = segment.due is not None and segment.due <= scope.now
    if question.profiles or overdue or scope.now - segment.evaluated >= _KEEP:
        next_due = await due(scope, segment.definition) if overdue else segment.due
        parameters = (scope.now, next_due, scope.account_id, segment.id, segment.updated)
        await db.execute(scope.conn, _EVALUATED, parameters)
