"""A database of its own, where nobody seals but the test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rapport import migrations
from rapport.kit.postgres import PrivatePostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty installation's database."""
    with tempfile.TemporaryDirectory(prefix="rapport-lake-test-") as folder:
        server = PrivatePostgres(Path(folder) / "postgres")
        url = server.start()
        migrations.upgrade(url)
        yield url
        server.stop()
