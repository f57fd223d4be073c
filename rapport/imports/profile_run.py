"""One import of people from beginning to end: read, check, hand over in jobs, wait for each, then consent; count."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from rapport.imports import consent
from rapport.imports.consent import Granted
from rapport.imports.deciding import SUBSCRIBED, UNSUBSCRIBED
from rapport.imports.mapping import PROFILES, mixed
from rapport.imports.profiles import Person, Reader
from rapport.imports.rejects import Rejects, rejects_of
from rapport.imports.run import STALLED_SECONDS, in_parallel
from rapport.imports.sending import MAX_BYTES, Api, Unreachable, first_error, problem_of
from rapport.imports.table import BadRow, Table
from rapport.kit import clock

# Half of what a job takes: two smaller ones are on their way while the first is worked off.
_A_JOB = 5000
_JOBS = 3
_FIRST_POLL_SECONDS, _SLOWEST_POLL_SECONDS = 0.1, 1.0
_PATH = "/api/profile-bulk-import-jobs"
_POINTER = re.compile(r"/data/attributes/profiles/data/(\d+)")


@dataclass(frozen=True)
class ProfileJob:
    """What to import and where to. `lists`: public ids of the lists that everybody joins."""

    file: Path
    host: str
    key: str
    map: str | None = None
    lists: Sequence[str] = ()
    country: str | None = None
    rejects: Path | None = None
    dry: bool = False
    # unsubscribe or suppress everybody in the file
    unsubscribe: bool = False
    suppress: bool = False

    @property
    def rejects_file(self) -> Path:
        return self.rejects or rejects_of(self.file)


@dataclass
class ProfileCounts:
    """Rows, and what became of them. rows = imported + refused, once it is over."""

    rows: int = 0
    refused: int = 0
    imported: int = 0
    granted: Granted = field(default_factory=Granted)
    seconds: float = 0.0
    position: int = 0
    size: int = 0
    mapping: str = ""
    # sent and not imported yet
    waiting: int = 0


Report = Callable[[ProfileCounts], None]


@dataclass
class _Chunk:
    """The people of one job, in order, and their JSON."""

    people: list[Person] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, person: Person, body: bytes) -> None:
        self.people.append(person)
        self.bodies.append(body)
        self.size += len(body) + 1

    def halves(self) -> "tuple[_Chunk, _Chunk]":
        middle = len(self.people) // 2
        return _Chunk(self.people[:middle], self.bodies[:middle]), _Chunk(self.people[middle:], self.bodies[middle:])

    def is_full_with(self, body: bytes) -> bool:
        return len(self.people) == _A_JOB or (bool(self.people) and self.size + len(body) > MAX_BYTES - 1000)


async def run(job: ProfileJob, report: Report) -> ProfileCounts:
    """Import the file; `report` gets the counts so far. A dry run reads and checks the file and sends nothing.

    Raises BadFile, BadMapping, Unreachable, and OSError for a file that can't be opened.
    """
    counts, started = ProfileCounts(), clock.monotonic()
    with Table(job.file) as table:
        mapped = mixed(PROFILES, job.map, table.columns, table.nameless)
        counts.mapping, counts.size = mapped.shown(), table.size
        rejects = Rejects(job.rejects_file, list(table.columns))
        work = _Import(
            job, Reader(mapped, job.country, UNSUBSCRIBED if job.unsubscribe else None), rejects, counts, report
        )
        try:
            await (work.rehearse(table) if job.dry else work.run(table))
        finally:
            rejects.close()
            counts.refused = rejects.count
    counts.seconds = clock.monotonic() - started
    return counts


@dataclass
class _Import:
    job: ProfileJob
    reader: Reader
    rejects: Rejects
    counts: ProfileCounts
    report: Report
    # Consent without a date is dated now, and now has to lie in the past when it arrives.
    started: datetime = field(default_factory=lambda: clock.utcnow() - timedelta(seconds=5))

    async def rehearse(self, table: Table) -> None:
        for chunk in self._chunks(table):
            self.counts.imported += len(chunk.people)
            for person in chunk.people:
                consents = {stated.consent for stated in person.consents.values()}
                self.counts.granted.subscribed += SUBSCRIBED in consents
                self.counts.granted.unsubscribed += UNSUBSCRIBED in consents
                self.counts.granted.suppressed += self.job.suppress and "email" in person.attributes

    async def run(self, table: Table) -> None:
        async with Api(self.job.host, self.job.key) as api:
            await in_parallel(
                self._handed_over(api, table), lambda job_and_chunk: self._finish(api, *job_and_chunk), _JOBS
            )

    async def _handed_over(self, api: Api, table: Table) -> AsyncIterator[tuple[str, _Chunk]]:
        """Jobs in the order of the file, so that of two rows about one person the later one stands."""
        for chunk in self._chunks(table):
            if chunk.people:
                self.counts.waiting += len(chunk.people)
                for job in await self._hand_over(api, chunk):
                    yield job

    async def _hand_over(self, api: Api, chunk: _Chunk) -> list[tuple[str, _Chunk]]:
        """The jobs it became. Where the server won't have the whole because of some row, it is divided until that row
        stands alone and is put aside. Raises Unreachable."""
        answer = await api.request(
            "POST", _PATH, content=_job_body(chunk.bodies, self.job.lists), headers={"content-type": "application/json"}
        )
        if answer.status_code == httpx.codes.ACCEPTED:
            return [(str(answer.json()["data"]["id"]), chunk)]
        if not _is_about_rows(answer):
            raise Unreachable(problem_of(answer))
        if len(chunk.people) > 1:
            return [job for half in chunk.halves() for job in await self._hand_over(api, half)]
        self.counts.waiting -= 1
        self.rejects.add(chunk.people[0].row, str(first_error(answer).get("detail")))
        return []

    async def _finish(self, api: Api, id: str, chunk: _Chunk) -> None:
        await self._worked_off(api, id)
        refused = {place: reason async for place, reason in _errors(api, id)}
        for place, reason in sorted(refused.items()):
            self.rejects.add(chunk.people[place].row, reason)
        people = [person for place, person in enumerate(chunk.people) if place not in refused]
        self.counts.imported += len(people)
        self.counts.waiting -= len(chunk.people)
        await consent.apply(
            api,
            id,
            people,
            self.started,
            f"Import of {self.job.file.name}",
            self.counts.granted,
            lambda person, reason: self.rejects.note(person.row, reason),
        )
        if self.job.suppress:
            await consent.suppress(api, people, self.counts.granted)
        self._show()

    async def _worked_off(self, api: Api, id: str) -> None:
        """Raises Unreachable when nothing moves."""
        pause, moved, before = _FIRST_POLL_SECONDS, clock.monotonic(), -1
        while True:
            job = (await api.request("GET", f"{_PATH}/{id}")).json()["data"]["attributes"]
            if job["status"] in ("complete", "cancelled"):
                return
            done = job["completed_count"] + job["failed_count"] + self.counts.imported
            moved, before = (clock.monotonic() if done != before else moved), done
            if clock.monotonic() - moved > STALLED_SECONDS:
                raise Unreachable("The profiles were accepted, but none is being imported. Is a worker running?")
            self._show()
            await asyncio.sleep(pause)
            pause = min(_SLOWEST_POLL_SECONDS, pause * 1.5)

    def _chunks(self, table: Table) -> Iterator[_Chunk]:
        chunk = _Chunk()
        for row in table.rows():
            self.counts.rows += 1
            try:
                person, body = self.reader.read(row)
            except BadRow as problem:
                self.rejects.add(row, str(problem))
                continue
            if chunk.is_full_with(body):
                self.counts.position = table.position
                self._show()
                yield chunk
                chunk = _Chunk()
            chunk.add(person, body)
        self.counts.position = table.size
        yield chunk

    def _show(self) -> None:
        self.counts.refused = self.rejects.count
        self.report(self.counts)


def _is_about_rows(answer: httpx.Response) -> bool:
    pointer = (first_error(answer).get("source") or {}).get("pointer") or ""
    return pointer in ("", "/data") or pointer.startswith("/data/attributes/profiles")


def _job_body(bodies: Sequence[bytes], lists: Sequence[str]) -> bytes:
    profiles = {"data": msgspec.Raw(b"[" + b",".join(bodies) + b"]")}
    data: dict[str, Any] = {"type": "profile-bulk-import-job", "attributes": {"profiles": profiles}}
    if lists:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": id} for id in lists]}}
    return msgspec.json.encode({"data": data})


async def _errors(api: Api, id: str) -> AsyncIterator[tuple[int, str]]:
    """The place in the job and the reason of each profile that was refused."""
    url: str | None = f"{_PATH}/{id}/import-errors?page[size]=100&fields[import-error]=detail,source"
    while url:
        page = (await api.request("GET", url)).json()
        for error in page["data"]:
            match = _POINTER.match(error["attributes"]["source"]["pointer"])
            if match:
                yield int(match[1]), error["attributes"]["detail"]
        url = page["links"]["next"]
