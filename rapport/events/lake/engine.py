"""DuckDB inside the process: one database in memory, a few connections that are lent out."""

import asyncio
import atexit
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

import duckdb

from rapport.events.lake import spill, wide

T = TypeVar("T")

# What one process may take: a question waits for its turn rather than take the machine from the pipeline.
CONNECTIONS = 3
_THREADS = max(1, min(4, os.cpu_count() or 1))
_MEMORY = "1GB"
# Nothing is ever downloaded.
_CONFIG: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",
}


class LoopSemaphore:
    """A semaphore for whichever event loop runs: tests and commands run several, one after the other."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._of: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def take(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._of is None or self._of[0] is not loop:
            self._of = (loop, asyncio.Semaphore(self._size))
        return self._of[1]


class Engine:
    """Connections to one DuckDB database, each used by one task at a time, in a thread of the engine's own.

    `admission` bounds who waits with a PostgreSQL connection in hand. It is taken before one is, and a DuckDB
    connection after: so whoever holds one of DuckDB's never waits for one of PostgreSQL's, and nobody waits for each
    other.
    """

    def __init__(self, connections: int = CONNECTIONS, *, threads: int = _THREADS, memory: str = _MEMORY) -> None:
        self._spill = spill.Folder()
        config = {**_CONFIG, "threads": threads, "memory_limit": memory, "temp_directory": str(self._spill.path)}
        self._root = duckdb.connect(":memory:", config=config)
        self._root.execute("SET TimeZone = 'UTC'")
        self._root.execute("SET parquet_metadata_cache = true")
        wide.install(self._root)
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="lake")
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._free = LoopSemaphore(connections)
        self.admission = LoopSemaphore(connections)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[duckdb.DuckDBPyConnection]:
        """A connection for the caller alone, who drops the TEMP objects made in it."""
        async with self._free.take():
            lent = self._idle.pop() if self._idle else self._root.cursor()
            try:
                yield lent
            except BaseException:
                lent.close()
                raise
            self._idle.append(lent)

    async def run(self, connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
        """Do `work` over this connection off the event loop. Cancelling stops the query and waits until it ended."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            connection.interrupt()
            await asyncio.wait([running])
            raise

    def close(self) -> None:
        """Called when nobody uses the engine any more."""
        self._threads.shutdown()
        for connection in (*self._idle, self._root):
            connection.close()
        self._idle.clear()
        self._spill.remove()


_lock = threading.Lock()
_engines: dict[int, Engine] = {}


def engine() -> Engine:
    """This process's engine, made on first use: a forked child never uses its parent's."""
    with _lock:
        if os.getpid() not in _engines:
            _engines[os.getpid()] = Engine()
        return _engines[os.getpid()]


@atexit.register
def close() -> None:
    """End this process's. Before the interpreter takes DuckDB's module apart, which else complains of what is left."""
    own_engine = _engines.pop(os.getpid(), None)
    if own_engine is not None:
        own_engine.close()
