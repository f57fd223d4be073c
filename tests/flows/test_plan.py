"""A flow is read and parsed once, and anew as soon as something of it was written."""

from typing import Any

import psycopg
import pytest

from rapport.flows import plan
from rapport.flows.plan import Flow
from rapport.kit import db
from tests.flows.conftest import World, days


async def loaded(world: World, conn: db.Connection, flow: Flow) -> Flow:
    return (await plan.load(conn, world.account.account_id, [flow.id]))[flow.id]


async def drawn(world: World) -> Flow:
    return await world.flow(world.email("A", "d1"), days("d1", 1, "B"), world.email("B"))


async def test_it_is_the_same_object_while_nothing_was_written(world: World) -> None:
    flow = await drawn(world)
    async with world.pool.connection() as conn:
        assert await loaded(world, conn, flow) is await loaded(world, conn, flow)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ("UPDATE flows SET name = 'other' WHERE account_id = %s AND id = %s", lambda flow: flow.name),
        (
            "UPDATE flow_actions SET status = 'manual' WHERE account_id = %s AND flow_id = %s AND position = 0",
            lambda flow: next(action.status for action in flow.actions.values()),
        ),
        (
            "UPDATE flow_messages SET name = 'other' WHERE account_id = %s AND flow_id = %s",
            lambda flow: next(action.message.name for action in flow.actions.values() if action.message),
        ),
        (
            "DELETE FROM flow_actions WHERE account_id = %s AND flow_id = %s AND position = 2",
            lambda flow: len(flow.actions),
        ),
    ],
)
async def test_what_is_written_is_seen_at_once_also_when_it_is_undone(world: World, write: str, read: Any) -> None:
    flow = await drawn(world)
    async with world.pool.connection() as conn:
        before = read(await loaded(world, conn, flow))
        for _ in range(2):
            await db.execute(conn, write, (world.account.account_id, flow.id))
            during = read(await loaded(world, conn, flow))
            assert during != before
            await conn.rollback()
            assert read(await loaded(world, conn, flow)) == before
        await db.execute(conn, write, (world.account.account_id, flow.id))
        await conn.commit()
        assert read(await loaded(world, conn, flow)) == during


async def test_two_writes_of_one_transaction_are_two_versions(world: World) -> None:
    flow = await drawn(world)
    rename = "UPDATE flows SET name = %s WHERE account_id = %s AND id = %s"
    async with world.pool.connection() as conn:
        for name in ("first", "second"):
            await db.execute(conn, rename, (name, world.account.account_id, flow.id))
            assert (await loaded(world, conn, flow)).name == name


async def test_another_process_sees_what_this_one_wrote(world: World) -> None:
    flow = await drawn(world)
    async with world.pool.connection() as conn:
        await loaded(world, conn, flow)
        async with await psycopg.AsyncConnection.connect(world.url) as other:
            rename = "UPDATE flows SET name = 'elsewhere' WHERE account_id = %s AND id = %s"
            await other.execute(rename, (world.account.account_id, flow.id))
        assert (await loaded(world, conn, flow)).name == "elsewhere"


async def test_few_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "KEPT", 1)
    first, second = await drawn(world), await drawn(world)
    async with world.pool.connection() as conn:
        kept = await loaded(world, conn, second)
        await loaded(world, conn, first)
        assert await loaded(world, conn, second) is not kept
