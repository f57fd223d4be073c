"""Further addresses of a profile: `meta.patch_identifiers` (behaviour-people 1.1, 1.5)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.people import Json, create, everybody, imported, made, metrics_of, patched, profile_body, read, sent

ANN, WORK = "ann@example.com", "ann@work.example"
pytestmark = pytest.mark.rule("1.1")


def append(*addresses: str) -> Json:
    return {"patch_identifiers": {"append": {"email": list(addresses)}}}


def unappend(*addresses: str) -> Json:
    return {"patch_identifiers": {"unappend": {"email": list(addresses)}}}


def change(shop: Shop, id: str, meta: Json, **attributes: Any) -> httpx.Response:
    return shop.http.patch(f"/api/profiles/{id}", json=profile_body(id=id, meta=meta, **attributes))


def changed(shop: Shop, id: str, meta: Json, **attributes: Any) -> None:
    answer = change(shop, id, meta, **attributes)
    assert answer.status_code == 200, answer.text


def by_address(shop: Shop, address: str) -> list[str]:
    return [
        one["id"]
        for one in shop.http.get("/api/profiles", params={"filter": f'equals(email,"{address}")'}).json()["data"]
    ]


@pytest.mark.rule("1.5")
def test_a_further_address_names_its_holder_everywhere(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    changed(shop, ann, append(WORK))
    assert read(shop, ann)["email"] == ANN
    assert imported(shop, email="Ann@Work.example", title="Dr").json()["data"]["id"] == ann
    sent(shop, "Call", person={"email": WORK, "external_id": "x"})
    assert read(shop, ann) | {"email": ANN, "external_id": "x", "title": "Dr"} == read(shop, ann)
    assert metrics_of(shop, ann) == ["Call"]
    assert [*everybody(shop)] == [ann]


@pytest.mark.rule("1.10")
def test_it_is_found_by_each_address(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    made(shop, email="bea@example.com")
    changed(shop, ann, append(WORK, "third@example.com"))
    assert by_address(shop, ANN) == by_address(shop, WORK) == by_address(shop, "third@example.com") == [ann]
    both = shop.http.get("/api/profiles", params={"filter": f"any(email,['{ANN}','{WORK}'])"}).json()["data"]
    assert [one["id"] for one in both] == [ann]


def test_it_can_be_taken_back_and_is_free_again(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    changed(shop, ann, append(WORK))
    changed(shop, ann, unappend(WORK.upper()))
    assert by_address(shop, WORK) == []
    assert made(shop, email=WORK) != ann


def test_the_address_that_is_shown_is_not_taken_back_so(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    changed(shop, ann, unappend(ANN, "nobody@example.com"))
    assert by_address(shop, ANN) == [ann]


def test_a_new_address_takes_the_place_of_the_one_shown_only(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    changed(shop, ann, append(WORK))
    changed(shop, ann, {}, email="new@example.com")
    assert by_address(shop, "new@example.com") == by_address(shop, WORK) == [ann]
    assert by_address(shop, ANN) == []


def test_a_further_address_can_become_the_one_shown_and_they_change_places(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    changed(shop, ann, append(WORK))
    changed(shop, ann, {}, email=WORK)
    assert read(shop, ann)["email"] == WORK
    assert imported(shop, email=ANN).json()["data"]["id"] == ann
    assert read(shop, ann)["email"] == WORK


def test_to_clear_the_address_clears_them_all(shop: Shop) -> None:
    ann = made(shop, email=ANN, external_id="x")
    changed(shop, ann, append(WORK))
    changed(shop, ann, {}, email=None)
    assert len({ann, made(shop, email=ANN), made(shop, email=WORK)}) == 3


def test_the_first_address_of_somebody_without_is_shown(shop: Shop) -> None:
    ann = made(shop, external_id="x")
    changed(shop, ann, append(WORK))
    assert read(shop, ann)["email"] == WORK


@pytest.mark.rule("1.3")
def test_the_address_of_another_is_a_conflict_and_nothing_changes(shop: Shop) -> None:
    ann, bea = made(shop, email=ANN), made(shop, email="bea@example.com")
    changed(shop, bea, append(WORK))
    for taken in ("bea@example.com", WORK):
        answers = [
            change(shop, ann, append(taken), title="Dr"),
            shop.http.post("/api/profile-import", json=profile_body(email=ANN, meta=append(taken), title="Dr")),
            create(shop, email="new@example.com", meta=append(taken)),
            create(shop, email=taken),
        ]
        for answer in answers:
            assert answer.status_code == 409
            assert answer.json()["errors"][0]["meta"] == {"duplicate_profile_id": bea}
    assert read(shop, ann)["title"] is None
    assert len(everybody(shop)) == 2


def test_an_event_adds_an_address_unless_it_is_anothers(shop: Shop) -> None:
    ann, bea = made(shop, email=ANN), made(shop, email="bea@example.com")
    sent(shop, person={"email": ANN, "meta": append(WORK, "bea@example.com")})
    assert by_address(shop, WORK) == [ann]
    assert by_address(shop, "bea@example.com") == [bea]


@pytest.mark.rule("1.6")
def test_a_merge_keeps_the_destinations_addresses_and_no_other(shop: Shop) -> None:
    ann, bea = made(shop, email=ANN), made(shop, email="bea@example.com")
    changed(shop, ann, append(WORK))
    changed(shop, bea, append("bea@work.example"))
    relationships = {"profiles": {"data": [{"type": "profile", "id": bea}]}}
    merge = {"data": {"type": "profile-merge", "id": ann, "relationships": relationships}}
    assert shop.http.post("/api/profile-merge", json=merge).status_code == 202
    assert by_address(shop, WORK) == [ann]
    assert made(shop, email="bea@work.example") != ann


@pytest.mark.rule("1.6")
def test_a_merge_gives_all_addresses_to_somebody_who_has_none(shop: Shop) -> None:
    ann, bea = made(shop, external_id="x"), made(shop, email=ANN)
    changed(shop, bea, append(WORK))
    sent(shop, person={"external_id": "x", "email": ANN})
    assert by_address(shop, ANN) == by_address(shop, WORK) == [ann]


@pytest.mark.parametrize(
    ("identifiers", "pointer"),
    [
        ({"append": {"phone_number": ["+15005550006"]}}, "append/phone_number"),
        ({"append": {"email": ["no address"]}}, "append/email"),
        ({"append": {"email": 5}}, "append/email"),
        ({"prepend": {"email": [WORK]}}, "prepend"),
        ({"append": [WORK]}, "append"),
    ],
)
def test_it_says_what_is_no_address_to_add(shop: Shop, identifiers: Json, pointer: str) -> None:
    """Only `email` is supported."""
    ann, meta = made(shop, email=ANN), {"patch_identifiers": identifiers}
    answers = [change(shop, ann, meta), shop.http.post("/api/profile-import", json=profile_body(email=ANN, meta=meta))]
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/meta/patch_identifiers/{pointer}"
    assert patched(shop, ann, email=ANN).status_code == 200
