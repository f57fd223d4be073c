"""Metric aggregates over the event lake, against DuckDB alone over the same rows; and how quickly a day is sealed.

Five million events of half a million people over a year, 3.5 million of them of one metric, sealed but for today;
`RAPPORT_BENCH_LAKE_EVENTS` makes it another number. They are made once and kept in the folder for temporary files.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx

from benchmarks.world import HEADERS, Line, World, account_id, median, start, stop
from rapport.accounts import service as accounts
from rapport.events import metrics, partitions
from rapport.events.lake import folder, query
from rapport.events.lake.manifest import sealed
from rapport.events.lake.sealer import Sealer
from rapport.kit import db

_EVENTS = int(os.environ.get("RAPPORT_BENCH_LAKE_EVENTS", "5000000"))
_PEOPLE = _EVENTS // 10
_METRIC = "Opened Email"
_NAMES = (_METRIC, "Placed Order", "Viewed Product")
_DAYS = 365
_DAY_EVENTS = 100_000
_ROUNDS = 5
# Nobody waits for these rows, so the log is filled by SQL; ids hold their second, as real ones do.
_FILL = """
    INSERT INTO events (account_id, time, id, metric_id, profile_id, value, value_currency, unique_id, properties,
                        recorded)
    SELECT %(account)s, time, (extract(epoch FROM time)::bigint - 631152000) << 28 | (%(first)s + n),
           (%(metrics)s::bigint[])[CASE WHEN n %% 10 < 7 THEN 1 WHEN n %% 10 < 8 THEN 2 ELSE 3 END],
           1 + floor(random() ^ 2 * %(people)s)::bigint, round((random() * 100)::numeric, 2), 'USD', 'u' || n,
           jsonb_build_object('Category', (ARRAY['Coats', 'Shoes', 'Home'])[1 + n %% 3], 'n', n,
                              'URL', 'https://shop.example.com/p/' || n %% 500), now()
    FROM (SELECT n, date_trunc('second', %(since)s + random() * (%(until)s - %(since)s)) AS time
          FROM generate_series(1, %(count)s) AS n) AS made"""
_DAILY = "SELECT date_trunc('day', time) AS day, count(DISTINCT profile) FROM {} GROUP BY day"


def measure() -> list[Line]:
    data = Path(tempfile.gettempdir()) / f"rapport-bench-lake-{_EVENTS}"
    world = start(data)
    try:
        return asyncio.run(_measure(world))
    finally:
        stop(world)


async def _measure(world: World) -> list[Line]:
    files = folder.use(world.folder)
    number = account_id(world)
    async with db.new_pool(world.database_url, size=4) as pool:
        await _made(pool, number)
        sealer = Sealer(pool, files)
        await _sealed(sealer, number)
        metric = await _metric(pool, number)
        until = datetime.now(UTC)
        since = until.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_DAYS - 2)
        bare = await asyncio.to_thread(_bare, *await _rows_of(pool, number, metric.id, since, until, world.folder))

        async def seam() -> int:
            view = query.view(pool, number, metrics=[metric.id], since=since, until=until, properties=False)
            async with view as events:
                return len(await events.sql(_DAILY.format("events")))

        async with httpx.AsyncClient(base_url=world.url, headers=HEADERS, timeout=60) as client:
            body = _question(metric.public_id, since, until)

            async def api() -> int:
                answer = await client.post("/api/metric-aggregates", json=body)
                answer.raise_for_status()
                return len(answer.json()["data"]["attributes"]["dates"])

            ours, asked = await _timed(seam), await _timed(api)
        return [
            _line("at the lake's seam", ours, bare),
            _line("POST /api/metric-aggregates", asked, bare),
            await _sealing_line(pool, sealer),
        ]


async def _made(pool: db.Pool, number: int) -> None:
    """The events of a year, unless an earlier run made them."""
    async with pool.connection() as conn:
        if (await db.rows(conn, "SELECT EXISTS (SELECT FROM events WHERE account_id = %s)", (number,)))[0][0]:
            return
        until = datetime.now(UTC)
        await _fill(conn, number, until - timedelta(days=_DAYS), until, _EVENTS)
        await conn.commit()
        await conn.set_autocommit(True)
        await conn.execute("VACUUM ANALYZE events")
        await conn.set_autocommit(False)


async def _fill(conn: db.Connection, number: int, since: datetime, until: datetime, count: int) -> None:
    found = await metrics.find_or_create(conn, number, [("api", name) for name in _NAMES], until)
    await partitions.ensure(conn, [since + timedelta(days=days) for days in range((until - since).days + 2)])
    values = {
        "account": number,
        "metrics": [found["api", name].id for name in _NAMES],
        "people": _PEOPLE,
        "first": 0,
        "since": since,
        "until": until,
        "count": count,
    }
    await db.execute(conn, _FILL, values)


async def _sealed(sealer: Sealer, number: int) -> None:
    """The worker of the server may be at it as well: then it has the lock, and this waits for the rest."""
    while await sealer.step(number):
        pass


async def _metric(pool: db.Pool, number: int) -> metrics.Metric:
    async with pool.connection() as conn:
        return (await metrics.find_or_create(conn, number, [("api", _METRIC)], datetime.now(UTC)))["api", _METRIC]


async def _rows_of(
    pool: db.Pool, number: int, metric_id: int, since: datetime, until: datetime, data: Path
) -> tuple[Path, str]:
    """The same rows of the metric as one plain Parquet file, and the question over it."""
    file = data / "bare.parquet"
    file.unlink(missing_ok=True)
    async with query.view(pool, number, metrics=[metric_id], since=since, until=until, properties=False) as events:
        await events.sql(f"COPY (SELECT * FROM events ORDER BY profile) TO '{file}' (FORMAT parquet)")
    return file, _DAILY.format(f"'{file}'")


def _bare(file: Path, asked: str) -> list[float]:
    lake = duckdb.connect(config={"threads": os.cpu_count() or 1})
    found = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        lake.execute(asked).fetchall()
        found.append(time.perf_counter() - begun)
    file.unlink()
    return found


async def _timed(work: Callable[[], Awaitable[int]]) -> list[float]:
    await work()
    found = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        await work()
        found.append(time.perf_counter() - begun)
    return found


def _question(metric: str, since: datetime, until: datetime) -> dict[str, Any]:
    attributes = {
        "metric_id": metric,
        "measurements": ["unique"],
        "interval": "day",
        "timezone": "UTC",
        "filter": [
            f"greater-or-equal(datetime,{since:%Y-%m-%dT%H:%M:%S})",
            f"less-than(datetime,{until:%Y-%m-%dT%H:%M:%S})",
        ],
    }
    return {"data": {"type": "metric-aggregate", "attributes": attributes}}


async def _sealing_line(pool: db.Pool, sealer: Sealer) -> Line:
    """One day of a new account."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with pool.connection() as conn:
        number = (await accounts.create(conn, name="Sealed")).account_id
        await _fill(conn, number, today - timedelta(days=1), today, _DAY_EVENTS)
    begun = time.perf_counter()
    await _sealed(sealer, number)
    seconds = time.perf_counter() - begun
    async with pool.connection() as conn:
        files = await sealed(conn, number)
    size = sum(file.bytes or 0 for file in files) / 1e6
    return Line(
        f"sealing a day of {_DAY_EVENTS:,} events", f"{seconds:.1f} s, {size:.1f} MB", "about a second", "-", "", None
    )


def _line(what: str, ours: list[float], theirs: list[float]) -> Line:
    best, reference = median(ours), median(theirs)
    return Line(
        f"unique people per day over a year, {_EVENTS * 7 // 10:,} events of the metric: {what}",
        f"{best * 1000:,.0f} ms",
        "≤ 1.5",
        f"DuckDB over the same rows as Parquet: {reference * 1000:,.0f} ms",
        f"{best / reference:.1f}",
        best <= 1.5 * reference,
    )
