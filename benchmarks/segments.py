"""Building segments over ten million events of half a million people; beside it DuckDB alone over the same Parquet.

The shop (`benchmarks/shop.py`) is made once and kept; all days but the last are in the event lake.
`RAPPORT_BENCH_EVENTS` makes it another size. Both give a set of ids as a bitmap, and the sets are compared.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
from pyroaring import BitMap64

from benchmarks import shop
from benchmarks.definitions import REFERENCES, Reference
from benchmarks.world import HEADERS, Line, World, median, start, stop
from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events.lake import folder, manifest, query
from rapport.kit import clock, db
from rapport.segments.conditions import parse
from rapport.segments.evaluation.sets import matching
from rapport.segments.sql.bitmap import bitmap

_ROUNDS = 5
_THREADS = max(1, min(4, os.cpu_count() or 1))
_TABLES = {
    "profiles": "SELECT id, properties::text AS properties FROM profiles WHERE account_id = {account}",
    "members": "SELECT profile_id AS profile FROM list_members WHERE account_id = {account} AND list_id = {list}",
    "consents": "SELECT profile_id AS profile, channel, status FROM consents WHERE account_id = {account}",
    "suppressed": "SELECT DISTINCT profile_id AS profile FROM suppressions WHERE account_id = {account}",
}
_JSON = {"profiles": "SELECT id, properties::JSON AS properties FROM read_csv('{file}')"}


def measure() -> list[Line]:
    world = start(shop.data())
    try:
        return asyncio.run(_measure(world))
    finally:
        stop(world)


async def _measure(world: World) -> list[Line]:
    folder.use(world.folder)
    async with db.new_pool(world.database_url, size=4) as pool:
        made = await shop.made(pool, world)
        async with pool.connection() as conn:
            account = await accounts.load(conn, made.account_id)
        now = account.now()
        lake = await duck(pool, made, world.folder)
        lines = [await _compare(pool, account, made, lake, one, now) for one in REFERENCES]
        return [*lines, await asyncio.to_thread(_estimates, world, made)]


async def duck(pool: db.Pool, made: shop.Shop, data: Path) -> "duckdb.DuckDBPyConnection":
    """DuckDB over the lake's own files and, as one more, the open rows; and over the tables as Parquet."""
    bare = data / "bare"
    bare.mkdir(exist_ok=True)
    async with pool.connection() as conn:
        sealed = await manifest.sealed(conn, made.account_id)
        await _tables(conn, made, bare)
    async with query.view(pool, made.account_id, since=sealed[-1].span.until) as events:
        columns = "metric, profile, time, value, properties"
        await events.sql(f"COPY (SELECT {columns} FROM events) TO '{bare}/open.parquet' (FORMAT parquet)")
    files = [f"'{data}/lake/{file.name}'" for file in sealed if file.bytes]
    lake = duckdb.connect(config={"threads": _THREADS})
    lake.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; SET preserve_insertion_order = false")
    lake.execute(
        f"""CREATE VIEW events AS SELECT {columns} FROM read_parquet([{", ".join(files)}])
            UNION ALL SELECT {columns} FROM '{bare}/open.parquet'"""
    )
    for name in _TABLES:
        lake.execute(f"CREATE VIEW {name} AS SELECT * FROM '{bare}/{name}.parquet'")
    return lake


async def _tables(conn: db.Connection, made: shop.Shop, bare: Path) -> None:
    for name, asked in _TABLES.items():
        file = bare / f"{name}.csv"
        statement = asked.format(account=made.account_id, list=made.list_id)
        with file.open("wb") as out:
            async with (
                conn.cursor() as cursor,
                cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)") as copy,
            ):
                async for part in copy:
                    out.write(part)
        read = _JSON.get(name, "SELECT * FROM read_csv('{file}')").format(file=file)
        duckdb.connect().execute(f"COPY ({read}) TO '{bare}/{name}.parquet' (FORMAT parquet)")
        file.unlink()


async def _compare(
    pool: db.Pool, account: Account, made: shop.Shop, lake: "duckdb.DuckDBPyConnection", one: Reference, now: datetime
) -> Line:
    definition = parse(one.filled(_names(made)))
    numbers: dict[str, Any] = {short: metric.id for short, metric in made.metrics.items()}
    moments = {"midnight": clock.midnight(now), "now": now}
    values = numbers | {name: moment.astimezone(UTC).replace(tzinfo=None) for name, moment in moments.items()}
    asked = one.asked(values)

    async def ours() -> BitMap64:
        async with pool.connection() as conn:
            return await matching(conn, account, definition, now=now)

    async def theirs() -> BitMap64:
        return await asyncio.to_thread(lambda: bitmap(lake.execute(asked).fetchnumpy()[_only(lake)]))

    found, expected = await ours(), await theirs()
    assert found == expected, (one.name, len(found), len(expected), len(found ^ expected))
    # by turns, because whatever else the machine does then does it to both
    times = [(await _timed(ours), await _timed(theirs)) for _ in range(_ROUNDS)]
    return _line(one.name, median([time[0] for time in times]), median([time[1] for time in times]), len(found))


def _estimates(world: World, made: shop.Shop) -> Line:
    """How long the slowest of them takes to be estimated before it is kept."""
    times = {}
    with httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client:
        for one in REFERENCES:
            attributes = {"definition": one.filled(_names(made))}
            body = {"data": {"type": "segment-estimate", "attributes": attributes}}
            times[one.name] = median([_seconds(client, body) for _ in range(_ROUNDS)])
    slowest = max(times, key=lambda name: times[name])
    return Line(
        "the slowest estimate of these, size and ten of them",
        f"{times[slowest] * 1000:,.0f} ms: {slowest}",
        "≤ 1 s",
        f"the quickest: {min(times.values()) * 1000:,.0f} ms",
        "",
        times[slowest] <= 1,
    )


def _seconds(client: httpx.Client, body: dict[str, Any]) -> float:
    begun = time.perf_counter()
    client.post("/api/segment-estimates", json=body).raise_for_status()
    return time.perf_counter() - begun


def _names(made: shop.Shop) -> dict[str, str]:
    return {short: metric.public_id for short, metric in made.metrics.items()} | {"list": made.list_public_id}


def _only(lake: "duckdb.DuckDBPyConnection") -> str:
    assert lake.description is not None
    return str(lake.description[0][0])


async def _timed(work: Callable[[], Awaitable[BitMap64]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _line(name: str, ours: float, theirs: float, members: int) -> Line:
    return Line(
        f"building a segment over {shop.EVENTS:,} events: {name}",
        f"{ours * 1000:,.0f} ms, {members:,} members",
        "≤ 1.5",
        f"DuckDB alone over the same Parquet: {theirs * 1000:,.0f} ms",
        f"{ours / theirs:.1f}",
        ours <= 1.5 * theirs,
    )
