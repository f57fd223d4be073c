"""How long an account keeps events: what is older is deleted at the beginning of each month, in small steps.

Only the log gets shorter. What was counted beside it stays (docs/adr/0007), so the totals of campaigns and flows are
what they were; whatever asks for single events no longer finds them. Keys of de-duplication stay too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.accounts import service as accounts
from rapport.events.lake import changes, seal
from rapport.events.lake import retention as lake
from rapport.kit import clock, db
from rapport.kit.loops import Apart

CHANNEL = "rapport_retention"
# One step looks at few enough to hold up nobody.
STEP = 5_000
# Whole months in UTC, so that files of the lake, which may hold a year, are written anew once a month.
_LIMIT = "date_trunc('month', %(now)s::timestamptz + a.clock_offset - make_interval(months => r.{months}), 'UTC')"
# tenant-scope: a worker looks for work of every account
_DUE = f"""
    SELECT a.account_id FROM event_retention r JOIN accounts a ON a.account_id = r.account_id
    WHERE {_LIMIT.format(months="all_months")} > coalesce(r.all_before, '-infinity')
       OR {_LIMIT.format(months="anonymous_months")} > coalesce(r.anonymous_before, '-infinity')
    ORDER BY a.account_id"""
_LIMITS = f"""
    SELECT {_LIMIT.format(months="all_months")} AS all_limit, r.all_before,
        {_LIMIT.format(months="anonymous_months")} AS anonymous_limit, r.anonymous_before, r.swept_time, r.swept_id
    FROM event_retention r JOIN accounts a ON a.account_id = r.account_id
    WHERE r.account_id = %(account)s"""
_ALL_DONE = "UPDATE event_retention SET all_before = %s WHERE account_id = %s"
_WINDOW = f"""
    SELECT e.id, e.time, p.id IS NOT NULL AND p.email IS NULL AND p.phone_number IS NULL AND p.external_id IS NULL
    FROM (SELECT id, time, profile_id FROM events WHERE account_id = %(account)s AND time < %(before)s
              AND (time, id) > (coalesce(%(time)s::timestamptz, '-infinity'), coalesce(%(id)s::bigint, 0))
          ORDER BY time, id LIMIT {STEP}) AS e
    LEFT JOIN profiles p ON p.account_id = %(account)s AND p.id = e.profile_id
    ORDER BY e.time, e.id"""
_DELETE = """
    DELETE FROM events e USING unnest(%s::timestamptz[], %s::bigint[]) AS gone (time, id)
    WHERE e.account_id = %s AND e.time = gone.time AND e.id = gone.id"""
_SWEPT = """
    UPDATE event_retention SET swept_time = %(time)s, swept_id = %(id)s, deleted = deleted + %(deleted)s,
        last_deleted = CASE WHEN %(deleted)s > 0 THEN %(now)s ELSE last_deleted END
    WHERE account_id = %(account)s"""
_ALL_SWEPT = """
    UPDATE event_retention SET anonymous_before = %s, swept_time = NULL, swept_id = NULL WHERE account_id = %s"""
_RULE = """
    SELECT all_months, anonymous_months, deleted, last_deleted, version FROM event_retention
    WHERE account_id = %s"""
_CHANGE = """
    UPDATE event_retention SET all_months = %(all_months)s, anonymous_months = %(anonymous_months)s,
        swept_time = NULL, swept_id = NULL, version = version + 1, updated = %(now)s
    WHERE account_id = %(account)s"""


@dataclass(frozen=True)
class Rule:
    """How long an account keeps events, and how many it deleted. None = for ever; never."""

    all_months: int | None = None
    anonymous_months: int | None = None
    deleted: int = 0
    last_deleted: datetime | None = None
    version: int = 1


async def rule_of(conn: db.Connection, account_id: int) -> Rule:
    row = await db.row(conn, _RULE, (account_id,))
    return Rule(*row) if row else Rule()


async def change(
    conn: db.Connection, account_id: int, all_months: int | None, anonymous_months: int | None, now: datetime
) -> None:
    """The row is there (`hold_version`). What is too old by the new rule goes at once."""
    parameters = {"all_months": all_months, "anonymous_months": anonymous_months, "now": now}
    await db.execute(conn, _CHANGE, {**parameters, "account": account_id})
    await db.execute(conn, f"NOTIFY {CHANNEL}")


class Keeper:
    """Worker loop: deletes what accounts no longer keep."""

    idle_seconds = 60.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("retention")

    async def run_once(self) -> int:
        """A step for each account that is due; 0 = nothing is."""
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _DUE, {"now": clock.utcnow()})
        return await self._apart.each(due, self.step)

    async def step(self, account_id: int) -> int:
        """1 when something was done; 0 when nothing is due, or somebody else is at it."""
        async with seal.locked(self._pool, account_id) as conn:
            if conn is None:
                return 0
            limits = await db.one(conn, _LIMITS, {"account": account_id, "now": clock.utcnow()})
            if limits is None:
                return 0
            now = (await accounts.load(conn, account_id)).now()
            return await _drop(conn, account_id, limits, now) or await _sweep(conn, account_id, limits, now)


async def _drop(conn: db.Connection, account_id: int, limits: dict[str, Any], now: datetime) -> int:
    """Some of everybody's events."""
    limit = limits["all_limit"]
    if limit is None or (limits["all_before"] is not None and limit <= limits["all_before"]):
        return 0
    if not await lake.drop(conn, account_id, limit, now):
        await db.execute(conn, _ALL_DONE, (limit, account_id))
    return 1


async def _sweep(conn: db.Connection, account_id: int, limits: dict[str, Any], now: datetime) -> int:
    """Those of anonymous people among the next events of the log."""
    limit = limits["anonymous_limit"]
    if limit is None or (limits["anonymous_before"] is not None and limit <= limits["anonymous_before"]):
        return 0
    window = {"account": account_id, "before": limit, "time": limits["swept_time"], "id": limits["swept_id"]}
    async with conn.transaction():
        events = await db.rows(conn, _WINDOW, window)
        if not events:
            await db.execute(conn, _ALL_SWEPT, (limit, account_id))
            return 1
        gone = [(time, id) for id, time, is_anonymous in events if is_anonymous]
        await _delete(conn, account_id, gone)
        last_id, last_time, _ = events[-1]
        swept = {"time": last_time, "id": last_id, "deleted": len(gone), "now": now, "account": account_id}
        await db.execute(conn, _SWEPT, swept)
    return 1


async def _delete(conn: db.Connection, account_id: int, events: Sequence[tuple[datetime, int]]) -> None:
    if events:
        times, ids = zip(*events, strict=True)
        await changes.rewritten(conn, account_id, ids)
        await db.execute(conn, _DELETE, (db.array(times), db.array(ids), account_id))
