"""`track` and `identify` as old clients call them (behaviour-rest 21.2)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from tests.conftest import Server, Shop
from tests.legacy.client import CALLS, encoded, got, identify, not_taken, posted, taken, track
from tests.people import everybody

ANN = "ann@example.com"
WHO = {"$email": ANN}
NOW = datetime.now(UTC).replace(microsecond=0)


def events(shop: Shop) -> list[tuple[Any, ...]]:
    """Metric, value, properties, whether it came with the public key; in order of time."""
    shop.wait_until_recorded()
    return shop.query(
        """SELECT m.name, e.value::float, e.properties, e.is_public FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s ORDER BY e.time, e.id""",
        shop.account_id,
    )


def the_one(shop: Shop) -> dict[str, Any]:
    shop.wait_until_recorded()
    (somebody,) = everybody(shop).values()
    return somebody


def test_an_event_is_recorded_by_form_json_and_query(shop: Shop) -> None:
    url = f"{shop.server.url}/api/track"
    for number, send in enumerate(
        (
            lambda payload: posted(shop, "track", payload),
            lambda payload: httpx.post(url, json=payload),
            lambda payload: httpx.post(f"{url}/", content=msgspec.json.encode(payload)),
            lambda payload: httpx.post(url, files={"data": (None, msgspec.json.encode(payload))}),
            lambda payload: httpx.post(url, data={"data": encoded(payload)}),
            lambda payload: got(shop, "track", payload),
            lambda payload: got(shop, "track", encoded(payload).rstrip("=").replace("+", "-").replace("/", "_")),
            lambda payload: got(shop, "track", payload, test="1"),
        )
    ):
        taken(send(track(shop, "Viewed Page", WHO, {"Page": f"ÿ{number}?>"}, time=int(NOW.timestamp()) - 60 + number)))
    found = events(shop)
    assert [properties["Page"] for _, _, properties, _ in found] == [f"ÿ{number}?>" for number in range(8)]
    assert {is_public for *_, is_public in found} == {True}


def test_a_profile_is_made_and_its_properties_are_merged(shop: Shop) -> None:
    known = {"$email": ANN, "$first_name": "Ann", "$zip": 8001, "$city": "Zürich", "$consent": ["email"], "Tier": 1}
    taken(posted(shop, "identify", identify(shop, **known)))
    taken(got(shop, "identify", identify(shop, **{"email": ANN, "id": 7, "$last_name": "Lee", "Points": 2})))
    ann = the_one(shop)
    names = ("email", "external_id", "first_name", "last_name")
    assert [ann[name] for name in names] == [ANN, "7", "Ann", "Lee"]
    assert (ann["location"]["zip"], ann["location"]["city"]) == ("8001", "Zürich")
    assert ann["properties"] == {"Tier": 1, "Points": 2, "$consent": ["email"]}
    assert shop.query("SELECT 1 FROM consents WHERE account_id = %s", shop.account_id) == []


def test_an_event_says_who_it_is_about_what_it_is_worth_and_when_it_was(shop: Shop) -> None:
    before = NOW - timedelta(days=3)
    order = {"$event_id": 1001, "$value": "19.98", "Items": ["Coat"]}
    payload = track(shop, "Placed Order", {**WHO, "$first_name": "Ann"}, order, time=int(before.timestamp()))
    for _ in range(2):
        taken(posted(shop, "track", {**payload, "ip": "192.0.2.7"}))
    assert [(name, value) for name, value, *_ in events(shop)] == [("Placed Order", 19.98)]
    ann = the_one(shop)
    assert (ann["first_name"], ann["location"]["ip"]) == ("Ann", "192.0.2.7")
    assert datetime.fromisoformat(ann["last_event_date"]) == before


def test_what_is_tracked_once_is_recorded_once_for_each_person(shop: Shop) -> None:
    for number, email in enumerate((ANN, ANN, "bea@example.com")):
        once = {"__track_once__": True, "Number": number}
        taken(posted(shop, "track", track(shop, "Installed App", {"$email": email}, once, time=1_700_000_000 + number)))
    assert [properties for _, _, properties, _ in events(shop)] == [{"Number": 0}, {"Number": 2}]


def test_a_token_that_nobody_has_is_answered_as_if_it_were_taken(shop: Shop) -> None:
    """R64"""
    payload = {"token": "NOPE", "event": "X", "customer_properties": {"$email": "z@example.com"}}
    taken(posted(shop, "track", payload))
    taken(posted(shop, "identify", {"token": "NOPE", "properties": WHO}))
    assert events(shop) == []
    assert shop.query("SELECT 1 FROM profiles WHERE email = 'z@example.com'") == []


@pytest.mark.parametrize("call", CALLS)
def test_a_picture_is_answered_where_one_is_wanted(shop: Shop, call: str) -> None:
    """R65"""
    not_taken(got(shop, call, "%%%"))
    for data in ("%%%", encoded(identify(shop, **WHO))):
        answer = got(shop, call, data, i="1")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert answer.content[:6] == b"GIF89a"


_LOOSE: list[tuple[Any, ...]] = [
    ({"customer_properties": {**WHO, "$phone_number": "call me"}}, "a phone number that is none"),
    ({"customer_properties": {"$email": "none", "$id": "7"}}, "an address that is none"),
    ({"customer_properties": {**WHO, "$first_name": {"a": 1}}}, "a name that is an object"),
    ({"properties": []}, "an empty list for an object, as PHP writes it"),
    ({"properties": None, "time": None, "ip": None}, "nothing"),
    ({"ip": "somewhere"}, "an address of the network that is none"),
    ({"time": str(int(NOW.timestamp()))}, "a time as a text"),
    ({"unknown": {"deep": [1]}}, "a field that nobody knows"),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for change, name in _LOOSE])
def test_what_can_be_understood_of_a_loose_payload_is_taken(shop: Shop, change: dict[str, Any]) -> None:
    taken(posted(shop, "track", track(shop, "Viewed Page", WHO) | change))
    assert len(events(shop)) == 1
    assert the_one(shop)["phone_number"] is None


_WRONG: list[Any] = [
    {"event": ""},
    {"event": "x" * 200},
    {"event": None},
    {"token": None},
    {"token": ""},
    {"customer_properties": {}},
    {"customer_properties": {"$email": "none"}},
    {"customer_properties": "ann"},
    {"customer_properties": {"$email": ANN, "$append": 5}},
    {"properties": {"a\x00b": 1}},
    {"properties": 5},
    {"time": 10**13},
    {"time": 10**400},
    {"time": -1},
    {"time": "yesterday"},
    {"time": "nan"},
    {"time": "1e400"},
    {"properties": {f"p{number}": 1 for number in range(401)}},
]


@pytest.mark.parametrize("change", _WRONG, ids=lambda change: str(change)[:40])
def test_what_can_not_be_recorded_is_not_taken(shop: Shop, change: dict[str, Any]) -> None:
    payload = track(shop, "Viewed Page", WHO) | change
    not_taken(httpx.post(f"{shop.server.url}/api/track", content=json.dumps(payload)))
    assert events(shop) == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"5", b"data", b"data=", b"data={", b"a=1&" * 1000, b"\xff\xfe", b"{" * 50_000]
)
def test_what_is_no_payload_is_not_taken(shop: Shop, call: str, content: bytes) -> None:
    not_taken(httpx.post(f"{shop.server.url}/api/{call}", content=content))


@pytest.mark.parametrize("value", ["[" * 100_000 + "]" * 100_000, '"\\ud800"', "1e999", "-", "[" * 50 + "]" * 50])
@pytest.mark.parametrize("place", ["properties", "customer_properties"])
def test_what_can_not_be_stored_is_not_taken(shop: Shop, place: str, value: str) -> None:
    text = json.dumps({**track(shop, "Viewed Page", WHO), place: {"$email": ANN, "x": "HERE"}})
    answer = httpx.post(f"{shop.server.url}/api/track", content=text.replace('"HERE"', value))
    assert (answer.status_code, answer.text in "01") == (200, True)
    shop.wait_until_recorded()
    assert shop.query("SELECT reason, body FROM inbox_refused WHERE account_id = %s", shop.account_id) == []


def test_a_payload_of_more_than_a_megabyte_is_refused(shop: Shop) -> None:
    for number, status in ((200_000, 200), (1_000_001, 413), (4_000_000, 413)):
        filled = {f"p{place}": "x" * (number // 50) for place in range(50)}
        answer = posted(shop, "track", track(shop, "Viewed Page", WHO, filled))
        assert (answer.status_code, answer.text) == (status, "1" if status == 200 else "0")


def test_browsers_may_call_it_from_any_site_and_looking_changes_nothing(shop: Shop) -> None:
    url = f"{shop.server.url}/api/track"
    assert httpx.options(url).headers["access-control-allow-origin"] == "*"
    head = httpx.head(url, params={"data": encoded(track(shop, "Viewed Page", WHO))})
    assert (head.status_code, head.content) == (200, b"")
    assert httpx.put(url).status_code == 405
    assert events(shop) == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_the_rest_of_both_versions_is_gone(server: Server, method: str) -> None:
    first = httpx.request(method, f"{server.url}/api/v1/metrics?api_key=x")
    assert (first.status_code, first.json()["status"]) == (410, 410)
    assert "retired" in first.json()["message"]
    second = httpx.request(method, f"{server.url}/api/v2/list/LsT001/members/")
    assert second.status_code == 410
    assert "retired" in second.json()["detail"]
