"""A database of the segment tests' own, and a new account for each test in it."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rapport import migrations
from rapport.kit import db
from rapport.kit.postgres import PrivatePostgres
from tests.segments.world import World


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix=f"rapport-segments-{os.getpid()}-"))
    server = PrivatePostgres(folder / "pg")
    url = server.start()
    migrations.upgrade(url)
    yield url
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with db.new_pool(database, size=4) as pool:
        yield await World.create(pool)
