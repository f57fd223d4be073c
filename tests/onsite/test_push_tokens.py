"""Devices that register and go (behaviour-people 6.6)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.onsite.world import accepted, asked, error_of, the_one
from tests.parity.world import resource
from tests.people import everybody, made

TOKEN = "device-token-1"


def token(person: dict[str, Any], *, kind: str = "push-token", **attributes: Any) -> dict[str, Any]:
    """A registration, or with another `kind` its end."""
    known = {key: value for key, value in person.items() if key != "id"}
    whose = resource("profile", person.get("id"), **known)
    return resource(kind, **({"token": TOKEN, "platform": "ios", "vendor": "apns", "profile": whose} | attributes))


def holders(shop: Shop) -> dict[str, list[str]]:
    """Token -> the profiles that have it, as the server API shows them."""
    found: dict[str, list[str]] = {}
    for one in shop.http.get("/api/push-tokens?include=profile").json()["data"]:
        found.setdefault(one["id"], []).append(one["relationships"]["profile"]["data"]["id"])
    return found


@pytest.mark.rule("6.6")
def test_a_device_registers_with_what_is_known_of_it(shop: Shop) -> None:
    device = {"device_id": "d-1", "os_name": "ios", "klaviyo_sdk": "swift", "environment": "release"}
    person = {"email": "ann@example.com", "anonymous_id": "device-1", "first_name": "Ann"}
    accepted(shop, "push-tokens", token(person, device_metadata=device, background="DENIED"))
    id, ann = the_one(shop)
    assert ann["first_name"] == "Ann"
    assert holders(shop) == {TOKEN: [id]}
    (found,) = shop.http.get("/api/push-tokens").json()["data"]
    assert (found["attributes"]["enablement_status"], found["attributes"]["background"]) == ("AUTHORIZED", "DENIED")
    assert found["attributes"]["metadata"] | device == found["attributes"]["metadata"]


@pytest.mark.rule("6.6")
def test_the_vendor_is_known_in_any_case(shop: Shop) -> None:
    person = {"anonymous_id": "device-1"}
    accepted(shop, "push-tokens", token(person, platform="android", vendor="FCM"))
    accepted(shop, "push-token-unregister", token(person, kind="push-token-unregister", vendor="FCM"))
    assert holders(shop) == {}
    for kind, path in (("push-token", "push-tokens"), ("push-token-unregister", "push-token-unregister")):
        error = error_of(asked(shop, path, token(person, kind=kind, vendor="pigeon")))
        assert error["source"]["pointer"] == "/data/attributes/vendor"


@pytest.mark.rule("6.6")
def test_a_token_belongs_to_one_profile_and_moves_with_its_device(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    accepted(shop, "push-tokens", token({"email": "ann@example.com"}))
    assert holders(shop) == {TOKEN: [ann]}
    accepted(shop, "push-tokens", token({"id": bea}))
    assert holders(shop) == {TOKEN: [bea]}


@pytest.mark.rule("6.6")
def test_unregistering_keeps_the_profile(shop: Shop) -> None:
    accepted(shop, "push-tokens", token({"email": "ann@example.com"}))
    for _ in range(2):
        accepted(shop, "push-token-unregister", token({"email": "ann@example.com"}, kind="push-token-unregister"))
    assert holders(shop) == {}
    assert len(everybody(shop)) == 1


@pytest.mark.rule("6.6")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"platform": "windows"}, "/data/attributes/platform"),
        ({"token": ""}, "/data/attributes/token"),
        ({"enablement_status": "MAYBE"}, "/data/attributes/enablement_status"),
        ({"profile": resource("profile", email="nope")}, "/data/attributes/profile/data/attributes/email"),
        ({"profile": resource("profile", phone_number="1")}, "/data/attributes/profile/data/attributes/phone_number"),
        ({"profile": resource("profile")}, "/data/attributes/profile/data/attributes"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    answer = asked(shop, "push-tokens", token({"email": "ann@example.com"}, **change))
    assert error_of(answer)["source"]["pointer"] == pointer
    assert holders(shop) == {}
