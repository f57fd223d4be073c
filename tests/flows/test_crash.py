"""Whatever breaks off in the middle of a batch repeats nothing and loses nobody."""

import asyncio
import sys

import pytest

from rapport.flows import runs, steps
from rapport.flows.engine import FlowEngine
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.kit import db
from tests.flows.conftest import World, action, days
from tests.lengths import length

PEOPLE = length(1000, 20_000)
# For so long each engine works before it is killed.
PAUSES = (0.15, 0.05, 0.3, 0.1) * length(1, 13)
# An engine of its own in its own process, killed from outside while it works.
PROGRAM = """
import asyncio, sys
from rapport.flows.engine import FlowEngine
from rapport.kit import db

async def main() -> None:
    async with db.new_pool(sys.argv[1], size=2) as pool:
        engine = FlowEngine(pool, batch=100)
        print("ready", flush=True)
        while True:
            if not await engine.run_once():
                await asyncio.sleep(0.01)

asyncio.run(main())
"""


async def waiting_crowd(world: World) -> None:
    """Thousands who wait for the same message, the same change of a property and the same call."""
    add = {"operator": "update", "property_type": "list", "property_key": "seen", "property_value": "x"}
    await world.flow(
        days("d", 1, "A"),
        world.email("A", "p"),
        action("p", "update-profile", "w", status="live", profile_operations=[{**add, "property_operation": "add"}]),
        action("w", "send-webhook", status="live", message={"url": "https://hooks.example.com/", "body": "{}"}),
    )
    now = world.account.now()
    async with world.pool.connection() as conn:
        account = world.account.account_id
        await db.execute(
            conn,
            """INSERT INTO profiles (account_id, id, ulid, email, created, updated)
               SELECT %s, nextval('profile_ids'), 'U' || n, n || '@example.com', %s, %s
               FROM generate_series(1, %s) AS n""",
            (account, now, now, PEOPLE),
        )
        await db.execute(
            conn,
            """INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due, waiting)
               SELECT p.account_id, f.id, p.id, 'test:' || p.id, %s, f.entry_action_id, %s, true
               FROM profiles p JOIN flows f ON f.account_id = p.account_id WHERE p.account_id = %s""",
            (now, now, account),
        )


async def assert_each_got_it_once(world: World) -> None:
    found = await world.query("SELECT count(*), count(DISTINCT profile_id) FROM messages WHERE account_id = %s")
    assert found == [(PEOPLE, PEOPLE)]
    counted = await world.query("SELECT done FROM flow_action_counts WHERE account_id = %s")
    assert counted == [(PEOPLE,)] * 4
    # taken away as well: whoever makes calls in the next test would make these
    called = await world.query("DELETE FROM webhook_calls WHERE account_id = %s RETURNING enrolment_id, status")
    assert len({run for run, status in called if status == "queued"}) == len(called) == PEOPLE
    changed = await world.query(
        'SELECT count(*) FROM profiles WHERE account_id = %s AND properties = \'{"seen": ["x"]}\''
    )
    assert changed == [(PEOPLE,)]


async def test_it_repeats_nothing_after_being_killed_again_and_again(world: World) -> None:
    await waiting_crowd(world)
    for pause in PAUSES:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, world.url, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(pause)
        process.kill()
        await process.wait()
    engine = FlowEngine(world.pool)
    while await world.query("SELECT 1 FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL LIMIT 1"):
        await engine.run_once()
    await assert_each_got_it_once(world)


async def test_it_writes_nothing_of_a_batch_that_breaks_off(world: World) -> None:
    """The engine's own parts, stopped after a step and before the commit."""
    await waiting_crowd(world)
    with pytest.raises(ZeroDivisionError):
        async with world.pool.connection() as conn:
            await _half_a_batch(conn, world)
    assert await world.query("SELECT count(*) FROM messages WHERE account_id = %s") == [(0,)]
    engine = FlowEngine(world.pool)
    while await engine.run_once():
        pass
    await assert_each_got_it_once(world)


async def _half_a_batch(conn: db.Connection, world: World) -> None:
    from rapport.flows import plan

    claimed = await runs.claim(conn, world.account, 1000)
    flows = await plan.load(conn, world.account.account_id, {run.flow_id for run in claimed})
    work = Round(conn, world.account, world.account.now(), flows)
    await _everything(work, claimed)
    await runs.write(work, claimed)
    raise ZeroDivisionError


async def _everything(work: Round, claimed: list[Run]) -> None:
    for one in _path(work):
        await steps.take(work, one, claimed)


def _path(work: Round) -> list[Action]:
    flow = next(iter(work.flows.values()))
    return [*flow.actions.values()]


async def test_it_shares_the_work_between_two_engines(world: World) -> None:
    await waiting_crowd(world)
    engines = [FlowEngine(world.pool, batch=50) for _ in range(2)]

    async def drain(engine: FlowEngine) -> None:
        while await engine.run_once():
            pass

    await asyncio.gather(*map(drain, engines))
    await assert_each_got_it_once(world)
