"""One worker and three, killed at random while several shops send: every profile's events are recorded in the order
they were accepted, each once, and every derived number is what the log says.

People are folded into one another meanwhile, busy shops share the workers with a quiet one.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REVISION, Server, Shop, eventually, new_shop, start
from tests.lengths import length
from tests.stories import count, flow, segment

METRIC = "Placed Order"
PEOPLE = 8
BULK = 30
_MOMENT = int(time.time())


class Customer:
    """One person's events, numbered as they are sent; only one sender speaks of them."""

    def __init__(self, name: str, number: int) -> None:
        self.email, self.phone = f"{name}{number}@example.com", f"+1500555{number:04d}"
        self.sent = 0
        self.folded = False

    def next(self) -> dict[str, Any]:
        """The next event: by e-mail, by number while that is somebody apart, and at the twentieth by both."""
        self.sent += 1
        ids = {"email": self.email}
        if self.sent == 20:
            ids["phone_number"], self.folded = self.phone, True
        elif self.sent % 5 == 0:
            ids = {"phone_number": self.phone}
        return {"ids": ids, "number": self.sent, "unique": f"{self.email}#{self.sent}"}


class Sender(threading.Thread):
    """Sends for a few customers of a shop, one call after the other; every third call is a bulk one."""

    def __init__(self, shop: Shop, name: str, first: int, until: threading.Event, pause: float) -> None:
        super().__init__(daemon=True)
        self.customers = [Customer(name, first + n) for n in range(PEOPLE)]
        self._shop, self._until, self._pause = shop, until, pause
        self._chance = random.Random(first)
        self.slowest = 0.0

    def run(self) -> None:
        headers = {"Authorization": f"Klaviyo-API-Key {self._shop.private_key}", "revision": REVISION}
        with httpx.Client(base_url=self._shop.server.url, headers=headers, timeout=20) as client:
            calls = 0
            while not self._until.is_set():
                calls += 1
                if calls % 3:
                    self._post(client, "/api/events", _single(self._chance.choice(self.customers).next()))
                else:
                    chosen = [self._chance.choice(self.customers).next() for _ in range(BULK)]
                    self._post(client, "/api/event-bulk-create-jobs", _bulk(chosen))
                time.sleep(self._pause)

    def _post(self, client: httpx.Client, path: str, body: dict[str, Any]) -> None:
        """Until it is answered: the unique_id keeps what is sent again one event."""
        while True:
            with suppress(httpx.HTTPError):
                if client.post(path, json=body).status_code == 202:
                    return
            time.sleep(0.02)


def _attributes(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": {"data": {"type": "metric", "attributes": {"name": METRIC}}},
        "properties": {"number": said["number"]},
        "value": 1,
        "unique_id": said["unique"],
        # one second for all: then an event's id grows with the order in which it was recorded
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_MOMENT)),
    }


def _profile(said: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": {**said["ids"], "properties": {"last": said["number"]}}}}


def _single(said: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"type": "event", "attributes": {**_attributes(said), "profile": _profile(said)}}}


def _bulk(chosen: list[dict[str, Any]]) -> dict[str, Any]:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": _profile(said),
                "events": {"data": [{"type": "event", "attributes": _attributes(said)}]},
            },
        }
        for said in chosen
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}


@pytest.mark.parametrize(
    ("workers", "seconds"),
    [
        (length(2, 3), length(2, 4)),
        pytest.param(3, 120, marks=pytest.mark.long),
        pytest.param(1, 60, marks=pytest.mark.long),
    ],
)
def test_order_and_numbers_survive_any_number_of_workers_and_their_deaths(
    tmp_path: Path, workers: int, seconds: int
) -> None:
    server = start(tmp_path / "data", RAPPORT_WORKERS=str(workers))
    try:
        with ExitStack() as stack:
            shops = [stack.enter_context(new_shop(server)) for _ in range(3)]
            watched = [_watch(shop) for shop in shops]
            until = threading.Event()
            senders = [
                (
                    shop,
                    [Sender(shop, f"s{at}x", at * 100 + n * PEOPLE, until, 0.3 if at == 2 else 0.02) for n in range(2)],
                )
                for at, shop in enumerate(shops)
            ]
            for _, group in senders:
                for one in group:
                    one.start()
            _kill_now_and_then(server, seconds)
            until.set()
            for (shop, group), (buyers, metric) in zip(senders, watched, strict=True):
                for one in group:
                    one.join(60)
                    assert not one.is_alive()
                eventually(lambda shop=shop: recorded(shop), seconds=120)
                customers = [customer for one in group for customer in one.customers]
                check(shop, customers, buyers, metric)
    finally:
        server.stop()


def _watch(shop: Shop) -> tuple[str, str]:
    """A segment and a flow that follow the metric: ids of segment and metric."""
    shop.event(METRIC, "before@example.com", time="2024-01-01T00:00:00Z", unique_id="before")
    metric = shop.metric_id(METRIC)
    step = {"operator": "update", "property_type": "string", "property_key": "seen", "property_value": "yes"}
    actions = [
        {"temporary_id": "a", "type": "time-delay", "links": {"next": "b"}, "data": {"unit": "days", "value": 9}},
        {"temporary_id": "b", "type": "update-profile", "links": {"next": None},
         "data": {"profile_operations": [step], "status": "live"}},
    ]  # fmt: skip
    flow(shop, {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": actions})
    return segment(shop, "Often", [count(metric, "greater-than-or-equal", 10)]), metric


def _kill_now_and_then(server: Server, seconds: float) -> None:
    """A worker at a time; the program starts it again."""
    chance, end = random.Random(seconds), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.5, 1.5))
        workers = workers_of(server)
        if workers:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)


def recorded(shop: Shop) -> bool:
    return not shop.query("SELECT FROM inbox WHERE account_id = %s LIMIT 1", shop.account_id)


def workers_of(server: Server) -> list[int]:
    command = ["ps", "--ppid", str(server.process.pid), "-o", "pid,args"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "rapport: worker" in line]


def check(shop: Shop, customers: list[Customer], buyers: str, metric: str) -> None:
    """The log in order and complete, and what is derived from it."""
    log: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = shop.query(
        """SELECT profile_id, unique_id FROM events WHERE account_id = %s AND unique_id LIKE '%%#%%' ORDER BY id""",
        shop.account_id,
    )
    for profile, unique in rows:
        email, _, number = unique.rpartition("#")
        log[profile].append((email, int(number)))
    expected = {(one.email, number) for one in customers for number in range(1, one.sent + 1)}
    assert len(rows) == len(expected)
    assert {event for events in log.values() for event in events} == expected
    _check_people(shop, customers, log)
    totals = shop.query(
        """SELECT t.profile_id, t.count, t.sum FROM event_totals t JOIN metrics m
           ON m.account_id = t.account_id AND m.id = t.metric_id
           WHERE t.account_id = %s AND m.public_id = %s""",
        shop.account_id,
        metric,
    )
    assert {row for row in totals if row[0] in log} == {(one, len(events), len(events)) for one, events in log.items()}
    members = {
        row[0]
        for row in shop.query(
            """SELECT m.profile_id FROM segment_members m JOIN segments s
               ON s.account_id = m.account_id AND s.id = m.segment_id
               WHERE s.account_id = %s AND s.public_id = %s""",
            shop.account_id,
            buyers,
        )
    }
    assert members == {profile for profile, events in log.items() if len(events) >= 10}
    # a metric's flow is entered by every event, and by each once
    entered = shop.query("SELECT event_id FROM enrolments WHERE account_id = %s", shop.account_id)
    assert len(entered) == len({row[0] for row in entered}) == len(rows)


def _check_people(shop: Shop, customers: list[Customer], log: dict[int, list[tuple[str, int]]]) -> None:
    """Each one's events in order; folded people are one, and what was said last stands."""
    properties = dict(shop.query("SELECT id, properties FROM profiles WHERE account_id = %s", shop.account_id))
    for one in customers:
        mine = [profile for profile, events in log.items() if any(email == one.email for email, _ in events)]
        if one.folded:
            assert len(mine) == 1, "who was folded is one profile"
            assert properties[mine[0]]["last"] == one.sent
        for profile in mine:
            numbers = [number for _, number in log[profile]]
            if one.folded:
                # until the fold there were two, each in order
                by_phone = [number for number in numbers if number % 5 == 0 and number < 20]
                by_email = [number for number in numbers if number % 5 or number >= 20]
                assert by_phone == sorted(by_phone) and by_email == sorted(by_email)
            else:
                assert numbers == sorted(numbers)
