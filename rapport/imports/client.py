"""What `rapport import` does: hands a file to the import that the server does, follows it to its end, and fetches what
was refused. A file that is larger than the server takes is handed over in parts, one after the other."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import msgspec

from rapport.imports.mapping import BadMapping, Mapped, mixed, read_pairs
from rapport.imports.parts import Part, parts
from rapport.imports.rows import KINDS, MOST_BYTES
from rapport.imports.table import Table
from rapport.imports.types import Counts, ImportKind, Options
from rapport.kit import clock

REVISION = "2026-07-15"
_TRIES = 8
_FIRST_WAIT_SECONDS = 0.5
_FIRST_POLL_SECONDS, _SLOWEST_POLL_SECONDS = 0.05, 0.5
_STALLED_SECONDS = 120
_TYPE, _PATH = "file-import", "/api/imports"
_FOLLOWED = "status,rows,refused,position,counts,recorded,set_aside,problem"
_OVER = ("complete", "checked", "cancelled", "failed")
Json = dict[str, Any]


class ImportFailed(Exception):
    """The server does not answer, or won't have the import; the message says what to do."""


@dataclass(frozen=True)
class Job:
    """What to import and where to. `map` None = by the columns' names; `rejects` None = beside the file.

    dry: the file is read and checked, and nothing is brought in. part_bytes: a larger file is handed over in parts.
    """

    file: Path
    host: str
    key: str
    kind: ImportKind
    map: str | None = None
    options: Options = field(default_factory=Options)
    rejects: Path | None = None
    dry: bool = False
    part_bytes: int = MOST_BYTES

    @property
    def rejects_file(self) -> Path:
        """`orders.rejects.csv` of `orders.csv`, `orders.jsonl.rejects.csv` of `orders.jsonl`."""
        name = self.file.stem if self.file.suffix == ".csv" else self.file.name
        return self.rejects or self.file.with_name(f"{name}.rejects.csv")

    def mapped(self, table: Table) -> Mapped:
        """Raises BadMapping."""
        kind = KINDS[self.kind]
        if self.kind == "orders" and self.map:
            # a mapping of orders is whole: what it does not name is left out
            mapped = read_pairs(kind, self.map, table.columns)
        else:
            mapped = mixed(kind, self.map, table.columns, table.nameless)
        if self.kind != "profiles" and not self.options.metric and mapped.column("metric") is None:
            raise BadMapping(
                "No column says what happened: name one with --map COLUMN=metric, or the event with --metric."
            )
        return mapped


@dataclass
class Outcome:
    """Rows, and what became of them, so far. Of events: rows = refused + recorded + known, once it is over."""

    rows: int = 0
    # by the server's checks, with reasons in the file of refused rows
    refused: int = 0
    # by the pipeline after they were taken
    set_aside: int = 0
    recorded: int = 0
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0
    # bytes
    position: int = 0
    size: int = 0
    mapping: str = ""
    # events that the pipeline has yet to record
    waiting: int = 0
    # refused rows in their file
    kept: int = 0

    @property
    def imported(self) -> int:
        return self.rows - self.refused

    @property
    def known(self) -> int:
        """Events that were there already, or stand in the file twice."""
        return max(0, self.counts.events - self.recorded - self.set_aside)


Report = Callable[[Outcome], None]


async def run(job: Job, report: Report) -> Outcome:
    """Import the file; `report` gets what became of it so far.

    Raises BadFile, BadMapping, ImportFailed, and OSError for a file that can't be opened or written.
    """
    outcome, begun = Outcome(), clock.monotonic()
    with Table(job.file) as table:
        mapped, columns = job.mapped(table), list(table.columns)
        outcome.mapping, outcome.size = mapped.shown(), table.size
    async with _api(job) as api:
        with _Rejects(job.rejects_file, columns) as rejects:
            work = _Import(job, api, mapped.pairs(), rejects, outcome, report)
            for part in parts(job.file, job.part_bytes):
                await work.bring_in(part)
        if not job.dry and job.kind != "profiles":
            await work.wait_until_recorded()
    outcome.seconds, outcome.kept = clock.monotonic() - begun, rejects.count
    return outcome


@dataclass
class _Import:
    job: Job
    api: "Api"
    pairs: Mapping[str, str]
    rejects: "_Rejects"
    outcome: Outcome
    report: Report
    # of the parts that were brought in
    ids: list[str] = field(default_factory=list)

    async def bring_in(self, part: Part) -> None:
        draft = await self.api.upload(self.job, part.content)
        id, over = draft["id"], False
        try:
            await self._say(draft)
            await self.api.call("POST", f"{_PATH}/{id}/{'check' if self.job.dry else 'start'}")
            done = await self._follow(id, part)
            over = not self.job.dry
            if done["refused"]:
                async with self.api.refused(id) as rows:
                    self.rejects.add(rows, part.shift)
        finally:
            if not over:
                # a draft that nobody needs, or one that is under way and was interrupted
                with suppress(ImportFailed):
                    await self.api.call("POST", f"{_PATH}/{id}/cancel", tries=1)
        self.ids.append(id)

    async def _say(self, draft: Json) -> None:
        """What the columns of this part are; one of JSON lines may lack some."""
        columns = draft["attributes"]["columns"]
        attributes = {
            "mapping": {column: target for column, target in self.pairs.items() if column in columns},
            "options": msgspec.to_builtins(self.job.options),
        }
        data = {"type": _TYPE, "id": draft["id"], "attributes": attributes}
        await self.api.call("PATCH", f"{_PATH}/{draft['id']}", json={"data": data})

    async def _follow(self, id: str, part: Part) -> Json:
        """Until it is over; its attributes then."""
        before, pause, moved = msgspec.structs.replace(self.outcome.counts), _FIRST_POLL_SECONDS, clock.monotonic()
        rows, refused, position = self.outcome.rows, self.outcome.refused, self.outcome.position
        seen = -1
        while True:
            done = await self.api.shown(id)
            self.outcome.rows, self.outcome.refused = rows + done["rows"], refused + done["refused"]
            self.outcome.position = min(part.end, position + done["position"])
            self.report(self.outcome)
            if done["status"] in _OVER:
                break
            moved, seen = (clock.monotonic() if done["rows"] != seen else moved), done["rows"]
            if clock.monotonic() - moved > _STALLED_SECONDS:
                raise ImportFailed("The file was taken, but nothing is being brought in. Is a worker running?")
            await asyncio.sleep(pause)
            pause = min(_SLOWEST_POLL_SECONDS, pause * 1.5)
        if done["status"] in ("failed", "cancelled"):
            raise ImportFailed(done["problem"] or "The import was cancelled. What was brought in until then stays.")
        self.outcome.position = part.end
        self.outcome.counts = before.plus(msgspec.convert(done["counts"], Counts))
        return done

    async def wait_until_recorded(self) -> None:
        """Until the pipeline is past everything that waits now. Raises ImportFailed when it does not move."""
        progress = await self.api.pipeline()
        last, moved = progress["newest"], clock.monotonic()
        while last is not None and progress["oldest"] is not None and progress["oldest"] <= last:
            self.outcome.waiting = progress["waiting"]
            self.report(self.outcome)
            await asyncio.sleep(_FIRST_POLL_SECONDS if progress["waiting"] < 1000 else _SLOWEST_POLL_SECONDS)
            before, progress = progress, await self.api.pipeline()
            moved = clock.monotonic() if progress["oldest"] != before["oldest"] else moved
            if clock.monotonic() - moved > _STALLED_SECONDS:
                raise ImportFailed("Everything was taken, but nothing is being recorded. Is a worker running?")
        self.outcome.waiting = 0
        for id in self.ids:
            done = await self.api.shown(id)
            self.outcome.recorded += done["recorded"]
            self.outcome.set_aside += done["set_aside"]


class _Rejects:
    """The file of refused rows: their line and reason before what the row held. Made when there is a first one."""

    def __init__(self, file: Path, columns: Sequence[str]) -> None:
        self.count = 0
        self._file, self._columns = file, columns
        self._open: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> "_Rejects":
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

    def add(self, refused: IO[str], shift: int) -> None:
        """The server's file of a part: its lines by the numbers that they have in the whole file."""
        rows = csv.reader(refused)
        columns = next(rows)[2:]
        for line, reason, *cells in rows:
            if self._open is None:
                self._open = self._file.open("w", newline="", encoding="utf-8")
                self._writer = csv.writer(self._open)
                self._writer.writerow(["line", "reason", *self._columns])
            by_name = dict(zip(columns, cells, strict=False))
            surplus = cells[len(columns) :]
            held = [by_name.get(name, "") for name in self._columns]
            self._writer.writerow([int(line) + shift, reason, *held, *surplus])
            self.count += 1


@asynccontextmanager
async def _api(job: Job) -> AsyncIterator["Api"]:
    headers = {"authorization": f"Klaviyo-API-Key {job.key}", "revision": REVISION}
    async with httpx.AsyncClient(base_url=job.host, headers=headers, timeout=60) as client:
        yield Api(job.host, client)


@dataclass(frozen=True)
class Api:
    """The calls an import makes: patient with limits and restarts. All raise ImportFailed."""

    host: str
    client: httpx.AsyncClient

    async def upload(self, job: Job, content: bytes) -> Json:
        """The draft. Where the answer is lost and it is taken twice, the first is forgotten in a week."""
        answer = await self.call("POST", _PATH, data={"kind": job.kind}, files={"file": (job.file.name, content)})
        return dict(answer.json()["data"])

    async def shown(self, id: str) -> Json:
        answer = await self.call("GET", f"{_PATH}/{id}", params={f"fields[{_TYPE}]": _FOLLOWED})
        return dict(answer.json()["data"]["attributes"])

    async def pipeline(self) -> Json:
        """`oldest` and `newest`: numbers of waiting rows, null when none waits."""
        return dict((await self.call("GET", "/api/pipeline")).json()["data"]["attributes"])

    @asynccontextmanager
    async def refused(self, id: str) -> AsyncIterator[IO[str]]:
        with tempfile.TemporaryFile() as kept:
            try:
                async with self.client.stream("GET", f"{_PATH}/{id}/refused-rows") as answer:
                    if answer.status_code != httpx.codes.OK:
                        await answer.aread()
                        raise ImportFailed(_problem(answer))
                    async for piece in answer.aiter_bytes():
                        kept.write(piece)
            except httpx.TransportError as error:
                raise ImportFailed(f"The refused rows could not be fetched: {self._away(error)}") from None
            kept.seek(0)
            with io.TextIOWrapper(kept, "utf-8", newline="") as text:
                yield text

    async def call(self, method: str, path: str, tries: int = _TRIES, **how: Any) -> httpx.Response:
        """An answer, once there is one that is no rate limit and no failure of the server."""
        for tried in range(tries):
            try:
                answer = await self.client.request(method, path, **how)
            except httpx.TransportError as error:
                problem, wait = self._away(error), _FIRST_WAIT_SECONDS * 2**tried
            else:
                if answer.status_code < 400 or (tried and _is_begun(answer, path)):
                    return answer
                problem = _problem(answer)
                if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    break
                wait = float(answer.headers.get("retry-after", _FIRST_WAIT_SECONDS * 2**tried))
            if tried + 1 < tries:
                await asyncio.sleep(wait)
        raise ImportFailed(problem)

    def _away(self, error: Exception) -> str:
        return f"{self.host} does not answer ({error or type(error).__name__}). Is `rapport serve` running?"


def _is_begun(answer: httpx.Response, path: str) -> bool:
    """It was begun by a call before, whose answer was lost."""
    return answer.status_code == httpx.codes.CONFLICT and path.endswith(("/start", "/check"))


def _problem(answer: httpx.Response) -> str:
    """The server's own sentence; what is about the call and not the file with its status."""
    try:
        detail = str(answer.json()["errors"][0]["detail"])
    except (ValueError, LookupError, TypeError):
        detail = answer.text[:200]
    is_about_file = answer.status_code == httpx.codes.BAD_REQUEST
    return detail if is_about_file else f"The server answered {answer.status_code}: {detail}"
