"""The worker's loop that seals: an account after the other, one file a step, while nothing else of it waits."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import timedelta

from prometheus_client import Counter

from rapport.accounts import service as accounts
from rapport.events.lake import failures, plan, retention, seal
from rapport.events.lake.engine import Engine
from rapport.events.lake.plan import Limits
from rapport.kit import clock, db, log
from rapport.kit.files import Files

_EVERY_SECONDS = 60.0
# While an import runs, its days are still being filled; but not for ever.
_BUSY_ROWS = 1000
_BUSY_SECONDS = 600.0
_MEMORY = "512MB"
# A few probes for each account: the days after what is sealed, those before it, and what was noted.
_DUE = """
    SELECT a.account_id FROM accounts a
    CROSS JOIN LATERAL (
        SELECT min(since) FILTER (WHERE state = 'sealed') AS since, max(until) FILTER (WHERE state = 'sealed') AS until,
               count(*) FILTER (WHERE state = 'sealed') AS files, bool_or(state <> 'sealed') AS left_over
        FROM lake_files f WHERE f.account_id = a.account_id) AS f
    WHERE f.left_over OR f.files >= %(run)s
       OR EXISTS (SELECT FROM lake_changes c WHERE c.account_id = a.account_id)
       OR EXISTS (SELECT FROM lake_moves m WHERE m.account_id = a.account_id)
       OR EXISTS (SELECT FROM events e WHERE e.account_id = a.account_id AND e.time >= coalesce(f.until, '-infinity')
                  AND e.time < date_trunc('day', %(now)s + a.clock_offset - %(settling)s))
       OR EXISTS (SELECT FROM events e WHERE e.account_id = a.account_id
                  AND e.time < greatest(f.since, date_trunc('day', %(now)s + a.clock_offset - %(keep)s::interval)))
    ORDER BY a.account_id"""
_logger = log.logger("lake")
_failures = Counter("rapport_lake_failures_total", "Files of the lake that could not be written")
_WAITING = "SELECT count(*) FROM (SELECT FROM inbox WHERE account_id = %s LIMIT %s) AS waiting"


class Sealer:
    """Seals what is due, for all accounts. DuckDB gets one thread and little memory of the worker's."""

    idle_seconds = 15.0

    def __init__(
        self,
        pool: db.Pool,
        files: Files,
        *,
        every: float = _EVERY_SECONDS,
        keep: timedelta | None = None,
        limits: Limits | None = None,
        memory: str = _MEMORY,
    ) -> None:
        self._pool = pool
        self._files = files
        self._every = every
        self._keep = keep
        self._limits = limits or Limits()
        self._memory = memory
        self._lake: Engine | None = None
        self._due: deque[int] = deque()
        self._looked: float | None = None
        self._busy_since: dict[int, float] = {}

    async def run_once(self) -> int:
        """One file, or a look at all accounts every now and then. Returns 0 when nothing is due."""
        if not self._due and not await self._look():
            return 0
        while self._due:
            if await self._step_apart(self._due[0]):
                return 1
            self._due.popleft()
        return 0

    async def _step_apart(self, account_id: int) -> bool:
        """What goes wrong for one account stops no other."""
        try:
            return await self.step(account_id)
        except Exception as error:
            if db.is_lost(error):
                raise
            _failures.inc()
            times = await failures.note(self._pool, account_id, error)
            _logger.exception(
                "events of an account could not be written into files of the lake: questions read them from the "
                "database meanwhile, and it is tried again in smaller pieces",
                account_id=account_id,
                times=times,
            )
            return False

    async def close(self) -> None:
        if self._lake is not None:
            await asyncio.to_thread(self._lake.close)
            self._lake = None

    async def step(self, account_id: int) -> bool:
        """Write one file of the account; False when none is due, or another worker is at it."""
        if await self._busy(account_id):
            return False
        async with seal.locked(self._pool, account_id) as conn:
            if conn is None:
                return False
            await seal.clean(conn, self._files, account_id, clock.utcnow())
            account = await accounts.load(conn, account_id)
            now = account.now()
            if self._keep is not None and await retention.drop(conn, account_id, now - self._keep, now):
                return True
            failed = await failures.count(conn, account_id)
            job = await plan.next_job(conn, account_id, now, self._files, self._limits, failed=failed)
            if job is None:
                await failures.forget(conn, account_id)
                return False
            with suppress(seal.Postponed):
                await seal.seal(conn, self._files, self._engine(), job)
                return True
        return False

    def _engine(self) -> Engine:
        self._lake = self._lake or Engine(1, threads=1, memory=self._memory)
        return self._lake

    async def _look(self) -> bool:
        now = clock.monotonic()
        if self._looked is not None and now - self._looked < self._every:
            return False
        self._looked = now
        parameters = {"now": clock.utcnow(), "settling": plan.SETTLING, "run": self._limits.run, "keep": self._keep}
        async with self._pool.connection() as conn:
            # tenant-scope: asks of each account by its id
            self._due.extend(row[0] for row in await db.rows(conn, _DUE, parameters))
        return bool(self._due)

    async def _busy(self, account_id: int) -> bool:
        async with self._pool.connection() as conn:
            waiting = (await db.rows(conn, _WAITING, (account_id, _BUSY_ROWS)))[0][0]
        if waiting < _BUSY_ROWS:
            self._busy_since.pop(account_id, None)
            return False
        return clock.monotonic() - self._busy_since.setdefault(account_id, clock.monotonic()) < _BUSY_SECONDS
