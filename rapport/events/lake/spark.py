"""All events of an account as one Spark relation, for logs that outgrow one machine.

The sealed files are read where they lie, so the workers of the cluster have to reach the lake's folder by the same
path. What is in no file yet (today, late events, corrections) is fetched as for DuckDB and laid beside the lake as
one more file. PySpark is an optional extra; without `RAPPORT_SPARK_URL` nothing here is used.

    async with view(pool, account_id, metrics=[placed.id]) as events:
        found = await events.numpy("SELECT profile FROM events WHERE value > :least", {"least": 2})
"""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rapport.events.lake import folder, query, relation
from rapport.events.lake.query import Events
from rapport.kit import db, log

T = TypeVar("T")
# Functions that DuckDB has and Spark calls otherwise.
_FUNCTIONS = (
    "strpos(a STRING, b STRING) RETURNS INT RETURN instr(a, b)",
    "starts_with(a STRING, b STRING) RETURNS BOOLEAN RETURN startswith(a, b)",
    "regexp_matches(a STRING, b STRING) RETURNS BOOLEAN RETURN a RLIKE b",
)
_SETTINGS = {
    "spark.app.name": "rapport",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
}
_OPEN = f"""
    COPY (SELECT * REPLACE (CASE WHEN kind = 'e' THEN {relation.PROPERTIES} END AS properties) FROM lake_open)
    TO """
_logger = log.logger("lake")


class Cluster:
    """One driver in this process, started when first asked for. Its work blocks, so it has threads of its own."""

    def __init__(self, url: str, *, threads: int = 2) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._root: Any = None
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="spark")

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def session(self) -> Any:
        """A session whose views and functions nobody else sees. Raises what Spark raises when there is no cluster."""
        with self._lock:
            if self._root is None:
                self._root = _start(self._url)
            session = self._root.newSession()
        for function in _FUNCTIONS:
            session.sql(f"CREATE TEMPORARY FUNCTION {function}")
        return session

    def close(self) -> None:
        with self._lock:
            if self._root is not None:
                self._root.stop()
                self._root = None
        self._threads.shutdown()


def _start(url: str) -> Any:
    """Raises RuntimeError where the extra is not installed."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise RuntimeError(
            "RAPPORT_SPARK_URL is set, but PySpark is not installed: pip install 'rapport[spark]'"
        ) from error
    builder: Any = SparkSession.builder.master(url)
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    _logger.info("connected to Spark", url=url, version=session.version)
    return session


@dataclass(frozen=True)
class SparkEvents:
    """An open view: questions in Spark's SQL over the relation `events`, which has the columns that DuckDB's has."""

    cluster: Cluster
    session: Any
    events: Events
    scratch: Path

    async def numpy(self, query: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a query by name, as `Events.numpy` gives them. Parameters: `:name`."""
        with _part(self.scratch) as part:
            await self.cluster.run(lambda: self.session.sql(query, dict(parameters)).write.parquet(str(part / "found")))
            return await self.events.numpy(
                f"SELECT * FROM read_parquet({relation.literal(str(part))} || '/found/*.parquet')"
            )


@asynccontextmanager
async def view(
    cluster: Cluster,
    source: db.Connection,
    account_id: int,
    *,
    metrics: Sequence[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    properties: bool | Sequence[str] = True,
) -> AsyncIterator[SparkEvents]:
    """As `query.view`, on Spark."""
    seen = query.view(source, account_id, metrics=metrics, since=since, until=until, properties=properties)
    with _part(folder.shared()) as scratch:
        async with seen as events:
            session = await cluster.run(cluster.session)
            corrections = await events.run(partial(_lay_beside, events, scratch))
            await cluster.run(partial(_create, session, events, scratch, corrections))
            yield SparkEvents(cluster, session, events, scratch)


def _lay_beside(events: Events, scratch: Path) -> relation.Corrections:
    events.connection.execute(f"{_OPEN}{relation.literal(str(scratch / 'open.parquet'))} (FORMAT parquet)")
    return relation.corrections(events.connection)


def _create(session: Any, events: Events, scratch: Path, corrections: relation.Corrections) -> None:
    """Make the view `events` in this session."""

    def read(paths: Sequence[Path]) -> str:
        name = f"sealed_{len(session.catalog.listTables())}"
        session.read.parquet(*map(str, paths)).createOrReplaceTempView(name)
        return name

    session.read.parquet(f"{scratch}/open.parquet").createOrReplaceTempView("lake_open")
    query = relation.select(events.wanted, events.used, folder.files(), corrections, read, "properties")
    session.sql(f"CREATE OR REPLACE TEMP VIEW events AS {query}")


@contextmanager
def _part(where: Path) -> Iterator[Path]:
    """A folder of which nothing is left at the end of the block."""
    where.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=where))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
