"""Recording, late events, merges, removals, sealing, rebuilding in any order: the answers stay those of the table."""

import asyncio
import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.events.lake import rebuild
from rapport.kit import db
from tests.events.lake.world import LIMITS, World, check, new_world
from tests.lengths import length

_STEPS = (
    "today",
    "days",
    "late",
    "old",
    "merge",
    "redact",
    "remove",
    "seal",
    "seal",
    "seal one",
    "lose",
    "ahead",
    "rebuild",
    "forget",
)


async def do(world: World, step: str, chance: random.Random) -> None:
    if step == "today":
        await world.record(chance, [0], chance.randrange(30))
    elif step == "days":
        await world.record(chance, range(1, 15), chance.randrange(60))
    elif step == "late":
        await world.record(chance, [chance.randrange(1, 15)], chance.randrange(1, 40))
    elif step == "old":
        await world.record(chance, range(20, 50), chance.randrange(1, 400))
    elif step == "merge" and len(world.people) > 2:
        await world.merge(*chance.sample(world.people, 2))
    elif step == "redact":
        await _redact(world, chance)
    elif step == "remove":
        await world.remove(chance.choice(world.people))
    elif step == "seal":
        await world.seal()
    elif step == "seal one":
        await world.seal(1)
    elif step == "ahead":
        await world.ahead()
    elif step == "rebuild":
        await rebuild.rebuild(world.pool, world.files, world.account.account_id, limits=LIMITS)
    elif step == "forget":
        await world.forget_a_file(chance)
    elif step == "lose":
        await _lose_a_file(world, chance)


async def _redact(world: World, chance: random.Random) -> None:
    async with world.pool.connection() as conn:
        rows = await db.rows(conn, "SELECT id FROM events WHERE account_id = %s", (world.account.account_id,))
    if rows:
        await world.redact([row[0] for row in chance.sample(rows, min(len(rows), chance.randrange(1, 30)))])


async def _lose_a_file(world: World, chance: random.Random) -> None:
    names = [row[3] for row in await world.sealed() if row[2]]
    if names:
        world.files.delete(chance.choice(names))


async def _story(url: str, data: Path, steps: list[str], seed: int) -> None:
    chance = random.Random(seed)
    async with db.new_pool(url, size=4) as pool:
        world = await new_world(pool, data)
        for step in steps:
            await do(world, step, chance)
            await check(world, chance)
        await world.seal()
        await check(world, chance)
        await world.sealer.close()


@settings(max_examples=length(2, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(_STEPS), min_size=3, max_size=14), seed=st.integers(0, 1 << 30))
def test_answers_stay_those_of_the_table(postgres: str, steps: list[str], seed: int) -> None:
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(_story(postgres, Path(data), steps, seed))
