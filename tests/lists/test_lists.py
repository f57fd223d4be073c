"""Lists and their members (behaviour-people 5)."""

import time
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.people import Json, events_of, made, read, sent

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def new_list(shop: Shop, name: str = "Newsletter", **attributes: Any) -> str:
    body = {"data": {"type": "list", "attributes": {"name": name, **attributes}}}
    answer = shop.http.post("/api/lists", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def change_members(shop: Shop, method: str, id: str, *profiles: str | Json) -> httpx.Response:
    data = [{"type": "profile", **(one if isinstance(one, dict) else {"id": one})} for one in profiles]
    return shop.http.request(method, f"/api/lists/{id}/relationships/profiles", json={"data": data})


def add(shop: Shop, id: str, *profiles: str | Json) -> None:
    answer = change_members(shop, "POST", id, *profiles)
    assert (answer.status_code, answer.content) == (204, b"")


def remove(shop: Shop, id: str, *profiles: str | Json) -> None:
    answer = change_members(shop, "DELETE", id, *profiles)
    assert (answer.status_code, answer.content) == (204, b"")


def members(shop: Shop, id: str, **parameters: Any) -> list[str]:
    answer = shop.http.get(f"/api/lists/{id}/profiles", params=parameters)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


def test_it_creates_reads_changes_and_deletes_a_list(shop: Shop) -> None:
    id = new_list(shop, opt_in_process="single_opt_in")
    assert len(id) == 6
    found = shop.http.get(f"/api/lists/{id}").json()["data"]
    assert found["type"] == "list"
    assert (found["attributes"]["name"], found["attributes"]["opt_in_process"]) == ("Newsletter", "single_opt_in")
    assert set(found["relationships"]) == {"profiles", "tags", "flow-triggers"}
    body = {"data": {"type": "list", "id": id, "attributes": {"name": "Daily"}}}
    changed = shop.http.patch(f"/api/lists/{id}", json=body).json()["data"]["attributes"]
    assert (changed["name"], changed["opt_in_process"]) == ("Daily", "single_opt_in")
    assert changed["updated"] > changed["created"]
    assert shop.http.delete(f"/api/lists/{id}").status_code == 204
    assert shop.http.delete(f"/api/lists/{id}").status_code == 404
    assert shop.http.get(f"/api/lists/{id}").status_code == 404


def test_double_opt_in_is_the_default_and_names_may_repeat(shop: Shop) -> None:
    ids = {new_list(shop), new_list(shop)}
    assert len(ids) == 2
    found = shop.http.get("/api/lists").json()["data"]
    assert {one["attributes"]["opt_in_process"] for one in found} == {"double_opt_in"}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "L", "opt_in_process": "maybe"}, "opt_in_process"),
        ({"name": "L", "created": "2024-01-01"}, "created"),
    ],
)
def test_it_refuses_a_list_that_is_none(shop: Shop, attributes: Json, pointer: str) -> None:
    answer = shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": attributes}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"


def test_lists_come_ten_at_a_time_and_in_the_order_asked_for(shop: Shop) -> None:
    names = [f"List {number:02}" for number in range(23)]
    for name in reversed(names):
        new_list(shop, name)
    for sort, wanted in (("name", names), ("-name", names[::-1]), ("created", names[::-1]), ("-updated", names)):
        found, url = [], f"/api/lists?sort={sort}"
        while url:
            page = shop.http.get(url).json()
            assert len(page["data"]) <= 10
            found += [one["attributes"]["name"] for one in page["data"]]
            url = page["links"]["next"]
        assert found == wanted


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('equals(name,"A")', ["A"]),
        ('equals(name,["A","B"])', ["A", "B"]),
        ("any(name,['A','C'])", ["A", "C"]),
        ("greater-than(created,2020-01-01T00:00:00Z)", ["A", "B", "C"]),
        ("greater-than(updated,2199-01-01T00:00:00Z)", []),
    ],
)
def test_lists_are_filtered(shop: Shop, filter: str, names: list[str]) -> None:
    for name in ("A", "B", "C"):
        new_list(shop, name)
    found = shop.http.get("/api/lists", params={"filter": filter, "sort": "name"}).json()["data"]
    assert [one["attributes"]["name"] for one in found] == names


def test_adding_makes_members_once_and_keeps_the_date_they_joined(shop: Shop) -> None:
    id, ann, bea = new_list(shop), made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    add(shop, id, ann)
    joined = shop.http.get(f"/api/lists/{id}/profiles").json()["data"][0]["attributes"]["joined_group_at"]
    time.sleep(0.01)
    add(shop, id, ann, bea, bea)
    assert members(shop, id) == [bea, ann]
    assert members(shop, id, sort="joined_group_at") == [ann, bea]
    found = shop.http.get(f"/api/lists/{id}/profiles", params={"filter": 'equals(email,"ann@example.com")'}).json()
    assert [one["attributes"]["joined_group_at"] for one in found["data"]] == [joined]


def test_leaving_and_joining_again_moves_the_date(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    dates = []
    for _ in range(2):
        add(shop, id, ann)
        dates.append(shop.http.get(f"/api/lists/{id}/profiles").json()["data"][0]["attributes"]["joined_group_at"])
        remove(shop, id, ann)
    assert dates[0] < dates[1]
    assert members(shop, id) == []
    remove(shop, id, ann)


def test_a_membership_gives_no_consent_and_leaves_no_event(shop: Shop) -> None:
    id, ann = new_list(shop, opt_in_process="single_opt_in"), made(shop, email="ann@example.com")
    before = read(shop, ann)["updated"]
    add(shop, id, ann)
    remove(shop, id, ann)
    shop.settled()
    assert events_of(shop, ann) == []
    assert read(shop, ann)["updated"] == before
    assert shop.query("SELECT 1 FROM consents WHERE account_id = %s", shop.account_id) == []


def test_members_may_be_named_by_address(shop: Shop) -> None:
    """Source document 002."""
    id, ann = new_list(shop), made(shop, email="Ann@example.com")
    add(shop, id, {"attributes": {"email": "ann@Example.com"}})
    assert members(shop, id) == [ann]
    remove(shop, id, {"attributes": {"email": "ann@example.com"}})
    assert members(shop, id) == []


def test_a_profile_that_is_not_there_adds_nobody(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    for unknown in (NOBODY, {"attributes": {"email": "nobody@example.com"}}):
        assert change_members(shop, "POST", id, ann, unknown).status_code == 404
    assert members(shop, id) == []


def test_a_thousand_members_at_once_and_not_one_more(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    assert change_members(shop, "POST", id, *[ann] * 1001).status_code == 400
    add(shop, id, *[ann] * 1000)
    assert members(shop, id) == [ann]


def test_members_are_paged_and_identified(shop: Shop) -> None:
    id = new_list(shop)
    people = [made(shop, email=f"p{number}@example.com") for number in range(25)]
    add(shop, id, *people)
    seen: list[str] = []
    url = f"/api/lists/{id}/relationships/profiles?page[size]=7"
    while url:
        page = shop.http.get(url).json()
        assert all(set(one) == {"type", "id"} for one in page["data"])
        seen += [one["id"] for one in page["data"]]
        url = page["links"]["next"]
    assert sorted(seen) == sorted(people)
    assert len(members(shop, id)) == 20


def test_the_number_of_members_is_shown_when_asked_for(shop: Shop) -> None:
    id = new_list(shop)
    add(shop, id, *(made(shop, email=f"p{number}@example.com") for number in range(3)))
    answer = shop.http.get(f"/api/lists/{id}", params={"additional-fields[list]": "profile_count"}).json()
    assert answer["data"]["attributes"]["profile_count"] == 3
    assert "profile_count" not in shop.http.get(f"/api/lists/{id}").json()["data"]["attributes"]


def test_a_profile_names_its_lists(shop: Shop) -> None:
    ann, other = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    ids = {new_list(shop), new_list(shop)}
    for id in ids:
        add(shop, id, ann)
    assert {one["id"] for one in shop.http.get(f"/api/profiles/{ann}/lists").json()["data"]} == ids
    assert {one["id"] for one in shop.http.get(f"/api/profiles/{ann}/relationships/lists").json()["data"]} == ids
    assert shop.http.get(f"/api/profiles/{other}/lists").json()["data"] == []


def test_deleting_a_list_leaves_its_people(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    add(shop, id, ann)
    assert shop.http.delete(f"/api/lists/{id}").status_code == 204
    assert read(shop, ann)["email"] == "ann@example.com"
    assert shop.http.get(f"/api/profiles/{ann}/lists").json()["data"] == []
    assert change_members(shop, "POST", id, ann).status_code == 404


def test_folding_keeps_the_lists_of_both(shop: Shop) -> None:
    ann, folded = made(shop, email="ann@example.com"), made(shop, phone_number="+15005550006")
    both, only = new_list(shop, "both"), new_list(shop, "only")
    add(shop, both, ann, folded)
    add(shop, only, folded)
    sent(shop, person={"email": "ann@example.com", "phone_number": "+15005550006"})
    eventually(lambda: members(shop, only) == [ann])
    assert members(shop, both) == [ann]
