"""A large shop, written by SQL because nobody waits for these rows: a year of events, sealed but for the last day.

Ten million events of half a million people by default; `RAPPORT_BENCH_EVENTS` makes it another number. Made once and
kept in the folder for temporary files, by size.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.world import World, account_id
from rapport.events import metrics, partitions
from rapport.events.lake import folder
from rapport.events.lake.sealer import Sealer
from rapport.kit import db
from rapport.lists import service as lists
from rapport.segments.membership import event_totals

EVENTS = int(os.environ.get("RAPPORT_BENCH_EVENTS", "10000000"))
PEOPLE = EVENTS // 20
NAMES = {"opened": "Opened Email", "viewed": "Viewed Product", "order": "Placed Order"}
_DAYS = 365
_PART = 500_000
_PEOPLE = """
    INSERT INTO profiles (account_id, id, ulid, email, properties, created, updated)
    SELECT %(account)s, n, 'BENCH' || n, 'p' || n || '@example.com',
           jsonb_build_object('VIP', n %% 50 = 0, 'Plan', (ARRAY['free', 'plus', 'pro'])[1 + n %% 3]), now(), now()
    FROM generate_series(1, %(people)s) AS n"""
_IDENTIFIERS = """
    INSERT INTO profile_identifiers (account_id, kind, value, profile_id)
    SELECT %(account)s, 2, 'p' || n || '@example.com', n FROM generate_series(1, %(people)s) AS n"""
_CONSENTS = """
    INSERT INTO consents (account_id, profile_id, channel, status, consented_at, updated)
    SELECT %(account)s, n, 'email', CASE WHEN n %% 10 < 7 THEN 'SUBSCRIBED' ELSE 'UNSUBSCRIBED' END, now(), now()
    FROM generate_series(1, %(people)s) AS n WHERE n %% 10 < 8"""
_SUPPRESSED = """
    INSERT INTO suppressions (account_id, profile_id, reason, at)
    SELECT %(account)s, n, 'HARD_BOUNCE', now() FROM generate_series(1, %(people)s, 50) AS n"""
_MEMBERS = """
    INSERT INTO list_members (account_id, list_id, profile_id, joined)
    SELECT %(account)s, %(list)s, n, now() FROM generate_series(1, %(people)s, 5) AS n"""
# Skewed towards some people, as real ones are; ids hold their second.
_EVENTS = """
    INSERT INTO events (account_id, time, id, metric_id, profile_id, value, value_currency, properties, recorded)
    SELECT %(account)s, time, (extract(epoch FROM time)::bigint - 631152000) << 28 | n,
           (%(metrics)s::bigint[])[CASE WHEN n %% 10 < 6 THEN 1 WHEN n %% 10 < 9 THEN 2 ELSE 3 END],
           1 + floor(random() ^ 2 * %(people)s)::bigint,
           CASE WHEN n %% 10 = 9 THEN round((random() * 100)::numeric, 2) END,
           CASE WHEN n %% 10 = 9 THEN 'USD' END,
           jsonb_build_object('Category', (ARRAY['Coats', 'Shoes', 'Home'])[1 + floor(random() * 3)::int],
                              'Items', floor(random() * 100)::int, 'Price', round((random() * 100)::numeric, 2),
                              'URL', 'https://shop.example.com/p/' || n %% 500), now()
    FROM (SELECT n, date_trunc('second', %(since)s + random() * (%(until)s - %(since)s)) AS time
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS made"""
# days that are over and in no file
_OPEN = """
    SELECT EXISTS (SELECT FROM events WHERE account_id = a.account_id AND time >= coalesce(f.until, '-infinity')
                   AND time < date_trunc('day', now() - interval '10 minutes'))
    FROM accounts a LEFT JOIN LATERAL (
        SELECT max(until) AS until FROM lake_files l
        WHERE l.account_id = a.account_id AND l.state = 'sealed') AS f ON true
    WHERE a.account_id = %s"""


@dataclass(frozen=True)
class Shop:
    account_id: int
    # by the short names of NAMES
    metrics: dict[str, metrics.Metric]
    list_id: int
    list_public_id: str


def data() -> Path:
    return Path(tempfile.gettempdir()) / f"rapport-bench-segments-{EVENTS}"


async def made(pool: db.Pool, world: World) -> Shop:
    """The shop in a running world, filled by this or an earlier run."""
    number = account_id(world)
    async with pool.connection() as conn:
        found = await metrics.find_or_create(conn, number, [("api", name) for name in NAMES.values()], _now())
        by_name = {short: found["api", name] for short, name in NAMES.items()}
    if not (await _rows(pool, "SELECT EXISTS (SELECT FROM events WHERE account_id = %s)", number))[0][0]:
        await _fill(pool, number, [by_name[short].id for short in NAMES])
    await _seal(pool, Sealer(pool, folder.use(world.folder)), number)
    listed = (await _rows(pool, "SELECT id, public_id FROM lists WHERE account_id = %s ORDER BY id", number))[0]
    return Shop(number, by_name, *listed)


async def _seal(pool: db.Pool, sealer: Sealer, number: int) -> None:
    """Beside the server's own worker: whoever has the lock goes on, until both have nothing to do."""
    while True:
        if not await sealer.step(number):
            if not (await _rows(pool, _OPEN, number))[0][0]:
                return
            await asyncio.sleep(0.1)


async def _rows(pool: db.Pool, query: str, number: int) -> list[tuple[Any, ...]]:
    async with pool.connection() as conn:
        return await db.rows(conn, query, (number,))


def _now() -> datetime:
    return datetime.now(UTC)


async def _fill(pool: db.Pool, number: int, metric_ids: list[int]) -> None:
    until = _now()
    values = {"account": number, "people": PEOPLE, "metrics": metric_ids, "until": until}
    async with pool.connection() as conn:
        row = await lists.create(conn, number, "Everybody fifth", None, until)
        for statement in (_PEOPLE, _IDENTIFIERS, _CONSENTS, _SUPPRESSED, _MEMBERS):
            await db.execute(conn, statement, values | {"list": row["id"]})
        since = until - timedelta(days=_DAYS)
        await partitions.ensure(conn, [since + timedelta(days=days) for days in range(_DAYS + 2)])
        for first in range(0, EVENTS, _PART):
            part = {"first": first, "last": min(first + _PART, EVENTS) - 1, "since": since}
            await db.execute(conn, _EVENTS, values | part)
        await event_totals.recount_all(conn, number)
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
        await conn.execute("VACUUM ANALYZE")
        await conn.set_autocommit(False)
