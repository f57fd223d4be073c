"""Where somebody is, and when something was (behaviour-people 1.2, 1.4, 1.8)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.people import Json, create, made, patched, read, sent

EMAIL = "ann@example.com"


def location(shop: Shop, id: str) -> Json:
    return {name: value for name, value in read(shop, id)["location"].items() if value is not None}


@pytest.mark.rule("1.8")
def test_an_address_that_was_given_stays_whatever_the_ip_says(shop: Shop) -> None:
    id = made(shop, email=EMAIL, location={"city": "Bern", "country": "Switzerland"})
    sent(shop, person={"email": EMAIL, "location": {"ip": "8.8.8.8"}})
    assert location(shop, id) == {"city": "Bern", "country": "Switzerland", "ip": "8.8.8.8"}


@pytest.mark.rule("1.8")
def test_opening_and_clicking_move_nobody(shop: Shop) -> None:
    id = made(shop, email=EMAIL, location={"city": "Bern"})
    for metric in ("Opened Email", "Clicked Email"):
        shop.event(
            metric, EMAIL, service="klaviyo", properties={"$city": "Rome", "Client City": "Rome", "IP": "8.8.8.8"}
        )
    shop.wait_until_recorded()
    assert location(shop, id) == {"city": "Bern"}


@pytest.mark.rule("1.8")
def test_a_number_tells_nothing_of_where_somebody_is(shop: Shop) -> None:
    assert location(shop, made(shop, phone_number="+14155550123")) == {}


@pytest.mark.rule("1.8")
def test_an_event_without_a_location_gives_none(shop: Shop) -> None:
    """What a server sends is not where the customer is."""
    sent(shop, person={"email": EMAIL})
    (person,) = shop.http.get("/api/profiles").json()["data"]
    assert set(person["attributes"]["location"].values()) == {None}


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(("latitude", "longitude"), [(40.7001, -73.99), ("40.7001", "-73.99"), (0, "0")])
def test_coordinates_are_numbers_or_texts(shop: Shop, latitude: Any, longitude: Any) -> None:
    id = made(shop, email=EMAIL, location={"latitude": latitude, "longitude": longitude})
    assert location(shop, id) == {"latitude": latitude, "longitude": longitude}


@pytest.mark.rule("1.2")
def test_a_location_is_cleared_whole_or_key_by_key(shop: Shop) -> None:
    id = made(shop, email=EMAIL, location={"city": "Bern", "zip": "3000", "timezone": "Europe/Zurich"})
    patched(shop, id, location={"zip": None})
    assert location(shop, id) == {"city": "Bern", "timezone": "Europe/Zurich"}
    patched(shop, id, location=None)
    assert location(shop, id) == {}


@pytest.mark.rule("1.4")
@pytest.mark.parametrize(
    "moment",
    [
        "2018-12-27",
        "2018-12-27T12:30:00",
        "2018-12-27T12:30:00Z",
        "2018-12-27T12:30:00.710Z",
        "2018-12-27T12:30:00+03:00",
    ],
)
def test_a_moment_is_written_in_each_form_of_iso_8601(shop: Shop, moment: str) -> None:
    made(shop, email=EMAIL)
    for text in (moment, f'"{moment}"'):
        answer = shop.http.get("/api/profiles", params={"filter": f"greater-than(created,{text})"})
        assert (answer.status_code, len(answer.json()["data"])) == (200, 1)


@pytest.mark.rule("1.4")
def test_a_date_alone_is_midnight_in_utc(shop: Shop) -> None:
    id = made(shop, email=EMAIL)
    shop.query(
        "UPDATE profiles SET created = '2024-05-02T00:00:00Z' WHERE account_id = %s RETURNING 1", shop.account_id
    )
    for filter, wanted in (
        ("greater-than(created,2024-05-02)", []),
        ("less-than(created,2024-05-02T00:00:01)", [id]),
        ("greater-than(created,2024-05-01T23:59:59)", [id]),
        ("less-than(created,2024-05-02T03:00:01+03:00)", [id]),
        ("less-than(created,2024-05-02T03:00:00+03:00)", []),
    ):
        found = shop.http.get("/api/profiles", params={"filter": filter}).json()["data"]
        assert [one["id"] for one in found] == wanted, filter


@pytest.mark.rule("1.4")
def test_seconds_since_1970_are_no_moment(shop: Shop) -> None:
    answer = shop.http.get("/api/profiles", params={"filter": "greater-than(created,1704067200)"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": "filter"}


@pytest.mark.rule("1.4")
def test_there_is_no_limit_to_the_number_of_properties(shop: Shop) -> None:
    given = {f"property {n}": n for n in range(3000)}
    answer = create(shop, email=EMAIL, properties=given)
    assert answer.status_code == 201
    assert answer.json()["data"]["attributes"]["properties"] == given
