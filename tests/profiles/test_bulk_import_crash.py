"""kill -9 in the middle of imports and deletions: every row takes effect once, and nobody is deleted by half."""

import random
import time
from pathlib import Path

import pytest

from tests.conftest import Shop, eventually, new_shop, start
from tests.lengths import length
from tests.lists.test_lists import new_list
from tests.profiles.test_bulk_import import asked, one
from tests.profiles.test_deletion import asked as ask_for_deletion
from tests.profiles.test_deletion import carried_out

_ROWS, _JOBS, _WRONG, _GONE = length(600, 4000), 3, 40, 30
EMAIL = "p{}@crash.example"


def _import(shop: Shop, job: int, to: str) -> str:
    rows = [one(email=EMAIL.format(job * _ROWS + n), properties={"job": job}) for n in range(_ROWS - _WRONG)]
    wrong = [one(email=f"wrong {n}") for n in range(_WRONG)]
    mixed = rows + wrong
    random.Random(job).shuffle(mixed)
    return str(asked(shop, *mixed, lists=[to]).json()["data"]["id"])


@pytest.mark.rule("1.3", "1.9")
def test_a_kill_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    server = start(tmp_path / "data")
    try:
        with new_shop(server) as shop:
            news = new_list(shop)
            jobs = [_import(shop, job, news) for job in range(_JOBS)]
            for _ in range(length(1, 3)):
                time.sleep(chance.uniform(0.1, 0.8))
                server.kill()
                server = start(tmp_path / "data", port=server.port)
            _imported(shop, jobs)
            gone = [EMAIL.format(n) for n in range(_GONE)]
            for email in gone:
                assert ask_for_deletion(shop, email=email).status_code == 202
            server.kill()
            server = start(tmp_path / "data", port=server.port)
            shop.server = server
            carried_out(shop)
            _deleted(shop, gone)
    finally:
        server.stop()


def _imported(shop: Shop, jobs: list[str]) -> None:
    def states() -> list[tuple[object, ...]]:
        found = "SELECT status, completed, failed FROM import_jobs WHERE account_id = %s ORDER BY id"
        return shop.query(found, shop.account_id)

    wanted = [("complete", _ROWS - _WRONG, _WRONG)] * len(jobs)
    eventually(lambda: all(state[0] == "complete" for state in states()))
    assert states() == wanted
    right = _JOBS * (_ROWS - _WRONG)
    for table, number in (
        ("profiles", right),
        ("list_members", right),
        ("import_profiles", right),
        ("import_errors", _JOBS * _WRONG),
        ("import_rows", 0),
    ):
        assert shop.query(f"SELECT count(*) FROM {table} WHERE account_id = %s", shop.account_id) == [(number,)], table


def _deleted(shop: Shop, gone: list[str]) -> None:
    rows = shop.query("SELECT status, value, deleted FROM deletion_jobs WHERE account_id = %s", shop.account_id)
    assert rows == [("complete", None, 1)] * len(gone)
    left = _JOBS * (_ROWS - _WRONG) - len(gone)
    for table in ("profiles", "profile_identifiers", "list_members", "import_profiles"):
        assert shop.query(f"SELECT count(*) FROM {table} WHERE account_id = %s", shop.account_id) == [(left,)], table
