"""Events from browsers and apps (behaviour-people 6.1, 6.4, 1.8)."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Shop
from tests.onsite.world import METRIC, accepted, asked, bulk, error_of, identified, the_one, tracked
from tests.people import events_of, everybody, made, metrics_of, read

ANN = {"email": "ann@example.com"}


@pytest.mark.rule("6.1", "6.4")
def test_it_records_an_event_and_what_it_says_of_the_person(shop: Shop) -> None:
    body = tracked(
        person=ANN | {"first_name": "Ann"},
        value=9.99,
        value_currency="EUR",
        unique_id="view-1",
        properties={"Sku": "A"},
    )
    for _ in range(2):
        accepted(shop, "events/", body)
    id, ann = the_one(shop)
    assert ann["first_name"] == "Ann"
    (event,) = events_of(shop, id)
    assert event["event_properties"] == {"Sku": "A", "$event_id": "view-1", "$value": 9.99, "$value_currency": "EUR"}


@pytest.mark.rule("3.1", "6.6")
def test_value_and_id_among_the_properties_count(shop: Shop) -> None:
    for _ in range(2):
        accepted(shop, "events", tracked(person=ANN, properties={"$value": 5, "$event_id": "e-1"}))
    id, _ = the_one(shop)
    (event,) = events_of(shop, id)
    assert (event["event_properties"]["$value"], event["event_properties"]["$event_id"]) == (5, "e-1")


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain;charset=UTF-8",
        "text/plain",
        "application/json",
        "application/vnd.api+json",
        None,
    ],
)
def test_it_takes_what_a_beacon_sends(shop: Shop, kind: str | None) -> None:
    """Beacons of a page that is being left can set neither a revision nor, often, a media type of JSON."""
    content = json.dumps(tracked(person=ANN)).encode()
    headers = {"content-type": kind} if kind else {}
    accepted(shop, "events", {}, json=None, content=content, headers=headers)
    zipped = gzip.compress(json.dumps(tracked("Opened App", person=ANN)).encode())
    accepted(shop, "events", {}, json=None, content=zipped, headers={**headers, "content-encoding": "gzip"})
    id, _ = the_one(shop)
    assert metrics_of(shop, id) == ["Opened App", METRIC]


@pytest.mark.rule("6.4", "1.7")
def test_what_a_browser_kept_is_recorded_at_its_own_times_once_it_is_identified(shop: Shop) -> None:
    kx = identified(shop, **ANN)["exchange_id"]
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=14)
    times = [start + timedelta(hours=hour) for hour in range(3)]
    kept = [{"time": at.isoformat(), "unique_id": str(place)} for place, at in enumerate(times)]
    for _ in range(2):
        accepted(shop, "event-bulk-create/", bulk({"_kx": kx}, *kept))
    id, _ = the_one(shop)
    assert [datetime.fromisoformat(one["datetime"]) for one in events_of(shop, id)] == times[::-1]


@pytest.mark.rule("6.1")
def test_at_most_1000_events_are_taken_at_once(shop: Shop) -> None:
    kept = [{"unique_id": str(place)} for place in range(1001)]
    accepted(shop, "event-bulk-create", bulk(ANN, *kept[:1000]))
    for wrong in (kept, []):
        error = error_of(asked(shop, "event-bulk-create", bulk(ANN, *wrong)))
        assert error["source"]["pointer"] == "/data/attributes/events/data"
    shop.wait_until_recorded()
    assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [(1000,)]


@pytest.mark.rule("1.8")
def test_the_address_of_the_request_becomes_the_profiles_when_an_event_asks_for_it(shop: Shop) -> None:
    accepted(shop, "events", tracked(person=ANN))
    id, ann = the_one(shop)
    assert ann["location"]["ip"] is None
    person = ANN | {"location": {"city": "Bern"}}
    accepted(shop, "events", tracked("Opened App", person=person, properties={"$use_ip": True, "Page": "/"}))
    shop.wait_until_recorded()
    assert (read(shop, id)["location"]["ip"], read(shop, id)["location"]["city"]) == ("127.0.0.1", "Bern")
    event = next(one for one in events_of(shop, id) if one["metric"] == "Opened App")
    assert "$use_ip" not in event["event_properties"]
    person = ANN | {"location": {"ip": "192.0.2.7"}}
    accepted(shop, "events", tracked("Seen", person=person, properties={"$use_ip": True}))
    shop.wait_until_recorded()
    assert read(shop, id)["location"] | {"ip": "192.0.2.7", "city": "Bern"} == read(shop, id)["location"]


@pytest.mark.rule("1.8")
def test_no_address_is_believed_that_no_trusted_proxy_vouches_for(shop: Shop) -> None:
    body = tracked(person=ANN, properties={"$use_ip": True})
    accepted(shop, "events", body, headers={"x-forwarded-for": "203.0.113.9"})
    _, ann = the_one(shop)
    assert ann["location"]["ip"] == "127.0.0.1"


@pytest.mark.rule("6.1")
def test_nobody_outside_can_forge_an_event_of_the_platform(shop: Shop) -> None:
    id = made(shop, **ANN)
    body = tracked("Unsubscribed from Email Marketing", person=ANN)
    body["data"]["attributes"]["metric"]["data"]["attributes"]["service"] = "klaviyo"
    accepted(shop, "events", body)
    shop.wait_until_recorded()
    assert metrics_of(shop, id) == ["Unsubscribed from Email Marketing"]
    (metric,) = shop.http.get("/api/metrics").json()["data"]
    assert metric["attributes"]["integration"]["key"] == "api"


@pytest.mark.rule("6.6")
@pytest.mark.parametrize(
    ("person", "pointer"),
    [
        ({"email": "nope"}, "/email"),
        ({"phone_number": "1"}, "/phone_number"),
        ({}, ""),
        ({"nonsense": 1}, "/nonsense"),
    ],
)
def test_what_is_wrong_with_the_person_is_said_where_it_stands(
    shop: Shop, person: dict[str, object], pointer: str
) -> None:
    where = f"/data/attributes/profile/data/attributes{pointer}"
    for path, body in (("events", tracked(person=person)), ("event-bulk-create", bulk(person, {}))):
        assert error_of(asked(shop, path, body))["source"]["pointer"] == where
    shop.wait_until_recorded()
    assert everybody(shop) == {}


@pytest.mark.rule("3.1", "6.1")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time": "soon"}, "/data/attributes/time"),
        ({"properties": 5}, "/data/attributes/properties"),
        ({"value": "much"}, "/data/attributes/value"),
        ({"nonsense": 1}, "/data/attributes/nonsense"),
        ({"time": "1970-01-01T00:00:00Z"}, "/data/attributes/time"),
    ],
)
def test_what_is_wrong_with_the_event_is_said_where_it_stands(
    shop: Shop, change: dict[str, object], pointer: str
) -> None:
    body = tracked(person=ANN)
    body["data"]["attributes"] |= change
    assert error_of(asked(shop, "events", body))["source"]["pointer"] == pointer
