"""Lists and their members (behaviour-people 5)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.people import Json, events_of, made, read, sent

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
pytestmark = pytest.mark.rule("5")


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
    shop.advance(seconds=1)
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
        shop.advance(seconds=1)
    assert dates[0] < dates[1]
    assert members(shop, id) == []
    remove(shop, id, ann)


def test_a_membership_gives_no_consent_and_leaves_no_event(shop: Shop) -> None:
    id, ann = new_list(shop, opt_in_process="single_opt_in"), made(shop, email="ann@example.com")
    before = read(shop, ann)["updated"]
    add(shop, id, ann)
    remove(shop, id, ann)
    shop.wait_until_recorded()
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


def test_an_unknown_list_is_named_between_backticks_everywhere(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    change = {"data": {"type": "list", "id": "invalid", "attributes": {"name": "X"}}}
    answers = [
        shop.http.get("/api/lists/invalid"),
        shop.http.patch("/api/lists/invalid", json=change),
        shop.http.delete("/api/lists/invalid"),
        shop.http.get("/api/lists/invalid/profiles"),
        shop.http.get("/api/lists/invalid/relationships/profiles"),
        change_members(shop, "POST", "invalid", ann),
        change_members(shop, "DELETE", "invalid", ann),
    ]
    for answer in answers:
        assert answer.status_code == 404
        error = answer.json()["errors"][0]
        assert error["detail"] == "A list with id `invalid` does not exist."
        assert error["source"] == {"pointer": "/data/"}


def test_a_new_list_takes_the_accounts_opt_in_process(shop: Shop) -> None:
    for process in ("single_opt_in", "double_opt_in"):
        statement = "UPDATE accounts SET settings = settings || %s::jsonb WHERE account_id = %s RETURNING 1"
        assert shop.query(statement, f'{{"opt_in_process": "{process}"}}', shop.account_id)
        eventually(lambda: opt_in_of(shop, new_list(shop)) == process)  # noqa: B023
    assert opt_in_of(shop, new_list(shop, opt_in_process="single_opt_in")) == "single_opt_in"


def opt_in_of(shop: Shop, id: str) -> str:
    return str(shop.http.get(f"/api/lists/{id}").json()["data"]["attributes"]["opt_in_process"])


def test_the_opt_in_process_can_be_changed_alone(shop: Shop) -> None:
    id = new_list(shop)
    body = {"data": {"type": "list", "id": id, "attributes": {"opt_in_process": "single_opt_in"}}}
    changed = shop.http.patch(f"/api/lists/{id}", json=body)
    assert changed.status_code == 200
    assert changed.json()["data"]["attributes"]["name"] == "Newsletter"
    assert opt_in_of(shop, id) == "single_opt_in"


def test_a_list_is_found_by_id(shop: Shop) -> None:
    ids = sorted(new_list(shop) for _ in range(3))
    several = f"any(id,['{ids[0]}','{ids[2]}','x'])"
    for filter, wanted in ((f'equals(id,"{ids[0]}")', ids[:1]), (several, [ids[0], ids[2]])):
        found = shop.http.get("/api/lists", params={"filter": filter}).json()["data"]
        assert sorted(one["id"] for one in found) == wanted


def test_members_are_filtered_by_what_names_them_and_when_they_joined(shop: Shop) -> None:
    id = new_list(shop)
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com", phone_number="+15005550006")
    add(shop, id, ann)
    shop.advance(seconds=2)
    add(shop, id, bea)
    shown = shop.http.get(f"/api/lists/{id}/profiles").json()["data"]
    joined = {one["id"]: one["attributes"]["joined_group_at"] for one in shown}
    for filter, wanted in (
        ('equals(email,"ann@example.com")', [ann]),
        ("any(email,['ann@example.com','bea@example.com'])", [bea, ann]),
        ('equals(phone_number,"+15005550006")', [bea]),
        ("any(phone_number,['+15005550006'])", [bea]),
        (f"greater-than(joined_group_at,{joined[ann].replace('+', '.999999+')})", [bea]),
        (f"greater-or-equal(joined_group_at,{joined[ann]})", [bea, ann]),
        (f"less-than(joined_group_at,{joined[bea]})", [ann]),
        (f"less-or-equal(joined_group_at,{joined[bea]})", [bea, ann]),
        (f'equals(profile_id,"{ann}")', [ann]),
        (f'equals(id,"{ann}")', [ann]),
    ):
        assert members(shop, id, filter=filter) == wanted, filter
        ids = shop.http.get(f"/api/lists/{id}/relationships/profiles", params={"filter": filter}).json()["data"]
        assert [one["id"] for one in ids] == wanted, filter


def test_a_list_is_shown_with_the_members_subscriptions_when_asked(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    add(shop, id, ann)
    asked = {"additional-fields[profile]": "subscriptions"}
    (member,) = shop.http.get(f"/api/lists/{id}/profiles", params=asked).json()["data"]
    assert member["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"


def test_the_number_of_members_is_of_one_list_only(shop: Shop) -> None:
    new_list(shop)
    listed = shop.http.get("/api/lists", params={"sort": "name"}).json()["data"]
    assert "profile_count" not in listed[0]["attributes"]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "profiles", {"data": [{"type": "list", "id": NOBODY}]}, "/data/0/type"),
        ("POST", "profiles", {"data": [{"type": "profile"}]}, "/data/0/id"),
        ("POST", "profiles", {"data": {"type": "profile", "id": NOBODY}}, "/data"),
        ("DELETE", "profiles", {"data": [{"type": "list", "id": NOBODY}]}, "/data/0/type"),
        ("DELETE", "profiles", {}, "/data"),
    ],
)
def test_it_says_what_names_no_member(shop: Shop, method: str, path: str, body: Json, pointer: str) -> None:
    answer = shop.http.request(method, f"/api/lists/{new_list(shop)}/relationships/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


def test_a_thousand_and_one_are_too_many_to_remove_as_well(shop: Shop) -> None:
    id, ann = new_list(shop), made(shop, email="ann@example.com")
    assert change_members(shop, "DELETE", id, *[ann] * 1001).status_code == 400
    remove(shop, id, *[ann] * 1000)
