"""The way in for requests: what is answered 202 has been committed here.

Requests that arrive together share one transaction: while one flush is at the disk, the next one gathers.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from rapport.inbox.service import NOTIFY
from rapport.inbox.types import Accepted, encoder
from rapport.kit import db, log
from rapport.kit.rooms import Process

# One statement, one trip, one commit for all that wait: the pool of an Inbox is in autocommit. The bodies go as one
# JSON array, because quoting each of them as an array's element took a third of a request.
_PUT = """
    INSERT INTO inbox (account_id, kind, body)
    SELECT account_id, 'event', body
    FROM ROWS FROM (unnest(%s::int[]), json_array_elements(%s::json)) AS e (account_id, body)"""
# PostgreSQL lets only one transaction at a time commit with a notice, so requests tell together, after their commits.
_TELL_SECONDS = 0.02
_logger = log.logger("inbox")


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
        self._unnotified = False
        self._notifying: asyncio.Task[None] | None = None

    async def put(self, account_id: int, entries: Sequence[Accepted]) -> None:
        """Raises what the database raised when the rows could not be committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(account_id, [encoder.encode(entry) for entry in entries], done))
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
        batch, self._waiting = self._waiting, []
        try:
            await self._commit((request.account_id, body) for request in batch for body in request.bodies)
        except Exception as error:
            for request in batch:
                if not request.done.done():
                    request.done.set_exception(error)
            return
        for request in batch:
            if not request.done.done():
                request.done.set_result(None)
        self._unnotified = True
        if self._notifying is None or self._notifying.done():
            self._notifying = asyncio.create_task(self._notify())

    async def _commit(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        accounts, texts = zip(*bodies, strict=True)
        array = b"[" + b",".join(texts) + b"]"
        async with self._pool.connection() as conn:
            await db.execute(conn, _PUT, (db.array(accounts), array.decode()))

    async def _notify(self) -> None:
        """Wake the pipeline, now and for what comes in a moment. Should it not hear, it looks by itself."""
        while self._unnotified:
            self._unnotified = False
            try:
                async with self._pool.connection() as conn:
                    await db.execute(conn, NOTIFY)
            except psycopg.Error:
                _logger.warning("the pipeline could not be told", exc_info=True)
            await asyncio.sleep(_TELL_SECONDS)
