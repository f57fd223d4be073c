"""One import from beginning to end: read, check, send, wait until all is recorded, count."""

import asyncio
import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapport.imports.mapping import Mapped, given, guessed
from rapport.imports.orders import BadRow, Order, Row, Table, order
from rapport.imports.sending import Api, Progress, Unreachable
from rapport.kit import clock

_A_CALL = 1000
_CALLS = 4
_POLL_SECONDS = 0.25
_STALLED_SECONDS = 120


@dataclass(frozen=True)
class Job:
    """What to import and where to. `map` None = by the columns' names; `rejects` None = beside the file."""

    file: Path
    host: str
    key: str
    metric: str = "Placed Order"
    map: str | None = None
    rejects: Path | None = None

    @property
    def rejects_file(self) -> Path:
        return self.rejects or self.file.with_name(f"{self.file.stem}.rejects.csv")


@dataclass
class Counts:
    """Rows, and what became of them. rows = refused + recorded + known."""

    rows: int = 0
    refused: int = 0
    accepted: int = 0
    # refused by the pipeline after the call was accepted; among `refused` too, but in no file
    refused_later: int = 0
    recorded: int = 0
    seconds: float = 0.0
    position: int = 0
    size: int = 0
    mapping: str = ""
    waiting: int = 0

    @property
    def known(self) -> int:
        """Accepted and there already: the same order was recorded before."""
        return max(0, self.rows - self.refused - self.recorded)


Tell = Callable[[Counts], None]


@dataclass
class _Rejects:
    """The file of refused rows: their line and reason before what the row held. Made when there is a first one."""

    file: Path
    columns: list[str]
    counts: Counts
    _open: ExitStack = field(default_factory=ExitStack)
    _writer: Any = None

    def add(self, row: Row, reason: str) -> None:
        self.counts.refused += 1
        if self._writer is None:
            self._writer = csv.writer(self._open.enter_context(self.file.open("w", newline="", encoding="utf-8")))
            self._writer.writerow(["line", "reason", *self.columns])
        self._writer.writerow([row.line, reason, *(row.cells.get(name, "") for name in self.columns)])

    def close(self) -> None:
        self._open.close()


async def run(job: Job, tell: Tell) -> Counts:
    """Import the file; `tell` hears of progress.

    Raises BadMapping, Unreachable, and OSError or UnicodeDecodeError for a file that can't be read.
    """
    counts, started = Counts(), clock.monotonic()
    with Table(job.file) as table:
        mapped = given(job.map, table.columns) if job.map else guessed(table.columns)
        counts.mapping, counts.size = mapped.shown(), table.size
        rejects = _Rejects(job.rejects_file, list(table.columns), counts)
        try:
            async with Api(job.host, job.key) as api:
                before = await api.progress(job.metric)
                await _send_all(api, job, _chunks(table, mapped, rejects, counts, tell), rejects, counts)
                after = await _recorded(api, job.metric, counts, tell)
        finally:
            rejects.close()
    counts.refused_later = after.refused - before.refused
    counts.refused += counts.refused_later
    counts.recorded = after.recorded - before.recorded
    counts.seconds = clock.monotonic() - started
    return counts


def _chunks(table: Table, mapped: Mapped, rejects: _Rejects, counts: Counts, tell: Tell) -> Iterator[list[Order]]:
    chunk: list[Order] = []
    seen: dict[str, int] = {}
    for row in table.rows():
        counts.rows += 1
        try:
            one = order(row, mapped)
            _refuse_repeat(one, seen)
            chunk.append(one)
        except BadRow as problem:
            rejects.add(row, str(problem))
        if len(chunk) == _A_CALL:
            counts.position = table.position
            tell(counts)
            yield chunk
            chunk = []
    counts.position = table.size
    yield chunk


def _refuse_repeat(one: Order, seen: dict[str, int]) -> None:
    """The same number twice would make the whole call fail (behaviour-people 3.2), and one of the rows is wrong."""
    first = seen.setdefault(one.unique_id, one.row.line)
    if first != one.row.line:
        raise BadRow(f"the order number {one.unique_id} is on line {first} already")


async def _send_all(api: Api, job: Job, chunks: Iterator[list[Order]], rejects: _Rejects, counts: Counts) -> None:
    free = asyncio.Semaphore(_CALLS)

    async def send(chunk: list[Order]) -> None:
        try:
            counts.accepted += await api.send(chunk, job.metric, lambda one, reason: rejects.add(one.row, reason))
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as group:
            for chunk in chunks:
                await free.acquire()
                group.create_task(send(chunk))
    except* Unreachable as problems:
        raise problems.exceptions[0] from None


async def _recorded(api: Api, metric: str, counts: Counts, tell: Tell) -> Progress:
    """Wait until the pipeline is past everything that waits now. Raises Unreachable when it does not move."""
    progress = await api.progress(metric)
    last, moved = progress.newest, clock.monotonic()
    while last is not None and progress.oldest is not None and progress.oldest <= last:
        counts.waiting = progress.waiting
        tell(counts)
        await asyncio.sleep(_POLL_SECONDS)
        before, progress = progress, await api.progress(metric)
        moved = clock.monotonic() if progress.oldest != before.oldest else moved
        if clock.monotonic() - moved > _STALLED_SECONDS:
            raise Unreachable("Everything was accepted, but nothing is being recorded. Is a worker running?")
    counts.waiting = 0
    return progress
