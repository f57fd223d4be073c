"""The pipeline: from the inbox to the event log and all that follows, one transaction a batch.

identify -> record -> react. A batch is taken, and its rows deleted, in the transaction that writes their effects:
a crash before the commit leaves the rows, one after it leaves nothing to repeat.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

import msgspec
import psycopg
from prometheus_client import Counter, Histogram

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events import refused
from rapport.events.division import Division
from rapport.events.fairness import Lanes
from rapport.events.follow_merges import follow_merges
from rapport.events.reactions import Batch, Reaction
from rapport.events.record import record
from rapport.inbox import service as inbox
from rapport.inbox.types import EARLIER_DEFERRED, Accepted, Change, Deferred, Merge, read_deferred
from rapport.kit import clock, db, log
from rapport.kit.db import is_away, is_transient
from rapport.profiles import privacy, service
from rapport.profiles.identity import identify
from rapport.profiles.merge import RECORDING_LOCK

# Rows of a transaction: what a thousand segments cost each time is shared by so many.
BATCH = 8000
# Bytes of their bodies after which no row is added: they are in memory several times over while they are recorded.
BATCH_BYTES = 32 << 20
# Parts of a batch: behind fewer rows than this nothing is looked for, and so many behind them are much.
_FEW, _MUCH = 1 / 16, 1 / 4
_RETRIES = 5
# While batches are under way, how often to look whether another account has something.
_LOOK_SECONDS = 0.2
# One runner an account at a time keeps every profile's events in order (docs/adr 0013).
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s, %s)"
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_CLAIM = """
    WITH sized AS MATERIALIZED (
        SELECT id, octet_length(body::text) AS size FROM inbox
        WHERE account_id = %(account)s AND id BETWEEN %(first)s AND %(last)s ORDER BY id LIMIT %(rows)s),
    before AS (SELECT id, sum(size) OVER (ORDER BY id) - size AS bytes FROM sized)
    SELECT id, kind, body::text FROM inbox
    WHERE account_id = %(account)s AND id BETWEEN %(first)s AND (SELECT max(id) FROM before WHERE bytes < %(bytes)s)
    ORDER BY id FOR UPDATE SKIP LOCKED"""
_WAITING_ROWS = "SELECT id FROM inbox WHERE account_id = %s ORDER BY id LIMIT %s"
_BEHIND = "SELECT 1 FROM inbox WHERE account_id = %s AND id > %s ORDER BY id OFFSET %s LIMIT 1"
_DONE = "DELETE FROM inbox WHERE account_id = %s AND id = ANY(%s::bigint[])"
# From one account that has something waiting to the next: one probe for each of them, whatever lies in the inbox and
# however many accounts there are.
_PENDING = """
    WITH RECURSIVE waiting AS (
        (SELECT account_id FROM inbox ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT (SELECT i.account_id FROM inbox i WHERE i.account_id > w.account_id ORDER BY i.account_id LIMIT 1)
        FROM waiting w WHERE w.account_id IS NOT NULL)
    SELECT account_id FROM waiting WHERE account_id IS NOT NULL"""
Span = tuple[int, int]
# number, kind, body
Rows = list[tuple[Any, ...]]
_EVERYTHING: Span = (0, (1 << 63) - 1)

_logger = log.logger("events")
_events = Counter("rapport_events_recorded_total", "Events recorded by the pipeline")
_failures = Counter("rapport_pipeline_failures_total", "Batches of an account that could not be recorded or set aside")
_seconds = Histogram("rapport_pipeline_batch_seconds", "Duration of one pipeline batch")


@dataclass
class _Taken:
    """Decoded inbox rows of a batch, up to a merge."""

    accepted: list[Accepted] = field(default_factory=list)
    accepted_ids: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    deferred: Deferred = field(default_factory=dict)
    bad: list[tuple[int, str]] = field(default_factory=list)
    merge: Merge | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.accepted or self.changes or self.deferred or self.bad)


class Pipeline:
    """Works off the inbox, a few accounts at a time. `reactions`: by name, run in this order; `batch`: the most rows of
    one."""

    # what is accepted is told, so looking is only for what was committed by a process that died before it could tell
    idle_seconds = 1.0

    def __init__(self, pool: db.Pool, reactions: Mapping[str, Reaction], batch: int = BATCH) -> None:
        self._pool = pool
        self._rows = batch
        self._reactions = reactions
        self._lanes = Lanes()
        self._running: dict[asyncio.Task[int | None], int] = {}

    async def run_once(self) -> int:
        """Begin what can begin and wait until a batch ends. Returns its number of rows; 0 = nothing waits."""
        while True:
            pending = await self._pending()
            for account_id in self._lanes.next(pending, clock.monotonic()):
                self._begin(account_id)
            if self._running:
                await asyncio.wait(self._running, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if ended := [task for task in self._running if task.done()]:
                    return max(1, self._collect(ended))
            elif (rest := self._lanes.rest(pending, clock.monotonic())) is not None:
                await asyncio.sleep(rest)
            else:
                return 0

    async def close(self) -> None:
        """Wait for the batches under way."""
        if self._running:
            await asyncio.wait(self._running)

    async def _pending(self) -> list[int]:
        async with self._pool.connection() as conn:
            return [row[0] for row in await db.rows(conn, _PENDING)]

    def _begin(self, account_id: int) -> None:
        self._lanes.begun(account_id, clock.monotonic())
        self._running[asyncio.create_task(self._run_apart(account_id))] = account_id

    def _collect(self, ended: Sequence["asyncio.Task[int | None]"]) -> int:
        """The number of rows of the batches that ended. Raises database errors, after all batches are accounted for."""
        now, worked, lost = clock.monotonic(), 0, None
        for task in ended:
            account_id, lost = self._running.pop(task), task.exception() or lost
            done = None if task.exception() else task.result()
            self._lanes.ended(account_id, done, now)
            worked += done or 0
        if lost is not None:
            raise lost
        return worked

    async def _run_apart(self, account_id: int) -> int | None:
        """One batch of an account; its errors do not stop other accounts."""
        try:
            return await self.run_account(account_id)
        except Exception as error:
            if is_away(error):
                raise
            _failures.inc()
            self._lanes.failed(account_id, clock.monotonic())
            _logger.exception("an account's batch could not be recorded", account_id=account_id)
            return None

    async def run_account(self, account_id: int) -> int | None:
        """One batch of an account; None when another runner has it. Rows that cannot be recorded are set aside and the
        others recorded."""
        try:
            with _seconds.time():
                return await self._retried(account_id, _EVERYTHING, _TRY_LOCK)
        except Exception as error:
            if is_away(error) or is_transient(error):
                raise
            _logger.warning("batch failed, looking for the row", account_id=account_id, exc_info=True)
            return await self._divided(account_id)

    async def _divided(self, account_id: int) -> int:
        async def attempt(span: Span) -> None:
            # all of it before what comes after: a large span is more than one batch
            while await self._retried(account_id, span, _LOCK):
                pass

        async with self._pool.connection() as conn:
            rows = [row[0] for row in await db.rows(conn, _WAITING_ROWS, (account_id, self._rows))]
        division = Division(attempt)
        await division.run(rows)
        async with self._pool.connection() as conn:
            await refused.set_aside(conn, account_id, division.failed, await _now(conn, account_id))
        return len(rows)

    async def _retried(self, account_id: int, span: Span, lock: str) -> int | None:
        """One batch; tried again when another writer created the same profile at the same time, which the next attempt
        sees."""
        for _ in range(_RETRIES - 1):
            try:
                return await self._batch(account_id, span, lock)
            except psycopg.Error as error:
                if not (is_transient(error) or isinstance(error, psycopg.errors.UniqueViolation)):
                    raise
        return await self._batch(account_id, span, lock)

    async def _batch(self, account_id: int, span: Span, lock: str) -> int | None:
        async with self._pool.connection() as conn:
            held = await db.row(conn, lock, (RECORDING_LOCK, account_id))
            if held == (False,):
                return None
            first, last = span
            claim = {"account": account_id, "first": first, "last": last, "rows": self._rows, "bytes": BATCH_BYTES}
            rows = await db.rows(conn, _CLAIM, claim)
            if not rows:
                return 0
            account, parts = await accounts.load(conn, account_id), _decode(rows)
            # nothing is deferred across a merge, nor by a batch that brings nothing but what was
            alone, deferring = len(parts) == 1 and bool(parts[0].accepted), Deferred()
            for part in parts:
                _add(deferring, await self._effects(conn, account, part, rows if alone else []))
                if part.merge is not None:
                    await service.merge_accepted(conn, account_id, part.merge.source, part.merge.into, account.now())
            await db.execute(conn, _DONE, (account_id, db.array([row[0] for row in rows])))
            await inbox.defer(conn, account_id, deferring, _place(rows, parts))
        _events.inc(sum(len(part.accepted) for part in parts))
        return len(rows)

    async def _more(self, conn: db.Connection, account_id: int, rows: Rows) -> bool:
        """Whether much waits behind these rows: they fill a batch, or a good part of one arrived meanwhile, as when a
        flood begins. Not looked up after a small batch."""
        if len(rows) == self._rows or len(rows) < self._rows * _FEW:
            return len(rows) == self._rows
        least = ceil(self._rows * _MUCH)
        return await db.row(conn, _BEHIND, (account_id, rows[-1][0], least - 1)) is not None

    async def _effects(
        self, conn: db.Connection, account: Account, part: _Taken, rows: Rows
    ) -> Mapping[str, Sequence[bytes]]:
        """Record one part and run the reactions. Returns what they deferred, by reaction, if many rows wait."""
        if part.is_empty:
            return {}
        now = account.now()
        identified = await identify(conn, account.account_id, [accepted.person for accepted in part.accepted], now)
        known = [
            (accepted, profile) for accepted, profile in zip(part.accepted, identified.profiles, strict=True) if profile
        ]
        part.bad.extend(await _nobody(conn, account.account_id, part, identified.profiles))
        events = await record(conn, account, [accepted for accepted, _ in known], [profile for _, profile in known])
        part.changes = [*await follow_merges(conn, account.account_id, part.changes)]
        part.changes += identified.changes()
        more = await self._more(conn, account.account_id, rows)
        batch = Batch(conn, account, now, events, part.changes, more)
        for name, react in self._reactions.items():
            await react(batch.seen_by(name, part.deferred.get(name, ())))
        await refused.set_aside(conn, account.account_id, part.bad, now)
        return batch.deferring


async def _nobody(
    conn: db.Connection, account_id: int, part: _Taken, profiles: Sequence[int | None]
) -> list[tuple[int, str]]:
    """Rows whose profile id is unknown, with the reason. Those of deleted profiles are left out: nothing of them is
    kept."""
    numbered = zip(part.accepted_ids, part.accepted, profiles, strict=True)
    unknown = [(row, accepted.person) for row, accepted, profile in numbered if profile is None]
    if not unknown:
        return []
    deleted = await privacy.deleted_among(conn, account_id, [person for _, person in unknown])
    return [(row, "no profile has this id") for (row, _), gone in zip(unknown, deleted, strict=True) if not gone]


async def _now(conn: db.Connection, account_id: int) -> datetime:
    """The account's time; real time when the account does not exist."""
    try:
        return (await accounts.load(conn, account_id)).now()
    except LookupError:
        return clock.utcnow()


_accepted = msgspec.json.Decoder(Accepted)
_change = msgspec.json.Decoder(Change)
_merge = msgspec.json.Decoder(Merge)


def _add(deferred: Deferred, more: Mapping[str, Sequence[bytes]]) -> None:
    for name, data in more.items():
        deferred.setdefault(name, []).extend(data)


def _place(rows: Rows, parts: list[_Taken]) -> int:
    """The number of the last row that is done; rows that were set aside keep theirs."""
    bad = {number for part in parts for number, _ in part.bad}
    numbers = [int(row[0]) for row in reversed(rows)]
    return next((number for number in numbers if number not in bad), numbers[0])


def _decode(rows: Rows) -> list[_Taken]:
    """The rows in parts. Each part but the last ends with a merge, so that what follows is recorded after it."""
    parts = [part := _Taken()]
    for number, kind, body in rows:
        try:
            if kind == "event":
                part.accepted.append(_accepted.decode(body))
                part.accepted_ids.append(number)
            elif kind == "merge":
                part.merge = _merge.decode(body)
                parts.append(part := _Taken())
            elif kind in ("deferred", EARLIER_DEFERRED):
                _add(part.deferred, read_deferred(kind, body))
            else:
                part.changes.append(_change.decode(body))
        except msgspec.MsgspecError as error:
            part.bad.append((number, str(error)))
    return parts
