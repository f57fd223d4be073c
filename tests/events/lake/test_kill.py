"""kill -9 of a process that seals, at random moments, while events are recorded, moved, changed and removed."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rapport.events.lake import rebuild, status
from rapport.kit import db
from tests.events.lake.test_interleavings import do
from tests.events.lake.world import World, check, new_world
from tests.lengths import length

_STEPS = ("today", "days", "late", "late", "old", "merge", "redact", "remove")


@contextmanager
def _sealing(url: str, data: Path, account_id: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.events.lake.sealing", url, str(data), str(account_id)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("kills", [length(1, 5), pytest.param(40, marks=pytest.mark.long)])
async def test_answers_stay_those_of_the_table_whenever_the_sealer_is_killed(
    postgres: str, tmp_path: Path, kills: int
) -> None:
    chance = random.Random(kills)
    async with db.new_pool(postgres, size=4) as pool:
        world = await new_world(pool, tmp_path, people=60)
        await world.record(chance, range(40), 3000)
        for _ in range(kills):
            await _until_killed(world, postgres, tmp_path, chance)
            await check(world, chance)
        await _comes_to_rest(world, chance)


async def _until_killed(world: World, url: str, data: Path, chance: random.Random) -> None:
    with _sealing(url, data, world.account.account_id) as process:
        for _ in range(chance.randrange(1, 6)):
            await do(world, chance.choice(_STEPS), chance)
            await check(world, chance)
            await asyncio.sleep(chance.uniform(0, 0.2))
        process.kill()


async def _comes_to_rest(world: World, chance: random.Random) -> None:
    """What the killed left behind is taken back, and the files say what the table says."""
    await world.seal()
    await check(world, chance)
    assert not await status.differing_days(world.pool, world.account.account_id)
    assert await rebuild.delete_strays(world.pool, world.files) == 0
    async with world.pool.connection() as conn:
        states = await db.rows(
            conn, "SELECT DISTINCT state FROM lake_files WHERE account_id = %s", (world.account.account_id,)
        )
        assert not await status.damaged(conn, world.account.account_id, world.files)
    assert ("writing",) not in states
