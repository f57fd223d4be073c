"""A whole history credited anew under another model; beside it one DuckDB query that joins the same orders and touches
by window.

BENCH_ORDERS says how many orders there are (a million); there are ten touches to each.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any, LiteralString

import duckdb
import httpx
import psycopg

from benchmarks.world import HEADERS, Line, World, account_id, memory, running
from rapport.events import partitions
from rapport.kit.ids import EVENT_EPOCH, EVENT_SEQUENCE_BITS

_ORDERS = int(os.environ.get("BENCH_ORDERS", "1000000"))
_DAYS = 60
# Two orders a person. Mails are opened and clicked, texts clicked and received.
_PEOPLE = _ORDERS // 2
_FILL: tuple[LiteralString, ...] = (
    """INSERT INTO metrics (account_id, public_id, service, name, created, updated)
       VALUES (%(account)s, 'ORDERS', 'api', 'Placed Order', %(now)s, %(now)s)""",
    """INSERT INTO events (account_id, time, id, metric_id, profile_id, value, properties, recorded)
       SELECT %(account)s, moment, extract(epoch FROM moment - %(epoch)s)::bigint << %(bits)s | (n & %(places)s),
           (SELECT id FROM metrics WHERE account_id = %(account)s), n %% %(people)s + 1, 10 + n %% 90, '{}', %(now)s
       FROM generate_series(1, %(orders)s) n
       CROSS JOIN LATERAL (SELECT date_trunc('second', %(now)s - random() * interval '1 day' * %(days)s + interval '0 s'
           * n) AS moment) t""",
    """INSERT INTO engagements (account_id, event_id, kind, channel, profile_id, time)
       SELECT %(account)s, n, (ARRAY['opened', 'clicked', 'clicked', 'received'])[n %% 4 + 1],
           (ARRAY['email', 'email', 'sms', 'sms'])[n %% 4 + 1], (n::bigint / 4 * 7919 + n) %% %(people)s + 1,
           date_trunc('second', %(now)s - random() * interval '1 day' * %(days)s)
       FROM generate_series(1, 10 * %(orders)s) n""",
)
_JOINED = """
    CREATE TABLE joined AS
    SELECT o.id AS order_id, t.id AS touch_id, 1 / count(*) OVER (PARTITION BY o.id) AS share,
        o.value / count(*) OVER (PARTITION BY o.id) AS value
    FROM orders o JOIN touches t ON t.person = o.person AND t.time <= o.time AND t.time >= o.time - t.length"""

_DIFFERING = """
    WITH wanted AS (
        SELECT o.id AS event_id, t.event_id AS touch_event_id FROM events o JOIN engagements t
            ON t.account_id = o.account_id AND t.profile_id = o.profile_id AND t.time <= o.time
            AND t.time >= o.time - CASE WHEN t.channel = 'email' THEN interval '5 days'
                WHEN t.kind = 'clicked' THEN interval '1 day' ELSE interval '12 hours' END
        WHERE o.account_id = %(account)s),
    had AS (SELECT event_id, touch_event_id, version FROM attributions WHERE account_id = %(account)s)
    SELECT coalesce(h.event_id, w.event_id), h.version, w.event_id IS NOT NULL AS wanted, o.time, t.time, t.kind,
        t.channel
    FROM had h FULL JOIN wanted w USING (event_id, touch_event_id)
    LEFT JOIN events o ON o.account_id = %(account)s AND o.id = coalesce(h.event_id, w.event_id)
    LEFT JOIN engagements t ON t.account_id = %(account)s AND t.event_id = coalesce(h.touch_event_id, w.touch_event_id)
    WHERE h.event_id IS NULL OR w.event_id IS NULL LIMIT 20"""


def measure() -> list[Line]:
    with running() as world, httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client:
        _fill(world)
        reference, joined = _reference(world)
        before = sum(memory(world).values())
        with _peak(world) as peak:
            seconds = _recomputed(client)
        credits = _credits(world)
        assert credits == joined, (credits, joined, _differing(world))
    what = f"crediting {_ORDERS:,} orders anew with {10 * _ORDERS:,} touches"
    return [
        Line(
            what,
            f"{seconds:,.0f} s",
            "≤ 5 × DuckDB",
            f"one DuckDB query that joins them by window: {reference:,.1f} s",
            f"{seconds / reference:.1f}",
            seconds <= 5 * reference,
        ),
        Line("memory meanwhile", f"+{peak[0] - before:,.0f} MB", "≤ 500 MB", "at rest", "", peak[0] - before <= 500),
    ]


def _fill(world: World) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    scope = {
        "account": account_id(world),
        "now": now,
        "epoch": EVENT_EPOCH,
        "bits": EVENT_SEQUENCE_BITS,
        "places": (1 << EVENT_SEQUENCE_BITS) - 1,
        "orders": _ORDERS,
        "people": _PEOPLE,
        "days": _DAYS,
    }
    asyncio.run(_partitions(world, now))
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        for statement in _FILL:
            conn.execute(statement, scope)
        conn.execute("VACUUM ANALYZE")


async def _partitions(world: World, now: datetime) -> None:
    async with await psycopg.AsyncConnection.connect(world.database_url) as conn:
        await partitions.ensure(conn, {now - timedelta(days=days) for days in range(_DAYS + 1)})


def _reference(world: World) -> tuple[float, int]:
    """How long DuckDB takes, and how many pairs it finds."""
    duck = duckdb.connect()
    duck.execute("SET threads = 2")
    with psycopg.connect(world.database_url) as conn:
        _copied(
            conn,
            duck,
            "orders",
            "id BIGINT, person BIGINT, time TIMESTAMP, value DECIMAL(18, 2)",
            """
            SELECT id, profile_id, time, value FROM events WHERE account_id = %s""",
            account_id(world),
        )
        _copied(
            conn,
            duck,
            "touches",
            "id BIGINT, person BIGINT, time TIMESTAMP, length INTERVAL",
            """
            SELECT event_id, profile_id, time, CASE WHEN channel = 'email' THEN '5 days' WHEN kind = 'clicked'
                THEN '1 day' ELSE '12 hours' END FROM engagements WHERE account_id = %s""",
            account_id(world),
        )
    begun = time.perf_counter()
    duck.execute(_JOINED)
    return time.perf_counter() - begun, int(duck.execute("SELECT count(*) FROM joined").fetchall()[0][0])


def _copied(
    conn: "psycopg.Connection[Any]", duck: duckdb.DuckDBPyConnection, table: str, columns: str,
    query: LiteralString, account: int,
) -> None:  # fmt: skip
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        with conn.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", (account,)) as copy:
            for block in copy:
                file.write(block)
        file.flush()
        duck.execute(f"CREATE TABLE {table} ({columns})")
        duck.execute(f"COPY {table} FROM '{file.name}' (FORMAT csv, HEADER false)")


def _recomputed(client: httpx.Client) -> float:
    begun = time.perf_counter()
    body = {"data": {"type": "attribution-settings", "attributes": {"model": "linear"}}}
    client.patch("/api/attribution-settings", json=body).raise_for_status()
    while client.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"]:
        time.sleep(0.2)
    return time.perf_counter() - begun


def _credits(world: World) -> int:
    with psycopg.connect(world.database_url) as conn:
        row = conn.execute("SELECT count(*) FROM attributions WHERE account_id = %s", (account_id(world),)).fetchone()
    return int(row[0]) if row else 0


def _differing(world: World) -> list[Any]:
    """Pairs of an order and a touch that are credited and should not be, or should be and are not, with their times."""
    with psycopg.connect(world.database_url) as conn:
        return conn.execute(_DIFFERING, {"account": account_id(world)}).fetchall()


@contextmanager
def _peak(world: World) -> Iterator[list[float]]:
    """The most memory of all processes while the block runs, in MB, once it has ended."""
    most, ended = [0.0], Event()

    def watch() -> None:
        while not ended.wait(0.5):
            most[0] = max(most[0], sum(memory(world).values()))

    watching = Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()
