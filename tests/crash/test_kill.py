"""kill -9 of the whole program at random moments, while events are sent, people are subscribed, imported and merged,
and a campaign runs.

Afterwards every acknowledged event is there once, every job is done once, and every member got one message, except
those reported as in flight at a crash. The short form kills a few times; `make test-long` twenty.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import httpx
import pytest

from tests.conftest import REVISION, Shop, eventually, new_shop, start
from tests.crash.chores import Importing, Merging, Subscribing
from tests.lengths import length
from tests.sink import Sink
from tests.stories import campaign, list_of, send, status

_MEMBERS = length(120, 1500)


class Sender(threading.Thread):
    """Sends events one after the other, through every crash, and remembers which were acknowledged."""

    def __init__(self, shop: Shop, count: int) -> None:
        super().__init__(daemon=True)
        self._shop, self._count = shop, count
        self.acknowledged: set[str] = set()
        self.attempted = 0

    def run(self) -> None:
        headers = {"Authorization": f"Klaviyo-API-Key {self._shop.private_key}", "revision": REVISION}
        client = httpx.Client(base_url=self._shop.server.url, headers=headers, timeout=10)
        for number in range(0, self._count, 5):
            self._until_answered(client, [f"crash-{n}" for n in range(number, number + 5)])

    def _until_answered(self, client: httpx.Client, uniques: list[str]) -> None:
        """Who gets no answer tries again, as any client would: the unique_id keeps it one event."""
        while True:
            try:
                answer = client.post("/api/event-bulk-create-jobs", json=_bulk(uniques))
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            self.attempted += len(uniques)
            if answer.status_code == 202:
                self.acknowledged.update(uniques)
                return
            time.sleep(0.02)


def _buyer(unique: str) -> str:
    return f"buyer{crc32(unique.encode()) % 300}@example.com"


def _bulk(uniques: list[str]) -> dict[str, object]:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": _buyer(unique)}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
                                "properties": {},
                                "value": 1.5,
                                "unique_id": unique,
                            },
                        }
                    ]
                },
            },
        }
        for unique in uniques
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}


@pytest.mark.parametrize(
    ("kills", "events"),
    [(length(2, 4), length(300, 4_000)), pytest.param(20, 20_000, marks=pytest.mark.long)],
    ids=["short", "long"],
)
def test_it_loses_nothing_and_sends_nothing_twice(sink: Sink, tmp_path: Path, kills: int, events: int) -> None:
    chance = random.Random(kills)
    data = tmp_path / "data"
    server = start(data, RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{sink.port}")
    try:
        with new_shop(server) as shop:
            members = [f"member{n}@{shop.public_id.lower()}.example.com" for n in range(_MEMBERS)]
            _create(shop, members)
            group = list_of(shop, members)
            sent = campaign(shop, included=[group])[0]
            sender = Sender(shop, events)
            sender.start()
            until = threading.Event()
            chores = [Subscribing(shop, until, 0.2), Importing(shop, until, 0.5), Merging(shop, until, 0.2)]
            for chore in chores:
                chore.start()
            send(shop, sent, wait=False)
            for number in range(kills):
                time.sleep(chance.uniform(0.05, 1.2))
                server.kill()
                if number % 2:
                    _kill_database(data)
                server = start(data, port=server.port, RAPPORT_SMTP_URL=f"smtp://127.0.0.1:{sink.port}")
            sender.join(300)
            until.set()
            for chore in chores:
                chore.join(60)
            assert not any(one.is_alive() for one in (sender, *chores))
            eventually(lambda: status(shop, sent) == "Sent", seconds=120)
            shop.wait_until_recorded()
            _check_events(shop, sender)
            _check_messages(shop, sink, members)
            for chore in chores:
                chore.check()
            print([f"{type(chore).__name__} {chore.done}" for chore in chores])
    finally:
        server.stop()


def _create(shop: Shop, addresses: list[str]) -> None:
    for first in range(0, len(addresses), 200):
        shop.http.post("/api/event-bulk-create-jobs", json=_arrivals(addresses[first : first + 200])).raise_for_status()
    shop.wait_until_recorded()


def _arrivals(addresses: list[str]) -> dict[str, object]:
    body = _bulk([f"arrival-{address}" for address in addresses])
    groups = body["data"]["attributes"]["events-bulk-create"]["data"]  # type: ignore[index]
    for group, address in zip(groups, addresses, strict=True):
        group["attributes"]["profile"]["data"]["attributes"]["email"] = address
        group["attributes"]["events"]["data"][0]["attributes"]["metric"]["data"]["attributes"]["name"] = "Arrived"
    return body


def _kill_database(data: Path) -> None:
    """The private PostgreSQL runs in a session of its own, so it survives the program; here it does not."""
    pid = int((data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    for one in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _check_events(shop: Shop, sender: Sender) -> None:
    stored = Counter(
        row[0]
        for row in shop.query(
            "SELECT unique_id FROM events WHERE account_id = %s AND unique_id LIKE 'crash-%%'", shop.account_id
        )
    )
    assert len(sender.acknowledged) == len(stored)
    assert set(stored) == sender.acknowledged
    assert set(stored.values()) == {1}


def _check_messages(shop: Shop, sink: Sink, members: list[str]) -> None:
    """One message each in the sink; a member without one is listed as in doubt, and nobody has two."""
    rows = dict(shop.query("SELECT to_address, status FROM messages WHERE account_id = %s", shop.account_id))
    assert set(rows) == set(members)
    received = {address: len(sink.to(address)) for address in members}
    assert max(received.values()) == 1, "nobody got two, and the campaign did go out"
    doubtful = {address for address, state in rows.items() if state == "in_doubt"}
    assert {address for address, number in received.items() if number == 0} <= doubtful
    assert set(rows.values()) <= {"sent", "in_doubt"}
    events = Counter(
        row[0]
        for row in shop.query(
            """SELECT p.email FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
               JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
               WHERE e.account_id = %s AND m.name = 'Received Email'""",
            shop.account_id,
        )
    )
    assert all(number == 1 for number in events.values())
    assert set(events) == {address for address, state in rows.items() if state == "sent"}
    print(f"{len(members)} members, {len(doubtful)} in doubt")
