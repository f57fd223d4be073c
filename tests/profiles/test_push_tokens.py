"""Push tokens: devices of a profile, and the consent that lives with them (behaviour-people 2.11, 6.6)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Server, Shop, new_shop
from tests.lists.test_lists import add, members, new_list
from tests.people import Json, everybody, gone, made, read, sent

pytestmark = pytest.mark.rule("6.6")
TOKEN = "fMEP-0:APA91b/x+y=="
DEVICE = {
    "device_id": "d-1", "klaviyo_sdk": "swift", "sdk_version": "1.0.0", "device_model": "iPhone12,1", "os_name": "ios",
    "os_version": "14.0", "manufacturer": "Apple", "app_name": "Shop", "app_version": "1.2", "app_build": "7",
    "app_id": "com.example.shop", "environment": "release",
}  # fmt: skip


def token_body(token: str, person: Json, /, *, id: str | None = None, **attributes: Any) -> Json:
    profile = {"type": "profile", "attributes": person} | ({"id": id} if id else {})
    given = {"token": token, "platform": "ios", "vendor": "apns", "profile": {"data": profile}, **attributes}
    return {"data": {"type": "push-token", "attributes": given}}


def register(shop: Shop, token: str = TOKEN, /, email: str = "ann@example.com", **attributes: Any) -> None:
    answer = shop.http.post("/api/push-tokens", json=token_body(token, {"email": email}, **attributes))
    assert (answer.status_code, answer.content) == (202, b""), answer.text


def path(token: str, rest: str = "") -> str:
    return f"/api/push-tokens/{httpx.URL('http://x', params={'t': token}).query.decode()[2:].replace('+', '%2B')}{rest}"


def shown(shop: Shop, token: str = TOKEN) -> Json:
    answer = shop.http.get(path(token))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def push_consent(shop: Shop, ulid: str) -> tuple[bool, str]:
    answer = shop.http.get(f"/api/profiles/{ulid}", params={"additional-fields[profile]": "subscriptions"}).json()
    marketing = answer["data"]["attributes"]["subscriptions"]["mobile_push"]["marketing"]
    assert (marketing["consent_timestamp"] is None) == (marketing["consent"] == "NEVER_SUBSCRIBED")
    return marketing["can_receive_push_marketing"], marketing["consent"]


def test_it_is_registered_shown_and_deleted_by_its_own_text(shop: Shop) -> None:
    register(shop, device_metadata=DEVICE)
    (ann,) = everybody(shop)
    found = shown(shop)
    assert (found["type"], found["id"]) == ("push-token", TOKEN)
    attributes = found["attributes"]
    assert attributes.pop("created") and attributes.pop("recorded_date")
    assert attributes == {
        "token": TOKEN,
        "platform": "ios",
        "vendor": "APNs",
        "enablement_status": "AUTHORIZED",
        "background": "AVAILABLE",
        "metadata": DEVICE,
    }
    assert found["relationships"]["profile"]["data"] == {"type": "profile", "id": ann}
    assert shop.http.delete(path(TOKEN)).status_code == 204
    for answer in (shop.http.delete(path(TOKEN)), shop.http.get(path(TOKEN))):
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["detail"] == f"A push-token with id {TOKEN} does not exist."
    assert read(shop, ann)["email"] == "ann@example.com"


def test_it_makes_or_finds_the_profile_and_writes_what_is_said_of_it(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", properties={"tags": ["a"]})
    person = {"email": "ann@example.com", "title": "Dr", "meta": {"patch_properties": {"append": {"tags": "b"}}}}
    assert shop.http.post("/api/push-tokens", json=token_body("t-1", person)).status_code == 202
    assert read(shop, ann)["title"] == "Dr"
    assert read(shop, ann)["properties"] == {"tags": ["a", "b"]}
    register(shop, "t-2", email="new@example.com")
    assert len(everybody(shop)) == 2


def test_the_vendor_is_taken_in_any_case(shop: Shop) -> None:
    """The Android SDK writes FCM."""
    register(shop, platform="android", vendor="FCM")
    assert shown(shop)["attributes"]["vendor"] == "FCM"
    register(shop, platform="android", vendor="fcm")
    assert shown(shop)["attributes"]["vendor"] == "FCM"


def test_registering_again_brings_it_up_to_date_and_keeps_its_age(shop: Shop) -> None:
    register(shop, device_metadata=DEVICE)
    before = shown(shop)["attributes"]
    register(shop, enablement_status="DENIED", background="RESTRICTED", device_metadata={"app_version": "1.3"})
    after = shown(shop)["attributes"]
    assert (after["enablement_status"], after["background"]) == ("DENIED", "RESTRICTED")
    assert after["metadata"] == {**DEVICE, "app_version": "1.3"}
    assert (after["created"], after["recorded_date"] > before["recorded_date"]) == (before["created"], True)


def test_one_that_is_registered_for_another_moves_to_them(shop: Shop) -> None:
    register(shop)
    (ann,) = everybody(shop)
    register(shop, email="bea@example.com")
    (bea,) = {*everybody(shop)} - {ann}
    assert shown(shop)["relationships"]["profile"]["data"]["id"] == bea
    assert [push_consent(shop, id) for id in (ann, bea)] == [(False, "UNSUBSCRIBED"), (True, "SUBSCRIBED")]


@pytest.mark.rule("2.11")
@pytest.mark.rule("2.1")
def test_consent_to_push_lives_with_the_tokens(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    assert push_consent(shop, ann) == (False, "NEVER_SUBSCRIBED")
    register(shop, "t-1", enablement_status="NOT_DETERMINED")
    assert push_consent(shop, ann) == (False, "NEVER_SUBSCRIBED")
    register(shop, "t-2", enablement_status="PROVISIONAL")
    assert push_consent(shop, ann) == (True, "SUBSCRIBED")
    register(shop, "t-1")
    register(shop, "t-2", enablement_status="DENIED")
    assert push_consent(shop, ann) == (True, "SUBSCRIBED")
    register(shop, "t-1", enablement_status="UNAUTHORIZED")
    assert push_consent(shop, ann) == (False, "UNSUBSCRIBED")
    register(shop, "t-1")
    assert shop.http.delete(path("t-1")).status_code == 204
    assert push_consent(shop, ann) == (False, "UNSUBSCRIBED")


def test_they_are_listed_filtered_and_paged(shop: Shop) -> None:
    for n in range(3):
        register(shop, f"i-{n}", enablement_status=("AUTHORIZED", "DENIED", "AUTHORIZED")[n])
    register(shop, "a-1", email="bea@example.com", platform="android", vendor="fcm")
    (ann,) = (id for id, one in everybody(shop).items() if one["email"] == "ann@example.com")

    def found(filter: str) -> list[str]:
        answer = shop.http.get("/api/push-tokens", params={"filter": filter} if filter else {})
        assert answer.status_code == 200, answer.text
        return sorted(one["id"] for one in answer.json()["data"])

    assert found("") == ["a-1", "i-0", "i-1", "i-2"]
    assert found('equals(id,"i-1")') == ["i-1"]
    assert found('equals(platform,"android")') == ["a-1"]
    assert found(f'equals(profile.id,"{ann}"),equals(enablement_status,"AUTHORIZED")') == ["i-0", "i-2"]
    assert found('equals(id,"nothing")') == []
    seen, url = [], "/api/push-tokens?page[size]=3"
    while url:
        page = shop.http.get(url).json()
        seen.append(len(page["data"]))
        url = page["links"]["next"]
    assert seen == [3, 1]


def test_the_profile_of_a_token_and_the_tokens_of_a_profile(shop: Shop) -> None:
    register(shop)
    register(shop, "t-2")
    (ann,) = everybody(shop)
    other = made(shop, email="bea@example.com")
    assert shop.http.get(path(TOKEN, "/profile")).json()["data"]["id"] == ann
    assert shop.http.get(path(TOKEN, "/relationships/profile")).json()["data"] == {"type": "profile", "id": ann}
    tokens = shop.http.get(f"/api/profiles/{ann}/push-tokens").json()["data"]
    assert [one["attributes"]["token"] for one in tokens] == [TOKEN, "t-2"]
    ids = shop.http.get(f"/api/profiles/{ann}/relationships/push-tokens").json()["data"]
    assert ids == [{"type": "push-token", "id": TOKEN}, {"type": "push-token", "id": "t-2"}]
    assert shop.http.get(f"/api/profiles/{other}/push-tokens").json()["data"] == []


def test_each_includes_the_other(shop: Shop) -> None:
    register(shop)
    (ann,) = everybody(shop)
    for url in (path(TOKEN), "/api/push-tokens"):
        (included,) = shop.http.get(url, params={"include": "profile"}).json()["included"]
        assert (included["type"], included["id"], included["attributes"]["email"]) == (
            "profile",
            ann,
            "ann@example.com",
        )
    for url in (f"/api/profiles/{ann}", "/api/profiles"):
        answer = shop.http.get(url, params={"include": "push-tokens", "fields[push-token]": "token,metadata.os_name"})
        (included,) = answer.json()["included"]
        assert (included["type"], included["id"], included["attributes"]["token"]) == ("push-token", TOKEN, TOKEN)


@pytest.mark.rule("5")
def test_members_are_found_by_token(shop: Shop) -> None:
    register(shop)
    (ann,), bea, id = everybody(shop), made(shop, email="bea@example.com"), new_list(shop)
    add(shop, id, ann, bea)
    assert members(shop, id, filter=f'equals(push_token,"{TOKEN}")') == [ann]
    assert members(shop, id, filter="any(push_token,['x','y'])") == []


@pytest.mark.rule("1.6")
def test_tokens_follow_their_profile_into_another(shop: Shop) -> None:
    device = made(shop, anonymous_id="device")
    assert shop.http.post("/api/push-tokens", json=token_body(TOKEN, {"anonymous_id": "device"})).status_code == 202
    sent(shop, person={"email": "ann@example.com", "anonymous_id": "device"})
    ann = made(shop, external_id="x")
    sent(shop, person={"external_id": "x", "email": "ann@example.com"})
    assert gone(shop, device)
    assert shown(shop)["relationships"]["profile"]["data"]["id"] == ann
    assert push_consent(shop, ann) == (True, "SUBSCRIBED")


def test_the_same_token_is_another_in_another_account(server: Server, shop: Shop) -> None:
    register(shop)
    with new_shop(server) as other:
        assert other.http.get(path(TOKEN)).status_code == 404
        register(other, email="other@example.com")
        assert other.http.delete(path(TOKEN)).status_code == 204
    assert shown(shop)["id"] == TOKEN


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"token": ""}, "token"),
        ({"token": "x" * 2001}, "token"),
        ({"token": 5}, "token"),
        ({"platform": "windows"}, "platform"),
        ({"vendor": "carrier pigeon"}, "vendor"),
        ({"enablement_status": "MAYBE"}, "enablement_status"),
        ({"background": "MAYBE"}, "background"),
        ({"device_metadata": {"os_name": "beos"}}, "device_metadata/os_name"),
        ({"device_metadata": {"colour": "red"}}, "device_metadata/colour"),
        ({"profile": {"data": {"type": "list"}}}, "profile/data/type"),
        ({"profile": {"data": {"type": "profile"}}}, "profile/data/attributes"),
        ({"profile": {"data": {"type": "profile", "attributes": {"email": "x"}}}}, "profile/data/attributes/email"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_it_says_what_is_wrong(shop: Shop, changes: Json, pointer: str) -> None:
    answer = shop.http.post("/api/push-tokens", json=token_body(TOKEN, {"email": "ann@example.com"}, **changes))
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"
    assert everybody(shop) == {}


@pytest.mark.parametrize("name", ["token", "platform", "vendor", "profile"])
def test_it_says_what_is_missing(shop: Shop, name: str) -> None:
    body = token_body(TOKEN, {"email": "ann@example.com"})
    del body["data"]["attributes"][name]
    answer = shop.http.post("/api/push-tokens", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{name}"


def test_a_profile_nobody_has_gets_no_token(shop: Shop) -> None:
    answer = shop.http.post("/api/push-tokens", json=token_body(TOKEN, {}, id="01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    assert answer.status_code == 404
    assert shop.http.get("/api/push-tokens").json()["data"] == []
    assert shop.http.get("/api/profiles/01ARZ3NDEKTSV4RRFFQ69G5FAV/push-tokens").status_code == 404


def test_a_request_of_more_than_100_kilobytes_is_too_large(shop: Shop) -> None:
    person = {"email": "ann@example.com", "properties": {"x": "y" * 100_000}}
    assert shop.http.post("/api/push-tokens", json=token_body(TOKEN, person)).status_code == 413
