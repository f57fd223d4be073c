"""Segments through the official SDK and plain HTTP, on the running program."""

from typing import Any

import psycopg
import pytest

from rapport.profiles.merge import RECORDING_LOCK
from tests.conftest import Shop, eventually
from tests.segments.world import definition, did, has, relative


def body(wanted: dict[str, Any], name: str = "Buyers", **more: Any) -> dict[str, Any]:
    return {"data": {"type": "segment", "attributes": {"name": name, "definition": wanted, **more}}}


def create(shop: Shop, wanted: dict[str, Any], name: str = "Buyers") -> str:
    answer = shop.http.post("/api/segments", json=body(wanted, name))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def built(shop: Shop, segment: str) -> dict[str, Any]:
    def ready() -> Any:
        found = shop.http.get(f"/api/segments/{segment}").json()["data"]["attributes"]
        return None if found["is_processing"] else found

    return dict(eventually(ready))


def members(shop: Shop, segment: str) -> set[str]:
    answer = shop.http.get(f"/api/segments/{segment}/profiles").json()
    return {one["attributes"]["email"] for one in answer["data"]}


def order_metric(shop: Shop) -> str:
    shop.event("Placed Order", "ada@example.com", value=10)
    shop.wait_until_recorded()
    return shop.metric_id("Placed Order")


@pytest.mark.rule("4.1")
def test_it_is_made_built_and_read_with_the_sdk(shop: Shop) -> None:
    wanted = definition(did(order_metric(shop), timeframe=relative("in-the-last", 30)))
    made = shop.sdk.Segments.create_segment(body(wanted))
    assert made.data.attributes.is_processing is True
    assert built(shop, made.data.id)["definition"] == wanted
    read = shop.sdk.Segments.get_segment(made.data.id, additional_fields_segment=["profile_count"])
    assert read.data.attributes.profile_count == 1
    assert [one.id for one in shop.sdk.Segments.get_segments().data] == [made.data.id]
    inside = shop.sdk.Segments.get_profiles_for_segment(made.data.id).data
    assert [one.attributes.email for one in inside] == ["ada@example.com"]
    assert inside[0].attributes.joined_group_at is not None
    assert [one.id for one in shop.sdk.Segments.get_profile_ids_for_segment(made.data.id).data] == [inside[0].id]
    assert [one.id for one in shop.sdk.Profiles.get_segments_for_profile(inside[0].id).data] == [made.data.id]
    assert [one.id for one in shop.sdk.Profiles.get_segment_ids_for_profile(inside[0].id).data] == [made.data.id]


@pytest.mark.rule("4.8")
def test_it_follows_an_event_within_a_second(shop: Shop) -> None:
    segment = create(shop, definition(did(order_metric(shop), value=2)))
    built(shop, segment)
    shop.event("Placed Order", "ada@example.com", time="2026-01-01T00:00:00Z")
    eventually(lambda: members(shop, segment) == {"ada@example.com"}, seconds=2)


@pytest.mark.rule("4.8")
def test_it_follows_the_test_clock(shop: Shop) -> None:
    segment = create(shop, definition(did(order_metric(shop), timeframe=relative("in-the-last", 30))))
    built(shop, segment)
    assert members(shop, segment) == {"ada@example.com"}
    shop.advance(days=31)
    eventually(lambda: members(shop, segment) == set(), seconds=3)


def test_it_follows_a_profile_patched_through_the_api(shop: Shop) -> None:
    segment = create(shop, definition(has("properties['VIP']", type="boolean", operator="equals", value=True)))
    built(shop, segment)
    profile = shop.profile("vip@example.com", properties={"VIP": "yes"})
    eventually(lambda: members(shop, segment) == {"vip@example.com"}, seconds=2)
    patch = {"data": {"type": "profile", "id": profile, "attributes": {"properties": {"VIP": False}}}}
    assert shop.http.patch(f"/api/profiles/{profile}", json=patch).status_code == 200
    eventually(lambda: members(shop, segment) == set(), seconds=2)


@pytest.mark.rule("4.1")
def test_it_is_built_anew_with_a_new_definition(shop: Shop) -> None:
    order = order_metric(shop)
    segment = create(shop, definition(did(order)))
    built(shop, segment)
    attributes = {"name": "Nobody", "definition": definition(did(order, value=5)), "is_starred": True}
    patch = {"data": {"type": "segment", "id": segment, "attributes": attributes}}
    answer = shop.http.patch(f"/api/segments/{segment}", json=patch).json()["data"]["attributes"]
    assert (answer["name"], answer["is_starred"], answer["is_processing"]) == ("Nobody", True, True)
    built(shop, segment)
    assert members(shop, segment) == set()


@pytest.mark.rule("4.1")
def test_it_stands_still_while_inactive_and_catches_up(shop: Shop) -> None:
    segment = create(shop, definition(did(order_metric(shop))))
    built(shop, segment)

    def set_active(active: bool) -> None:
        patch = {"data": {"type": "segment", "id": segment, "attributes": {"is_active": active}}}
        assert shop.http.patch(f"/api/segments/{segment}", json=patch).status_code == 200

    set_active(False)
    shop.event("Placed Order", "ben@example.com")
    shop.wait_until_recorded()
    assert members(shop, segment) == {"ada@example.com"}
    set_active(True)
    eventually(lambda: members(shop, segment) == {"ada@example.com", "ben@example.com"})


def test_it_goes_and_those_that_asked_for_it_are_built_anew(shop: Shop) -> None:
    inner = create(shop, definition(did(order_metric(shop))))
    built(shop, inner)
    rest = create(
        shop, definition({"type": "profile-group-membership", "is_member": False, "group_ids": [inner]}), "Rest"
    )
    built(shop, rest)
    assert members(shop, rest) == set()
    assert shop.http.delete(f"/api/segments/{inner}").status_code == 204
    assert shop.http.get(f"/api/segments/{inner}").status_code == 404
    eventually(lambda: members(shop, rest) == {"ada@example.com"})


@pytest.mark.rule("4.6")
def test_it_refuses_a_circle(shop: Shop) -> None:
    def inside(segment: str) -> dict[str, Any]:
        return definition({"type": "profile-group-membership", "is_member": True, "group_ids": [segment]})

    first = create(shop, definition(did(order_metric(shop))))
    second = create(shop, inside(first))
    patch = {"data": {"type": "segment", "id": first, "attributes": {"definition": inside(second)}}}
    answer = shop.http.patch(f"/api/segments/{first}", json=patch)
    assert answer.status_code == 400
    pointer = answer.json()["errors"][0]["source"]["pointer"]
    assert pointer == "/data/attributes/definition/condition_groups/0/conditions/0/group_ids/0"


GROUPS = "/data/attributes/definition/condition_groups"
FIRST = f"{GROUPS}/0/conditions/0"


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({}, GROUPS),
        ({"condition_groups": []}, GROUPS),
        ({"condition_groups": [{"conditions": []}]}, f"{GROUPS}/0/conditions"),
        (definition({"type": "nonsense"}), f"{FIRST}/type"),
        (definition({"type": "profile-region", "in_region": True, "region": "europe"}), f"{FIRST}/region"),
        (definition({"type": "profile-not-sent-email"}), f"{FIRST}/type"),
        (definition(did("NOPE01")), f"{FIRST}/metric_id"),
        (
            definition(did("NOPE01", timeframe={"type": "date", "operator": "flow-start"})),
            f"{FIRST}/timeframe_filter/operator",
        ),
        (definition(has("properties['x']", type="string", operator="regex", value="a++")), f"{FIRST}/filter/value"),
        (definition(has("nonsense", type="existence", operator="is-set")), f"{FIRST}/property"),
        (definition(has("email", type="numeric", operator="equals", value="5")), f"{FIRST}/filter/value"),
        (definition([has("email", type="existence", operator="is-set")] * 101), GROUPS),
        (
            definition(
                did("M", filters=[{"property": "p", "filter": {"type": "existence", "operator": "is-set"}}] * 11)
            ),
            f"{FIRST}/metric_filters",
        ),
        (
            definition(
                {
                    "type": "profile-marketing-consent",
                    "consent": {
                        "channel": "email",
                        "can_receive_marketing": True,
                        "consent_status": {"subscription": "unsubscribed"},
                    },
                }
            ),
            f"{FIRST}/consent/consent_status/subscription",
        ),
    ],
)
def test_it_points_at_the_condition_it_can_not_take(shop: Shop, wanted: dict[str, Any], pointer: str) -> None:
    answer = shop.http.post("/api/segments", json=body(wanted))
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


@pytest.mark.rule("4.1")
def test_it_filters_and_sorts_members(shop: Shop) -> None:
    segment = create(shop, definition(has("email", type="existence", operator="is-set")))
    built(shop, segment)
    ids = [shop.profile(f"{name}@example.com") for name in ("ada", "ben", "cy")]
    eventually(lambda: len(members(shop, segment)) == 3)
    path = f"/api/segments/{segment}/profiles"
    by_email = shop.http.get(path, params={"filter": 'equals(email,"ben@example.com")'}).json()["data"]
    by_id = shop.http.get(path, params={"filter": f'any(profile_id,["{ids[1]}"])'}).json()["data"]
    assert [one["id"] for one in by_email] == [one["id"] for one in by_id] == [ids[1]]
    oldest_first = shop.http.get(path, params={"sort": "joined_group_at", "page[size]": 2}).json()
    assert [one["id"] for one in oldest_first["data"]] == ids[:2]
    rest = shop.http.get(oldest_first["links"]["next"]).json()
    assert [one["id"] for one in rest["data"]] == ids[2:]


ANYBODY = definition(has("email", type="existence", operator="is-set"))


@pytest.mark.rule("4.1")
def test_it_refuses_a_sixth_while_five_are_processing(shop: Shop) -> None:
    """And takes it as soon as one is done."""
    with psycopg.connect(shop.server.database_url, autocommit=True) as conn:
        # no build can end while somebody else has the account's memberships
        conn.execute("SELECT pg_advisory_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        waiting = [create(shop, ANYBODY, f"Waits {number}") for number in range(5)]
        answer = shop.http.post("/api/segments", json=body(ANYBODY))
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert (error["code"], error["source"]["pointer"]) == ("invalid", "/data")
        assert "5 segments" in error["detail"]
    for one in waiting:
        built(shop, one)
    built(shop, create(shop, ANYBODY))


@pytest.mark.rule("4.1")
def test_it_lists_ten_on_a_page_and_by_what_they_are(shop: Shop) -> None:
    made = []
    for number in range(11):
        made.append(create(shop, ANYBODY, f"Segment {number:02}"))
        built(shop, made[-1])
        if number == 8:
            shop.advance(seconds=2)
    first = shop.http.get("/api/segments", params={"sort": "name"}).json()
    assert [one["id"] for one in first["data"]] == made[:10]
    assert [one["id"] for one in shop.http.get(first["links"]["next"]).json()["data"]] == made[10:]
    assert shop.http.get("/api/segments", params={"page[size]": 11}).status_code == 400
    patch = {"data": {"type": "segment", "id": made[3], "attributes": {"is_starred": True, "is_active": False}}}
    assert shop.http.patch(f"/api/segments/{made[3]}", json=patch).status_code == 200
    for wanted in (
        "equals(is_starred,true)",
        "equals(is_active,false)",
        "any(is_active,[false])",
        'equals(name,"Segment 03")',
        f'any(id,["{made[3]}"])',
    ):
        found = shop.http.get("/api/segments", params={"filter": wanted}).json()["data"]
        assert [one["id"] for one in found] == [made[3]], wanted
    second = created(shop, made[8]).replace("+", ".999999+")
    newer = shop.http.get("/api/segments", params={"filter": f"greater-than(created,{second})"})
    assert {one["id"] for one in newer.json()["data"]} == {*made[9:]}


def created(shop: Shop, segment: str) -> str:
    return str(shop.http.get(f"/api/segments/{segment}").json()["data"]["attributes"]["created"])


@pytest.mark.rule("4.1")
def test_it_counts_profiles_only_when_asked(shop: Shop) -> None:
    shop.profile("ada@example.com")
    segment = create(shop, ANYBODY)
    assert "profile_count" not in built(shop, segment)
    answer = shop.http.get(f"/api/segments/{segment}", params={"additional-fields[segment]": "profile_count"})
    assert answer.json()["data"]["attributes"]["profile_count"] == 1
    listed = shop.http.get("/api/segments", params={"additional-fields[segment]": "profile_count"})
    assert listed.status_code == 400 or "profile_count" not in listed.json()["data"][0]["attributes"]
