"""The engine: moves all runs whose next step is due, one transaction a batch.

A batch is claimed, and all its effects (messages, webhook calls, changed profiles, next due times) are written, in the
same transaction: a crash before the commit changes nothing, one after it repeats nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

import psycopg
from prometheus_client import Counter as Metered
from prometheus_client import Histogram

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.flows import moving, plan, runs, steps
from rapport.flows.runs import Round, Run
from rapport.kit import clock, db, log
from rapport.kit.loops import Apart

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
        self._apart = Apart("flows")
        # failures in a row by action
        self._faults: Counter[int | None] = Counter()

    async def run_once(self) -> int:
        """One batch for each account with due runs. Returns the runs moved; 0 = nothing was due."""
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _DUE, (clock.utcnow(),))
        return await self._apart.each(due, self.run_account)

    async def run_account(self, account_id: int) -> int:
        """One batch of one account; smaller ones after a run in it failed."""
        size, crossed = self._batch_size, 0
        while crossed < _RETRIES:
            try:
                return await self._batch(account_id, size)
            except _CROSSED:
                # A merge or another writer of the same people came across: now it is through.
                crossed += 1
            except _Failed as failure:
                if len(failure.stood) == 1:
                    return await self._set_aside(account_id, *failure.stood[0], failure)
                _logger.warning("batch failed", account_id=account_id, size=size, reason=repr(failure.__cause__))
                size = max(1, min(size, len(failure.stood)) // 8)
        return 0

    async def _batch(self, account_id: int, limit: int) -> int:
        """Raises _Failed when the claimed runs can't be moved, and whatever came before they were claimed."""
        stood: list[tuple[int, int | None]] = []
        try:
            async with self._pool.connection() as conn:
                account = await accounts.load(conn, account_id)
                claimed = await runs.claim(conn, account, limit)
                stood += [(run.id, run.action_id) for run in claimed]
                await _move(conn, account, claimed)
        except (*_CROSSED, psycopg.OperationalError):
            raise
        except Exception as error:
            if not stood:
                raise
            raise _Failed(stood) from error
        for action_id in {action_id for _, action_id in stood} & self._faults.keys():
            del self._faults[action_id]
        return len(stood)

    async def _set_aside(self, account_id: int, run: int, action_id: int | None, failure: "_Failed") -> int:
        """Set aside the run that failed, if it is still at that action; after several failures in a row at one action,
        all runs due there."""
        self._faults[action_id] += 1
        everybody = self._faults[action_id] >= FAULTS
        async with self._pool.connection() as conn:
            now = (await accounts.load(conn, account_id)).now()
            parameters = (now + SET_ASIDE, account_id, action_id, now, everybody, run)
            number = await db.execute(conn, _LATER, parameters)
        _logger.error(
            "set aside", account_id=account_id, run=run, action=action_id, runs=number, exc_info=failure.__cause__
        )
        return number


class _Failed(Exception):
    """The runs of a batch that could not be moved: where each stood, as (run, action)."""

    def __init__(self, stood: Sequence[tuple[int, int | None]]) -> None:
        self.stood = stood


async def _move(conn: db.Connection, account: Account, claimed: Sequence[Run]) -> None:
    if not claimed:
        return
    flows = await plan.load(conn, account.account_id, {run.flow_id for run in claimed})
    work = Round(conn, account, account.now(), flows)
    for run in claimed:
        if run.silent_before is None:
            _lateness.observe((work.now - run.due).total_seconds())
    await advance(work, claimed)
    await runs.write(work, claimed)


async def advance(work: Round, claimed: Sequence[Run]) -> None:
    """Take steps until every run waits or has ended; consecutive actions run together (1.7)."""
    walking = list(claimed)
    while walking:
        await _step_over(work, walking)
        at: dict[int, list[Run]] = defaultdict(list)
        for run in walking:
            if run.action_id is not None:
                run.arrive()
                at[run.action_id].append(run)
        for action_id in sorted(at):
            await steps.take(work, work.actions[action_id], at[action_id])
            work.note(work.actions[action_id], at[action_id])
            _steps.inc(len(at[action_id]))
        walking = [run for group in at.values() for run in group if run.action_id is not None and not run.waiting]


async def _step_over(work: Round, walking: Sequence[Run]) -> None:
    """Whoever comes to an action that was taken out of the flow meanwhile goes on where it led."""
    lost = [run for run in walking if run.action_id is not None and run.action_id not in work.actions]
    if not lost:
        return
    gone = {run.action_id for run in lost if run.action_id is not None}
    onward = await moving.replacements(work.conn, work.account.account_id, gone)
    for run in lost:
        following = onward.get(run.action_id or 0)
        run.go(following if following in work.actions else None)
