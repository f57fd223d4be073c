"""The engine: takes everybody whose next step is due through it, one transaction a batch.

A batch is claimed, and what follows from it (messages, webhook calls, changed profiles, the next due time) is written,
in the same transaction: a crash before the commit leaves everybody where they stood, one after it repeats nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

import psycopg
from prometheus_client import Counter as Metered
from prometheus_client import Histogram

from rapport.accounts import service as accounts
from rapport.flows import plan, runs, steps
from rapport.flows.runs import Round, Run
from rapport.kit import clock, db, log

BATCH = 1000
_RETRIES = 5
# A run whose step can't be taken stands aside so long, and is tried again: nothing is lost while a fault is mended.
SET_ASIDE = timedelta(minutes=15)
# So many failures of single runs at one action mean that the action is at fault, not the people.
FAULTS = 5

# One probe for each account; `due` is in the account's time, which a test clock moves.
_DUE = """
    SELECT a.account_id FROM accounts a
    WHERE EXISTS (SELECT FROM enrolments e WHERE e.account_id = a.account_id AND e.action_id IS NOT NULL
                  AND e.due <= %s + a.clock_offset)"""
_LATER = """
    UPDATE enrolments SET due = %s
    WHERE account_id = %s AND action_id = %s AND due <= %s AND (%s OR id = %s)"""

_CROSSED = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
)
_logger = log.logger("flows")
_steps = Metered("rapport_flow_steps_total", "Steps taken in flows")
_lateness = Histogram(
    "rapport_flow_lateness_seconds", "How late a step was taken", buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600)
)


class FlowEngine:
    """A worker's loop. Wakes on NOTIFY of `entry.CHANNEL`."""

    def __init__(self, pool: db.Pool, *, batch: int = BATCH) -> None:
        self._pool = pool
        self._batch_size = batch
        # failures in a row by action
        self._faults: Counter[int | None] = Counter()

    async def run_once(self) -> int:
        """One batch for each account with something due. Returns the runs moved; 0 = nothing was due."""
        async with self._pool.connection() as conn:
            due = [row[0] for row in await db.rows(conn, _DUE, (clock.utcnow(),))]
        return sum([await self.run_account(account_id) for account_id in due])

    async def run_account(self, account_id: int) -> int:
        """One batch of one account; smaller and smaller ones when a run in it can't be moved."""
        size, crossed = self._batch_size, 0
        while crossed < _RETRIES:
            try:
                return await self._batch(account_id, size)
            except _CROSSED:
                # A merge or another writer of the same people came across: now it is through.
                crossed += 1
                continue
            except psycopg.OperationalError:
                raise
            except Exception as error:
                fault = error
            if size == 1:
                return await self._set_aside(account_id, fault)
            _logger.warning("batch failed", account_id=account_id, size=size, reason=repr(fault))
            size = max(1, size // 8)
        return 0

    async def _batch(self, account_id: int, limit: int) -> int:
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            claimed = await runs.claim(conn, account, limit)
            if not claimed:
                return 0
            flows = await plan.load(conn, account_id, {run.flow_id for run in claimed})
            work = Round(conn, account, account.now(), flows)
            for run in claimed:
                _lateness.observe((work.now - run.due).total_seconds())
            started = {run.action_id for run in claimed}
            await advance(work, claimed)
            await runs.write(work, claimed)
        for action_id in started & self._faults.keys():
            del self._faults[action_id]
        return len(claimed)

    async def _set_aside(self, account_id: int, error: Exception) -> int:
        """One run; when several in a row failed at one action, everybody who is due there."""
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            claimed = await runs.claim(conn, account, 1)
            if not claimed:
                return 0
            first, now = claimed[0], account.now()
            self._faults[first.action_id] += 1
            everybody = self._faults[first.action_id] >= FAULTS
            parameters = (now + SET_ASIDE, account_id, first.action_id, now, everybody, first.id)
            number = await db.execute(conn, _LATER, parameters)
        _logger.error(
            "set aside", account_id=account_id, run=first.id, action=first.action_id, runs=number, exc_info=error
        )
        return number


async def advance(work: Round, claimed: Sequence[Run]) -> None:
    """Step by step until everybody waits or is through; consecutive actions run together (1.7)."""
    moving = list(claimed)
    while moving:
        at: dict[int, list[Run]] = defaultdict(list)
        for run in moving:
            action = work.actions.get(run.action_id or 0)
            if action is None:
                # The end, or an action that was taken out of the flow.
                run.go(None)
            else:
                at[action.id].append(run)
        for action_id in sorted(at):
            await steps.take(work, work.actions[action_id], at[action_id])
            _steps.inc(len(at[action_id]))
        moving = [run for group in at.values() for run in group if run.action_id is not None and not run.waiting]
