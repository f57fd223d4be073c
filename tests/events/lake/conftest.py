"""A database of its own, where nobody seals but the test."""

from collections.abc import Iterator

import pytest

from tests.conftest import database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty installation's database."""
    with database() as url:
        yield url
