"""Building segments over a large log; beside it DuckDB alone over the same rows as Parquet.

A million events of fifty thousand people over a year by default; `RAPPORT_BENCH_EVENTS` makes it more.
"""

import asyncio
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from benchmarks.world import Line, World, account_id, median, running
from rapport.accounts import service as accounts
from rapport.events import metrics, partitions
from rapport.kit import db
from rapport.segments import totals
from rapport.segments.conditions import matching, parse

_EVENTS = int(os.environ.get("RAPPORT_BENCH_EVENTS", "1000000"))
_PEOPLE = _EVENTS // 20
_NAMES = ("Placed Order", "Opened Email", "Viewed Product")
_ROUNDS = 3
# Nobody waits for these rows, so the log is filled by SQL: the same shapes as the pipeline writes, skewed towards
# some people as real ones are.
_FILL_PROFILES = """
    INSERT INTO profiles (account_id, id, ulid, email, created, updated)
    SELECT %(account)s, n, 'BENCH' || n, 'p' || n || '@example.com', now(), now()
    FROM generate_series(1, %(people)s) AS n"""
_COPY = """
    COPY (SELECT metric_id, profile_id, time AT TIME ZONE 'UTC' AS time, properties ->> 'Category' AS category
          FROM events WHERE account_id = {}) TO STDOUT (FORMAT csv, HEADER)"""
_FILL_EVENTS = """
    INSERT INTO events (account_id, time, id, metric_id, profile_id, value, properties, recorded)
    SELECT %(account)s, date_trunc('second', now() - (random() * 364) * interval '1 day'), n,
           (%(metrics)s::bigint[])[1 + floor(random() ^ 0.5 * 3)::int],
           1 + floor(random() ^ 2 * %(people)s)::bigint, round((random() * 100)::numeric, 2),
           jsonb_build_object('Category', (ARRAY['Coats', 'Shoes', 'Home'])[1 + floor(random() * 3)::int]), now()
    FROM generate_series(1, %(events)s) AS n"""


def measure() -> list[Line]:
    with running() as world:
        return asyncio.run(_measure(world))


async def _measure(world: World) -> list[Line]:
    number = account_id(world)
    async with db.new_pool(world.database_url, size=4) as pool, pool.connection() as conn:
        account = await accounts.load(conn, number)
        found = await metrics.find_or_create(conn, number, [("api", name) for name in _NAMES], account.now())
        by_name = {key[1]: metric for key, metric in found.items()}
        await _fill(conn, number, [by_name[name].id for name in _NAMES])
        with tempfile.TemporaryDirectory() as folder:
            lake = _parquet(world, number, Path(folder))
            lines = []
            for name, definition, query in _definitions(by_name):
                ours = [await _timed(conn, account, definition) for _ in range(_ROUNDS)]
                theirs = [_asked(lake, query) for _ in range(_ROUNDS)]
                assert ours[0][1] == theirs[0][1], (name, ours[0][1], theirs[0][1])
                lines.append(
                    _line(name, median([one[0] for one in ours]), median([one[0] for one in theirs]), ours[0][1])
                )
    return lines


async def _fill(conn: db.Connection, number: int, metric_ids: list[int]) -> None:
    now = datetime.now(UTC)
    await partitions.ensure(conn, [now - timedelta(days=days) for days in range(0, 370, 15)])
    values = {"account": number, "people": _PEOPLE, "events": _EVENTS, "metrics": metric_ids}
    await db.execute(conn, _FILL_PROFILES, values)
    await db.execute(conn, _FILL_EVENTS, values)
    await totals.recount_all(conn, number)
    await conn.commit()
    await conn.set_autocommit(True)
    await conn.execute("VACUUM ANALYZE")
    await conn.set_autocommit(False)


def _definitions(found: dict[str, Any]) -> list[tuple[str, dict[str, Any], str]]:
    order, opened, viewed = (found[name] for name in _NAMES)
    since = "date_trunc('day', now() AT TIME ZONE 'UTC') - INTERVAL {} DAY"
    coats = [{"property": "Category", "filter": {"type": "string", "operator": "equals", "value": "Coats"}}]

    def query(metric: Any, least: int, days: int | None, extra: str = "") -> str:
        window = f" AND time >= {since.format(days)}" if days else ""
        return f"""SELECT count(*) FROM (SELECT profile_id FROM events WHERE metric_id = {metric.id}{window}{extra}
                   GROUP BY profile_id HAVING count(*) >= {least})"""

    return [
        ("ordered at least twice in 90 days", _count(order, 2, 90), query(order, 2, 90)),
        ("opened at least twice ever", _count(opened, 2, None), query(opened, 2, None)),
        (
            "viewed coats at least 3 times in 180 days",
            _count(viewed, 3, 180, coats),
            query(viewed, 3, 180, " AND category = 'Coats'"),
        ),
        ("ordered at least 5 times ever", _count(order, 5, None), query(order, 5, None)),
    ]


def _count(metric: Any, least: int, days: int | None, filters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    timeframe: dict[str, Any] = {"type": "date", "operator": "alltime"}
    if days:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    condition = {
        "type": "profile-metric",
        "metric_id": metric.public_id,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": least},
        "timeframe_filter": timeframe,
        "metric_filters": filters,
    }
    return {"condition_groups": [{"conditions": [condition]}]}


async def _timed(conn: db.Connection, account: Any, definition: dict[str, Any]) -> tuple[float, int]:
    begun = time.perf_counter()
    members = await matching(conn, account, parse(definition), now=account.now())
    return time.perf_counter() - begun, len(members)


def _parquet(world: World, number: int, folder: Path) -> "duckdb.DuckDBPyConnection":
    file = folder / "events.csv"
    with (
        psycopg.connect(world.database_url) as conn,
        file.open("wb") as out,
        conn.cursor() as cursor,
        cursor.copy(_COPY.format(number).encode()) as copy,
    ):
        for part in copy:
            out.write(part)
    lake = duckdb.connect()
    lake.execute("SET TimeZone = 'UTC'")
    lake.execute(f"COPY (SELECT * FROM read_csv('{file}') ORDER BY metric_id, profile_id) TO '{folder}/events.parquet'")
    lake.execute(f"CREATE VIEW events AS SELECT * FROM '{folder}/events.parquet'")
    return lake


def _asked(lake: "duckdb.DuckDBPyConnection", query: str) -> tuple[float, int]:
    begun = time.perf_counter()
    found = lake.execute(query).fetchone()
    assert found
    return time.perf_counter() - begun, int(found[0])


def _line(name: str, ours: float, theirs: float, members: int) -> Line:
    return Line(
        f"building a segment over {_EVENTS:,} events: {name}",
        f"{ours * 1000:,.0f} ms, {members:,} members",
        "≤ 500 ms, ≤ 2 × DuckDB (10 M events, with the event lake)",
        f"DuckDB over the same rows as Parquet: {theirs * 1000:,.0f} ms",
        f"{ours / theirs:.1f}",
        ours <= 0.5 and ours <= 2 * theirs,
    )
