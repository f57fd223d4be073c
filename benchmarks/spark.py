"""Segments' conditions over a growing log, on DuckDB in one process and on a Spark cluster of two workers.

The same leaves of the ten reference definitions, over the same Parquet files, which DuckDB writes as the sealer does:
10, 50 and 100 million events by default, `RAPPORT_BENCH_SPARK_EVENTS` names others. `RAPPORT_SPARK_URL` names another
cluster; files are made anew each time.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.definitions import REFERENCES
from benchmarks.world import Line
from rapport.events.lake.spark import Cluster
from rapport.kit.clock import midnight
from rapport.segments.conditions import parse
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.sql import lake, spark
from rapport.segments.sql.duckdb import LakeStatement
from rapport.segments.sql.scope import Scanned

_SIZES = os.environ.get("RAPPORT_BENCH_SPARK_EVENTS", "10000000,50000000,100000000").split(",")
_CLUSTER = os.environ.get("RAPPORT_SPARK_URL", "local-cluster[2,1,2048]")
_METRICS = {"opened": 1, "viewed": 2, "order": 3}
_FILES = 12
# Ordered as the sealer orders a file's rows.
_MADE = """
    COPY (
        SELECT n AS id, CASE WHEN n % 10 < 6 THEN 1 WHEN n % 10 < 9 THEN 2 ELSE 3 END::BIGINT AS metric,
               (1 + floor(pow(random(), 2) * {people}))::BIGINT AS profile,
               TIMESTAMP '{since}' + to_seconds(floor(random() * {seconds})) AS time,
               CASE WHEN n % 10 = 9 THEN round(random() * 100, 2) END::DECIMAL(38, 12) AS value,
               json_object('Category', ['Coats', 'Shoes', 'Home'][1 + floor(random() * 3)::INT],
                           'Items', floor(random() * 100)::INT)::JSON::VARIANT AS properties
        FROM range({first}, {last}) AS r (n) ORDER BY metric, profile, time
    ) TO '{file}' (FORMAT parquet)"""


def measure() -> list[Line]:
    cluster = Cluster(_CLUSTER)
    lines: list[Line] = []
    for size in map(int, _SIZES):
        folder = Path(tempfile.mkdtemp(prefix="rapport-bench-spark-"))
        try:
            lines += asyncio.run(_compare(cluster, folder, size))
        finally:
            shutil.rmtree(folder)
    cluster.close()
    return lines


@dataclass
class _Duck:
    connection: duckdb.DuckDBPyConnection

    async def numpy(self, query: str, parameters: Mapping[str, Any], /) -> dict[str, Any]:
        return self.connection.execute(query, dict(parameters)).fetchnumpy()


@dataclass
class _Spark:
    session: Any
    scratch: Path
    duck: _Duck

    async def numpy(self, query: str, parameters: Mapping[str, Any], /) -> dict[str, Any]:
        """Its result is taken over as the product does it."""
        found = self.scratch / "found"
        self.session.sql(query, dict(parameters)).write.mode("overwrite").parquet(str(found))
        return await self.duck.numpy(f"SELECT * FROM read_parquet('{found}/*.parquet')", {})


async def _compare(cluster: Cluster, folder: Path, size: int) -> list[Line]:
    now = datetime.now(UTC)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = false")
        _make(connection, folder, size, now)
        connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{folder}/*.parquet')")
        session = cluster.session()
        session.read.parquet(str(folder)).createOrReplaceTempView("events")
        duck = _Duck(connection)
        on_spark = _Spark(session, Path(tempfile.mkdtemp(dir=folder.parent)), duck)
        lines = []
        # the first question of a size pays for reading what the files are
        for statement, events in ((LakeStatement, duck), (spark.SparkStatement, on_spark)):
            await _timed(statement, events, _leaves()[0], now)
        for condition in _leaves():
            theirs = await _timed(LakeStatement, duck, condition, now)
            ours = await _timed(spark.SparkStatement, on_spark, condition, now)
            assert ours[1] == theirs[1], (condition, len(ours[1]), len(theirs[1]))
            lines.append(_line(size, condition, ours[0], theirs[0], len(ours[1])))
            print(f"{lines[-1].what}: {lines[-1].figure}, {lines[-1].reference}", flush=True)
        shutil.rmtree(on_spark.scratch)
    return [*lines, _total(size, lines)]


def _make(connection: duckdb.DuckDBPyConnection, folder: Path, size: int, now: datetime) -> None:
    month = timedelta(days=365) / _FILES
    for number in range(_FILES):
        since = (midnight(now) - timedelta(days=365) + month * number).replace(tzinfo=None)
        file, first, last = folder / f"{number:02d}.parquet", size * number // _FILES, size * (number + 1) // _FILES
        seconds = int(month.total_seconds())
        connection.execute(
            _MADE.format(people=size // 20, since=since, seconds=seconds, file=file, first=first, last=last)
        )


def _leaves() -> list[MetricCondition]:
    """The distinct conditions about events of the ten definitions."""
    names = {**{name: name for name in _METRICS}, "list": "list"}
    found = [condition for one in REFERENCES for condition in parse(one.filled(names)).conditions]
    leaves = {one for one in found if isinstance(one, MetricCondition) and one.timeframe is not None}
    return sorted(leaves, key=str)


async def _timed(
    statement: type[LakeStatement], events: Scanned, condition: MetricCondition, now: datetime
) -> tuple[float, frozenset[int]]:
    """Seconds, and the set."""
    lake.use(lake.Scan(lambda: None, statement))  # type: ignore[arg-type, return-value]
    begun = time.monotonic()
    found = await lake.measured(events, now, condition.measurement_of(_METRICS[condition.metric]))
    return time.monotonic() - begun, frozenset(found.surely | found.uncertain)


def _line(size: int, condition: MetricCondition, ours: float, theirs: float, number: int) -> Line:
    days = "ever" if condition.timeframe is None or condition.timeframe.start is None else "in a window"
    filters = f", {len(condition.filters)} filter" if condition.filters else ""
    what = f"{size // 1_000_000} M events: {condition.metric} {condition.measurement} {days}{filters}"
    return Line(
        what,
        f"{ours * 1000:.0f} ms on Spark, {number:,} people",
        "same set",
        f"{theirs * 1000:.0f} ms DuckDB",
        f"{ours / theirs:.1f}",
        None,
    )


def _total(size: int, lines: list[Line]) -> Line:
    ours, theirs = (
        sum(float(text.split(" ")[0]) for text in texts) / 1000
        for texts in ([line.figure for line in lines], [line.reference for line in lines])
    )
    return Line(
        f"{size // 1_000_000} M events: all {len(lines)} conditions",
        f"{ours:.1f} s on Spark",
        "same sets",
        f"{theirs:.1f} s DuckDB",
        f"{ours / theirs:.1f}",
        None,
    )
