"""What is said of a profile (behaviour-people 1.2 to 1.4, messaging 1.20), through the API and through events."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Shop
from tests.people import create, event_body, everybody, imported, made, patched, profile_body, read, send, sent

EMAIL = "ann@example.com"
Json = dict[str, Any]
Write = Callable[..., None]


def by_update(shop: Shop, id: str, *, meta: Json | None = None, **attributes: Any) -> None:
    answer = shop.http.patch(f"/api/profiles/{id}", json=profile_body(id=id, meta=meta, **attributes))
    assert answer.status_code == 200, answer.text


def by_import(shop: Shop, id: str, *, meta: Json | None = None, **attributes: Any) -> None:
    body = profile_body(meta=meta, email=EMAIL, **attributes)
    answer = shop.http.post("/api/profile-import", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["id"] == id


def by_event(shop: Shop, id: str, *, meta: Json | None = None, **attributes: Any) -> None:
    """There `meta` stands among the attributes (1.3)."""
    within = {} if meta is None else {"meta": meta}
    sent(shop, person={"email": EMAIL, **attributes, **within})


def by_bulk(shop: Shop, id: str, *, meta: Json | None = None, **attributes: Any) -> None:
    profile = profile_body(email=EMAIL, meta=meta, **attributes)
    event = event_body(person={})["data"]
    del event["attributes"]["profile"]
    group = {"type": "event-bulk-create", "attributes": {"profile": profile, "events": {"data": [event]}}}
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": [group]}}}
    answer = shop.http.post("/api/event-bulk-create-jobs", json={"data": job})
    assert answer.status_code == 202, answer.text
    shop.wait_until_recorded()


def by_token(shop: Shop, id: str, *, meta: Json | None = None, **attributes: Any) -> None:
    """As in an event."""
    within = {} if meta is None else {"meta": meta}
    token = {
        "token": "t-1",
        "platform": "ios",
        "vendor": "apns",
        "profile": profile_body(email=EMAIL, **attributes, **within),
    }
    answer = shop.http.post("/api/push-tokens", json={"data": {"type": "push-token", "attributes": token}})
    assert answer.status_code == 202, answer.text


pytestmark = [pytest.mark.rule("1.2"), pytest.mark.rule("1.3"), pytest.mark.rule("1.4")]
ways = pytest.mark.parametrize(
    "write", [by_update, by_import, by_event, by_bulk, by_token], ids=lambda one: one.__name__
)


@ways
def test_what_is_absent_stays_and_what_is_null_is_cleared(shop: Shop, write: Write) -> None:
    id = made(shop, email=EMAIL, first_name="Ann", last_name="Smith", title="Dr", location={"city": "Bern", "zip": "1"})
    write(shop, id, first_name=None, title="Prof", location={"city": None, "country": "CH"})
    found = read(shop, id)
    assert (found["first_name"], found["last_name"], found["title"]) == (None, "Smith", "Prof")
    assert {key: value for key, value in found["location"].items() if value is not None} == {
        "zip": "1",
        "country": "CH",
    }


@ways
def test_properties_merge_key_by_key_and_objects_within_them(shop: Shop, write: Write) -> None:
    id = made(
        shop, email=EMAIL, properties={"a": 1, "flows": {"X": 1, "Y": {"deep": 1}}, "list": [1, 2], "to": {"k": 1}}
    )
    write(shop, id, properties={"b": 2, "flows": {"Y": {"other": 1}, "Z": 3}, "list": [3], "to": "empty"})
    assert read(shop, id)["properties"] == {
        "a": 1,
        "b": 2,
        "flows": {"X": 1, "Y": {"other": 1}, "Z": 3},
        "list": [3],
        "to": "empty",
    }
    write(shop, id, properties={"to": {"n": 1}, "a": {"o": True}})
    found = read(shop, id)["properties"]
    assert (found["to"], found["a"]) == ({"n": 1}, {"o": True})


@ways
def test_it_appends_takes_away_and_unsets(shop: Shop, write: Write) -> None:
    id = made(shop, email=EMAIL, properties={"tags": ["a", "b"], "one": "x", "old": 1, "older": 2})
    patch = {"append": {"tags": ["b", "c"], "one": "y", "new": "z"}, "unset": ["old", "older", "never-there"]}
    write(shop, id, meta={"patch_properties": patch})
    assert read(shop, id)["properties"] == {"tags": ["a", "b", "c"], "one": ["x", "y"], "new": ["z"]}
    write(shop, id, meta={"patch_properties": {"unappend": {"tags": ["a", "x"], "one": "y"}, "unset": "new"}})
    assert read(shop, id)["properties"] == {"tags": ["b", "c"], "one": ["x"]}


@ways
def test_a_patch_of_nothing_changes_nothing(shop: Shop, write: Write) -> None:
    id = made(shop, email=EMAIL, properties={"tags": ["a"]})
    write(shop, id, meta={"patch_properties": {"append": None, "unappend": {}, "unset": None}})
    write(shop, id, meta={"patch_properties": None, "patch_identifiers": None})
    write(shop, id, meta={"patch_properties": {"unappend": {"never": "x"}, "append": {"tags": []}}})
    assert read(shop, id)["properties"] == {"tags": ["a"]}


@ways
def test_old_names_among_the_properties_are_the_attributes_they_stand_for(shop: Shop, write: Write) -> None:
    id = made(shop, email=EMAIL, last_name="Smith", properties={"tags": ["a"]})
    old = {
        "$first_name": "Ann", "$title": "Dr", "$organization": "Acme", "$locale": "de-CH",
        "$image": "https://x.example/i", "$phone_number": "+15005550006", "$id": "x-1",
        "$city": "Bern", "$zip": "3000", "$timezone": "Europe/Zurich", "$latitude": 46.9,
        "$source": "shop", "$consent": ["email"], "$append": {"tags": "b"}, "$unset": "$consent",
    }  # fmt: skip
    write(shop, id, properties=old, location={"city": "Basel"}, title="Prof")
    found = read(shop, id)
    assert (found["first_name"], found["last_name"], found["title"]) == ("Ann", "Smith", "Prof")
    assert (found["organization"], found["locale"], found["image"]) == ("Acme", "de-CH", "https://x.example/i")
    assert (found["phone_number"], found["external_id"]) == ("+15005550006", "x-1")
    location = {name: value for name, value in found["location"].items() if value is not None}
    assert location == {"city": "Basel", "zip": "3000", "timezone": "Europe/Zurich", "latitude": 46.9}
    assert found["properties"] == {"$source": "shop", "tags": ["a", "b"]}


def test_an_old_name_is_checked_as_the_attribute_it_stands_for(shop: Shop) -> None:
    for name, value in (("$email", "no address"), ("$phone_number", "5550006")):
        answer = create(shop, external_id="x", properties={name: value})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{name[1:]}"
    answer = create(shop, external_id="x", properties={"$first_name": ["Ann"]})
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/properties/first_name"
    assert create(shop, properties={"$email": EMAIL}).json()["data"]["attributes"]["email"] == EMAIL


@ways
def test_true_one_and_one_point_nothing_are_three_values(shop: Shop, write: Write) -> None:
    id = made(shop, email=EMAIL, properties={"vip": 1, "list": [1]})
    write(shop, id, properties={"vip": True}, meta={"patch_properties": {"append": {"list": [True, 1]}}})
    found = read(shop, id)["properties"]
    assert found["vip"] is True
    assert [type(one) for one in found["list"]] == [int, bool]


@ways
def test_properties_of_every_json_type_come_back_as_they_were(shop: Shop, write: Write) -> None:
    given = {
        "text": 'Zoë 🌍 "q" \\ \t \n',
        "empty": "",
        "null": None,
        "int": -(2**53),
        "float": 1.25,
        "yes": True,
        "no": False,
        "list": ["a", 1, None, True],
        "object": {"nested": {"list": [{"a": 1}]}},
        "": "a key without a name",
        "a.b c'd\"e": 1,
        "2024-06-01T12:30:00.123456": "2024-06-01T12:30:00.123456",
    }
    id = made(shop, email=EMAIL)
    write(shop, id, properties=given)
    assert read(shop, id)["properties"] == given


def test_a_new_profile_shows_every_attribute(shop: Shop) -> None:
    found = read(shop, made(shop, email=EMAIL))
    location = {"address1", "address2", "city", "country", "latitude", "longitude", "region", "zip", "timezone", "ip"}
    assert set(found["location"]) == location
    assert set(found["location"].values()) == {None}
    assert found["properties"] == {}
    unset = {
        "phone_number",
        "external_id",
        "anonymous_id",
        "first_name",
        "last_name",
        "organization",
        "locale",
        "title",
    }
    assert {found[name] for name in unset | {"image", "last_event_date"}} == {None}
    assert "subscriptions" not in found
    assert "predictive_analytics" not in found


def test_updated_moves_when_something_changes_and_only_then(shop: Shop) -> None:
    id = made(shop, email=EMAIL, first_name="Ann")
    before = read(shop, id)
    patched(shop, id, first_name="Ann")
    assert read(shop, id)["updated"] == before["updated"]
    shop.advance(seconds=1)
    patched(shop, id, first_name="Bea")
    after = read(shop, id)
    assert after["updated"] > before["updated"]
    assert after["created"] == before["created"]


def test_the_last_event_date_is_that_of_the_latest_event(shop: Shop) -> None:
    id = made(shop, email=EMAIL)
    sent(shop, person={"email": EMAIL}, time="2024-06-02T10:00:00Z")
    sent(shop, person={"email": EMAIL}, time="2024-06-01T10:00:00Z")
    assert read(shop, id)["last_event_date"] == "2024-06-02T10:00:00+00:00"


def test_an_external_id_may_be_a_number(shop: Shop) -> None:
    id = made(shop, external_id=4711)
    assert read(shop, id)["external_id"] == "4711"
    assert imported(shop, external_id="4711").json()["data"]["id"] == id


@pytest.mark.parametrize(
    ("attributes", "pointer", "detail"),
    [
        ({"email": "not-an-address"}, "email", "Invalid email address"),
        ({"email": "a" * 95 + "@x.com"}, "email", "Invalid email address"),
        ({"email": "two@at@example.com"}, "email", "Invalid email address"),
        ({"phone_number": "5550006"}, "phone_number", "Invalid phone number format"),
        ({"phone_number": "+1 500 555 0006"}, "phone_number", "Invalid phone number format"),
        ({"phone_number": "+999999999999999999"}, "phone_number", "Invalid phone number format"),
        ({"external_id": "x" * 256}, "external_id", "must not be longer"),
        ({"email": 5}, "email", "Expected"),
        ({"external_id": True}, "external_id", "Expected"),
        ({"email": EMAIL, "first_name": ["Ann"]}, "first_name", "Expected"),
        ({"email": EMAIL, "properties": [1]}, "properties", "Expected"),
        ({"email": EMAIL, "location": {"planet": "Mars"}}, "location/planet", "not a valid field"),
        ({"email": EMAIL, "subscriptions": {}}, "subscriptions", "'subscriptions' is not a valid field"),
    ],
)
def test_it_says_which_attribute_is_wrong(shop: Shop, attributes: Json, pointer: str, detail: str) -> None:
    for answer in (create(shop, **attributes), imported(shop, **attributes)):
        assert answer.status_code == 400, answer.text
        error = answer.json()["errors"][0]
        assert error["source"]["pointer"] == f"/data/attributes/{pointer}"
        assert detail in error["detail"]
    answer = send(shop, person=attributes)
    assert answer.status_code == 400
    where = f"/data/attributes/profile/data/attributes/{pointer}"
    assert answer.json()["errors"][0]["source"]["pointer"] == where
    assert everybody(shop) == {}


@pytest.mark.parametrize(
    "attributes", [{}, {"first_name": "Ann"}, {"email": None}, {"email": " "}, {"external_id": ""}]
)
def test_it_wants_an_identifier(shop: Shop, attributes: Json) -> None:
    for answer in (create(shop, **attributes), imported(shop, **attributes), send(shop, person=attributes)):
        assert answer.status_code == 400, answer.text
    assert everybody(shop) == {}


def test_a_profile_of_more_than_100_kilobytes_is_too_large(shop: Shop) -> None:
    answer = create(shop, email=EMAIL, properties={"x": "y" * 100_000})
    assert answer.status_code == 413
    assert create(shop, email=EMAIL, properties={"x": "y" * 99_000}).status_code == 201


def test_an_import_says_whether_the_profile_is_new(shop: Shop) -> None:
    assert [imported(shop, email=EMAIL).status_code for _ in range(2)] == [201, 200]


def test_an_import_of_an_unknown_id_is_a_404(shop: Shop) -> None:
    body = profile_body(id="01ARZ3NDEKTSV4RRFFQ69G5FAV", email=EMAIL)
    answer = shop.http.post("/api/profile-import", json=body)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["detail"] == "A profile with id 01ARZ3NDEKTSV4RRFFQ69G5FAV does not exist."
    assert everybody(shop) == {}
