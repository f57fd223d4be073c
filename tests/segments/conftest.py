"""A database of the segment tests' own, and a new account for each test in it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from rapport.kit import db
from tests import conftest
from tests.segments.world import World


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    with conftest.database() as url:
        yield url


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with db.new_pool(database, size=4) as pool:
        yield await World.create(pool)
