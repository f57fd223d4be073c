"""One import of events from beginning to end: read, check, send, wait until all is recorded, count."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rapport.imports.events import Event, Reader
from rapport.imports.mapping import EVENTS, ORDERS, Mapped, guessed, mixed, read_pairs
from rapport.imports.rejects import Rejects, rejects_of
from rapport.imports.sending import Api, Progress, Unreachable
from rapport.imports.table import BadRow, Table
from rapport.kit import clock

_A_CALL = 1000
_CALLS = 4
_POLL_SECONDS = 0.25
STALLED_SECONDS = 120
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """What to import and where to. `map` None = by the columns' names; `rejects` None = beside the file.

    metric: the event that a row becomes; None = a column says. orders: each is known by its own number.
    """

    file: Path
    host: str
    key: str
    metric: str | None = "Placed Order"
    map: str | None = None
    rejects: Path | None = None
    orders: bool = True
    country: str | None = None
    dry: bool = False

    @property
    def rejects_file(self) -> Path:
        return self.rejects or rejects_of(self.file)

    def mapped(self, table: Table) -> Mapped:
        """Raises BadMapping."""
        if not self.orders:
            return mixed(EVENTS, self.map, table.columns, table.nameless)
        if self.map:
            return read_pairs(ORDERS, self.map, table.columns)
        return guessed(ORDERS, table.columns, table.nameless)


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
    # rows of each kind of event
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """Accepted and there already: the same event was recorded before."""
        return max(0, self.rows - self.refused - self.recorded)


Report = Callable[[Counts], None]


class NoEvent(ValueError):
    """No column says what happened, and the user does not either."""


async def run(job: Job, report: Report) -> Counts:
    """Import the file; `report` gets the counts so far. A dry run reads and checks the file and sends nothing.

    Raises BadFile, BadMapping, NoEvent, Unreachable, and OSError for a file that can't be opened.
    """
    counts, started = Counts(), clock.monotonic()
    with Table(job.file) as table:
        reader = _reader(job, table)
        counts.mapping, counts.size = reader.mapped.shown(), table.size
        rejects = Rejects(job.rejects_file, list(table.columns))
        try:
            chunks = _chunks(table, reader, rejects, counts, report)
            if job.dry:
                counts.recorded = sum(len(chunk) for chunk in chunks)
            else:
                async with Api(job.host, job.key) as api:
                    await _bring_in(api, chunks, rejects, counts, report)
        finally:
            rejects.close()
            counts.refused += rejects.count
    counts.seconds = clock.monotonic() - started
    return counts


def _reader(job: Job, table: Table) -> Reader:
    mapped = job.mapped(table)
    if job.metric is None and mapped.column("metric") is None:
        raise NoEvent("No column says what happened: name one with --map COLUMN=metric, or the event with --metric.")
    return Reader(ORDERS if job.orders else EVENTS, mapped, job.metric or "", job.country)


async def _bring_in(api: Api, chunks: Iterator[list[Event]], rejects: Rejects, counts: Counts, report: Report) -> None:
    before = await api.progress()
    recorded = _Recorded(api)

    async def send(chunk: list[Event]) -> None:
        counts.accepted += await api.send(chunk, lambda event, reason: rejects.add(event.row, reason))

    await in_parallel(recorded.watched(chunks), send, _CALLS)
    after = await _recorded(api, counts, report)
    counts.refused_later = after.refused - before.refused
    counts.refused += counts.refused_later
    counts.recorded = await recorded.new()


class _Recorded:
    """How many events of each metric there were before, and are after."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._before: dict[str, int] = {}

    async def watched(self, chunks: Iterator[list[Event]]) -> AsyncIterator[list[Event]]:
        """The chunks, each after its metrics were counted."""
        for chunk in chunks:
            for metric in {event.metric for event in chunk} - self._before.keys():
                self._before[metric] = (await self._api.progress(metric)).recorded
            yield chunk

    async def new(self) -> int:
        after = [(await self._api.progress(metric)).recorded for metric in self._before]
        return sum(after) - sum(self._before.values())


class _Seen:
    """The numbers of the latest orders, with their lines: so many that a file of any length fits into memory."""

    _MOST = 100_000

    def __init__(self) -> None:
        self._lines: OrderedDict[str, int] = OrderedDict()

    def refuse_repeat(self, event: Event) -> None:
        """Raises BadRow: an order's number twice in a file means that one of the rows is wrong."""
        first = self._lines.setdefault(event.unique_id, event.row.line)
        if first != event.row.line:
            raise BadRow(f"the order number {event.unique_id} is on line {first} already")
        if len(self._lines) > self._MOST:
            self._lines.popitem(last=False)


def _events(table: Table, reader: Reader, rejects: Rejects, counts: Counts) -> Iterator[Event]:
    seen = _Seen()
    for row in table.rows():
        counts.rows += 1
        try:
            event = reader.read(row)
            if reader.kind is ORDERS:
                seen.refuse_repeat(event)
        except BadRow as problem:
            rejects.add(row, str(problem))
            continue
        counts.metrics[event.metric] = counts.metrics.get(event.metric, 0) + 1
        yield event


def _chunks(table: Table, reader: Reader, rejects: Rejects, counts: Counts, report: Report) -> Iterator[list[Event]]:
    """Calls of at most a thousand events. An id twice in one call would make the whole call fail (behaviour-people
    3.2): of one person it is the same event, which stays out; of another it goes into the next call."""
    chunk: dict[tuple[str, str], Event] = {}
    for event in _events(table, reader, rejects, counts):
        first = chunk.setdefault((event.metric, event.unique_id), event)
        full = first.person != event.person or len(chunk) == _A_CALL
        if full:
            counts.position, counts.refused = table.position, rejects.count
            report(counts)
            yield [*chunk.values()]
            chunk = {} if first is event else {(event.metric, event.unique_id): event}
    counts.position, counts.refused = table.size, 0
    yield [*chunk.values()]


async def in_parallel(chunks: AsyncIterator[T], work: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """Begin the work on each chunk in order, so many at a time. Raises the first Unreachable."""
    free = asyncio.Semaphore(at_once)

    async def work_on(chunk: T) -> None:
        try:
            await work(chunk)
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as group:
            async for chunk in chunks:
                await free.acquire()
                group.create_task(work_on(chunk))
    except* Unreachable as problems:
        raise problems.exceptions[0] from None


async def _recorded(api: Api, counts: Counts, report: Report) -> Progress:
    """Wait until the pipeline is past everything that waits now. Raises Unreachable when it does not move."""
    progress = await api.progress()
    last, moved = progress.newest, clock.monotonic()
    while last is not None and progress.oldest is not None and progress.oldest <= last:
        counts.waiting = progress.waiting
        report(counts)
        await asyncio.sleep(_POLL_SECONDS)
        before, progress = progress, await api.progress()
        moved = clock.monotonic() if progress.oldest != before.oldest else moved
        if clock.monotonic() - moved > STALLED_SECONDS:
            raise Unreachable("Everything was accepted, but nothing is being recorded. Is a worker running?")
    counts.waiting = 0
    return progress
