"""The loop that reads files: a chunk a transaction.

What a chunk brings in, its refused rows and how far the file was read are one commit, so a crash repeats nothing and
loses nothing. One worker at a time reads a file: it keeps its place in it, and another goes on from the row that the
import says, once the first has not been heard of for a while.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.bulk.importer import RACES
from rapport.imports import events, happenings, mapping, people, profiles
from rapport.imports.repeats import OrderNumbers
from rapport.imports.rows import KINDS, OpenFile, storable
from rapport.imports.service import KEPT_REFUSALS
from rapport.imports.table import BadFile, Row
from rapport.imports.types import Counts, counts_of, options_of
from rapport.kit import clock, db
from rapport.kit.files import Files
from rapport.kit.loops import Apart
from rapport.kit.rooms import Process
from rapport.kit.settings import Settings
from rapport.kit.storage import Storage, open_storage

CHUNK = 1000
_RETRIES = 5
# How long a worker that reads a file may be silent.
_HEARD = timedelta(seconds=2)
_SWEEP = timedelta(seconds=2)
# tenant-scope: a worker looks for work of every account
_OPEN = """
    SELECT account_id, id FROM file_imports WHERE status IN ('checking', 'running') AND id <> ALL (%s::bigint[])
        AND (reader IS NOT DISTINCT FROM %s OR reader_until IS NULL OR reader_until < %s)
    ORDER BY account_id, id LIMIT 20"""
_CLAIM = """
    SELECT * FROM file_imports WHERE account_id = %s AND id = %s AND status IN ('checking', 'running')
    FOR UPDATE SKIP LOCKED"""
_PROGRESS = """
    UPDATE file_imports SET status = %(status)s, rows = %(rows)s, refused = %(refused)s, position = %(position)s,
        counts = %(counts)s::jsonb, reader = %(reader)s, reader_until = %(heard)s,
        finished = CASE WHEN %(status)s = 'complete' THEN %(now)s::timestamptz END,
        samples = CASE WHEN %(status)s = 'complete' THEN '[]' ELSE samples END
    WHERE account_id = %(account)s AND id = %(id)s"""
_FAIL = """
    UPDATE file_imports SET status = 'failed', problem = %(problem)s, finished = %(now)s, samples = '[]'
    WHERE account_id = %(account)s AND id = %(id)s"""
_REFUSE = """
    INSERT INTO file_import_refusals (account_id, import_id, line, reason, cells)
    SELECT %s, %s, r.line, r.reason, r.cells
    FROM unnest(%s::int[], %s::text[], %s::text[]::jsonb[]) AS r (line, reason, cells)
    ON CONFLICT DO NOTHING"""
# Each account forgets by its own clock: files of imports that are over at once, drafts after a week.
# tenant-scope: a worker tidies up for every account
_FORGOTTEN = """
    SELECT i.account_id, i.id, i.stored_as FROM file_imports i JOIN accounts a ON a.account_id = i.account_id
    WHERE i.stored_as IS NOT NULL AND (i.status IN ('complete', 'cancelled', 'failed')
        OR i.status IN ('draft', 'checked') AND i.created < %(now)s + a.clock_offset - interval '7 days')
    LIMIT 100"""
_FORGET = """
    UPDATE file_imports SET stored_as = NULL, samples = '[]',
        status = CASE WHEN status IN ('draft', 'checked') THEN 'cancelled' ELSE status END
    WHERE account_id = %s AND id = %s"""


def storage_of(settings: Settings) -> Storage:
    return open_storage(Files(settings.data), settings.files_url)


def stored_name(public_id: str, ulid: str) -> str:
    """An import's file among the files of the installation."""
    return f"imports/{public_id}/{ulid}"


@dataclass
class _Reading:
    """A file under way in this process. `seen`: identifiers of people that a dry run has met; `numbers`: the orders."""

    file: OpenFile
    reader: profiles.Reader | events.Reader
    started: datetime | None
    seen: set[people.Key] = field(default_factory=set)
    numbers: OrderNumbers = field(default_factory=OrderNumbers)

    def skip_to(self, rows: int) -> None:
        """Past what was worked off before; of a file of orders the numbers are noted."""
        if not isinstance(self.reader, events.Reader) or self.reader.kind is not mapping.ORDERS:
            self.file.skip_to(rows)
            return
        while skipped := self.file.take(min(CHUNK, rows - self.file.rows)):
            happenings.note(self.reader, skipped, self.numbers)

    def close(self) -> None:
        self.numbers.close()
        self.file.close()


@dataclass
class _Step:
    """What a chunk came to."""

    counts: Counts
    refused: list[tuple[Row, str]] = field(default_factory=list)


class Runner:
    """Worker loop: the next chunk of each import that is under way."""

    # told of each new job; to look by itself is for those of a worker that died
    idle_seconds = 5.0

    @classmethod
    def of(cls, process: Process) -> "Runner":
        return cls(process.pool, storage_of(process.settings))

    def __init__(self, pool: db.Pool, storage: Storage) -> None:
        self._pool, self._storage = pool, storage
        self._apart = Apart("file-imports")
        self._name = secrets.token_hex(8)
        self._readings: dict[int, _Reading] = {}
        self._sweep_at: datetime | None = None

    async def run_once(self) -> int:
        """Returns the rows worked off; 0 = nothing to do."""
        await self._sweep()
        async with self._pool.connection() as conn:
            due = await db.rows(conn, _OPEN, (self._apart.resting, self._name, clock.utcnow()))
        for gone in self._readings.keys() - {id for _, id in due}:
            self._readings.pop(gone).close()
        return await self._apart.each(due, self._run)

    async def close(self) -> None:
        for reading in self._readings.values():
            reading.close()
        self._readings.clear()

    async def _run(self, account_id: int, id: int) -> int:
        for attempt in range(_RETRIES):
            try:
                async with self._pool.connection() as conn:
                    done = await self._chunk(conn, account_id, id)
            except RACES:
                # another writer made, folded or deleted one of these people: now it can be seen
                self._drop(id)
                if attempt == _RETRIES - 1:
                    raise
            except BaseException:
                # the place in the file is behind the one that was committed
                self._drop(id)
                raise
            else:
                return done
        raise AssertionError("unreachable")

    def _drop(self, id: int) -> None:
        if reading := self._readings.pop(id, None):
            reading.close()

    async def _chunk(self, conn: db.Connection, account_id: int, id: int) -> int:
        row = await db.one(conn, _CLAIM, (account_id, id))
        if row is None:
            return 0
        account = await accounts.load(conn, account_id)
        is_dry = row["status"] == "checking"
        if row["kind"] != "profiles" and not is_dry and await happenings.is_flooded(conn, account_id):
            return 0
        try:
            reading = await self._reading(row)
        except BadFile as problem:
            parameters = {"account": account_id, "id": id, "problem": str(problem), "now": account.now()}
            await db.execute(conn, _FAIL, parameters)
            reason: dict[str, str | int] = {"file": row["file_name"], "reason": str(problem)}
            await tell(conn, account_id, Notice("import-failed", account.now(), row["ulid"], reason))
            return 1
        taken = await asyncio.to_thread(reading.file.take, CHUNK)
        step = await self._worked_off(conn, account, row, reading, taken)
        await _refuse(conn, row, step.refused)
        is_over = len(taken) < CHUNK
        status = ("checked" if is_dry else "complete") if is_over else row["status"]
        progress = {
            "account": account_id,
            "id": id,
            "status": status,
            "rows": row["rows"] + len(taken),
            "refused": row["refused"] + len(step.refused),
            "position": row["size"] if is_over else reading.file.position,
            "counts": msgspec.json.encode(step.counts).decode(),
            "reader": self._name,
            "heard": clock.utcnow() + _HEARD,
            "now": account.now(),
        }
        await db.execute(conn, _PROGRESS, progress)
        if status == "complete":
            facts = {"file": row["file_name"], "rows": progress["rows"], "refused": progress["refused"]}
            await tell(conn, account_id, Notice("import-finished", account.now(), row["ulid"], facts))
        return max(1, len(taken))

    async def _reading(self, row: dict[str, Any]) -> _Reading:
        """The file at the row that comes next. Raises BadFile."""
        reading = self._readings.get(row["id"])
        if reading is not None and (reading.file.rows, reading.started) == (row["rows"], row["started"]):
            return reading
        self._drop(row["id"])
        if row["status"] == "checking":
            # what a dry run has met is known to its own worker alone
            row |= {"rows": 0, "refused": 0, "counts": {}}
        content = await self._storage.read(row["stored_as"] or "")
        if content is None:
            raise BadFile("The file is no longer there. Upload it again.")
        file = await asyncio.to_thread(OpenFile, content, row["file_name"])
        self._readings[row["id"]] = reading = _Reading(file, _reader(row), row["started"])
        await asyncio.to_thread(reading.skip_to, row["rows"])
        return reading

    async def _worked_off(
        self, conn: db.Connection, account: Account, row: dict[str, Any], reading: _Reading, taken: Sequence[Row]
    ) -> _Step:
        counts, options = counts_of(row["counts"]), options_of(row["options"])
        is_dry = row["status"] == "checking"
        if isinstance(reading.reader, events.Reader):
            accepted, refused = await asyncio.to_thread(
                happenings.read, reading.reader, taken, account.now(), reading.numbers
            )
            counts.add_events(storable(event.metric) for event in accepted)
            if not is_dry:
                await happenings.record(conn, account, row["id"], accepted)
            return _Step(counts, refused)
        chunk = await asyncio.to_thread(people.read, reading.reader, taken)
        if is_dry:
            await people.rehearse(conn, account, chunk, options, counts, reading.seen)
        else:
            await people.bring_in(conn, account, chunk, options, counts, f"Import of {row['file_name']}")
        return _Step(counts, chunk.refused)

    async def _sweep(self) -> None:
        """Files that nobody needs any more go."""
        now = clock.utcnow()
        if self._sweep_at is not None and self._sweep_at > now:
            return
        self._sweep_at = now + _SWEEP
        async with self._pool.connection() as conn:
            forgotten = await db.rows(conn, _FORGOTTEN, {"now": now})
        for account_id, id, stored_as in forgotten:
            await self._storage.delete(stored_as)
            async with self._pool.connection() as conn:
                await db.execute(conn, _FORGET, (account_id, id))


def _reader(row: dict[str, Any]) -> profiles.Reader | events.Reader:
    kind, options = KINDS[row["kind"]], options_of(row["options"])
    mapped = mapping.checked(kind, row["mapping"], row["columns"])
    country = (options.country or "").strip() or None
    if row["kind"] == "profiles":
        return profiles.Reader(mapped, country)
    return events.Reader(kind, mapped, (options.metric or "").strip(), country)


async def _refuse(conn: db.Connection, row: dict[str, Any], refused: Sequence[tuple[Row, str]]) -> None:
    kept = sorted(refused, key=lambda pair: pair[0].line)[: max(0, KEPT_REFUSALS - row["refused"])]
    if not kept:
        return
    lines = [file_row.line for file_row, _ in kept]
    reasons = [storable(reason) for _, reason in kept]
    cells = [_cells(file_row, row["columns"]) for file_row, _ in kept]
    await db.execute(conn, _REFUSE, (row["account_id"], row["id"], lines, reasons, cells))


def _cells(row: Row, columns: Sequence[str]) -> str:
    texts = [*(row.cells.get(name, "") for name in columns), *row.surplus]
    return msgspec.json.encode([storable(text) for text in texts]).decode()
