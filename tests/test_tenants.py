"""Two shops with the same people, ids and orders: nothing crosses (DESIGN, promise 4)."""

from collections.abc import Iterator

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.lists.test_lists import add, members, new_list
from tests.people import events_of, everybody, imported, made, patched, read, sent

PERSON = {"email": "ann@example.com", "external_id": "x-1", "phone_number": "+15005550006"}


@pytest.fixture
def other(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made_shop:
        yield made_shop


def test_the_same_person_is_another_profile_in_each_shop(shop: Shop, other: Shop) -> None:
    here, there = made(shop, **PERSON, first_name="Here"), made(other, **PERSON, first_name="There")
    assert here != there
    assert imported(shop, **PERSON, last_name="Changed").json()["data"]["id"] == here
    assert (read(shop, here)["last_name"], read(other, there)["last_name"]) == ("Changed", None)
    assert ([*everybody(shop)], [*everybody(other)]) == ([here], [there])


def test_the_same_order_is_another_event_in_each_shop(shop: Shop, other: Shop) -> None:
    for one, value in ((shop, 1), (other, 2), (shop, 3)):
        sent(one, "Placed Order", person=PERSON, unique_id="order-1", value=value)
    for one, value in ((shop, 1.0), (other, 2.0)):
        (id,) = everybody(one)
        (event,) = events_of(one, id)
        assert event["event_properties"]["$value"] == value
    assert shop.metric_id("Placed Order") != other.metric_id("Placed Order")


def test_ids_of_one_shop_name_nothing_in_the_other(shop: Shop, other: Shop) -> None:
    sent(shop, "Placed Order", person=PERSON)
    (ann,) = everybody(shop)
    (event,) = shop.http.get("/api/events").json()["data"]
    here, metric = new_list(shop), shop.metric_id("Placed Order")
    add(shop, here, ann)
    paths = [f"profiles/{ann}", f"profiles/{ann}/lists", f"metrics/{metric}", f"accounts/{shop.public_id}"]
    paths += [f"events/{event['id']}", f"events/{event['id']}/profile", f"lists/{here}", f"lists/{here}/profiles"]
    for path in paths:
        assert shop.http.get(f"/api/{path}").status_code == 200
        assert other.http.get(f"/api/{path}").status_code == 404
    for filter in (f'equals(profile_id,"{ann}")', f'equals(metric_id,"{metric}")'):
        assert other.http.get("/api/events", params={"filter": filter}).json()["data"] == []


def test_a_stranger_changes_nothing_by_our_ids(shop: Shop, other: Shop) -> None:
    ann, theirs = made(shop, **PERSON), made(other, email="bea@example.com")
    here, there = new_list(shop), new_list(other)
    add(shop, here, ann)
    before = read(shop, ann)
    assert patched(other, ann, first_name="Stolen").status_code == 404
    assert imported(other, id=ann, email="bea@example.com").status_code == 404
    for method, id, member in (("POST", here, theirs), ("POST", there, ann), ("DELETE", here, ann)):
        body = {"data": [{"type": "profile", "id": member}]}
        assert other.http.request(method, f"/api/lists/{id}/relationships/profiles", json=body).status_code == 404
    assert other.http.delete(f"/api/lists/{here}").status_code == 404
    sent(other, "Placed Order", person={"id": ann})
    assert read(shop, ann) == before
    assert members(shop, here) == [ann]
    assert (members(other, there), events_of(shop, ann)) == ([], [])
    assert [*everybody(other)] == [theirs]


def test_folding_in_one_shop_leaves_the_other_alone(shop: Shop, other: Shop) -> None:
    for one in (shop, other):
        made(one, email=PERSON["email"])
        made(one, phone_number=PERSON["phone_number"])
    sent(shop, person={"email": PERSON["email"], "phone_number": PERSON["phone_number"]})
    assert (len(everybody(shop)), len(everybody(other))) == (1, 2)


def test_a_cursor_of_one_shop_shows_the_other_its_own_people_only(shop: Shop, other: Shop) -> None:
    for number in range(4):
        made(shop, email=f"p{number}@example.com")
    made(other, **PERSON)
    link = shop.http.get("/api/profiles?page[size]=2").json()["links"]["next"]
    assert {one["id"] for one in other.http.get(link).json()["data"]} <= {*everybody(other)}


def test_an_account_lists_itself_alone(shop: Shop, other: Shop) -> None:
    for one in (shop, other):
        assert [found["id"] for found in one.http.get("/api/accounts").json()["data"]] == [one.public_id]
