"""Who is meant (behaviour-people 1.5): every rule through the API and through events."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Shop
from tests.people import (
    create,
    events_of,
    everybody,
    gone,
    imported,
    made,
    metrics_of,
    patched,
    read,
    send,
    sent,
)

PHONE, OTHER_PHONE = "+15005550006", "+15005550007"
pytestmark = [pytest.mark.rule("1.1"), pytest.mark.rule("1.3"), pytest.mark.rule("1.5")]
Write = Callable[..., None]


def by_import(shop: Shop, **person: Any) -> None:
    answer = imported(shop, **person)
    assert answer.status_code in (200, 201), answer.text
    shop.wait_until_recorded()


def by_event(shop: Shop, **person: Any) -> None:
    sent(shop, person=person)


both = pytest.mark.parametrize("write", [by_import, by_event], ids=["import", "event"])


@both
def test_it_finds_a_profile_by_each_identifier(shop: Shop, write: Write) -> None:
    ids = {
        name: made(shop, **{name: value})
        for name, value in {"email": "a@example.com", "phone_number": PHONE, "external_id": "x-1"}.items()
    }
    write(shop, email="a@example.com", first_name="email")
    write(shop, phone_number=PHONE, first_name="phone_number")
    write(shop, external_id="x-1", first_name="external_id")
    assert {read(shop, id)["first_name"]: id for id in ids.values()} == ids
    assert len(everybody(shop)) == 3


@both
def test_it_matches_an_address_without_regard_to_case_and_keeps_it_as_given(shop: Shop, write: Write) -> None:
    id = made(shop, email="Ann.Smith@Example.com")
    write(shop, email="ann.smith@example.COM", first_name="Ann")
    assert [*everybody(shop)] == [id]
    assert read(shop, id)["email"] == "Ann.Smith@Example.com"
    assert read(shop, id)["first_name"] == "Ann"


@both
def test_an_external_id_is_told_apart_by_case(shop: Shop, write: Write) -> None:
    made(shop, external_id="abc")
    write(shop, external_id="ABC")
    assert {one["external_id"] for one in everybody(shop).values()} == {"abc", "ABC"}


@both
@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        ({"external_id": "x"}, {"email": "a@example.com"}),
        ({"external_id": "x"}, {"phone_number": PHONE}),
        ({"email": "a@example.com"}, {"phone_number": PHONE}),
        ({"email": "a@example.com"}, {"anonymous_id": "device"}),
        ({"phone_number": PHONE}, {"anonymous_id": "device"}),
    ],
    ids=lambda one: next(iter(one)),
)
def test_it_folds_a_profile_known_only_by_the_lower_identifier(
    shop: Shop, write: Write, higher: dict[str, str], lower: dict[str, str]
) -> None:
    kept = made(shop, **higher, first_name="Ann", properties={"both": "kept", "kept": 1})
    folded = made(shop, **lower, first_name="Bea", last_name="Lower", properties={"both": "folded", "folded": 2})
    sent(shop, "Before", person={"id": folded})
    write(shop, **higher, **lower)
    assert gone(shop, folded)
    assert [*everybody(shop)] == [kept]
    found = read(shop, kept)
    assert {name: found[name] for name in (*higher, *lower)} == {**higher, **lower}
    assert (found["first_name"], found["last_name"]) == ("Ann", "Lower")
    assert found["properties"] == {"both": "kept", "kept": 1, "folded": 2}
    assert {"Before", "Merged Profile"} <= {*metrics_of(shop, kept)}


@both
def test_it_folds_both_lower_profiles_at_once(shop: Shop, write: Write) -> None:
    kept = made(shop, external_id="x")
    made(shop, email="a@example.com")
    made(shop, phone_number=PHONE)
    write(shop, external_id="x", email="a@example.com", phone_number=PHONE)
    assert [*everybody(shop)] == [kept]
    assert read(shop, kept)["phone_number"] == PHONE


def test_an_event_does_not_fold_a_profile_that_has_a_higher_identifier_of_its_own(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    bea = made(shop, email="bea@example.com", phone_number=PHONE)
    sent(shop, "Call", person={"email": "ann@example.com", "phone_number": PHONE})
    assert read(shop, ann)["phone_number"] is None
    assert read(shop, bea)["phone_number"] == PHONE
    assert metrics_of(shop, ann) == ["Call"]
    assert metrics_of(shop, bea) == []


def test_an_import_says_whose_the_identifier_is_and_changes_nothing(shop: Shop) -> None:
    bea = made(shop, email="bea@example.com", phone_number=PHONE)
    answer = imported(shop, email="new@example.com", phone_number=PHONE, first_name="New")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["meta"] == {"duplicate_profile_id": bea}
    assert [*everybody(shop)] == [bea]


def test_a_shared_number_does_not_make_one_person_the_other(shop: Shop) -> None:
    """The same whether the second address was known before or is new."""
    bea = made(shop, email="bea@example.com", phone_number=PHONE)
    sent(shop, "Call", person={"email": "ann@example.com", "phone_number": PHONE})
    assert read(shop, bea)["email"] == "bea@example.com"
    others = {id: one for id, one in everybody(shop).items() if id != bea}
    assert [(one["email"], one["phone_number"]) for one in others.values()] == [("ann@example.com", None)]
    assert metrics_of(shop, bea) == []


@both
def test_a_lower_identifier_names_the_profile_when_the_higher_one_is_new(shop: Shop, write: Write) -> None:
    id = made(shop, phone_number=PHONE)
    write(shop, email="ann@example.com", phone_number=PHONE)
    assert [*everybody(shop)] == [id]
    assert read(shop, id)["email"] == "ann@example.com"


@both
def test_a_new_number_replaces_the_old_one_which_is_free_again(shop: Shop, write: Write) -> None:
    ann = made(shop, email="ann@example.com", phone_number=PHONE)
    write(shop, email="ann@example.com", phone_number=OTHER_PHONE)
    assert read(shop, ann)["phone_number"] == OTHER_PHONE
    other = made(shop, phone_number=PHONE)
    assert other != ann


def test_a_new_number_ends_the_consent_given_for_the_old_one(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", phone_number=PHONE)
    consent(shop, ann, "sms")
    consent(shop, ann, "email")
    sent(shop, person={"email": "ann@example.com", "phone_number": OTHER_PHONE})
    assert consents(shop) == ["email"]


def test_folding_does_not_give_one_number_the_consent_of_another(shop: Shop) -> None:
    ann = made(shop, external_id="x", phone_number=PHONE)
    bea = made(shop, email="bea@example.com", phone_number=OTHER_PHONE)
    consent(shop, bea, "sms")
    consent(shop, bea, "email")
    sent(shop, person={"external_id": "x", "email": "bea@example.com"})
    assert gone(shop, bea)
    assert read(shop, ann)["phone_number"] == PHONE
    assert consents(shop) == ["email"]
    assert made(shop, phone_number=OTHER_PHONE) != ann


def test_the_address_of_a_profile_that_was_folded_away_is_no_alias(shop: Shop) -> None:
    ann = made(shop, external_id="x", email="old@example.com")
    made(shop, email="new@example.com")
    sent(shop, person={"external_id": "x", "email": "new@example.com"})
    assert read(shop, ann)["email"] == "new@example.com"
    assert made(shop, email="old@example.com") != ann


def test_an_event_for_the_id_of_a_folded_profile_reaches_the_survivor(shop: Shop) -> None:
    folded = made(shop, phone_number=PHONE)
    kept = made(shop, email="ann@example.com")
    sent(shop, person={"email": "ann@example.com", "phone_number": PHONE})
    sent(shop, "Late", person={"id": folded})
    assert "Late" in metrics_of(shop, kept)


def test_two_devices_of_one_person_both_name_them(shop: Shop) -> None:
    for device in ("phone", "tablet"):
        sent(shop, person={"email": "ann@example.com", "anonymous_id": device})
    sent(shop, "Tap", person={"anonymous_id": "phone"})
    (ann,) = everybody(shop)
    assert "Tap" in metrics_of(shop, ann)


def test_an_import_by_id_wins_over_every_identifier(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    folded = made(shop, phone_number=PHONE)
    assert imported(shop, id=ann, external_id="x", phone_number=PHONE).status_code == 200
    assert gone(shop, folded)
    assert read(shop, ann)["external_id"] == "x"


def test_events_of_one_batch_follow_a_fold_within_it(shop: Shop) -> None:
    """The first event makes a profile that the second one folds away: nothing may be left behind with it."""
    person = {"email": "ann@example.com", "phone_number": PHONE}
    made(shop, email="ann@example.com")
    for metric, given in (("One", {"phone_number": PHONE}), ("Two", person), ("Three", {"phone_number": PHONE})):
        assert send(shop, metric, person=given).status_code == 202
    shop.wait_until_recorded()
    (ann,) = everybody(shop)
    assert metrics_of(shop, ann) == ["Merged Profile", "One", "Three", "Two"]


def test_folding_keeps_every_event_and_goes_on_dropping_repeats(shop: Shop) -> None:
    ann, folded = made(shop, email="ann@example.com"), made(shop, phone_number=PHONE)
    for id, order in ((ann, "order-1"), (folded, "order-1"), (folded, "order-2")):
        sent(shop, "Placed Order", person={"id": id}, unique_id=order)
    sent(shop, "Call", person={"email": "ann@example.com", "phone_number": PHONE})
    for order in ("order-1", "order-2"):
        sent(shop, "Placed Order", person={"id": ann}, unique_id=order)
    orders = [one for one in events_of(shop, ann) if one["metric"] == "Placed Order"]
    assert sorted(one["event_properties"]["$event_id"] for one in orders) == ["order-1", "order-1", "order-2"]


@pytest.mark.parametrize("how", ["create", "update"])
def test_it_refuses_an_identifier_that_is_taken(shop: Shop, how: str) -> None:
    ann = made(shop, email="ann@example.com", external_id="x")
    bea = made(shop, email="bea@example.com")
    for taken in ({"email": "ANN@example.com"}, {"external_id": "x"}):
        answer = create(shop, **taken) if how == "create" else patched(shop, bea, **taken)
        assert answer.status_code == 409
        error = answer.json()["errors"][0]
        assert (error["code"], error["title"]) == ("duplicate_profile", "Conflict.")
        assert error["detail"] == "A profile already exists with one of these identifiers."
        assert error["source"] == {"pointer": "/data/attributes"}
        assert error["meta"] == {"duplicate_profile_id": ann}
    assert len(everybody(shop)) == 2


def test_an_identifier_that_was_cleared_is_free_again(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", external_id="x", phone_number=PHONE)
    consent(shop, ann, "sms")
    assert patched(shop, ann, external_id=None).status_code == 200
    assert imported(shop, email="ann@example.com", phone_number=None).status_code == 200
    assert read(shop, ann)["phone_number"] is None
    assert consents(shop) == []
    assert len({ann, made(shop, external_id="x"), made(shop, phone_number=PHONE)}) == 3


def test_an_update_changes_the_case_of_an_address(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    assert patched(shop, ann, email="Ann@Example.com").json()["data"]["attributes"]["email"] == "Ann@Example.com"


def test_an_event_for_an_id_that_nobody_has_is_set_aside(shop: Shop) -> None:
    sent(shop, person={"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    reasons = shop.query("SELECT reason FROM inbox_refused WHERE account_id = %s", shop.account_id)
    assert reasons == [("no profile has this id",)]
    assert everybody(shop) == {}


def test_it_answers_the_recorded_event_with_the_merge(shop: Shop) -> None:
    ann, folded = made(shop, email="ann@example.com"), made(shop, phone_number=PHONE)
    assert imported(shop, email="ann@example.com", phone_number=PHONE).json()["data"]["id"] == ann
    shop.wait_until_recorded()
    assert gone(shop, folded)
    assert metrics_of(shop, ann) == ["Merged Profile"]


def consent(shop: Shop, ulid: str, channel: str) -> None:
    statement = """
        INSERT INTO consents (account_id, profile_id, channel, status, consented_at, updated)
        SELECT account_id, id, %s, 'SUBSCRIBED', now(), now() FROM profiles WHERE account_id = %s AND ulid = %s
        RETURNING 1"""
    assert shop.query(statement, channel, shop.account_id, ulid)


def consents(shop: Shop) -> list[str]:
    return sorted(row[0] for row in shop.query("SELECT channel FROM consents WHERE account_id = %s", shop.account_id))
