"""The pipeline: from the inbox to the event log and all that follows, one transaction a batch.

identify -> record -> react. A batch is taken, and its rows deleted, in the transaction that writes their effects:
a crash before the commit leaves the rows, one after it leaves nothing to repeat.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from prometheus_client import Counter, Histogram

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events.inbox import Accepted, Change
from rapport.events.reactions import Batch, Reaction
from rapport.events.record import record
from rapport.kit import db, log
from rapport.profiles.identity import identify
from rapport.profiles.merge import RECORDING_LOCK

BATCH = 4000
_RETRIES = 5
# A batch costs some twenty statements whatever its size, so after a small one the next gathers for a moment. The
# first event after a pause is not held up by it.
_SMALL = 500
_GATHER_SECONDS = 0.03
# One runner an account at a time keeps every profile's events in order.
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s, %s)"
_CLAIM = """
    SELECT id, kind, body::text FROM inbox WHERE account_id = %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""
_DONE = "DELETE FROM inbox WHERE account_id = %s AND id = ANY(%s)"
_REFUSE = """
    INSERT INTO inbox_refused (account_id, id, kind, body, reason, refused)
    SELECT account_id, id, kind, body, %s, %s FROM inbox WHERE account_id = %s AND id = %s"""
# A loose scan over accounts, not over the inbox: one probe for each.
_PENDING = "SELECT account_id FROM accounts a WHERE EXISTS (SELECT FROM inbox i WHERE i.account_id = a.account_id)"

_logger = log.logger("events")
_events = Counter("rapport_events_recorded_total", "Events recorded by the pipeline")
_refused = Counter("rapport_inbox_refused_total", "Inbox rows set aside with a reason")
_failures = Counter("rapport_pipeline_failures_total", "Batches of an account that could not be recorded or set aside")
_seconds = Histogram("rapport_pipeline_batch_seconds", "Duration of one pipeline batch")


@dataclass
class _Taken:
    """Inbox rows of one batch, decoded."""

    ids: list[int] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    accepted_ids: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)


class Pipeline:
    """Works off the inbox. `reactions` run in the order given."""

    def __init__(self, pool: db.Pool, reactions: Sequence[Reaction]) -> None:
        self._pool = pool
        self._reactions = reactions

    async def run_once(self) -> int:
        """One batch for each account that has something waiting. Returns the rows worked off; 0 = nothing to do."""
        async with self._pool.connection() as conn:
            pending = [row[0] for row in await db.rows(conn, _PENDING)]
        worked = sum([await self._run_apart(account_id) for account_id in pending])
        if 0 < worked < _SMALL:
            await asyncio.sleep(_GATHER_SECONDS)
        return worked

    async def _run_apart(self, account_id: int) -> int:
        """What goes wrong for one account stops no other."""
        try:
            return await self.run_account(account_id)
        except psycopg.OperationalError:
            raise
        except Exception:
            _failures.inc()
            _logger.exception("an account's batch could not be recorded", account_id=account_id)
            return 0

    async def run_account(self, account_id: int, limit: int = BATCH) -> int:
        """One batch of one account; 0 when another runner has it. A smaller batch finds a row that can't be taken."""
        for _ in range(_RETRIES):
            try:
                with _seconds.time():
                    return await self._batch(account_id, limit)
            except (
                psycopg.errors.UniqueViolation,
                psycopg.errors.SerializationFailure,
                psycopg.errors.DeadlockDetected,
            ):
                # Another writer made the same person a moment ago: now it can be seen.
                continue
            except (psycopg.OperationalError, psycopg.ProgrammingError, psycopg.InterfaceError):
                # The database is away, or a statement of ours is wrong: no fault of the rows, so they wait.
                raise
            except Exception as error:
                _logger.warning("batch failed", account_id=account_id, size=limit, exc_info=True)
                if limit > 1:
                    return await self.run_account(account_id, max(1, limit // 8))
                return await self._set_aside(account_id, f"{type(error).__name__}: {error}")
        return 0

    async def _batch(self, account_id: int, limit: int) -> int:
        async with self._pool.connection() as conn:
            if not await _locked(conn, account_id):
                return 0
            taken = _decode(await db.rows(conn, _CLAIM, (account_id, limit)))
            if not taken.ids:
                return 0
            account = await accounts.load(conn, account_id)
            await self._effects(conn, account, taken)
            await db.execute(conn, _DONE, (account_id, taken.ids))
        _events.inc(len(taken.accepted))
        return len(taken.ids)

    async def _effects(self, conn: db.Connection, account: Account, taken: _Taken) -> None:
        now = account.now()
        identified = await identify(conn, account.account_id, [one.person for one in taken.accepted], now)
        known = [(one, profile) for one, profile in zip(taken.accepted, identified.profiles, strict=True) if profile]
        nobody = (row for row, profile in zip(taken.accepted_ids, identified.profiles, strict=True) if profile is None)
        taken.bad.extend((row, "no profile has this id") for row in nobody)
        events = await record(conn, account, [one for one, _ in known], [profile for _, profile in known])
        if identified.changed:
            taken.changes.append(Change(sorted(identified.changed), ["profile"]))
        batch = Batch(conn, account, now, events, taken.changes)
        for react in self._reactions:
            await react(batch)
        for row, reason in taken.bad:
            await _refuse(conn, account.account_id, row, reason, now)

    async def _set_aside(self, account_id: int, reason: str) -> int:
        """The first row can't be taken: keep it with its reason, so that the line goes on."""
        async with self._pool.connection() as conn:
            if not await _locked(conn, account_id):
                return 0
            rows = await db.rows(conn, _CLAIM, (account_id, 1))
            now = (await accounts.load(conn, account_id)).now()
            for row in rows:
                await _refuse(conn, account_id, row[0], reason, now)
                await db.execute(conn, _DONE, (account_id, [row[0]]))
            return len(rows)


async def _locked(conn: db.Connection, account_id: int) -> bool:
    found = await db.row(conn, _TRY_LOCK, (RECORDING_LOCK, account_id))
    return bool(found and found[0])


async def _refuse(conn: db.Connection, account_id: int, row: int, reason: str, now: datetime) -> None:
    await db.execute(conn, _REFUSE, (reason, now, account_id, row))
    _refused.inc()


_accepted = msgspec.json.Decoder(Accepted)
_change = msgspec.json.Decoder(Change)


def _decode(rows: list[tuple[Any, ...]]) -> _Taken:
    taken = _Taken()
    for number, kind, body in rows:
        taken.ids.append(number)
        try:
            if kind == "event":
                taken.accepted.append(_accepted.decode(body))
                taken.accepted_ids.append(number)
            else:
                taken.changes.append(_change.decode(body))
        except msgspec.MsgspecError as error:
            taken.bad.append((number, str(error)))
    return taken
