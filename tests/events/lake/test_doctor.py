"""`rapport doctor` compares the lake with the table, `rapport lake rebuild` puts it right."""

import asyncio
import random
from pathlib import Path

import pytest

from rapport.commands import doctor
from rapport.kit import db
from tests.command import rapport
from tests.events.lake.world import World, check, new_world

_ADVICE = "lake rebuild"


def _rapport(url: str, data: Path, *arguments: str) -> str:
    return rapport(*arguments, env={"RAPPORT_DATABASE_URL": url, "RAPPORT_DATA": str(data)}).stdout


async def _advice(url: str) -> str:
    """What the doctor says is to be done, asked without the command around it."""
    findings = await asyncio.to_thread(lambda: list(doctor.examine(url)))
    return " ".join(one.advice for one in findings)


@pytest.mark.parametrize("harm", ["bytes", "missing", "rows"])
async def test_doctor_finds_what_is_wrong_and_rebuild_mends_it(postgres: str, tmp_path: Path, harm: str) -> None:
    chance = random.Random(harm)
    async with db.new_pool(postgres, size=4) as pool:
        async with pool.connection() as conn:
            await db.execute(conn, "TRUNCATE lake_files, lake_changes, lake_moves, events")
        world = await new_world(pool, tmp_path)
        await world.record(chance, range(1, 10), 300)
        await world.seal()
        assert _ADVICE not in await _advice(postgres)
        await _harm(world, harm)
        assert _ADVICE in await _advice(postgres)
        assert harm != "bytes" or _ADVICE in _rapport(postgres, tmp_path, "doctor")
        assert "300" in _rapport(postgres, tmp_path, "lake", "rebuild")
        assert _ADVICE not in await _advice(postgres)
        assert world.account.public_id in _rapport(postgres, tmp_path, "lake", "status")
        await check(world, chance)


async def _harm(world: World, harm: str) -> None:
    file = world.files.path((await world.sealed())[0][3])
    if harm == "missing":
        file.unlink()
    elif harm == "bytes":
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)
    else:
        # changed behind everybody's back
        async with world.pool.connection() as conn:
            asked = (world.account.account_id,)
            await db.execute(conn, "UPDATE events SET profile_id = profile_id + 1000 WHERE account_id = %s", asked)
