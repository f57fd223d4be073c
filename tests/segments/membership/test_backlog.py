"""While more waits than one batch takes, people are asked about later, and as if they had been asked at once."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rapport.kit import db
from rapport.segments.membership import backlog
from rapport.segments.membership.dirty import Dirty
from tests.segments.world import World, definition, did

pytestmark = pytest.mark.rule("4.8")
_BATCH = 20
_HELD_UP = """
    SELECT FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_DEFERRED = "SELECT id, body FROM inbox WHERE account_id = %s AND kind = 'deferred'"
_AS_EARLIER = "UPDATE inbox SET kind = 'later', body = %s WHERE account_id = %s AND id = %s"
_WAITING = "SELECT kind FROM inbox WHERE account_id = %s ORDER BY id LIMIT %s"


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with db.new_pool(database, size=3) as pool:
        yield await World.create(pool, batch=_BATCH)


def _orders(people: int, count: int, first: int = 0) -> list[tuple[str, str, float, dict[str, int], str | None]]:
    """So many of each, in turn."""
    return [
        (f"p{number}", "Placed Order", -turn - 1, {"turn": turn}, None)
        for turn in range(count)
        for number in range(first, first + people)
    ]


async def test_people_are_asked_about_when_the_rest_is_recorded(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], value=3)))
    await world.events(_orders(people=10, count=5))
    await world.pipeline.run_account(world.id)
    await world.pipeline.run_account(world.id)
    # before what came after it, so that whoever waits for that waits for this
    assert await world.rows(_WAITING, world.id, 2) == [("deferred",), ("event",)]
    assert await world.members(row) == set()
    await world.settle()
    everybody = {await world.profile(f"p{number}") for number in range(10)}
    assert await world.members(row) == everybody
    assert [(set(change.profiles), change.joined) for change in world.told] == [(everybody, True)]


async def test_who_is_folded_meanwhile_is_asked_about_as_the_other(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], value=2)))
    ada, ben = await world.profile("ada"), await world.profile("ben")
    await world.settle()
    hours = range(-30, -11)
    await world.events(
        [("ada", "Placed Order", -50, {}, None), *(("zoe", "Opened Email", hour, {}, None) for hour in hours)]
    )
    await world.events([("ben", "Placed Order", -40, {}, None)])
    await world.pipeline.run_account(world.id)
    await world.fold(ada, ben)
    await world.settle()
    assert await world.members(row) == {ben}


def _as_earlier(dirty: Dirty) -> dict[str, Any]:
    profiles = base64.b64encode(dirty.profiles.serialize()).decode()
    return {"profiles": profiles, "change": {"profiles": [], "what": [dirty.kind], "group": dirty.group}}


async def test_what_an_earlier_version_deferred_is_asked_about(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"])))
    ada = await world.profile("ada")
    await world.events([("ada", "Placed Order", -1, {}, None)] * (2 * _BATCH))
    await world.pipeline.run_account(world.id)
    async with world.pool.connection() as conn:
        ((number, body),) = await db.rows(conn, _DEFERRED, (world.id,))
        dirty = backlog.unpack(base64.b64decode(data) for data in body["segments"])
        assert {(entry.kind, *entry.profiles) for entry in dirty} >= {("did", ada)}
        earlier = [_as_earlier(entry) for entry in dirty]
        await db.execute(conn, _AS_EARLIER, (json.dumps(earlier), world.id, number))
    assert await world.members(row) == set()
    await world.settle()
    assert await world.members(row) == {ada}
    assert await world.rows("SELECT FROM inbox_refused WHERE account_id = %s", world.id) == []


async def test_it_comes_to_an_end_when_what_was_deferred_fills_a_batch(world: World) -> None:
    """More metrics than a batch has rows; and people who join a list in each."""
    rows = [await world.segment(definition(did(metric))) for metric in world.metrics.values()]
    metrics = [f"Custom {number}" for number in range(2 * _BATCH)]
    await world.events([("ada", metric, -1, {}, None) for metric in (*metrics, *world.metrics)])
    async with asyncio.timeout(60):
        await world.settle()
    ada = await world.profile("ada")
    assert [await world.members(row) for row in rows] == [{ada}] * len(rows)
    assert await world.rows("SELECT FROM inbox_refused WHERE account_id = %s", world.id) == []


async def test_nobody_is_deferred_for_long(database: str) -> None:
    """However much waits, people are asked about before all of it is recorded, and not after each batch."""
    async with db.new_pool(database, size=3) as pool:
        world = await World.create(pool, batch=_BATCH, patience=0.5)
        row = await world.segment(definition(did(world.metrics["Placed Order"])))
        seen: list[int] = []
        async with asyncio.timeout(60):
            while len(set(seen)) < 4:
                await world.events(_orders(people=_BATCH, count=2, first=len(seen) * _BATCH))
                await world.pipeline.run_account(world.id)
                seen.append(len(await world.members(row)))
        assert await world.rows("SELECT FROM inbox WHERE account_id = %s LIMIT 1", world.id)
        assert len(set(seen)) < len(seen) / 2, seen


async def test_people_are_deferred_when_much_came_meanwhile(world: World) -> None:
    """The first batch of a flood is small, and the next is full by the time it is recorded."""
    row = await world.segment(definition(did(world.metrics["Placed Order"])))
    await world.events(_orders(people=_BATCH // 2, count=1))
    async with world.pool.connection() as conn, asyncio.TaskGroup() as group:
        # it is identified, and can't be recorded before the flood is here
        await db.execute(conn, "LOCK TABLE events IN EXCLUSIVE MODE")
        first = group.create_task(world.pipeline.run_account(world.id))
        async with asyncio.timeout(60):
            while not await world.rows(_HELD_UP):  # noqa: ASYNC110 : the database tells nobody of a lock
                await asyncio.sleep(0.01)
        await world.events(_orders(people=2 * _BATCH, count=1, first=_BATCH))
        await conn.rollback()
    assert first.result() == _BATCH // 2
    assert await world.members(row) == set()
    assert await world.rows(_WAITING, world.id, 1) == [("deferred",)]
    await world.settle()
    assert len(await world.members(row)) == 5 * _BATCH // 2


@pytest.mark.long
async def test_people_wait_longer_where_asking_takes_long(database: str) -> None:
    """Ten times as long as that, with ten seconds of patience: so it is a part of the time, however many segments."""
    async with db.new_pool(database, size=3) as pool:
        world = await World.create(pool, batch=_BATCH, patience=0.3)
        row = await world.segment(definition(did(world.metrics["Placed Order"])))
        await world.events(_orders(people=_BATCH, count=6))
        await world.pipeline.run_account(world.id)
        await asyncio.sleep(0.4)
        async with pool.connection() as conn, asyncio.TaskGroup() as group:
            await db.execute(conn, "LOCK TABLE segment_members IN ACCESS EXCLUSIVE MODE")
            group.create_task(world.pipeline.run_account(world.id))
            await asyncio.sleep(5)
            await conn.rollback()
        assert len(await world.members(row)) == _BATCH
        await world.events(_orders(people=_BATCH, count=3, first=_BATCH))
        for pause in (0.5, 0.0):
            await world.pipeline.run_account(world.id)
            await asyncio.sleep(pause)
        assert await world.rows(_WAITING, world.id, 1) == [("deferred",)]
        await world.settle()
        assert len(await world.members(row)) == 2 * _BATCH
