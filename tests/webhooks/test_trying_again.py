"""Receivers that fail, hang or are gone: what is tried again, in which order, what is given up and who is told."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from rapport.kit import clock
from rapport.kit.outgoing import Answer
from rapport.webhooks import outcomes, service
from rapport.webhooks.claims import Claim, Webhook
from rapport.webhooks.outcomes import Outcome
from rapport.webhooks.payloads import Body, Caller, Delivery
from tests.accounts.team import owner
from tests.conftest import Shop, eventually, run
from tests.sink import Sink
from tests.webhooks.receivers import Got, Receiver, webhook

ORDERS = "event:api.placed_order"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def overview(shop: Shop, hook: str) -> Any:
    return shop.http.get(f"/api/webhooks/{hook}/overview").json()["data"]["attributes"]


def last(shop: Shop, hook: str) -> list[Any]:
    """The last calls, the newest first."""
    answer = shop.http.get(f"/api/webhooks/{hook}/deliveries").json()
    return [delivery["attributes"] for delivery in answer["data"]]


def passing(shop: Shop, condition: Callable[[], Any], **step: float) -> Any:
    """The first true answer of `condition`, while time passes in such steps. After each a call is waited for, but not
    for long: there may be none."""
    for _ in range(100):
        if answer := condition():
            return answer
        before = calls(shop)
        shop.advance(**step)
        until = time.monotonic() + 1
        while calls(shop) == before and time.monotonic() < until and not condition():
            time.sleep(0.02)
    raise AssertionError("time passed in vain")


def calls(shop: Shop) -> Any:
    """The newest of all calls."""
    return shop.query("SELECT max(id) FROM webhook_attempts WHERE account_id = %s", shop.account_id)


def order(shop: Shop, number: int, email: str = "ann@example.com") -> None:
    shop.event("Placed Order", email, unique_id=str(number), properties={"n": number})


def numbers(got: Got) -> list[int]:
    return [entry["payload"]["data"]["attributes"]["event_properties"]["n"] for entry in got.body["data"]]


def metric(shop: Shop) -> None:
    """The topic is there."""
    order(shop, 0, "first@example.com")
    shop.wait_until_recorded()


@pytest.mark.parametrize("answer", [500, 503, 429])
def test_what_failed_is_told_again_with_the_same_ids_before_what_came_later(
    shop: Shop, receiver: Receiver, answer: int
) -> None:
    metric(shop)
    receiver.answer = lambda got: answer if len(receiver.got) < 3 else 200
    hook = webhook(shop.http, receiver.url, ORDERS)
    order(shop, 1)
    eventually(lambda: receiver.got)
    order(shop, 2)
    passing(shop, lambda: len(receiver.got) >= 4, minutes=2)
    eventually(lambda: overview(shop, hook)["waiting"] == 0)
    told = [numbers(got) for got in receiver.got]
    # the first of them failed alone; it comes before the other in whatever call they are
    assert told[0] == [1] and [n for some in told[2:] for n in some] in ([1, 2], [1, 1, 2])
    assert receiver.got[0].ids[0] == receiver.got[2].ids[0]
    statuses = [delivery["status"] for delivery in last(shop, hook)]
    assert statuses[-2:] == ["retrying", "retrying"] and statuses[0] == "delivered"
    first = last(shop, hook)[-1]
    assert first["next_try"] and first["answer"] == {"status": answer, "text": "ok"}
    assert first["request"]["headers"]["Klaviyo-Signature"] and "*****" in first["request"]["url"]


def test_retry_after_is_heeded(shop: Shop, receiver: Receiver) -> None:
    metric(shop)
    receiver.answer = lambda got: (429, {"Retry-After": "1800"}) if len(receiver.got) == 1 else 200
    hook = webhook(shop.http, receiver.url, ORDERS)
    order(shop, 1)
    (first,) = eventually(lambda: last(shop, hook))
    assert first["next_try"] == overview(shop, hook)["next_call"]
    shop.advance(minutes=25)
    shop.event("Other", "bo@example.com")
    shop.wait_until_recorded()
    assert len(receiver.got) == 1
    shop.advance(minutes=6)
    eventually(lambda: len(receiver.got) == 2)


@pytest.mark.parametrize("answer", [400, 404, 302])
def test_any_other_answer_is_final_and_can_be_replayed(shop: Shop, receiver: Receiver, answer: int) -> None:
    metric(shop)
    receiver.answer = lambda got: (answer, {"location": receiver.url}) if len(receiver.got) == 1 else 200
    hook = webhook(shop.http, receiver.url, ORDERS)
    order(shop, 1)
    eventually(lambda: overview(shop, hook)["failed"] == 1)
    order(shop, 2)
    eventually(lambda: overview(shop, hook)["waiting"] == 0 and len(receiver.got) == 2)
    replayed = shop.http.post(f"/api/webhooks/{hook}/replay")
    assert (replayed.status_code, replayed.json()["data"]["attributes"]) == (202, {"deliveries": 1})
    eventually(lambda: len(receiver.got) == 3)
    assert receiver.got[2].ids == receiver.got[0].ids
    eventually(lambda: overview(shop, hook)["failed"] == 0)


def test_one_that_hangs_and_one_that_fails_hold_up_no_third(shop: Shop, receiver: Receiver) -> None:
    metric(shop)
    released = threading.Event()
    hangs = Receiver(answer=lambda got: 200 + released.wait(60))
    with hangs, Receiver(answer=lambda got: 500) as fails:
        for url in (hangs.url, fails.url, receiver.url):
            webhook(shop.http, url, ORDERS)
        try:
            for number in range(1, 41):
                order(shop, number, f"p{number % 7}@example.com")
            eventually(lambda: len(receiver.ids) == 40, seconds=10)
            assert hangs.got and fails.got
            # one place is kept by each of the others
            assert len(hangs.got) == 1
        finally:
            released.set()
    by_person: dict[int, list[int]] = {}
    for got in receiver.got:
        for number in numbers(got):
            by_person.setdefault(number % 7, []).append(number)
    assert all(told == sorted(told) for told in by_person.values())


def test_a_receiver_that_is_dead_for_a_day_leaves_bounded_rows_and_after_a_week_it_is_switched_off(
    shop: Shop, receiver: Receiver, sink: Sink
) -> None:
    metric(shop)
    receiver.answer = lambda got: 503
    hook = webhook(shop.http, receiver.url, ORDERS, name=f"Dead {shop.public_id}")
    rows = []
    for number in range(1, 14):
        order(shop, number, f"p{number}@example.com")
        shop.wait_until_recorded()
        got, newest = len(receiver.got), calls(shop)
        shop.advance(hours=4)
        # also until it is written down: from then on the webhook rests, and time may pass again
        eventually(lambda got=got, newest=newest: len(receiver.got) > got and calls(shop) != newest)
        rows.append(overview(shop, hook)["waiting"])
    # what waits is of one day, however long it lasts
    assert max(rows) <= 9 and overview(shop, hook)["failed"] >= 4
    attempts = "SELECT count(*) FROM webhook_attempts WHERE account_id = %s"
    assert shop.query(attempts, shop.account_id)[0][0] <= 101
    shop.advance(days=6)
    eventually(lambda: overview(shop, hook)["enabled"] is False)
    stands = overview(shop, hook)
    assert stands["waiting"] == 0 or stands["failed"] >= 10
    assert stands["disabled_reason"].startswith("Every call since ") and "503" in stands["disabled_reason"]
    name = f"Dead {shop.public_id}"
    letters = eventually(lambda: [one for one in sink.to("shop@example.com") if name in one.message["subject"]])
    assert len(letters) == 1 and "503" in letters[0].part("html") and "Unsubscribe" not in letters[0].part("html")
    (told,) = owner(shop).get('notifications?filter=equals(kind,"webhook-off")')["data"]
    assert told["attributes"]["title"] == f"The webhook “{name}” was switched off"
    assert told["attributes"]["page"] == f"/settings/webhooks/{hook}" and "503" in told["attributes"]["detail"]


@pytest.mark.long
def test_a_receiver_that_takes_only_small_bodies_gets_small_ones(shop: Shop, receiver: Receiver) -> None:
    metric(shop)
    hook = webhook(shop.http, receiver.url, ORDERS, name="Small")
    receiver.answer = lambda got: 413 if len(numbers(got)) > 2 else 200
    for batch in (range(1, 31), range(31, 51)):
        events = [bought(number) for number in batch]
        job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": events}}}
        assert shop.http.post("/api/event-bulk-create-jobs", json={"data": job}).status_code == 202
        eventually(
            lambda batch=batch: {*batch} <= {n for got in receiver.got if len(numbers(got)) < 3 for n in numbers(got)}
        )
    eventually(lambda: overview(shop, hook)["waiting"] == 0)
    refused = [len(numbers(got)) for got in receiver.got if len(numbers(got)) > 2]
    assert refused[0] == 30 and all(size < 30 for size in refused[1:]) and refused == sorted(refused, reverse=True)
    assert overview(shop, hook)["failing_since"] is None


def bought(number: int) -> Any:
    """A group of a bulk job: one order of one person."""
    event = {
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "properties": {"n": number},
        "unique_id": str(number),
    }
    person = {"data": {"type": "profile", "attributes": {"email": f"s{number}@example.com"}}}
    events = {"data": [{"type": "event", "attributes": event}]}
    return {"type": "event-bulk-create", "attributes": {"profile": person, "events": events}}


@pytest.mark.long
def test_what_can_not_be_composed_is_given_up_alone(shop: Shop, receiver: Receiver) -> None:
    metric(shop)
    # it rests after the first, so nobody writes the others out before one of them is broken
    receiver.answer = lambda got: (503, {"Retry-After": "600"}) if len(receiver.got) == 1 else 200
    hook = webhook(shop.http, receiver.url, ORDERS)
    order(shop, 1, "r1@example.com")
    eventually(lambda: overview(shop, hook)["next_call"])
    for number in range(2, 6):
        order(shop, number, f"r{number}@example.com")
    shop.wait_until_recorded()
    broken = "UPDATE events SET properties = '[]' WHERE account_id = %s AND unique_id = '4' RETURNING 1"
    assert shop.query(broken, shop.account_id)
    passing(shop, lambda: overview(shop, hook)["failed"] == 1, minutes=3)
    eventually(lambda: overview(shop, hook)["waiting"] == 0)
    assert {n for got in receiver.got[1:] for n in numbers(got)} == {1, 2, 3, 5}


def test_what_one_delivery_fails_for_is_found_and_the_others_go_on(shop: Shop, receiver: Receiver) -> None:
    """A receiver that can't take one event is not told of nothing else for it."""
    metric(shop)
    receiver.answer = lambda got: 500 if 3 in numbers(got) else 200
    hook = webhook(shop.http, receiver.url, ORDERS)
    events = [(number, f"q{number}@example.com") for number in range(1, 9)]
    for number, email in events:
        order(shop, number, email)
    taken = lambda: {n for got in receiver.got if 3 not in numbers(got) for n in numbers(got)}  # noqa: E731
    passing(shop, lambda: taken() == {1, 2, 4, 5, 6, 7, 8}, minutes=3)
    eventually(lambda: overview(shop, hook)["waiting"] == 1)


def test_one_is_deleted_while_a_call_of_it_is_written_down(shop: Shop) -> None:
    """Neither waits for what the other holds: that would break one of them off."""
    metric(shop)
    ulid = webhook(shop.http, "https://hooks.example.com/", ORDERS)
    hook = shop.query("SELECT id FROM webhooks WHERE account_id = %s", shop.account_id)[0][0]
    # waits for a day that does not come, so that no worker calls
    (id,) = shop.query(
        """INSERT INTO webhook_deliveries (account_id, webhook_id, topic, profile_id, created, due)
           VALUES (%s, %s, %s, 1, now(), now() + interval '1 day') RETURNING id""",
        shop.account_id, hook, ORDERS,
    )[0]  # fmt: skip
    now = clock.utcnow()
    delivery = Delivery(id, ORDERS, 1, None, None, now, 0)
    caller = Caller(shop.account_id, shop.public_id, ulid, "http://localhost")
    claim = Claim(caller, Webhook(hook, ulid, "https://hooks.example.com/", "", 0, 1), [delivery], 1, now)
    outcome = Outcome({}, Body(b"{}", [delivery]), 1, Answer(200, ""))

    waits = "SELECT 1 WHERE %s = ANY(pg_blocking_pids(%s))"

    async def both() -> None:
        connect = partial(psycopg.AsyncConnection.connect, shop.server.database_url)
        async with await connect() as deleting, await connect() as writing:
            await deleting.execute("SELECT FROM webhooks WHERE id = %s FOR UPDATE", (hook,))
            written = asyncio.create_task(outcomes.write(writing, claim, [outcome], [], now))
            await asyncio.to_thread(eventually, partial(shop.query, waits, *_pids(deleting, writing)))
            await service.delete(deleting, shop.account_id, ulid)
            await deleting.commit()
            await written

    run(both())
    for table in ("webhook_deliveries", "webhook_attempts"):
        assert shop.query(f"SELECT 1 FROM {table} WHERE account_id = %s", shop.account_id) == []


def _pids(*connections: psycopg.AsyncConnection[Any]) -> list[int]:
    return [connection.info.backend_pid for connection in connections]
