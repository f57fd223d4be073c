"""Webhooks over the API: what is shown of them, what is refused, and what becomes of what waits for them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from rapport.kit import clock, db
from rapport.webhooks import claims, tasks
from tests.accounts.dance import registered
from tests.conftest import REVISION, Shop, eventually
from tests.webhooks.receivers import SECRET, Receiver, webhook
from tests.webhooks.test_trying_again import ORDERS, last, metric, order, overview

HOOK = "https://hooks.example.com/secret-path?token=abc"


def created(shop: Shop, **attributes: Any) -> Any:
    data = {"type": "webhook", "attributes": {"name": "Hook", "endpoint_url": HOOK, "secret_key": SECRET, **attributes}}
    return shop.http.post("/api/webhooks", json={"data": data})


def changed(shop: Shop, hook: str, **attributes: Any) -> Any:
    data = {"type": "webhook", "id": hook, "attributes": attributes}
    return shop.http.patch(f"/api/webhooks/{hook}", json={"data": data})


def problem(answer: Any) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["source"]["pointer"]


def test_its_address_is_masked_and_its_secret_never_shown(shop: Shop) -> None:
    """R53, and a private key may do all of it."""
    hook = webhook(shop.http, "https://user:pass@hooks.example.com:8443/x?token=abc", "event:klaviyo.sent_sms")
    answer = shop.http.get(f"/api/webhooks/{hook}?include=webhook-topics")
    shown = answer.json()
    assert shown["data"]["attributes"]["endpoint_url"] == "https://hooks.example.com:8443/*****"
    assert shown["data"]["attributes"]["enabled"] is True
    assert shown["data"]["relationships"]["webhook-topics"]["data"] == [
        {"type": "webhook-topic", "id": "event:klaviyo.sent_sms"}
    ]
    assert [topic["id"] for topic in shown["included"]] == ["event:klaviyo.sent_sms"]
    for text in (answer.text, shop.http.get("/api/webhooks").text, changed(shop, hook, name="Other").text):
        assert SECRET not in text and "token" not in text and "pass@" not in text
    stored = shop.query("SELECT secret_key FROM webhooks WHERE account_id = %s", shop.account_id)
    assert SECRET not in stored[0][0]


def test_it_is_made_with_topics_as_an_attribute_and_changed_by_the_relationship(shop: Shop) -> None:
    answer = created(shop, topics=["profile.created", "event.created"])
    assert answer.status_code == 201, answer.text
    hook = answer.json()["data"]["id"]
    linked = lambda: {  # noqa: E731
        topic["id"]
        for topic in shop.http.get(f"/api/webhooks/{hook}").json()["data"]["relationships"]["webhook-topics"]["data"]
    }
    assert linked() == {"profile.created", "event.created"}
    assert changed(shop, hook, topics=["profile.merged"]).status_code == 200 and linked() == {"profile.merged"}
    data = {"type": "webhook", "id": hook, "attributes": {}}
    topics = {"webhook-topics": {"data": [{"type": "webhook-topic", "id": "event:klaviyo.sent_sms"}]}}
    body = {"data": {**data, "relationships": topics}}
    assert shop.http.patch(f"/api/webhooks/{hook}", json=body).status_code == 200
    assert linked() == {"event:klaviyo.sent_sms"}


def test_null_leaves_things_as_they_are(shop: Shop) -> None:
    hook = created(shop, topics=["profile.created"], description="Of people").json()["data"]["id"]
    answer = changed(shop, hook, description=None, name=None, enabled=None, secret_key=None, endpoint_url=None)
    attributes = answer.json()["data"]["attributes"]
    assert (attributes["description"], attributes["name"], attributes["enabled"]) == ("Of people", "Hook", True)


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"topics": []}, "/data/attributes/topics"),
        ({"topics": ["profile.created", "event:api.nothing"]}, "/data/attributes/topics/1"),
        ({"topics": ["profile.created"], "secret_key": "short"}, "/data/attributes/secret_key"),
        ({"topics": ["profile.created"], "name": ""}, "/data/attributes/name"),
        ({}, "/data/relationships/webhook-topics/data"),
        *(
            ({"topics": ["profile.created"], "endpoint_url": url}, "/data/attributes/endpoint_url")
            for url in (
                "http://hooks.example.com/",
                "https://10.0.0.1/",
                "https://[::ffff:10.0.0.1]/",
                "https://169.254.169.254/latest/meta-data",
                "https:///nothing",
                "ftp://hooks.example.com/",
                "javascript:alert(1)",
                "https://hooks.example.com:99999/",
                "https://hooks.example.com/\r\nX: y",
            )
        ),
    ],
)
def test_what_can_not_be_is_refused_with_its_place(shop: Shop, attributes: Any, pointer: str) -> None:
    assert problem(created(shop, **attributes)) == (400, pointer)


def test_its_topics_are_those_of_the_account(shop: Shop) -> None:
    shop.event("Größe gewählt!", "ann@example.com")
    shop.wait_until_recorded()
    topics = {topic["id"] for topic in shop.http.get("/api/webhook-topics").json()["data"]}
    assert {"event:api.größe_gewählt", "event:klaviyo.received_email", "profile.merged"} <= topics
    assert "event:api.placed_order" not in topics
    assert shop.http.get("/api/webhook-topics/event:api.größe_gewählt").status_code == 200
    assert shop.http.get("/api/webhook-topics/event:api.placed_order").status_code == 404


def test_a_paused_one_is_not_called_and_one_that_is_deleted_leaves_nothing(shop: Shop) -> None:
    metric(shop)
    with Receiver() as receiver:
        hook = webhook(shop.http, receiver.url, ORDERS)
        assert changed(shop, hook, enabled=False).json()["data"]["attributes"]["enabled"] is False
        order(shop, 1)
        shop.wait_until_recorded()
        assert changed(shop, hook, enabled=True).status_code == 200
        order(shop, 2)
        eventually(lambda: receiver.got)
        assert len(receiver.ids) == 1
        assert shop.http.delete(f"/api/webhooks/{hook}").status_code == 204
        assert shop.http.get(f"/api/webhooks/{hook}").status_code == 404
    for table in ("webhook_deliveries", "webhook_attempts", "webhook_subscriptions", "webhooks"):
        assert shop.query(f"SELECT FROM {table} WHERE account_id = %s", shop.account_id) == []


@pytest.mark.parametrize("topic", ["event:klaviyo.sent_sms", "profile.merged", "list.member.added", "event.created"])
def test_a_test_call_says_that_it_is_one(shop: Shop, topic: str) -> None:
    with Receiver(answer=lambda got: 418) as receiver:
        hook = webhook(shop.http, receiver.url, topic)
        answer = shop.http.post(f"/api/webhooks/{hook}/test")
        (got,) = receiver.got
        assert got.headers["Klaviyo-Webhook-Id"] == hook and topic in got.content.decode()
        assert got.body.get("meta", got.body)["test"] is True
    attributes = answer.json()["data"]["attributes"]
    assert (attributes["status"], attributes["is_test"], attributes["answer"]["status"]) == ("failed", True, 418)
    assert [call["is_test"] for call in last(shop, hook)] == [True]
    # it says nothing of how the webhook stands
    assert overview(shop, hook)["failing_since"] is None


def test_an_address_that_turns_out_to_be_of_this_network_is_not_called(shop: Shop) -> None:
    """Another way of writing 127.0.0.2."""
    hook = webhook(shop.http, "https://2130706434/", "profile.created")
    attributes = shop.http.post(f"/api/webhooks/{hook}/test").json()["data"]["attributes"]
    assert (attributes["status"], attributes["answer"]["status"]) == ("failed", None)
    assert "127.0.0.2 is not a public address" in attributes["answer"]["text"]


def test_of_a_deleted_person_nothing_is_told_any_more(shop: Shop) -> None:
    metric(shop)
    with Receiver(answer=lambda got: 500) as receiver:
        hook = webhook(shop.http, receiver.url, ORDERS)
        order(shop, 1, "gone@example.com")
        order(shop, 2, "stays@example.com")
        eventually(lambda: last(shop, hook) and overview(shop, hook)["waiting"] == 2)
        job = {"profile": {"data": {"type": "profile", "attributes": {"email": "gone@example.com"}}}}
        body = {"data": {"type": "data-privacy-deletion-job", "attributes": job}}
        assert shop.http.post("/api/data-privacy-deletion-jobs", json=body).status_code == 202
        eventually(lambda: overview(shop, hook)["waiting"] == 1)
        bodies = [call["request"]["body"] for call in last(shop, hook)]
        assert "redacted" in bodies


_LEFT_IN_FLIGHT = """
    UPDATE webhook_deliveries SET in_flight = true, due = now() - interval '1 second'
    WHERE account_id = %s RETURNING id"""


def left_by_a_dead_worker(shop: Shop, receiver: Receiver) -> str:
    """A webhook that was paused while a worker, which died then, made a call for it about gone@example.com."""
    metric(shop)
    hook = webhook(shop.http, receiver.url, ORDERS)
    order(shop, 1, "gone@example.com")
    eventually(lambda: last(shop, hook) and overview(shop, hook)["waiting"] == 1)
    changed(shop, hook, enabled=False)
    assert len(shop.query(_LEFT_IN_FLIGHT, shop.account_id)) == 1
    return hook


def test_what_a_dead_worker_left_keeps_nobody_from_being_deleted(shop: Shop) -> None:
    with Receiver(answer=lambda got: 500) as receiver:
        hook = left_by_a_dead_worker(shop, receiver)
        job = {"profile": {"data": {"type": "profile", "attributes": {"email": "gone@example.com"}}}}
        body = {"data": {"type": "data-privacy-deletion-job", "attributes": job}}
        assert shop.http.post("/api/data-privacy-deletion-jobs", json=body).status_code == 202
        eventually(lambda: overview(shop, hook)["waiting"] == 0)


async def test_what_a_dead_worker_left_is_given_up_after_a_day(shop: Shop) -> None:
    with Receiver(answer=lambda got: 500) as receiver:
        hook = left_by_a_dead_worker(shop, receiver)
        shop.advance(days=1, seconds=1)
        async with db.new_pool(shop.server.database_url, size=1) as pool:
            await tasks.prune(pool, clock.utcnow())
        assert (overview(shop, hook)["waiting"], overview(shop, hook)["failed"]) == (0, 1)


def test_what_waits_about_somebody_is_told_of_who_they_were_merged_into(shop: Shop) -> None:
    with Receiver(answer=lambda got: 500 if len(receiver.got) < 2 else 200) as receiver:
        into = shop.profile("ann@example.com")
        shop.wait_until_recorded()
        hook = webhook(shop.http, receiver.url, "profile.created")
        source = shop.profile("old@example.com")
        eventually(lambda: overview(shop, hook)["next_call"])
        body = {
            "type": "profile-merge",
            "id": into,
            "relationships": {"profiles": {"data": [{"type": "profile", "id": source}]}},
        }
        shop.sdk.Profiles.merge_profiles({"data": body})
        shop.advance(minutes=5)
        eventually(lambda: len(receiver.got) == 2)
        assert [body["data"]["id"] for body in receiver.bodies] == [source, into]
        assert receiver.ids[0] == receiver.ids[1]


async def test_what_is_old_is_forgotten_every_hour(shop: Shop) -> None:
    metric(shop)
    with Receiver(answer=lambda got: 404) as receiver:
        hook = webhook(shop.http, receiver.url, ORDERS)
        order(shop, 1)
        eventually(lambda: overview(shop, hook)["failed"] == 1)
        changed(shop, hook, enabled=False)
    rows = lambda: [  # noqa: E731
        len(shop.query(f"SELECT FROM {table} WHERE account_id = %s", shop.account_id))
        for table in ("webhook_deliveries", "webhook_attempts")
    ]
    async with db.new_pool(shop.server.database_url, size=1) as pool:
        await tasks.prune(pool, clock.utcnow())
        assert rows() == [1, 1]
        shop.advance(days=7, seconds=1)
        await tasks.prune(pool, clock.utcnow())
        assert rows() == [0, 0]


def test_one_that_an_application_made_stops_with_it(shop: Shop) -> None:
    app = registered(shop.server, scopes=("webhooks:read", "webhooks:write"))
    tokens = app.tokens(shop, scope="webhooks:read webhooks:write")
    metric(shop)
    with Receiver() as receiver:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "revision": REVISION}
        with httpx.Client(base_url=shop.server.url, headers=headers) as theirs:
            webhook(theirs, receiver.url, ORDERS)
        order(shop, 1)
        eventually(lambda: len(receiver.got) == 1)
        app.revoke(tokens["refresh_token"])
        order(shop, 2)
        shop.wait_until_recorded()
        # nothing was written for it
        eventually(lambda: not shop.query("SELECT FROM webhook_deliveries WHERE account_id = %s", shop.account_id))
        assert len(receiver.got) == 1


async def test_what_waited_for_an_application_that_was_uninstalled_is_given_up(shop: Shop) -> None:
    app = registered(shop.server, scopes=("webhooks:read", "webhooks:write"))
    tokens = app.tokens(shop, scope="webhooks:read webhooks:write")
    metric(shop)
    with Receiver(answer=lambda got: 500) as receiver:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "revision": REVISION}
        with httpx.Client(base_url=shop.server.url, headers=headers) as theirs:
            hook = webhook(theirs, receiver.url, ORDERS)
        order(shop, 1)
        eventually(lambda: last(shop, hook))
        app.revoke(tokens["refresh_token"])
    shop.advance(days=1, seconds=1)
    [(number,)] = shop.query("SELECT id FROM webhooks WHERE account_id = %s AND ulid = %s", shop.account_id, hook)
    async with db.new_pool(shop.server.database_url, size=1) as pool:
        async with db.transaction(pool) as conn:
            # nor does a worker that was at it before
            assert await claims.take(conn, shop.account_id, number, shop.server.url, timedelta(minutes=1)) is None
        await tasks.prune(pool, clock.utcnow())
    assert (overview(shop, hook)["waiting"], overview(shop, hook)["failed"]) == (0, 1)
