"""What a pool hands out is as it was when it was new, whatever became of it in other hands."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from rapport.events.lake import seal
from rapport.kit import db
from tests import conftest

# No lock can be asked for on such a number.
TOO_LARGE = 1 << 70


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with conftest.database() as url:
        yield url


@pytest.fixture
async def pool(database: str) -> AsyncIterator[db.Pool]:
    """Of one connection."""
    async with db.new_pool(database, size=1) as opened:
        yield opened


async def commits_by_itself(pool: db.Pool) -> bool:
    async with pool.connection() as conn:
        return conn.autocommit


async def test_who_fails_to_ask_for_the_lock_of_a_sealer_leaves_it_so(pool: db.Pool) -> None:
    with pytest.raises(psycopg.Error):
        async with seal.locked(pool, TOO_LARGE):
            pass
    assert not await commits_by_itself(pool)


async def test_who_forgets_to_set_it_back_leaves_it_so(pool: db.Pool) -> None:
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
    assert not await commits_by_itself(pool)


async def test_who_fails_under_a_lock_of_the_session_gives_it_back(pool: db.Pool, database: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with seal.locked(pool, 7) as conn:
            assert conn is not None
            raise ZeroDivisionError
    async with db.new_pool(database, size=1) as other, seal.locked(other, 7) as held:
        assert held is not None
