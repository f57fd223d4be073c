"""Profiles from browsers and apps (behaviour-people 6.1, 6.3, 6.4)."""

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.onsite.world import accepted, asked, error_of, identified, profile_body, the_one, tracked
from tests.people import events_of, everybody, made, read, sent


@pytest.mark.rule("6.1")
def test_it_creates_and_enriches_a_profile_with_the_public_key_alone(shop: Shop) -> None:
    accepted(shop, "profiles", profile_body(email="ann@example.com", first_name="Ann", properties={"tier": 1}))
    accepted(shop, "profiles/", profile_body(email="ann@example.com", last_name="Lee", phone_number="+15005550006"))
    id, ann = the_one(shop)
    assert (ann["first_name"], ann["last_name"], ann["phone_number"]) == ("Ann", "Lee", "+15005550006")
    patch = {"patch_properties": {"append": {"seen": "A"}, "unset": "tier"}}
    accepted(shop, "profiles", profile_body(email="ann@example.com", meta=patch))
    assert read(shop, id)["properties"] == {"seen": ["A"]}


@pytest.mark.rule("6.1")
@pytest.mark.parametrize("by", ["id", "external_id", "_kx"])
def test_it_takes_a_changed_identifier_and_leaves_it_as_it_was(shop: Shop, by: str) -> None:
    kx = identified(shop, email="ann@example.com", external_id="x-1", phone_number="+15005550006")["exchange_id"]
    id, _ = the_one(shop)
    named = {"id": id} if by == "id" else {by: {"external_id": "x-1", "_kx": kx}[by]}
    for said in (
        {"email": "eve@example.com"},
        {"phone_number": "+15005550007"},
        {"email": None},
        {"external_id": None, "email": "ann@example.com"},
        {"email": "ANN@example.com"},
    ):
        accepted(shop, "profiles", profile_body(**{"first_name": "Ann", **said, **named}))
        accepted(shop, "events", tracked(person={**said, **named}))
    found = everybody(shop)
    shop.wait_until_recorded()
    assert (found[id]["email"], found[id]["phone_number"]) == ("ann@example.com", "+15005550006")
    assert found[id]["external_id"] == "x-1"


@pytest.mark.rule("6.1")
def test_it_takes_no_further_address_from_outside(shop: Shop) -> None:
    meta = {"patch_identifiers": {"append": {"email": "eve@example.com"}}}
    accepted(shop, "profiles", profile_body(email="ann@example.com", meta=meta))
    accepted(shop, "profiles", profile_body(email="eve@example.com", first_name="Eve"))
    assert sorted(one["email"] for one in everybody(shop).values()) == ["ann@example.com", "eve@example.com"]


@pytest.mark.rule("6.1")
def test_it_folds_nobody_but_a_device_into_another(shop: Shop) -> None:
    """A number that belongs to a profile of its own stays there, whatever a browser says of it."""
    bea = made(shop, phone_number="+15005550006", first_name="Bea")
    ann = made(shop, email="ann@example.com")
    accepted(shop, "profiles", profile_body(email="ann@example.com", phone_number="+15005550006"))
    shop.wait_until_recorded()
    assert {*everybody(shop)} == {ann, bea}
    assert read(shop, bea)["phone_number"] == "+15005550006"


@pytest.mark.rule("1.7", "6.6")
def test_a_device_becomes_the_person_who_uses_it(shop: Shop) -> None:
    accepted(shop, "events", tracked("Opened App", person={"anonymous_id": "device-1"}))
    the_one(shop)
    accepted(shop, "profiles", profile_body(anonymous_id="device-1", email="ann@example.com"))
    id, ann = the_one(shop)
    assert ann["email"] == "ann@example.com"
    assert "Opened App" in [one["metric"] for one in events_of(shop, id)]
    accepted(shop, "events", tracked("Viewed Product", person={"anonymous_id": "device-1"}))
    shop.wait_until_recorded()
    assert "Viewed Product" in [one["metric"] for one in events_of(shop, id)]


@pytest.mark.rule("6.3", "6.4")
def test_the_script_is_told_an_exchange_id_of_who_is_identified(shop: Shop) -> None:
    assert identified(shop, anonymous_id="browser-1") == {"exchange_id": None, "should_clear_cookie": False}
    told = identified(shop, email="ann@example.com", anonymous_id="browser-1")
    kx, company = told["exchange_id"].rsplit(".", 1)
    assert kx and company == shop.public_id
    accepted(shop, "events", tracked(person={"_kx": told["exchange_id"]}))
    accepted(shop, "profiles", profile_body(properties={"$exchange_id": told["exchange_id"], "tier": 2}))
    id, ann = the_one(shop)
    assert (ann["email"], ann["properties"]) == ("ann@example.com", {"tier": 2})
    assert len([one for one in events_of(shop, id) if one["metric"] == "Viewed Product"]) == 1


@pytest.mark.rule("6.1")
def test_exchange_ids_do_not_tell_that_two_addresses_are_one_persons(shop: Shop) -> None:
    """Who knows a number and guesses an address learns nothing by asking for both."""
    made(shop, email="ann@example.com", phone_number="+15005550006")
    email, number = {"email": "ann@example.com"}, {"phone_number": "+15005550006"}
    told = [identified(shop, **one)["exchange_id"] for one in (email, number, email)]
    assert len({*told}) == 3
    for kx in told:
        accepted(shop, "events", tracked(person={"_kx": kx}, unique_id=kx))
    id, _ = the_one(shop)
    assert len(events_of(shop, id)) == 3


@pytest.mark.rule("6.3")
def test_an_exchange_id_of_another_company_is_ignored(shop: Shop, server: Server) -> None:
    ann = made(shop, email="ann@example.com")
    with new_shop(server) as other:
        foreign = identified(other, email="eve@example.com")["exchange_id"]
    assert identified(shop, _kx=foreign) == {"exchange_id": None, "should_clear_cookie": True}
    told = identified(shop, _kx=foreign, email="ann@example.com")
    assert told["exchange_id"] and told["should_clear_cookie"] is True
    assert {*everybody(shop)} == {ann}


@pytest.mark.rule("1.5", "6.3")
def test_a_number_given_by_a_known_browser_is_put_on_its_profile(shop: Shop) -> None:
    kx = identified(shop, email="ann@example.com")["exchange_id"]
    accepted(shop, "profiles", profile_body(_kx=kx, phone_number="+15005550006"))
    _, ann = the_one(shop)
    assert (ann["email"], ann["phone_number"]) == ("ann@example.com", "+15005550006")


@pytest.mark.rule("6.1", "6.6")
@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"email": "nope"}, "/data/attributes/email"),
        ({"phone_number": "123"}, "/data/attributes/phone_number"),
        ({}, "/data/attributes"),
        ({"email": "ann@example.com", "nonsense": 1}, "/data/attributes/nonsense"),
        ({"email": 5}, "/data/attributes/email"),
        ({"first_name": "Ann"}, "/data/attributes"),
    ],
)
def test_what_is_wrong_is_said_at_once(shop: Shop, attributes: dict[str, object], pointer: str) -> None:
    error = error_of(asked(shop, "profiles", profile_body(**attributes)))
    assert (error["code"], error["source"]["pointer"]) == ("invalid", pointer)


@pytest.mark.rule("6.1")
def test_it_says_nothing_of_who_is_there(shop: Shop) -> None:
    """Word for word the same for somebody known and for nobody."""
    id = made(shop, email="ann@example.com")
    sent(shop, person={"id": id})
    for named in (
        {"id": id},
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"email": "ann@example.com"},
        {"_kx": "nope.ABC123"},
    ):
        accepted(shop, "profiles", profile_body(**named))
