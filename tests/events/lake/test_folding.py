"""Whatever order events arrive in, folding them into files takes bounded memory and comes to an end."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from rapport.commands import doctor
from rapport.events import partitions
from rapport.events.lake import changes, open_rows, query, rebuild, seal
from rapport.events.lake.manifest import File
from rapport.events.lake.open_rows import Wanted
from rapport.events.lake.plan import Limits
from rapport.events.lake.sealer import Sealer
from rapport.kit import db
from rapport.kit.ids import EVENT_EPOCH, EVENT_SEQUENCE_BITS
from tests.conftest import Shop
from tests.events.lake.world import LIMITS, World, check, new_world

_YEARS = 16
_SINCE = datetime(2010, 1, 1, tzinfo=UTC)
_SECONDS = int(timedelta(days=365 * _YEARS).total_seconds())
# As many as were asked for, scattered over all the years in an order of their own.
_INSERT = f"""
    INSERT INTO events (account_id, time, id, metric_id, profile_id, value, properties, recorded)
    SELECT %(account)s, time, ((extract(epoch FROM time)::bigint - {int(EVENT_EPOCH.timestamp())})
           << {EVENT_SEQUENCE_BITS}) + nextval('event_sequence'), 1 + n %% 5, 1 + n %% 5000, n %% 100,
           jsonb_build_object('Category', 'c' || n %% 50, 'n', n, 'Title', repeat('words of a product ', 15)), now()
    FROM (SELECT n, %(since)s::timestamptz + interval '1 second' * ((n * 7919 + %(salt)s) %% %(seconds)s) AS time
          FROM generate_series(1::bigint, %(count)s) AS n) AS made
    RETURNING time, id"""


@dataclass
class _Taken:
    """How much the table was asked for while files were written."""

    most: int = 0


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> _Taken:
    """The largest number of rows that one piece took from the table."""
    found = _Taken()
    fetch = open_rows.fetch

    async def counted(conn: db.Connection, wanted: Wanted, used: list[File], to: Path) -> None:
        await fetch(conn, wanted, used, to)
        with to.open("rb") as lines:
            found.most = max(found.most, sum(line.startswith(b"e,") for line in lines))

    monkeypatch.setattr(query.open_rows, "fetch", counted)
    return found


@pytest.fixture
async def world(postgres: str, tmp_path: Path) -> AsyncIterator[World]:
    async with db.new_pool(postgres, size=4) as pool:
        made = await new_world(pool, tmp_path, people=1)
        yield made
        await made.sealer.close()


async def arrive(world: World, count: int, salt: int) -> None:
    """Events scattered over all the years, recorded after whatever is sealed."""
    scope = {"account": world.account.account_id, "since": _SINCE, "salt": salt, "count": count, "seconds": _SECONDS}
    async with world.pool.connection() as conn:
        await partitions.ensure(conn, {_SINCE + timedelta(days=day) for day in range(0, 365 * _YEARS + 1, 28)})
        events = await db.rows(conn, _INSERT, scope)
        await changes.late(conn, world.account.account_id, events)


async def the_lake_keeps_up(world: World, limits: Limits, *, first: int, rest: int, scattered: int) -> None:
    """A day of the import is sealed before the most of it comes; then others arrive anywhere."""
    await arrive(world, first, 0)
    await world.seal()
    await arrive(world, rest, 3)
    await world.seal()
    await arrive(world, scattered, 5)
    await world.seal()
    sealed = await world.sealed()
    left = await world.count("lake_changes")
    assert sum(rows for _, _, rows, _ in sealed) + left == first + rest + scattered
    assert max(rows for _, _, rows, _ in sealed) <= limits.full
    assert max(until - since for since, until, _, _ in sealed) <= limits.span
    # what is too little to be worth a file
    assert left < scattered / 10


@pytest.mark.long
async def test_an_import_over_many_years_is_folded_in_pieces(world: World, taken: _Taken) -> None:
    limits = Limits(step=1000, small=200, run=8, full=4000, changes=25)
    world.sealer = Sealer(world.pool, world.files, limits=limits)
    await the_lake_keeps_up(world, limits, first=600, rest=11_400, scattered=1000)
    assert taken.most <= 2 * limits.step
    await check(world, random.Random(1))


@pytest.mark.long
async def test_an_import_of_a_million_events_over_many_years_is_folded_in_200_mb(world: World, taken: _Taken) -> None:
    world.sealer = Sealer(world.pool, world.files, memory="200MB")
    limits = Limits()
    await the_lake_keeps_up(world, limits, first=60_000, rest=1_140_000, scattered=100_000)
    assert taken.most <= 2 * limits.step


@pytest.mark.long
async def test_a_fold_that_fails_is_told_and_done_in_smaller_pieces(
    world: World, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _only(world)
    limits = Limits(step=1000, small=40, changes=25)
    world.sealer = Sealer(world.pool, world.files, limits=limits)
    await arrive(world, 500, 0)
    await world.seal()
    await arrive(world, 800, 3)
    _fails_above(monkeypatch, 300)
    sealer = Sealer(world.pool, world.files, limits=limits, every=0)
    while not await world.count("lake_failures"):
        await sealer.run_once()
    advice = await _found(postgres)
    assert f"not written for {world.account.public_id} since" in advice and "out of memory" in advice
    assert "smaller pieces" in advice
    for _ in range(20):
        await sealer.run_once()
    await sealer.close()
    assert await world.count("lake_failures") == 0
    assert f"not written for {world.account.public_id}" not in await _found(postgres)
    assert await world.count("lake_changes") < limits.changes * len(await world.sealed())
    await check(world, random.Random(2))


def _fails_above(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """DuckDB's own error for a file that takes more than so many events from the table."""
    copy = seal._copy

    def limited(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
        ((taken,),) = connection.execute("SELECT count(*) FROM lake_open WHERE kind = 'e'").fetchall()
        if taken > rows:
            raise duckdb.OutOfMemoryException("Out of Memory Error: out of memory, as asked for")
        return copy(connection, path)

    monkeypatch.setattr(seal, "_copy", limited)


async def _only(world: World) -> None:
    """What other tests left would be found too: their files are gone."""
    async with world.pool.connection() as conn:
        await db.execute(conn, "TRUNCATE lake_files, lake_changes, lake_moves, lake_failures, events")


async def _found(url: str) -> str:
    findings = await asyncio.to_thread(lambda: list(doctor.examine(url)))
    return " ".join(f"{finding.result} {finding.advice}" for finding in findings)


async def test_rebuilding_is_next_while_a_worker_never_stops(world: World) -> None:
    await world.record(random.Random(3), range(1, 10), 300)
    await world.seal()
    account, waited = world.account.account_id, list[bool]()
    stop, began = asyncio.Event(), asyncio.Event()

    async def busy() -> None:
        """As a sealer that has always more to do: it lets go for a moment, and tries again."""
        while not stop.is_set():
            async with seal.locked(world.pool, account) as conn:
                if conn is not None:
                    began.set()
                    await asyncio.sleep(0.05)

    worker = asyncio.create_task(busy())
    await began.wait()
    written = await asyncio.wait_for(
        rebuild.rebuild(world.pool, world.files, account, limits=LIMITS, waits=lambda: waited.append(True)), 10
    )
    stop.set()
    await worker
    assert (written >= 300, waited) == (True, [True])


async def test_doctor_tells_of_changes_that_nobody_folds(world: World, postgres: str) -> None:
    await _only(world)
    await world.record(random.Random(4), range(1, 10), 300)
    await world.seal()
    await world.record(random.Random(5), range(1, 10), 600)
    assert "changed since" not in await _found(postgres)
    async with world.pool.connection() as conn:
        hours = "UPDATE lake_changes SET noted = now() - interval '2 hours' WHERE account_id = %s"
        await db.execute(conn, hours, (world.account.account_id,))
    assert f"changed since: {world.account.public_id} (600 events)" in await _found(postgres)


def test_metrics_count_the_accounts_whose_events_are_in_no_file(shop: Shop) -> None:
    def failing() -> float:
        shown = httpx.get(f"{shop.server.url}/metrics").text
        return float(shown.partition("\nrapport_lake_failing_accounts ")[2].partition("\n")[0])

    before = failing()
    row = "INSERT INTO lake_failures VALUES (%s, 1, 'out of memory', now()) RETURNING 1"
    shop.query(row, shop.account_id)
    assert failing() == before + 1
    shop.query("DELETE FROM lake_failures WHERE account_id = %s RETURNING 1", shop.account_id)
