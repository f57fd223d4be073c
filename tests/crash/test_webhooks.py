"""Two workers share the deliveries to a webhook and are killed while they call: nothing is lost, each person's events
come in their order, and what comes again carries the same ids."""

import os
import random
import signal
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from rapport.kit import ids
from tests.conftest import Server, Shop, eventually, new_shop, start
from tests.crash.test_workers import workers_of
from tests.lengths import length
from tests.webhooks.receivers import Got, Receiver, webhook

KILLS = length(2, 20)
PEOPLE = 12


def test_nothing_is_lost_and_repeats_carry_the_same_ids(tmp_path: Path) -> None:
    server = start(tmp_path / "data", RAPPORT_WORKERS="2")
    try:
        with new_shop(server) as shop, Receiver(answer=_takes_its_time) as batched, Receiver() as single:
            shop.event("Placed Order", "first@example.com")
            shop.wait_until_recorded()
            webhook(shop.http, batched.url, "event:api.placed_order")
            webhook(shop.http, single.url, "event.created")
            sent = _send_and_kill(server, shop)
            _end_leases(server)
            for receiver in (batched, single):
                eventually(lambda receiver=receiver: len({*receiver.ids}) >= sent, seconds=90)
            eventually(lambda: not shop.query("SELECT FROM webhook_deliveries WHERE account_id = %s", shop.account_id))
            recorded = {ids.event_text(number) for number in _recorded(shop)}
            assert {*batched.ids} == recorded and len(recorded) == sent
            assert {got.body["data"]["id"] for got in single.got} == recorded
            _check_order(batched)
            _check_order(single)
    finally:
        server.stop()


def _takes_its_time(got: Got) -> int:
    """So that a worker is killed while it waits for an answer."""
    time.sleep(0.2)
    return 200


def _send_and_kill(server: Server, shop: Shop) -> int:
    """Returns how many events were sent."""
    chance, number = random.Random(7), 0
    for _ in range(KILLS):
        for _ in range(40):
            number += 1
            shop.event(
                "Placed Order", f"p{number % PEOPLE}@example.com", unique_id=f"{number}", properties={"n": number}
            )
        with suppress(ProcessLookupError):
            os.kill(chance.choice(eventually(lambda: workers_of(server))), signal.SIGKILL)
    shop.wait_until_recorded()
    return number


def _end_leases(server: Server) -> None:
    """Half a minute later: what a dead worker had in flight is anybody's."""
    server.query("UPDATE webhook_deliveries SET due = now() WHERE in_flight RETURNING 1")


def _recorded(shop: Shop) -> list[int]:
    query = "SELECT id FROM events WHERE account_id = %s AND unique_id IS NOT NULL"
    return [row[0] for row in shop.query(query, shop.account_id)]


def _check_order(receiver: Receiver) -> None:
    """Of each person's events the first calls are in the order in which they happened."""
    told: dict[int, list[int]] = defaultdict(list)
    for got in receiver.got:
        for entry in got.body["data"] if "meta" in got.body else [{"payload": got.body}]:
            number = entry["payload"]["data"]["attributes"]["event_properties"]["n"]
            if number not in told[number % PEOPLE]:
                told[number % PEOPLE].append(number)
    assert all(numbers == sorted(numbers) for numbers in told.values())
