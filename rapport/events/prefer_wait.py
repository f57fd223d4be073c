"""Waiting until the pipeline and jobs are done with what a call left for them (`Prefer: wait`).

A call is identified by its account and the highest row number the account had when it was answered, so writers note
nothing. One query per process serves all waiting calls, and none holds a connection while it waits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from rapport.kit import clock, db, log
from rapport.kit.jsonapi import AnyCall
from rapport.kit.rooms import Point

# What a job writes lies in the inbox, and a batch can put something there itself (a merge leaves an event on the
# profile that stays), or begin a run of a flow that is due at once. No chain is longer. Who else sends for the account
# at the same time is so waited for only as far.
_ROUNDS = 3
_FIRST_LOOK, _SLOWEST_LOOK = 0.01, 0.1
_RETRY_SECONDS = 0.5
_logger = log.logger("events")


@dataclass(frozen=True)
class Source:
    """Rows of an account that are work to be done, numbered as they come.

    newest: statement with the parameter account, answers the highest number or null. left: statement with two arrays,
    accounts and numbers, that answers the places (from 1) of those with something left up to that number.
    operations: whose calls make such rows; None = any.
    """

    newest: str
    left: str
    operations: frozenset[str] | None = None

    def concerns(self, call: AnyCall) -> bool:
        return self.operations is None or call.operation.id in self.operations


def unfinished(table: str, left: str, *operations: str) -> Source:
    """A Source for a table of jobs keyed (account_id, id); `left`: SQL that is true while a job is unfinished."""
    return Source(
        f"SELECT max(id) FROM {table} WHERE account_id = %s AND {left}",
        f"""SELECT w.place FROM unnest(%s::int[], %s::bigint[]) WITH ORDINALITY AS w (account_id, upto, place)
            WHERE EXISTS (SELECT FROM {table} j WHERE j.account_id = w.account_id AND j.id <= w.upto AND {left})""",
        frozenset(operations),
    )


# Work that puts rows into the inbox when it is done.
SOURCES: Point[Source] = Point("work that clients can wait for")
INBOX = Source(
    "SELECT max(id) FROM inbox WHERE account_id = %s",
    """SELECT w.place FROM unnest(%s::int[], %s::bigint[]) WITH ORDINALITY AS w (account_id, upto, place)
       WHERE EXISTS (SELECT FROM inbox i WHERE i.account_id = w.account_id AND i.id <= w.upto)""",
)


@dataclass(eq=False)
class _Waiting:
    source: Source
    account_id: int
    upto: int
    since: float
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PreferWait:
    """One per web process. `sources`: tables of work that adds to the inbox when it is done."""

    def __init__(self, pool: db.Pool, sources: Sequence[Source]) -> None:
        self._pool = pool
        self._sources = sources
        self._waiting: list[_Waiting] = []
        self._looking: asyncio.Task[None] | None = None

    async def __call__(self, call: AnyCall, seconds: float) -> bool:
        """Whether everything that follows was there within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._all(call)
        except (TimeoutError, psycopg.Error):
            # What was asked for is done; only whether its effects are there is not known.
            return False
        return True

    async def _all(self, call: AnyCall) -> None:
        sources = [*(source for source in self._sources if source.concerns(call)), INBOX]
        for _ in range(_ROUNDS):
            worked = [await self._passed(source, call.principal.account_id) for source in sources]
            if not any(worked):
                return

    async def _passed(self, source: Source, account_id: int) -> bool:
        """Wait until the work there is now is done; False when there is none."""
        async with self._pool.connection() as conn:
            newest = await db.row(conn, source.newest, (account_id,))
        if newest is None or newest[0] is None:
            return False
        waiting = _Waiting(source, account_id, newest[0], clock.monotonic())
        self._waiting.append(waiting)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        await waiting.done
        return True

    async def _look(self) -> None:
        while self._waiting:
            try:
                async with self._pool.connection() as conn:
                    for source in {waiting.source for waiting in self._waiting}:
                        await self._ask(conn, source)
            except psycopg.Error:
                _logger.warning("could not look for what follows from calls", exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)
            self._waiting = [waiting for waiting in self._waiting if not waiting.done.done()]
            if self._waiting:
                await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """Short for the newest call, which is most likely done soon."""
        age = clock.monotonic() - max(waiting.since for waiting in self._waiting)
        return min(_SLOWEST_LOOK, max(_FIRST_LOOK, age / 10))

    async def _ask(self, conn: db.Connection, source: Source) -> None:
        waiting_for_source = [waiting for waiting in self._waiting if waiting.source is source]
        parameters = (
            db.array([waiting.account_id for waiting in waiting_for_source]),
            db.array([waiting.upto for waiting in waiting_for_source]),
        )
        left = {row[0] for row in await db.rows(conn, source.left, parameters)}
        for place, waiting in enumerate(waiting_for_source, 1):
            if place not in left and not waiting.done.done():
                waiting.done.set_result(None)
