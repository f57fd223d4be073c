"""Exchange ids (`_kx`): references to a profile that only this server can make and read (behaviour-people 1.1)."""

from typing import Any

import httpx
import pytest

from rapport.profiles import exchange
from tests.conftest import Server, Shop, new_shop
from tests.lists.test_lists import add, members, new_list
from tests.people import create, everybody, gone, imported, made, metrics_of, patched, read, send, sent
from tests.profiles.everything import key_of

PHONE = "+15005550006"
pytestmark = pytest.mark.rule("1.1")


def kx_of(shop: Shop, ulid: str) -> str:
    """The exchange id that this server gives out for a profile."""
    exchange.use((shop.server.data / "secret").read_text().strip().encode())
    return exchange.encode(shop.account_id, key_of(shop, ulid), shop.public_id)


def found(shop: Shop, kx: str) -> list[str]:
    answer = shop.http.get("/api/profiles", params={"filter": f'equals(_kx,"{kx}")'})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["data"]]


@pytest.mark.rule("1.10")
def test_it_finds_the_profile_and_nobody_for_what_is_none(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    made(shop, email="bea@example.com")
    kx = kx_of(shop, ann)
    assert found(shop, kx) == [ann]
    assert found(shop, kx.partition(".")[0]) == [ann]
    for wrong in ("", "x", kx[:5], kx[::-1], "no such thing"):
        assert found(shop, wrong) == []


def test_it_is_the_same_for_the_same_profile_and_says_nothing_to_others(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    assert kx_of(shop, ann) == kx_of(shop, ann)
    assert kx_of(shop, ann).endswith(f".{shop.public_id}")
    assert ann not in kx_of(shop, ann) and "@" not in kx_of(shop, ann)


def test_that_of_one_account_is_nothing_in_another(server: Server, shop: Shop) -> None:
    kx = kx_of(shop, made(shop, email="ann@example.com"))
    with new_shop(server) as other:
        made(other, email="ann@example.com")
        assert found(other, kx) == []
        assert imported(other, _kx=kx, first_name="X").status_code == 404


def test_an_import_names_somebody_by_it(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    answer = imported(shop, _kx=kx_of(shop, ann), first_name="Ann")
    assert (answer.status_code, answer.json()["data"]["id"]) == (200, ann)
    assert read(shop, ann)["first_name"] == "Ann"


def by_event(shop: Shop, **person: Any) -> httpx.Response:
    answer = send(shop, "Visit", person=person)
    shop.wait_until_recorded()
    return answer


def by_group(shop: Shop, **person: Any) -> httpx.Response:
    metric = {"data": {"type": "metric", "attributes": {"name": "Visit"}}}
    events = {"data": [{"type": "event", "attributes": {"properties": {}, "metric": metric}}]}
    group = {"profile": {"data": {"type": "profile", "attributes": person}}, "events": events}
    attributes = {"events-bulk-create": {"data": [{"type": "event-bulk-create", "attributes": group}]}}
    job = {"data": {"type": "event-bulk-create-job", "attributes": attributes}}
    answer = shop.http.post("/api/event-bulk-create-jobs", json=job)
    shop.wait_until_recorded()
    return answer


def by_token(shop: Shop, **person: Any) -> httpx.Response:
    profile = {"data": {"type": "profile", "attributes": person}}
    attributes = {"token": "t-1", "platform": "ios", "vendor": "apns", "profile": profile}
    return shop.http.post("/api/push-tokens", json={"data": {"type": "push-token", "attributes": attributes}})


@pytest.mark.parametrize("write", [by_event, by_group, by_token, imported])
def test_every_body_that_takes_one_finds_the_person(shop: Shop, write: Any) -> None:
    ann = made(shop, email="ann@example.com")
    assert write(shop, _kx=kx_of(shop, ann), title="Dr").is_success
    assert read(shop, ann)["title"] == "Dr"
    assert [*everybody(shop)] == [ann]


@pytest.mark.rule("1.5")
def test_a_number_given_by_a_browser_that_names_somebody_is_theirs(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    device = made(shop, phone_number=PHONE)
    sent(shop, "Form", person={"_kx": kx_of(shop, ann), "phone_number": PHONE})
    assert gone(shop, device)
    assert read(shop, ann)["phone_number"] == PHONE
    assert "Form" in metrics_of(shop, ann)


@pytest.mark.rule("1.5")
def test_an_address_says_more_than_the_browser_it_is_typed_into(shop: Shop) -> None:
    """Another's address, known or new, is another person; a browser of nobody becomes whose it is."""
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    kx = kx_of(shop, ann)
    sent(shop, "Form", person={"_kx": kx, "email": "bea@example.com"})
    sent(shop, "Form", person={"_kx": kx, "email": "new@example.com"})
    assert metrics_of(shop, ann) == []
    assert metrics_of(shop, bea) == ["Form"]
    assert {one["email"] for one in everybody(shop).values()} == {f"{n}@example.com" for n in ("ann", "bea", "new")}


@pytest.mark.rule("1.7")
def test_a_browser_of_nobody_becomes_the_person_it_is_used_by(shop: Shop) -> None:
    nobody, ann = made(shop, anonymous_id="browser"), made(shop, email="ann@example.com")
    sent(shop, "Visit", person={"id": nobody})
    sent(shop, "Form", person={"_kx": kx_of(shop, nobody), "email": "ann@example.com"})
    assert gone(shop, nobody)
    assert {"Visit", "Form"} <= {*metrics_of(shop, ann)}


@pytest.mark.rule("1.7")
def test_a_browser_of_nobody_gets_the_address_that_nobody_had(shop: Shop) -> None:
    nobody = made(shop, anonymous_id="browser")
    sent(shop, "Form", person={"_kx": kx_of(shop, nobody), "email": "ann@example.com"})
    assert read(shop, nobody)["email"] == "ann@example.com"
    assert [*everybody(shop)] == [nobody]


@pytest.mark.rule("1.6")
def test_it_outlives_a_merge(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com"), made(shop, email="bea@example.com")
    kx = kx_of(shop, bea)
    relationships = {"profiles": {"data": [{"type": "profile", "id": bea}]}}
    merge = {"data": {"type": "profile-merge", "id": ann, "relationships": relationships}}
    assert shop.http.post("/api/profile-merge", json=merge).status_code == 202
    assert found(shop, kx) == [ann]
    assert imported(shop, _kx=kx, title="Dr").json()["data"]["id"] == ann


def test_what_names_nobody_is_refused_where_it_stands_alone(shop: Shop) -> None:
    answer = imported(shop, _kx="nothing", title="Dr")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["detail"] == "No profile has the exchange id nothing."
    answer = by_token(shop, _kx="nothing")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")
    assert answer.json()["errors"][0]["detail"] == "No profile has the exchange id nothing."
    assert imported(shop, _kx="nothing", email="ann@example.com").status_code == 201


def test_a_profile_is_neither_created_nor_changed_by_one(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    for answer in (create(shop, email="b@example.com", _kx="x"), patched(shop, ann, _kx="x")):
        assert answer.status_code == 400
        error = answer.json()["errors"][0]
        assert error["detail"] == "'_kx' is not a valid field for the resource 'profile'."
        assert error["source"]["pointer"] == "/data/attributes/_kx"


@pytest.mark.rule("5")
def test_it_finds_a_member_of_a_list(shop: Shop) -> None:
    ann, bea, id = made(shop, email="ann@example.com"), made(shop, email="bea@example.com"), new_list(shop)
    add(shop, id, ann, bea)
    assert members(shop, id, filter=f'equals(_kx,"{kx_of(shop, bea)}")') == [bea]
    assert members(shop, id, filter='equals(_kx,"x")') == []
