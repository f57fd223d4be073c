"""What webhooks are told, of what, and how it is signed: against a real receiver on loopback."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.conftest import Shop, eventually
from tests.webhooks.receivers import SECRET, Receiver, webhook


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def told(receiver: Receiver, *types: str) -> list[Any]:
    """The data of what was told about these topics, once there is as much of each."""
    eventually(lambda: sorted(body["type"] for body in receiver.bodies) == sorted(types))
    return [body["data"] for body in receiver.bodies]


def test_an_event_is_told_as_the_api_shows_it_with_both_signatures(shop: Shop, receiver: Receiver) -> None:
    """R52"""
    shop.event("Placed Order", "ann@example.com", value=9.5, properties={"10": 1, "9": 1e21, "Größe": "Ä"})
    shop.wait_until_recorded()
    hook = webhook(shop.http, receiver.url, "event:api.placed_order", "event:klaviyo.sent_sms")
    shop.event("Placed Order", "ann@example.com", value=12.5, unique_id="2", properties={"10": 1, "9": 1e21})
    (got,) = eventually(lambda: receiver.got)
    body = got.body
    (entry,) = body["data"]
    assert entry["topic"] == "event:api.placed_order"
    document = shop.http.get(f"/api/events/{entry['external_id']}").json()
    assert entry["payload"]["data"] == document["data"] and document["data"]["attributes"]["event_properties"]["9"]
    assert {**body["meta"], "timestamp": None} == {
        "klaviyo_account_id": shop.public_id,
        "klaviyo_webhook_id": hook,
        "timestamp": None,
        "version": "2026-10-15",
    }
    headers = got.headers
    assert headers["Klaviyo-Webhook-Id"] == hook and parsedate_to_datetime(headers["Klaviyo-Timestamp"])
    signed = got.content + headers["Klaviyo-Timestamp"].encode()
    assert headers["Klaviyo-Signature"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    base64 = b64encode(hmac.new(SECRET.encode(), got.content, hashlib.sha256).digest()).decode()
    assert headers["klaviyo-webhook-signature"] == base64
    assert b'{"9":1e+21,"10":1,' in got.content


def test_happenings_are_told_one_a_call(shop: Shop, receiver: Receiver) -> None:
    topics = ["profile.created", "profile.updated", "event.created", "list.member.added", "list.member.removed"]
    webhook(shop.http, receiver.url, *topics)
    ann = shop.profile("ann@example.com", first_name="Ann")
    (created,) = told(receiver, "profile.created")
    assert created == shop.http.get(f"/api/profiles/{ann}").json()["data"]
    receiver.got.clear()

    shop.sdk.Profiles.update_profile(
        ann, {"data": {"type": "profile", "id": ann, "attributes": {"properties": {"plan": "pro"}}}}
    )
    (updated,) = told(receiver, "profile.updated")
    assert (updated["id"], updated["attributes"]["properties"]) == (ann, {"plan": "pro"})
    receiver.got.clear()

    # the same again changes nothing, and an event only the date of the last one
    shop.sdk.Profiles.update_profile(
        ann, {"data": {"type": "profile", "id": ann, "attributes": {"properties": {"plan": "pro"}}}}
    )
    shop.event("Placed Order", "ann@example.com", properties={"n": 1})
    (event,) = told(receiver, "event.created")
    assert event["attributes"]["event_properties"]["n"] == 1
    assert event["relationships"]["profile"]["data"]["id"] == ann
    receiver.got.clear()

    made = str(shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "L"}}}).data.id)
    member = {"data": [{"type": "profile", "id": ann}]}
    shop.sdk.Lists.add_profiles_to_list(made, member)
    (added,) = told(receiver, "list.member.added")
    assert added["list"] == {"type": "list", "id": made} and added["profile"]["id"] == ann
    receiver.got.clear()
    shop.sdk.Lists.delete_list(made)
    (removed,) = told(receiver, "list.member.removed")
    assert removed["list"]["id"] == made


def test_a_merge_is_told_with_who_was_merged(shop: Shop, receiver: Receiver) -> None:
    webhook(shop.http, receiver.url, "profile.merged")
    into, source = shop.profile("ann@example.com"), shop.profile("old@example.com")
    body = {
        "type": "profile-merge",
        "id": into,
        "relationships": {"profiles": {"data": [{"type": "profile", "id": source}]}},
    }
    shop.sdk.Profiles.merge_profiles({"data": body})
    # a store's own event of that name is no merge
    shop.event("Merged Profile", "bo@example.com", service="klaviyo", unique_id="merged:1")
    (merged,) = told(receiver, "profile.merged")
    assert merged["id"] == into and merged["meta"]["merged_profile"] == {"type": "profile", "id": source}
