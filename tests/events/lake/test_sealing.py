"""What is sealed when, and what a reader then reads."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from prometheus_client import REGISTRY

from rapport.events.lake import changes, query, seal
from rapport.events.lake.plan import Limits
from rapport.events.lake.sealer import Sealer
from rapport.events.record import record
from rapport.kit import clock, db
from tests.events.lake.world import LIMITS, World, check, new_world
from tests.lengths import length


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)


@pytest.fixture
async def world(postgres: str, tmp_path: Path) -> AsyncIterator[World]:
    async with db.new_pool(postgres, size=6) as pool:
        made = await new_world(pool, tmp_path)
        yield made
        await made.sealer.close()


def _today(world: World) -> datetime:
    return clock.midnight(world.account.now() - timedelta(minutes=10))


async def _open_rows(world: World, **wanted: object) -> int:
    """How many events a view had to take from the table."""
    async with query.view(world.pool, world.account.account_id, **wanted) as events:  # type: ignore[arg-type]
        return int((await events.sql("SELECT count(*) FROM lake_open WHERE kind = 'e'"))[0][0])


async def _metric(world: World, name: str) -> int:
    async with world.pool.connection() as conn:
        asked = (world.account.account_id, name)
        return int((await db.rows(conn, "SELECT id FROM metrics WHERE account_id = %s AND name = %s", asked))[0][0])


async def test_days_that_are_over_are_sealed_and_today_is_not(world: World, chance: random.Random) -> None:
    await world.record(chance, [1, 2, 3], 200)
    await world.record(chance, [-1, -2], 50)
    assert await world.seal()
    sealed = await world.sealed()
    assert sealed[-1][1] == _today(world)
    assert sum(row[2] for row in sealed) == 200
    assert await _open_rows(world) == 50
    await check(world, chance)


def _missing_files() -> float:
    return REGISTRY.get_sample_value("rapport_lake_missing_files_total") or 0


async def test_a_file_of_which_a_byte_is_another_is_not_read(world: World, chance: random.Random) -> None:
    """Whichever byte it is, and whether it was read before: DuckDB would answer something else, or fail."""
    await world.record(chance, [1, 2, 3], 400)
    await world.seal()
    file = world.files.path((await world.sealed())[0][3])
    written = file.read_bytes()
    assert await _open_rows(world) == 0
    for _ in range(length(6, 20)):
        damaged = bytearray(written)
        damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        file.write_bytes(damaged)
        before = _missing_files()
        await check(world, chance)
        assert _missing_files() > before
    file.write_bytes(written)
    assert await _open_rows(world) == 0


async def test_a_file_that_decayed_unseen_is_found_when_a_question_fails(world: World, chance: random.Random) -> None:
    """The file looks the same from outside; whoever asks again has the answer of the table."""
    await world.record(chance, [1, 2, 3], 400)
    await world.seal()
    _, _, rows, name = (await world.sealed())[0]
    file = world.files.path(name)
    assert await _open_rows(world) == 0
    looks = file.stat()
    with file.open("r+b") as content:
        content.write(b"\0" * (looks.st_size // 2))
    os.utime(file, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    with pytest.raises(duckdb.Error):
        await check(world, chance)
    await check(world, chance)
    assert await _open_rows(world) == rows


async def test_years_with_few_events_become_a_file_each(world: World, chance: random.Random) -> None:
    """Not one for all: what changes anywhere in a file writes the whole of it anew."""
    await world.record(chance, range(100, 1450), 30)
    assert await world.seal() == 4
    assert len(await world.sealed()) == 4
    await check(world, chance)


async def test_a_day_of_a_small_shop_is_put_with_the_days_before(world: World, chance: random.Random) -> None:
    await world.record(chance, [1], 20)
    await world.seal()
    await world.ahead()
    await world.record(chance, [1], 10)
    await world.seal()
    assert [row[2] for row in await world.sealed()] == [30]


async def test_a_history_is_sealed_in_steps_and_neighbours_are_joined(world: World, chance: random.Random) -> None:
    await world.record(chance, range(1, 60), 1900)
    steps = await world.seal()
    sealed = await world.sealed()
    assert steps > len(sealed)
    assert len(sealed) < 4
    assert sum(row[2] for row in sealed) == 1900
    assert all(one[1] == other[0] for one, other in pairwise(sealed))


async def test_a_late_event_is_seen_at_once_and_is_all_that_is_read_from_the_table(
    world: World, chance: random.Random
) -> None:
    await world.record(chance, range(1, 20), 500)
    await world.seal()
    assert await _open_rows(world) == 0
    await world.record(chance, [5], 1)
    assert await _open_rows(world) == 1
    await check(world, chance)
    assert await world.seal() == 0


async def test_only_the_asked_metric_and_time_are_read_from_the_table(world: World, chance: random.Random) -> None:
    await world.record(chance, [1, 2, 3, 4], 400)
    metric = await _metric(world, "Placed Order")
    async with world.pool.connection() as conn:
        rows = await db.rows(
            conn,
            "SELECT count(*) FROM events WHERE account_id = %s AND metric_id = %s AND time >= %s",
            (world.account.account_id, metric, _today(world) - timedelta(days=2)),
        )
    assert await _open_rows(world, metrics=[metric], since=_today(world) - timedelta(days=2)) == rows[0][0]


async def test_only_the_asked_properties_cross(world: World, chance: random.Random) -> None:
    await world.record(chance, [0], 40)
    wanted = query.view(world.pool, world.account.account_id, properties=["n"])
    async with wanted as events:
        keys = await events.sql("SELECT DISTINCT properties::JSON::VARCHAR FROM events")
    assert {"n" in row[0] and "Category" not in row[0] for row in keys} == {True}


async def test_many_changes_are_folded_into_their_file(world: World, chance: random.Random) -> None:
    await world.record(chance, range(1, 5), 100)
    await world.seal()
    await world.record(chance, [2], 30)
    assert await world.count("lake_changes") == 30
    assert await world.seal() == 1
    assert await world.count("lake_changes") == 0
    assert await _open_rows(world) == 0
    await check(world, chance)


async def test_what_was_removed_is_gone_from_the_file_within_minutes(world: World, chance: random.Random) -> None:
    await world.record(chance, range(1, 5), 100)
    await world.seal()
    await world.remove(world.people[0])
    assert await world.seal() == 0
    async with world.pool.connection() as conn:
        asked = (world.account.account_id,)
        await db.execute(conn, "UPDATE lake_changes SET noted = noted - interval '16 min' WHERE account_id = %s", asked)
    assert await world.seal() == 1
    assert await world.count("lake_changes") == 0
    await check(world, chance)


async def test_a_merge_is_seen_at_once_and_forgotten_when_no_file_names_the_source(
    world: World, chance: random.Random
) -> None:
    await world.record(chance, range(1, 5), 200)
    await world.seal()
    for _ in range(3):
        await world.merge(world.people[0], world.people[1])
        await check(world, chance)
    assert await world.count("lake_moves") == 3
    assert await world.seal()
    assert await world.count("lake_moves") == 0
    await check(world, chance)


async def test_an_event_written_while_its_day_is_sealed_is_not_lost(world: World, chance: random.Random) -> None:
    """Its transaction looked into the manifest before the claim, and commits after it."""
    await world.record(chance, [1], 50)
    async with world.pool.connection() as conn:
        late = [world.event(chance, 1) for _ in range(5)]
        await record(conn, world.account, late, world.people[:5])
        sealing = asyncio.create_task(world.seal(1))
        await asyncio.sleep(0.3)
        assert not sealing.done()
    assert await sealing == 1
    assert (await world.sealed())[0][2] == 55
    await check(world, chance)


async def test_a_transaction_open_for_long_puts_sealing_off(
    world: World, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "_PATIENCE_SECONDS", 0.1)
    await world.record(chance, [1], 50)
    async with world.pool.connection() as conn:
        await record(conn, world.account, [world.event(chance, 1)], world.people[:1])
        assert await world.seal() == 0
        assert await world.sealed() == []
    assert await world.seal() == 1
    await check(world, chance)


async def test_two_sealers_do_not_meet(world: World, chance: random.Random, postgres: str) -> None:
    await world.record(chance, range(1, 30), 900)
    other = Sealer(world.pool, world.files, limits=Limits(step=300, small=40, run=3, full=2000))
    await asyncio.gather(world.seal(), *(other.step(world.account.account_id) for _ in range(5)))
    await world.seal()
    assert sum(row[2] for row in await world.sealed()) == 900
    await check(world, chance)


async def test_replaced_files_stay_for_those_who_still_read_them(
    world: World, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.record(chance, [1, 2], 100)
    await world.seal()
    first = (await world.sealed())[0][3]
    await world.record(chance, [1], 30)
    await world.seal()
    assert first in set(world.files.names())
    monkeypatch.setattr(seal, "GRACE", timedelta())
    await world.seal()
    assert set(world.files.names()) == {row[3] for row in await world.sealed()}


async def test_a_connection_sees_what_its_own_transaction_wrote(world: World, chance: random.Random) -> None:
    await world.record(chance, [1], 50)
    await world.seal()
    async with world.pool.connection() as conn:
        await record(conn, world.account, [world.event(chance, 1)], world.people[:1])
        async with query.view(conn, world.account.account_id) as events:
            assert await events.sql("SELECT count(*) FROM events") == [(51,)]
        async with query.view(world.pool, world.account.account_id) as events:
            assert await events.sql("SELECT count(*) FROM events") == [(50,)]


async def test_a_cancelled_question_stops(world: World) -> None:
    async with query.view(world.pool, world.account.account_id) as events:
        with pytest.raises(TimeoutError):
            endless = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range % 7 = b.range"
            await asyncio.wait_for(events.sql(endless), 0.2)
    async with query.view(world.pool, world.account.account_id) as events:
        assert await events.sql("SELECT count(*) FROM events") == [(0,)]


async def test_batches_and_numpy_give_what_sql_gives(world: World, chance: random.Random) -> None:
    await world.record(chance, [0, 1], 100)
    async with query.view(world.pool, world.account.account_id, properties=False) as events:
        rows = await events.sql("SELECT id, profile FROM events ORDER BY id")
        parts = [part async for part in events.batches("SELECT id, profile FROM events ORDER BY id", size=30)]
        columns = await events.numpy("SELECT id, profile FROM events ORDER BY id")
    assert [row for part in parts for row in part] == rows
    assert max(map(len, parts)) == 30
    assert list(zip(columns["id"].tolist(), columns["profile"].tolist(), strict=True)) == rows


async def test_days_are_those_of_the_zone(world: World, chance: random.Random) -> None:
    await world.record(chance, range(0, 300, 7), 200)
    zone = "America/New_York"
    async with query.view(world.pool, world.account.account_id) as events, world.pool.connection() as conn:
        ours = await events.sql(f"SELECT {query.local('week', zone)}, count(*) FROM events GROUP BY 1 ORDER BY 1")
        plain = await db.rows(
            conn,
            """SELECT date_trunc('week', time AT TIME ZONE %s), count(*) FROM events WHERE account_id = %s
               GROUP BY 1 ORDER BY 1""",
            (zone, world.account.account_id),
        )
    assert ours == plain


async def test_events_older_than_they_are_kept_go_with_their_files(world: World, chance: random.Random) -> None:
    await world.record(chance, range(1, 100), 500)
    await world.seal()
    keeper = Sealer(world.pool, world.files, keep=timedelta(days=30), limits=Limits())
    while await keeper.step(world.account.account_id):
        await check(world, chance)
    limit = clock.midnight(world.account.now() - timedelta(days=30))
    assert (await world.sealed())[0][0] >= limit
    async with query.view(world.pool, world.account.account_id, until=limit) as events:
        assert await events.sql("SELECT count(*) FROM events") == [(0,)]
    await check(world, chance)
    await world.record(chance, [90], 3)
    await check(world, chance)


async def test_files_older_than_a_restored_database_are_written_anew(world: World, chance: random.Random) -> None:
    """Numbers of transactions begin again in a database that was restored from a dump."""
    await world.record(chance, range(1, 5), 100)
    await world.seal()
    await world.record(chance, [2], 1)
    before = await world.sealed()
    async with world.pool.connection() as conn:
        asked = (world.account.account_id,)
        await db.execute(conn, "UPDATE lake_files SET horizon = horizon + 1000000000 WHERE account_id = %s", asked)
        await db.execute(conn, "UPDATE lake_changes SET written_by = 1000000000 WHERE account_id = %s", asked)
    await check(world, chance)
    assert await world.seal() == 1
    assert (await world.sealed())[0][3] != before[0][3]
    assert await world.count("lake_changes") == 0
    await check(world, chance)


async def test_the_loop_finds_every_account_by_itself(world: World, chance: random.Random, tmp_path: Path) -> None:
    other = await new_world(world.pool, tmp_path)
    await world.record(chance, [1], 20)
    await other.record(chance, [1], 20)
    loop = Sealer(world.pool, world.files, every=0, limits=Limits())
    while not (await world.sealed() and await other.sealed()):
        assert await loop.run_once()
    await check(world, chance)
    await check(other, chance)


async def test_it_waits_while_an_import_fills_the_inbox(world: World, chance: random.Random) -> None:
    await world.record(chance, range(1, 5), 50)
    asked = (world.account.account_id,)
    async with world.pool.connection() as conn:
        waiting = "INSERT INTO inbox (account_id, kind, body) SELECT %s, 'event', '{}' FROM generate_series(1, 1000)"
        await db.execute(conn, waiting, asked)
    assert await world.seal() == 0
    async with world.pool.connection() as conn:
        await db.execute(conn, "DELETE FROM inbox WHERE account_id = %s", asked)
    assert await world.seal() == 1


async def test_rewriting_nothing_is_no_error(world: World) -> None:
    async with world.pool.connection() as conn:
        await changes.rewritten(conn, world.account.account_id, [])
        await changes.of_profiles(conn, world.account.account_id, [])
        await changes.late(conn, world.account.account_id, [])


async def test_a_lock_waited_for_in_vain_stops_no_other_account(postgres: str, tmp_path: Path) -> None:
    """A statement that is given up says nothing of the accounts behind; only a lost database does."""
    chance = random.Random(5)
    async with db.new_pool(postgres, size=4) as pool:
        held, behind = [await new_world(pool, tmp_path) for _ in range(2)]
        await held.record(chance, [1], 20)
        await held.seal()
        await held.record(chance, [1, 2], 20)
        await behind.record(chance, [1], 20)
        impatient = db.new_pool(postgres, size=3)
        impatient.kwargs["options"] += " -c lock_timeout=200"
        async with impatient, pool.connection() as conn:
            await db.execute(conn, "LOCK TABLE lake_files IN SHARE MODE")
            sealer = Sealer(impatient, held.files, limits=LIMITS)
            sealer._due.extend([held.account.account_id])
            assert await sealer.run_once() == 0
            await conn.rollback()
            sealer._due.extend([behind.account.account_id])
            assert await sealer.run_once() == 1
            await sealer.close()
        assert await behind.sealed()
        assert await held.count("lake_failures") == 1
