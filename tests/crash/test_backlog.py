"""A worker killed while it works off a backlog, of which segments are put off: members are what the log says."""

import os
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rapport.profiles.merge import RECORDING_LOCK
from tests.conftest import Server, Shop, eventually, new_shop, start
from tests.crash.test_workers import METRIC, recorded, workers_of
from tests.lengths import length
from tests.stories import count, segment

_CALLS, _CALL, _PEOPLE, _KILLS = length(12, 48), 1000, 500, length(1, 3)
# As often as everybody is in the backlog.
_OFTEN = _CALLS * _CALL // _PEOPLE
_MEMBERS = """
    SELECT m.profile_id FROM segment_members m JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
    WHERE s.account_id = %s AND s.public_id = %s"""


@pytest.mark.long
def test_what_is_deferred_survives_kills(tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        with new_shop(server) as shop:
            shop.event(METRIC, "before@example.com", time="2024-01-01T00:00:00Z", unique_id="before")
            often = segment(shop, "Often", [count(shop.metric_id(METRIC), "greater-than-or-equal", _OFTEN)])
            with psycopg.connect(server.database_url, autocommit=True) as holder:
                holder.execute("SELECT pg_advisory_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
                for call in range(_CALLS):
                    shop.http.post("/api/event-bulk-create-jobs", json=_bulk(call)).raise_for_status()
            for _ in range(_KILLS):
                _kill_between(server, shop)
            eventually(lambda: recorded(shop), seconds=120)
            assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [
                (_CALLS * _CALL + 1,)
            ]
            members = {row[0] for row in shop.query(_MEMBERS, shop.account_id, often)}
            log = f"SELECT profile_id FROM events WHERE account_id = %s GROUP BY profile_id HAVING count(*) >= {_OFTEN}"
            assert members == {row[0] for row in shop.query(log, shop.account_id)}
            assert len(members) == _PEOPLE
    finally:
        server.stop()


def _kill_between(server: Server, shop: Shop) -> None:
    """After a batch more, when something is deferred."""
    before = _waiting(shop)
    deferred = "SELECT FROM inbox WHERE account_id = %s AND kind = 'deferred'"
    eventually(lambda: _waiting(shop) < before and shop.query(deferred, shop.account_id), seconds=60)
    eventually(lambda: workers_of(server), seconds=60)
    os.kill(workers_of(server)[0], signal.SIGKILL)


def _waiting(shop: Shop) -> int:
    return int(shop.query("SELECT count(*) FROM inbox WHERE account_id = %s", shop.account_id)[0][0])


def _bulk(call: int) -> dict[str, Any]:
    groups = [_group(call * _CALL + number) for number in range(_CALL)]
    attributes = {"events-bulk-create": {"data": groups}}
    return {"data": {"type": "event-bulk-create-job", "attributes": attributes}}


def _group(number: int) -> dict[str, Any]:
    event = {
        "metric": {"data": {"type": "metric", "attributes": {"name": METRIC}}},
        "properties": {},
        "unique_id": f"#{number}",
        "time": "2024-01-01T00:00:00Z",
    }
    profile = {"type": "profile", "attributes": {"email": f"p{number % _PEOPLE}@example.com"}}
    attributes = {"profile": {"data": profile}, "events": {"data": [{"type": "event", "attributes": event}]}}
    return {"type": "event-bulk-create", "attributes": attributes}
