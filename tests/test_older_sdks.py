"""The official SDKs of earlier years take our answers too: in their revision, with their own strict models."""

import re
from collections.abc import Iterator

import pytest

from rapport.kit.jsonapi import Operation
from tests.conftest import Server, Shop, new_shop
from tests.parity import calls, older_calls
from tests.parity.calls import consent_body
from tests.parity.older_sdk import SDKS, OlderSdk, shared
from tests.parity.surface import declared
from tests.parity.world import World, resource

# Attributes that are only answered when they are asked for.
ADDITIONAL = {name for one in declared() if one.answers is not None for name in one.answers.additional}
WALKS = [(version, one) for version in SDKS for one in shared(version)]


@pytest.fixture(scope="module")
def worlds(server: Server) -> Iterator[dict[str, World]]:
    """A shop for each SDK."""
    made: dict[str, World] = {}
    yield made
    for world in made.values():
        world.sdk.close()
        world.shop.http.close()


@pytest.mark.parametrize("version", SDKS)
def test_there_is_an_sdk_of_every_year(version: str) -> None:
    assert len(shared(version)) > 100, "`make sdks` installs them"


@pytest.mark.parametrize(("version", "operation"), WALKS, ids=lambda one: getattr(one, "id", one))
def test_an_older_sdk_calls_it_and_takes_its_answer(
    worlds: dict[str, World], server: Server, version: str, operation: Operation
) -> None:
    world = _world(worlds, server, version)
    world.sdk.requests.clear()
    world.sdk.missing.clear()
    (older_calls.CALLS.get(operation.id) or calls.CALLS[operation.id])(world)
    path = re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.path))
    assert world.sdk.missing <= ADDITIONAL
    assert any(method == operation.method and path.fullmatch(sent) for method, sent in world.sdk.requests)


def _world(worlds: dict[str, World], server: Server, version: str) -> World:
    if version not in worlds:
        shop = new_shop(server).__enter__()
        worlds[version] = World(shop, OlderSdk(version, server.url, shop.private_key))
        assert worlds[version].sdk.revision == SDKS[version]
    return worlds[version]


def test_an_address_alone_leaves_where_channels_have_no_names_yet(shop: Shop) -> None:
    """Up to 2024-10-15 `subscriptions` is not a field of whoever unsubscribes."""
    shop.profile("leaving@example.com")
    body = consent_body("profile-subscription-bulk-delete-job", "leaving@example.com")
    path = "/api/profile-subscription-bulk-delete-jobs"
    answer = shop.http.post(path, json=body, headers={"revision": "2024-02-15"})
    assert answer.status_code == 202, answer.text
    found = shop.sdk.Profiles.get_profiles(additional_fields_profile=["subscriptions"]).data[0].attributes
    assert found.subscriptions.email.marketing.consent == "UNSUBSCRIBED"
    assert shop.http.post(path, json=body).status_code == 400


def test_a_number_alone_leaves_texts(shop: Shop) -> None:
    shop.sdk.Profiles.create_profile(resource("profile", email="both@example.com", phone_number="+15005550006"))
    body = resource(
        "profile-subscription-bulk-delete-job",
        profiles={"data": [resource("profile", phone_number="+15005550006")["data"]]},
    )
    path = "/api/profile-subscription-bulk-delete-jobs"
    assert shop.http.post(path, json=body, headers={"revision": "2024-02-15"}).status_code == 202
    found = shop.sdk.Profiles.get_profiles(additional_fields_profile=["subscriptions"]).data[0].attributes
    assert found.subscriptions.sms.marketing.consent == "UNSUBSCRIBED"
    assert found.subscriptions.email.marketing.consent == "NEVER_SUBSCRIBED"


def test_a_city_is_a_text_until_it_may_be_null(shop: Shop) -> None:
    def city(revision: str) -> object:
        answer = shop.http.get("/api/accounts", headers={"revision": revision}).json()
        return answer["data"][0]["attributes"]["contact_information"]["street_address"]["city"]

    assert (city("2024-02-15"), city("2026-07-15"), city("2026-10-15")) == ("", "", None)


def test_an_action_of_a_flow_has_fields_until_it_has_a_definition(shop: Shop) -> None:
    world = World(shop)
    path = f"/api/flow-actions/{world.flow_action}"
    older = shop.http.get(path, headers={"revision": "2025-07-15"}).json()["data"]["attributes"]
    assert older.keys() == {
        "created",
        "updated",
        "action_type",
        "status",
        "settings",
        "tracking_options",
        "send_options",
        "render_options",
    }
    assert (older["action_type"], older["status"]) == ("SEND_EMAIL", "draft")
    assert older["send_options"] == {"use_smart_sending": True, "is_transactional": False}
    newer = shop.http.get(path, headers={"revision": "2025-10-15"}).json()["data"]["attributes"]
    assert newer.keys() == {"created", "updated", "definition"}


def test_a_message_of_a_flow_has_a_content_until_it_has_a_definition(shop: Shop) -> None:
    world = World(shop)
    path = f"/api/flow-messages/{world.flow_message}"
    older = shop.http.get(path, headers={"revision": "2025-07-15"}).json()["data"]["attributes"]
    newer = shop.http.get(path, headers={"revision": "2025-10-15"}).json()["data"]["attributes"]
    assert older.keys() == {"name", "channel", "content", "created", "updated"}
    assert newer.keys() == {"channel", "created", "updated", "definition"}
    assert older["content"]["subject"] == newer["definition"]["subject_line"]


def test_actions_are_listed_by_either_name_of_their_type(shop: Shop) -> None:
    world = World(shop)
    for revision, name in (("2025-07-15", "SEND_EMAIL"), ("2025-10-15", "send-email")):
        params = {"filter": f'equals(action_type,"{name}")'}
        found = shop.http.get(
            f"/api/flows/{world.flow}/flow-actions", params=params, headers={"revision": revision}
        ).json()["data"]
        assert world.flow_action in {one["id"] for one in found}
