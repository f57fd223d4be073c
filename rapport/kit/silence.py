"""A database that says nothing: its machine hangs, or the network swallows what is sent, and no connection ends.

Whoever waits for an answer then would wait for ever, and no statement can tell silence from work that takes long. So
one connection asks the simplest question once a second; when that gets no answer either, all connections are cut.
Whoever waits gets the error of a lost connection, and new callers the same at once, until the database answers again.
"""

import asyncio
from contextlib import suppress

import psycopg

from rapport.kit import log
from rapport.kit.db import Connection, Pool, cut

_EVERY_SECONDS = 1.0
# Counted second by second, so that a process that was itself held up does not take its own silence for the database's.
_PATIENCE_SECONDS = 4
_CONNECT_SECONDS = 5
_logger = log.logger("silence")


class Watch:
    """Asks a database whether it is there, and cuts the connections of `pools` when it says nothing."""

    def __init__(self, url: str, pools: list[Pool]) -> None:
        self._url, self._pools = url, pools
        self._conn: Connection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._cut_own()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._conn is not None:
            await self._conn.close()

    async def _run(self) -> None:
        while True:
            asking = asyncio.create_task(self._ask())
            await self._until(asking)
            if not asking.cancelled() and asking.exception() is None:
                self._mark(silent=False)
            await asyncio.sleep(_EVERY_SECONDS)

    async def _until(self, asking: "asyncio.Task[None]") -> None:
        for _ in range(_PATIENCE_SECONDS):
            await asyncio.wait({asking}, timeout=1)
            if asking.done():
                return
        self._mark(silent=True)
        self._cut_own()
        for pool in self._pools:
            pool.cut()
        await asyncio.wait({asking})

    async def _ask(self) -> None:
        """Raises psycopg.Error when the database is away, which others find out by themselves."""
        try:
            if self._conn is None:
                self._conn = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
                )
            await self._conn.execute("SELECT 1")
        except psycopg.Error:
            if self._conn is not None:
                await self._conn.close()
            self._conn = None
            raise

    def _mark(self, *, silent: bool) -> None:
        if silent != self._pools[0].silent:
            _logger.warning("the database says nothing" if silent else "the database answers again")
        for pool in self._pools:
            pool.silent = silent

    def _cut_own(self) -> None:
        if self._conn is not None:
            cut(self._conn)
