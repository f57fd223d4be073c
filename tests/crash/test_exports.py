"""A worker is killed while it makes an export: the export goes on, and nobody gets half of a file."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests import stories
from tests.conftest import eventually, new_shop, start
from tests.crash.test_workers import workers_of
from tests.exports.test_export_jobs import begun, complete, download, files, read, rows


@pytest.mark.long
def test_an_export_whose_worker_was_killed_goes_on(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        with new_shop(server) as shop:
            addresses = stories.people(shop, 3)
            friends = stories.list_of(shop, addresses)
            with psycopg.connect(server.database_url) as holding:
                # so that it is surely under way when the worker dies
                holding.execute("LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE")
                id = begun(shop, "profile", {"list": friends})
                eventually(lambda: shop.query("SELECT FROM export_jobs WHERE ulid = %s AND attempts = 1", id))
                [worker] = eventually(lambda: workers_of(server))
                os.kill(worker, signal.SIGKILL)
                eventually(lambda: worker not in workers_of(server))
                assert read(shop, "profile", id)["attributes"]["status"] == "processing"
                assert download(shop, "profile", id).status_code == 409
            assert complete(shop, "profile", id)["status"] == "complete"
            assert sorted(row["email"] for row in rows(download(shop, "profile", id))) == sorted(addresses)
            [(attempts,)] = shop.query("SELECT attempts FROM export_jobs WHERE ulid = %s", id)
            assert attempts >= 2
            assert len(files(shop)) == 1
    finally:
        server.stop()
