"""Accept: append to the inbox. What is answered 202 has been committed here.

Requests that arrive together share one transaction: while one flush is at the disk, the next one gathers.
"""

import asyncio
import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
import psycopg
from pyroaring import BitMap64

from rapport.kit import db, log
from rapport.kit.ids import EVENT_EPOCH, EVENT_SEQUENCE_BITS
from rapport.kit.rooms import Process
from rapport.profiles import merge
from rapport.profiles.identity import Person

# Listeners wake on this channel; the payload says what for.
CHANNEL = "rapport_inbox"
_NOTIFY = f"NOTIFY {CHANNEL}"
_INSERT = "INSERT INTO inbox (account_id, kind, body) SELECT %s, %s, body FROM json_array_elements(%s::json) AS body"
_PUT_OFF = "INSERT INTO inbox (account_id, id, kind, body) VALUES (%s, %s, 'later', %s)"
# One statement, one trip, one commit for all that wait: the pool of an Inbox is in autocommit. The bodies go as one
# JSON array, because quoting each of them as an array's element took a third of a request.
_PUT = """
    INSERT INTO inbox (account_id, kind, body)
    SELECT account_id, 'event', body
    FROM ROWS FROM (unnest(%s::int[]), json_array_elements(%s::json)) AS e (account_id, body)"""
# PostgreSQL lets only one transaction at a time commit with a notice, so requests tell together, after their commits.
_TELL_SECONDS = 0.02
_logger = log.logger("events")

_OLDEST = int(EVENT_EPOCH.timestamp())
_LATEST = _OLDEST + (1 << 63 - EVENT_SEQUENCE_BITS) - 1


class Accepted(msgspec.Struct, omit_defaults=True):
    """An event as it waits in the inbox: checked, not yet identified."""

    person: Person
    metric: str
    # whole seconds since 1970, as far as an event's id can hold them
    time: Annotated[int, msgspec.Meta(ge=_OLDEST, le=_LATEST)]
    received: datetime
    service: str = "api"
    # a JSON object, kept as the text it came in
    properties: msgspec.Raw = msgspec.Raw(b"{}")
    # decimal text, so that no cent is lost on the way
    value: str | None = None
    currency: str | None = None
    unique_id: str | None = None
    backfill: bool = False
    # the message an engagement belongs to
    message: int | None = None

    @property
    def is_public(self) -> bool:
        """It came through the public key, so anybody may have made it up: never one of the platform's own."""
        return self.person.public


class Change(msgspec.Struct, omit_defaults=True):
    """Something about profiles changed outside an event, and reactions should look.

    `what`: profile, consent, list, segment, flow (a run began or ended), event (an old event was moved or removed).
    """

    profiles: list[int]
    what: list[str]
    # list or segment joined or left, or flow, when it was one
    group: int | None = None
    joined: bool | None = None
    # recorded, but starts no flow
    quiet: bool = False


class Waiting(msgspec.Struct):
    """A change that is put off, with the profiles apart: in the inbox they are bytes of a set, because the row is
    written anew with every batch, and that is a tenth of their numbers where they are most of an account's."""

    profiles: BitMap64
    change: Change


class Merge(msgspec.Struct):
    """A merge that waits for what was accepted before it: bigint ids of two profiles."""

    source: int
    into: int


def _packed(profiles: Any) -> bytes:
    assert isinstance(profiles, BitMap64)
    return profiles.serialize()


def _unpacked(_: type, profiles: Any) -> BitMap64:
    return BitMap64.deserialize(base64.b64decode(profiles))


_encoder = msgspec.json.Encoder(enc_hook=_packed)
waiting_decoder = msgspec.json.Decoder(list[Waiting], dec_hook=_unpacked)


async def append(conn: db.Connection, account_id: int, entries: Iterable[Accepted | Change]) -> None:
    """Append in the caller's own transaction: platform events, and changes made by an API call."""
    entries = list(entries)
    events = [entry for entry in entries if isinstance(entry, Accepted)]
    changes = [entry for entry in entries if isinstance(entry, Change)]
    for kind, some in (("event", events), ("change", changes)):
        if some:
            await db.execute(conn, _INSERT, (account_id, kind, _encoder.encode(some).decode()))
    if events or changes:
        await db.execute(conn, _NOTIFY)


async def put_off(conn: db.Connection, account_id: int, changes: Sequence[Waiting], number: int) -> None:
    """For a later batch, in the place of a row that the caller's transaction took: before all that came after it."""
    if changes:
        await db.execute(conn, _PUT_OFF, (account_id, number, _encoder.encode(changes).decode()))


async def of_whom_there_is(conn: db.Connection, account_id: int, changes: Sequence[Change]) -> Sequence[Change]:
    """What is said of somebody who was folded into another meanwhile is said of that other; of who was deleted, of
    nobody. A list that was joined just before a merge still starts its flow."""
    profiles = {profile for change in changes for profile in change.profiles}
    missing = await merge.missing(conn, account_id, profiles) if profiles else {}
    if not missing:
        return changes

    def there(change: Change) -> list[int]:
        return sorted({now for one in change.profiles if (now := missing.get(one, one)) is not None})

    return [msgspec.structs.replace(change, profiles=there(change)) for change in changes]


async def of_those_waiting(conn: db.Connection, account_id: int, waiting: Sequence[Waiting]) -> Sequence[Change]:
    """The same of what was put off."""
    whole = [msgspec.structs.replace(one.change, profiles=list(one.profiles)) for one in waiting]
    return await of_whom_there_is(conn, account_id, whole)


@dataclass
class _Waiting:
    account_id: int
    bodies: list[bytes]
    done: "asyncio.Future[None]"


class Inbox:
    """The way in for requests: `put` returns once the events are on disk. `pool` is one in autocommit."""

    @classmethod
    def of(cls, process: Process) -> "Inbox":
        """What a process makes once."""
        return cls(process.single)

    def __init__(self, pool: db.Pool, *, writers: int = 2) -> None:
        self._pool = pool
        self._waiting: list[_Waiting] = []
        self._writers = writers
        self._busy: set[asyncio.Task[None]] = set()
        self._untold = False
        self._telling: asyncio.Task[None] | None = None

    async def put(self, account_id: int, entries: Sequence[Accepted]) -> None:
        """Raises what the database raised when the rows could not be committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(account_id, [_encoder.encode(entry) for entry in entries], done))
        self._start()
        await done

    def _start(self) -> None:
        if self._waiting and len(self._busy) < self._writers:
            task = asyncio.create_task(self._write())
            self._busy.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._busy.discard(task)
        self._start()

    async def _write(self) -> None:
        taken, self._waiting = self._waiting, []
        try:
            await self._commit((one.account_id, body) for one in taken for body in one.bodies)
        except Exception as error:
            for one in taken:
                if not one.done.done():
                    one.done.set_exception(error)
            return
        for one in taken:
            if not one.done.done():
                one.done.set_result(None)
        self._untold = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _commit(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        accounts, texts = zip(*bodies, strict=True)
        array = b"[" + b",".join(texts) + b"]"
        async with self._pool.connection() as conn:
            await db.execute(conn, _PUT, (db.array(accounts), array.decode()))

    async def _tell(self) -> None:
        """Wake the pipeline, now and for what comes in a moment. Should it not hear, it looks by itself."""
        while self._untold:
            self._untold = False
            try:
                async with self._pool.connection() as conn:
                    await db.execute(conn, _NOTIFY)
            except psycopg.Error:
                _logger.warning("the pipeline could not be told", exc_info=True)
            await asyncio.sleep(_TELL_SECONDS)
