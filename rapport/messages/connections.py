"""How many connections to the mail server all processes have together.

Each connection holds a place, an advisory lock of the database on a number; the database lets go of it however the
process died. Processes share the places alike; where there are fewer places than processes, a connection is closed
after each part of a batch, so that everybody gets a turn.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg.conninfo import make_conninfo

from rapport.kit import clock, db, locks

_JOIN = "SELECT pg_advisory_lock_shared(%s, 0)"
_USERS = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = 0 AND l.granted"""
# A session may take its own lock twice, so it does not try those that it holds.
_TAKE = """
    SELECT place FROM generate_series(1, %(number)s) AS place
    WHERE CASE WHEN place = ANY(%(held)s::int[]) THEN false ELSE pg_try_advisory_lock(%(space)s, place) END LIMIT 1"""
_GIVE_BACK = "SELECT pg_advisory_unlock(%s, %s)"
_COUNT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a connection holds; `line`: the database connection that holds its lock, by number."""

    number: int
    line: int


class Connections:
    """The places of one process, of `number` in all."""

    def __init__(self, pool: db.Pool, number: int) -> None:
        self._pool, self._number = pool, number
        self._conn: psycopg.AsyncConnection[Any] | None = None
        self._line, self._held = 0, set[int]()
        self._users, self._counted = 1, float("-inf")
        self._lock = asyncio.Lock()
        self._under_way = set[asyncio.Task[None]]()

    async def take(self) -> Place | None:
        """A place for one more connection; None while there is none."""
        taking = asyncio.ensure_future(self._take())
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            # who asked is gone, and what was asked for may be had all the same
            taking.add_done_callback(self._not_wanted)
            raise

    def _not_wanted(self, taking: "asyncio.Future[Place | None]") -> None:
        if (place := taking.result()) is not None:
            self.give_back(place)

    async def _take(self) -> Place | None:
        async with self._lock:
            try:
                conn = await self._connected()
                await self._count(conn)
                if len(self._held) >= max(1, self._number // self._users):
                    return None
                parameters = {"number": self._number, "held": list(self._held), "space": locks.SMTP_CONNECTIONS}
                found = await db.row(conn, _TAKE, parameters)
            except psycopg.OperationalError:
                self._lost()
                return None
            if found is None:
                return None
            self._held.add(found[0])
            return Place(found[0], self._line)

    def is_kept(self, place: Place) -> bool:
        """Whether a connection may stay open now that nobody uses it."""
        if place.line != self._line or self._conn is None or self._conn.closed:
            return False
        if clock.monotonic() - self._counted > _COUNT_SECONDS:
            self._begin(self._counted_again())
        return self._users <= self._number and len(self._held) <= self._number // self._users

    def give_back(self, place: Place) -> None:
        """Its connection is closed."""
        self._begin(self._given_back(place))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _counted_again(self) -> None:
        async with self._lock:
            try:
                if self._conn is not None:
                    await self._count(self._conn)
            except psycopg.OperationalError:
                self._lost()

    def _lost(self) -> None:
        """The locks are gone with the line."""
        self._conn = None
        self._held.clear()

    async def _given_back(self, place: Place) -> None:
        async with self._lock:
            if place.line != self._line or self._conn is None:
                return
            self._held.discard(place.number)
            try:
                await db.execute(self._conn, _GIVE_BACK, (locks.SMTP_CONNECTIONS, place.number))
            except psycopg.OperationalError:
                self._lost()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._conn is None or self._conn.closed:
            self._held.clear()
            where = make_conninfo(cast(str, self._pool.conninfo), keepalives_idle="10", tcp_user_timeout="20000")
            self._conn = await psycopg.AsyncConnection.connect(where, autocommit=True)
            self._line += 1
            self._counted = float("-inf")
            await db.execute(self._conn, _JOIN, (locks.SMTP_CONNECTIONS,))
        return self._conn

    async def _count(self, conn: db.Connection) -> None:
        if clock.monotonic() - self._counted > _COUNT_SECONDS:
            found = await db.row(conn, _USERS, (locks.SMTP_CONNECTIONS,))
            self._users, self._counted = max(1, int(found[0]) if found else 1), clock.monotonic()

    async def close(self) -> None:
        await asyncio.gather(*self._under_way)
        if self._conn is not None:
            await self._conn.close()
