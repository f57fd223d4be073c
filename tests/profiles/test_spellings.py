"""One mailbox is one person, however its address is spelled (behaviour-people 1.1, 8)."""

import unicodedata
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from alembic import command

from rapport import migrations
from rapport.kit import ids
from rapport.kit.clock import utcnow
from tests.conftest import Shop, database, eventually
from tests.people import create, everybody, imported, made, profile_body, read, sent

UNICODE, WIRE = "kim@bücher.example", "kim@xn--bcher-kva.example"
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "zoé@example.com") for form in ("NFC", "NFD"))
SPELLINGS = {
    "in its script and in ASCII": (UNICODE, WIRE),
    "in ASCII and in its script": (WIRE, UNICODE),
    "in capitals": (UNICODE, "KIM@BÜCHER.EXAMPLE"),
    "in ASCII in capitals": (UNICODE, "Kim@XN--BCHER-KVA.example"),
    "composed and decomposed": (COMPOSED, DECOMPOSED),
    "decomposed and composed": (DECOMPOSED, COMPOSED),
    "a domain decomposed": (UNICODE, unicodedata.normalize("NFD", UNICODE)),
    "with an ideographic full stop": ("kim@bücher.example", "kim@bücher。example"),
    "with full-width letters": ("kim@example.com", "kim@ｅxample．com"),
}
spelled = pytest.mark.parametrize(("first", "second"), SPELLINGS.values(), ids=[*SPELLINGS])


def bulk_events(shop: Shop, address: str) -> None:
    profile = {"data": {"type": "profile", "attributes": {"email": address}}}
    event = {"properties": {}, "metric": {"data": {"type": "metric", "attributes": {"name": "Call"}}}}
    group = {
        "type": "event-bulk-create",
        "attributes": {
            "profile": profile,
            "events": {"data": [{"type": "event", "attributes": event}]},
        },
    }
    body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": [group]}}}}
    assert shop.http.post("/api/event-bulk-create-jobs", json=body).status_code == 202
    shop.wait_until_recorded()


def bulk_profiles(shop: Shop, address: str) -> None:
    profiles = {"data": [{"type": "profile", "attributes": {"email": address}}]}
    body = {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": profiles}}}
    assert shop.http.post("/api/profile-bulk-import-jobs", json=body).status_code == 202
    shop.wait_until_recorded()


@spelled
def test_another_spelling_is_the_same_person(shop: Shop, first: str, second: str) -> None:
    kim = made(shop, email=first)
    assert imported(shop, email=second, title="Dr").json()["data"]["id"] == kim
    assert create(shop, email=second).status_code == 409
    sent(shop, "Call", person={"email": second})
    assert [*everybody(shop)] == [kim]
    # it is shown as it was written first
    assert read(shop, kim)["email"] == first


@pytest.mark.parametrize("way", [bulk_events, bulk_profiles], ids=lambda way: way.__name__)
def test_a_bulk_job_knows_them_too(shop: Shop, way: Callable[[Shop, str], None]) -> None:
    kim = made(shop, email=UNICODE)
    way(shop, WIRE)
    way(shop, UNICODE.upper())
    assert [*everybody(shop)] == [kim]


def test_a_further_address_is_one_mailbox_too(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    meta = {"patch_identifiers": {"append": {"email": UNICODE}}}
    assert shop.http.patch(f"/api/profiles/{ann}", json=profile_body(id=ann, meta=meta)).status_code == 200
    assert imported(shop, email=WIRE).json()["data"]["id"] == ann
    shown = shop.http.get("/api/profiles", params={"filter": f'equals(email,"{UNICODE}")'}).json()["data"]
    assert [profile["id"] for profile in shown] == [ann]


def subscriptions(shop: Shop, id: str) -> dict[str, Any]:
    query = {"additional-fields[profile]": "subscriptions"}
    found = shop.http.get(f"/api/profiles/{id}", params=query).json()["data"]["attributes"]["subscriptions"]
    return dict(found["email"]["marketing"])


def test_who_is_suppressed_or_no_longer_suppressed_by_another_spelling_is_the_same_person(shop: Shop) -> None:
    kim = made(shop, email=UNICODE)
    for kind, barred in (("suppression", True), ("unsuppression", False)):
        people = {"data": [{"type": "profile", "attributes": {"email": one}} for one in (WIRE, UNICODE)]}
        name = "profile-suppression-bulk-create-job" if barred else "profile-suppression-bulk-delete-job"
        body = {"data": {"type": name, "attributes": {"profiles": people}}}
        assert shop.http.post(f"/api/{name}s", json=body).status_code == 202, kind
        assert subscriptions(shop, kim)["can_receive_email_marketing"] is not barred
    assert [*everybody(shop)] == [kim]


def test_a_deletion_in_another_spelling_deletes_them_and_their_traces(shop: Shop) -> None:
    made(shop, email="Kim@Bücher.example")
    sent(shop, "Call", person={"email": WIRE}, properties={f"about {UNICODE}": 1})
    profile = {"data": {"type": "profile", "attributes": {"email": WIRE}}}
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": profile}}}
    assert shop.http.post("/api/data-privacy-deletion-jobs", json=body).status_code == 202
    eventually(lambda: everybody(shop) == {})
    left = shop.query("SELECT properties::text FROM events WHERE account_id = %s", shop.account_id)
    left += shop.query("SELECT property FROM metric_properties WHERE account_id = %s", shop.account_id)
    assert "bücher" not in str(left)


def test_digits_of_another_script_are_no_phone_number(shop: Shop) -> None:
    assert create(shop, phone_number="+1202555０１２３").status_code == 400


def test_people_who_were_two_before_become_one_with_an_upgrade() -> None:
    with database() as url:
        command.stamp(migrations.config(url), "0018")
        with psycopg.connect(url) as conn:
            _insert_as_before(conn)
        command.upgrade(migrations.config(url), "0019")
        with psycopg.connect(url) as conn:
            keys = conn.execute("SELECT value, profile_id FROM profile_identifiers ORDER BY value").fetchall()
            merges = conn.execute("SELECT kind, body FROM inbox ORDER BY id").fetchall()
    assert keys == [("ann@example.com", 4), (WIRE, 2), (COMPOSED, 3)]
    assert merges == [("merge", {"source": 1, "into": 2})]


def _insert_as_before(conn: psycopg.Connection[Any]) -> None:
    """Two spellings of one mailbox, of which the second person has an external id; an address of a lone person; and
    one in ASCII."""
    account = """INSERT INTO accounts (public_id, name, sender_name, sender_email, is_test, created)
                 VALUES ('ABCDEF', 'Shop', 'Shop', 'shop@example.com', true, now()) RETURNING account_id"""
    ((account_id,),) = conn.execute(account).fetchall()
    people = [(1, UNICODE, None), (2, WIRE, "x"), (3, DECOMPOSED, None), (4, "ann@example.com", None)]
    for id, email, external_id in people:
        conn.execute(
            """INSERT INTO profiles (account_id, id, ulid, email, external_id, location, properties, created, updated)
               VALUES (%s, %s, %s, %s, %s, '{}', '{}', now(), now())""",
            (account_id, id, ids.ulid(utcnow()), email, external_id),
        )
        key = "INSERT INTO profile_identifiers (account_id, kind, value, profile_id) VALUES (%s, 2, %s, %s)"
        conn.execute(key, (account_id, email, id))
