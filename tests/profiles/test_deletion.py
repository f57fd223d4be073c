"""Deleting a person on request (behaviour-people 1.9): who is deleted, when, and what becomes of latecomers."""

import re
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

import rapport
from rapport.migrations.tables import metadata
from tests.conftest import Shop, eventually
from tests.lists.test_lists import add, members, new_list
from tests.people import events_of, everybody, gone, imported, made, read, send, sent

PATH = "/api/data-privacy-deletion-jobs"
Json = dict[str, Any]


def asked(shop: Shop, *, id: str | None = None, **attributes: Any) -> httpx.Response:
    profile: Json = {"type": "profile", "attributes": attributes} | ({} if id is None else {"id": id})
    data = {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": profile}}}
    return shop.http.post(PATH, json={"data": data})


def deleted(shop: Shop, **who: Any) -> None:
    """A deletion, carried out."""
    answer = asked(shop, **who)
    assert (answer.status_code, answer.content) == (202, b""), answer.text
    carried_out(shop)


def carried_out(shop: Shop) -> None:
    open_jobs = "SELECT 1 FROM deletion_jobs WHERE account_id = %s AND status = 'queued'"
    eventually(lambda: not shop.query(open_jobs, shop.account_id))
    shop.wait_until_recorded()


def test_requests_are_listed_with_what_became_of_them(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    deleted(shop, email="ann@example.com")
    deleted(shop, phone_number="+15005550006")
    jobs = [job["attributes"] for job in shop.http.get(PATH).json()["data"]]
    assert [(job["status"], job["named_by"], job["value"], job["deleted"]) for job in jobs] == [
        ("complete", "phone_number", None, 0),
        ("complete", "email", None, 1),
    ]
    assert all(job["finished"] >= job["created"] for job in jobs)


@pytest.mark.rule("1.9")
@pytest.mark.parametrize("by", ["id", "email", "phone_number"])
def test_it_deletes_the_profile_that_the_one_identifier_names(shop: Shop, by: str) -> None:
    ann = made(shop, email="Ann@Example.com", phone_number="+15005550006", external_id="a-1", first_name="Ann")
    bea = made(shop, email="bea@example.com")
    deleted(shop, **{by: {"id": ann, "email": "ann@example.COM", "phone_number": "+15005550006"}[by]})
    assert [*everybody(shop)] == [bea]
    assert gone(shop, ann)
    assert shop.http.get("/api/profiles", params={"filter": 'equals(external_id,"a-1")'}).json()["data"] == []


@pytest.mark.rule("1.9")
@pytest.mark.parametrize(
    "who",
    [
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "email": "ann@example.com"},
        {"email": "ann@example.com", "phone_number": "+15005550006"},
        {},
        {"email": None},
        {"email": "  "},
    ],
)
def test_more_than_one_identifier_or_none_is_an_error(shop: Shop, who: Json) -> None:
    made(shop, email="ann@example.com", phone_number="+15005550006")
    answer = asked(shop, **who)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, "invalid")
    assert error["source"]["pointer"] == "/data/attributes/profile/data"
    assert not shop.query("SELECT 1 FROM deletion_jobs WHERE account_id = %s", shop.account_id)


@pytest.mark.rule("1.9", "7.7")
def test_it_refuses_what_is_no_address_and_other_identifiers(shop: Shop) -> None:
    for attributes, pointer in ({"email": "nonsense"}, "email"), ({"external_id": "a-1"}, "external_id"):
        answer = asked(shop, **attributes)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"]["pointer"].endswith(f"/attributes/{pointer}")


@pytest.mark.rule("1.9")
def test_who_is_not_there_is_taken_all_the_same(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    deleted(shop, email="nobody@example.com")
    deleted(shop, id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert [*everybody(shop)] == [ann]


@pytest.mark.rule("1.9", "1.5")
def test_somebody_folded_into_another_is_deleted_with_them(shop: Shop) -> None:
    """The id of a profile that was merged away still names the person."""
    phone_only = made(shop, phone_number="+15005550006")
    ann = made(shop, email="ann@example.com")
    sent(shop, person={"email": "ann@example.com", "phone_number": "+15005550006"})
    assert gone(shop, phone_only)
    deleted(shop, id=phone_only)
    assert gone(shop, ann) and not everybody(shop)
    sent(shop, person={"id": phone_only})
    assert not everybody(shop)


@pytest.mark.rule("1.9")
def test_the_deleted_are_listed_by_id_latest_first(shop: Shop) -> None:
    ids = [made(shop, email=f"p{n}@example.com") for n in range(22)]
    for id in ids:
        asked(shop, id=id)
    carried_out(shop)
    answer = shop.http.get("/api/deleted-profiles").json()
    shown = [one["id"] for one in answer["data"]]
    assert len(shown) == 20 and set(shown) < set(ids)
    assert [*answer["data"][0]["attributes"]] == ["deleted"]


@pytest.mark.rule("1.9")
def test_a_deleted_person_who_comes_back_is_a_new_profile(shop: Shop) -> None:
    person = {"email": "ann@example.com", "external_id": "a-1", "phone_number": "+15005550006"}
    ann, news = made(shop, **person, first_name="Ann", properties={"tier": 1}), new_list(shop)
    add(shop, news, ann)
    who = {"data": [{"type": "profile", "attributes": {"email": person["email"]}}]}
    job = {"data": {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": who}}}
    assert shop.http.post("/api/profile-suppression-bulk-create-jobs", json=job).status_code == 202
    sent(shop, "Placed Order", person=person, unique_id="order-1", value=10)
    deleted(shop, email=person["email"])
    assert members(shop, news) == []
    sent(shop, "Placed Order", person=person, unique_id="order-1", value=10)
    (again,) = everybody(shop)
    assert again != ann
    assert (read(shop, again)["first_name"], read(shop, again)["properties"]) == (None, {})
    assert [one["event_properties"]["$value"] for one in events_of(shop, again)] == [10.0]
    said = shop.http.get(f"/api/profiles/{again}", params={"additional-fields[profile]": "subscriptions"}).json()
    marketing = said["data"]["attributes"]["subscriptions"]["email"]["marketing"]
    assert (marketing["can_receive_email_marketing"], marketing["suppression"]) == (True, [])
    assert members(shop, news) == []


class Held:
    """The account's pipeline, held still while the block lasts."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __enter__(self) -> None:
        self._conn = psycopg.connect(self._shop.server.database_url)
        self._conn.execute("SELECT pg_advisory_lock(7270003, %s)", (self._shop.account_id,))

    def __exit__(self, *_: object) -> None:
        self._conn.close()


@pytest.mark.rule("1.9")
def test_what_was_accepted_before_the_request_goes_with_the_person(shop: Shop) -> None:
    """An event that still waits is recorded first: it brings nobody back, and what it links to the person goes too."""
    ann = made(shop, email="ann@example.com")
    with Held(shop):
        for person in ({"email": "ann@example.com", "external_id": "a-1"}, {"external_id": "a-1"}, {"id": ann}):
            assert send(shop, "Placed Order", person=person, properties={"Note": "zyxword"}).status_code == 202
        assert asked(shop, email="ann@example.com").status_code == 202
        assert read(shop, ann)["email"] == "ann@example.com"
    carried_out(shop)
    assert not everybody(shop)
    rows = shop.query("SELECT properties::text FROM events WHERE account_id = %s", shop.account_id)
    assert rows and all("zyxword" not in text for (text,) in rows)
    assert not shop.query("SELECT 1 FROM inbox_refused WHERE account_id = %s", shop.account_id)


@pytest.mark.rule("1.9")
def test_somebody_known_only_from_what_still_waits_is_deleted_as_well(shop: Shop) -> None:
    with Held(shop):
        assert send(shop, person={"email": "ann@example.com"}).status_code == 202
        assert asked(shop, email="ann@example.com").status_code == 202
    carried_out(shop)
    assert not everybody(shop)


@pytest.mark.rule("1.9")
def test_what_is_accepted_after_the_request_makes_a_whole_new_profile_or_goes_too(shop: Shop) -> None:
    """Never half a person: either it was recorded before the deletion and went with it, or it begins a new profile."""
    ann = made(shop, email="ann@example.com", first_name="Ann", external_id="a-1")
    with Held(shop):
        assert asked(shop, email="ann@example.com").status_code == 202
        assert send(shop, person={"email": "ann@example.com", "last_name": "Lee"}).status_code == 202
    carried_out(shop)
    for id, said in everybody(shop).items():
        assert id != ann
        assert (said["first_name"], said["last_name"], said["external_id"]) == (None, "Lee", None)


@pytest.mark.rule("1.9")
def test_what_names_the_deleted_by_id_afterwards_is_dropped(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    deleted(shop, id=ann)
    for person in ({"id": ann}, {"id": ann, "first_name": "Ann"}):
        sent(shop, person=person, properties={"Note": "zyxword"})
    assert not everybody(shop)
    assert not shop.query("SELECT 1 FROM inbox_refused WHERE account_id = %s", shop.account_id)
    assert imported(shop, id=ann, email="ann@example.com").status_code == 404


@pytest.mark.rule("1.9")
def test_rows_of_an_import_that_was_accepted_before_go_too(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    rows = [{"type": "profile", "attributes": {"email": f"p{n}@example.com"}} for n in range(3000)]
    rows.append({"type": "profile", "attributes": {"email": "ann@example.com", "external_id": "a-1"}})
    data = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": rows}}}
    assert shop.http.post("/api/profile-bulk-import-jobs", json={"data": data}).status_code == 202
    deleted(shop, email="ann@example.com")
    assert not shop.query("SELECT 1 FROM import_rows WHERE account_id = %s", shop.account_id)
    found = "SELECT count(*) FROM profiles WHERE account_id = %s"
    assert shop.query(found, shop.account_id) == [(3000,)]
    assert not shop.query(
        f"{found} AND (email = 'ann@example.com' OR external_id = 'a-1') HAVING count(*) > 0", shop.account_id
    )


@pytest.mark.rule("1.9")
def test_the_request_itself_keeps_nothing_of_the_person(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    deleted(shop, email="ann@example.com")
    rows = shop.query("SELECT status, value, deleted FROM deletion_jobs WHERE account_id = %s", shop.account_id)
    assert rows == [("complete", None, 1)]


# Numbers about somebody who is only a number then: the log's own sums.
_NUMBERS_ONLY = {"attributions", "engagements", "event_totals"}


@pytest.mark.rule("1.9")
def test_every_table_that_names_a_person_is_thought_of() -> None:
    """Whoever makes a table with a `profile_id` says in its room's privacy.py what a deletion does to it."""
    said = "".join(file.read_text() for file in Path(rapport.__path__[0]).rglob("privacy.py"))
    naming = {table.name for table in metadata.sorted_tables if "profile_id" in table.columns}
    forgotten = {name for name in naming - _NUMBERS_ONLY if not re.search(rf"\b{name}\b", said)}
    assert not forgotten
