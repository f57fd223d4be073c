"""One driver, one pool: psycopg for everything, SQLAlchemy Core to describe tables and compose read queries."""

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any, cast
from weakref import WeakSet

import msgspec
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import psycopg as dialect_module
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Connection = psycopg.AsyncConnection[Any]
# Milliseconds after which a connection counts as lost on which nothing that was sent was received.
_UNHEARD_MS = 10_000
_CONNECT_SECONDS = 10
_SILENT = "the database says nothing"


class Pool(AsyncConnectionPool[Connection]):
    """psycopg's pool, whose connections can be cut all at once. While it is `silent`, it hands none out."""

    silent = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._made_connections: WeakSet[Connection] = WeakSet()
        self._getting: set[asyncio.Task[Connection]] = set()
        super().__init__(*arguments, configure=self._note, **options)

    async def _note(self, conn: Connection) -> None:
        self._made_connections.add(conn)

    async def getconn(self, timeout: float | None = None) -> Connection:
        """Raises psycopg.OperationalError where the database is silent, or falls silent meanwhile."""
        if self.silent:
            raise psycopg.OperationalError(_SILENT)
        if self.get_stats()["pool_available"]:
            return await super().getconn(timeout)
        getting = asyncio.ensure_future(super().getconn(timeout))
        self._getting.add(getting)
        try:
            return await getting
        except asyncio.CancelledError:
            if self.silent:
                raise psycopg.OperationalError(_SILENT) from None
            raise
        finally:
            self._getting.discard(getting)

    def cut(self) -> None:
        """Every connection is lost, whoever has it; whoever waits for one, or for an answer on one, gets an error."""
        for conn in list(self._made_connections):
            cut(conn)
        for getting in self._getting:
            getting.cancel()


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)
_LIMIT_EXCEEDED = "54"
_CANCELLED = "57014"
# The word that a connection ends is read first, then its end is seen.
_LOOKS = 3
_DIALECT = dialect_module.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


def new_pool(url: str, *, size: int, autocommit: bool = False, timeout: float = 30) -> Pool:
    """A closed pool; open it with `async with`. Connections are in UTC and answer tuples unless asked for dicts.

    `timeout`: seconds to wait for a connection, after which psycopg_pool.PoolTimeout is raised. One that was lost while
    nobody used it, because the database was restarted, is not handed out.
    """

    async def check(conn: Connection) -> None:
        if _is_gone(conn):
            # the others went with it, and are better replaced together than found one by one
            await pool.check()
            raise psycopg.OperationalError("the connection was lost")

    async def reset(conn: Connection) -> None:
        # whoever had it last may have set it otherwise, and failed before setting it back
        if conn.autocommit is not autocommit:
            await conn.set_autocommit(autocommit)

    settings = {
        "options": "-c timezone=UTC",
        "autocommit": autocommit,
        "tcp_user_timeout": _UNHEARD_MS,
        "connect_timeout": _CONNECT_SECONDS,
    }
    pool = Pool(url, min_size=1, max_size=size, open=False, timeout=timeout, check=check, reset=reset, kwargs=settings)
    return pool


def cut(conn: Connection) -> None:
    """As if the network had cut it: an orderly end would wait for the server."""
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(conn.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


def _is_gone(conn: Connection) -> bool:
    """Looked at without asking the server: all that an idle connection has to read is that it ends."""
    try:
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN)
        for _ in range(_LOOKS):
            if not poll.poll(0):
                return False
            conn.pgconn.consume_input()
    except psycopg.Error:
        pass
    return True


def is_away(error: BaseException) -> bool:
    """The database is away, full or told us to go: no fault of the rows, so they wait. What exceeds one of its limits
    is the row's."""
    if isinstance(error, psycopg.InterfaceError):
        return True
    known = isinstance(error, psycopg.OperationalError) and not is_transient(error)
    return known and not (getattr(error, "sqlstate", None) or "").startswith(_LIMIT_EXCEEDED)


def is_lost(error: BaseException) -> bool:
    """The connection went, or none can be had: whoever comes next would meet the same. Unlike `is_away`, a statement
    that took too long or waited in vain for a lock is not: it says nothing of anybody else's."""
    if isinstance(error, psycopg.InterfaceError):
        return True
    state = getattr(error, "sqlstate", None) or ""
    no_server = not state or state.startswith(("08", "53")) or (state.startswith("57") and state != _CANCELLED)
    return isinstance(error, psycopg.OperationalError) and no_server


# A text, number or date that PostgreSQL, its driver or Python's calendar can't hold.
_UNSTORABLE = (
    OverflowError,
    psycopg.errors.NumericValueOutOfRange,
    psycopg.errors.UntranslatableCharacter,
    psycopg.errors.CharacterNotInRepertoire,
    psycopg.errors.DatetimeFieldOverflow,
    psycopg.errors.ProgramLimitExceeded,
)


def is_unstorable(error: BaseException) -> bool:
    """A value can't be held, and came from the request, whoever let it through. The driver itself refuses NUL in a
    text, without a code of the server's."""
    return isinstance(error, _UNSTORABLE) or (isinstance(error, psycopg.DataError) and error.sqlstate is None)


def is_transient(error: BaseException) -> bool:
    """Two transactions met: the same again will do."""
    return isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection in a transaction: committed at the end of the block, rolled back when it raises."""
    async with pool.connection() as conn:
        yield conn


@asynccontextmanager
async def alone(
    pool: Pool, space: int, number: int, waits: Callable[[], None] | None = None
) -> AsyncIterator[Connection | None]:
    """A connection, in autocommit, of the only session that holds this advisory lock. While another does, it is None;
    or with `waits`, which is called then, it is waited for, and whoever waits comes before those who try. One that
    can't let go of the lock at the end is closed, and the lock with it."""
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
        held = await row(conn, "SELECT pg_try_advisory_lock(%s, %s)", (space, number)) == (True,)
        if not held and waits is not None:
            waits()
            await conn.execute("SELECT pg_advisory_lock(%s, %s)", (space, number))
            held = True
        try:
            yield conn if held else None
        finally:
            if held and not conn.closed:
                try:
                    await conn.execute("SELECT pg_advisory_unlock(%s, %s)", (space, number))
                except psycopg.Error:
                    await conn.close()


async def rows(conn: Connection, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
    cursor = await conn.execute(query, parameters)
    return cast(list[tuple[Any, ...]], await cursor.fetchall())


async def row(conn: Connection, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
    cursor = await conn.execute(query, parameters)
    return cast("tuple[Any, ...] | None", await cursor.fetchone())


async def dicts(conn: Connection, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[DictRow]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


async def one(conn: Connection, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> DictRow | None:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchone()


async def execute(conn: Connection, query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run a statement and return the number of rows it touched."""
    cursor = await conn.execute(query, parameters)
    return cursor.rowcount


async def copy_rows(conn: Connection, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
    """COPY records into a table, in text form: JSON that is text already goes through as it is."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    async with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for record in records:
            await copy.write_row(record)


def array(values: Sequence[int] | Sequence[str] | Sequence[Decimal]) -> Any:
    """A list parameter for `%s::bigint[]` or `%s::text[]`, as the text of an array where that is simple.

    The driver's own adaptation of lists takes a regular expression an item, which shows in batches of thousands.
    """
    text = msgspec.json.encode(values).decode()
    return values if "\\" in text or "null" in text else "{" + text[1:-1] + "}"


def compiled(statement: ClauseElement) -> tuple[str, tuple[Any, ...]]:
    """A composed statement as text and parameters for psycopg."""
    result = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    # a statement of SQLAlchemy Core always compiles to SQL
    assert isinstance(result, SQLCompiler) and result.positiontup is not None
    return str(result), tuple(result.params[name] for name in result.positiontup)


def sync_url(url: str) -> str:
    """The same database for SQLAlchemy's engine, which Alembic uses."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
