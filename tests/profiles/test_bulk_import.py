"""Bulk import of profiles: up to 10,000 in one call, worked off in the background (behaviour-people 1.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.lists.test_lists import members, new_list
from tests.people import events_of, everybody, made, read
from tests.profiles.test_exchange import kx_of

Json = dict[str, Any]
PATH = "/api/profile-bulk-import-jobs"


def one(*, id: str | None = None, meta: Json | None = None, **attributes: Any) -> Json:
    """A profile of a job."""
    found: Json = {"type": "profile", "attributes": attributes}
    found |= {} if id is None else {"id": id}
    return found | ({} if meta is None else {"meta": meta})


def asked(shop: Shop, *profiles: Any, lists: list[str] | None = None) -> httpx.Response:
    data: Json = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": list(profiles)}}}
    if lists is not None:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": id} for id in lists]}}
    return shop.http.post(PATH, json={"data": data})


def job_of(shop: Shop, id: str, **query: str) -> Json:
    answer = shop.http.get(f"{PATH}/{id}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def done(shop: Shop, *profiles: Any, lists: list[str] | None = None) -> Json:
    """A job, worked off."""
    answer = asked(shop, *profiles, lists=lists)
    assert answer.status_code == 202, answer.text
    id = answer.json()["data"]["id"]
    return finished(shop, id)


def finished(shop: Shop, id: str) -> Json:
    def complete() -> Json | None:
        found = job_of(shop, id)
        return found if found["attributes"]["status"] == "complete" else None

    job: Json = eventually(complete)
    shop.wait_until_recorded()
    return job


def errors_of(shop: Shop, job: Json) -> list[Json]:
    found: list[Json] = []
    url = f"{PATH}/{job['id']}/import-errors?page[size]=100"
    while url:
        page = shop.http.get(url).json()
        found += [one["attributes"] for one in page["data"]]
        url = page["links"]["next"]
    return found


def profiles_of(shop: Shop, job: Json) -> list[str]:
    answer = shop.http.get(f"{PATH}/{job['id']}/relationships/profiles?page[size]=100").json()
    return [one["id"] for one in answer["data"]]


@pytest.mark.rule("1.3")
def test_it_creates_and_updates_many_profiles_by_any_identifier(shop: Shop) -> None:
    ann, bea = made(shop, email="ann@example.com", first_name="Ann"), made(shop, external_id="b-1")
    job = done(
        shop,
        one(email="ANN@example.com", last_name="Lee"),
        one(external_id="b-1", email="bea@example.com"),
        one(phone_number="+15005550006", properties={"tier": "gold"}, location={"city": "Bern"}),
        one(id=ann, title="Dr"),
    )
    assert (job["attributes"]["completed_count"], job["attributes"]["failed_count"]) == (4, 0)
    assert {**read(shop, ann)}.items() >= {"first_name": "Ann", "last_name": "Lee", "title": "Dr"}.items()
    assert read(shop, bea)["email"] == "bea@example.com"
    (third,) = everybody(shop).keys() - {ann, bea}
    assert read(shop, third)["properties"] == {"tier": "gold"}
    assert set(profiles_of(shop, job)) == {ann, bea, third}


@pytest.mark.rule("1.3")
def test_it_answers_at_once_with_a_job_that_has_done_nothing_yet(shop: Shop) -> None:
    answer = asked(shop, one(email="ann@example.com"), one(email="bea@example.com"))
    assert answer.status_code == 202
    attributes = answer.json()["data"]["attributes"]
    assert attributes["status"] in ("queued", "processing")
    assert (attributes["total_count"], attributes["completed_count"], attributes["failed_count"]) == (2, 0, 0)
    assert (attributes["started_at"], attributes["completed_at"]) == (None, None)
    assert attributes["created_at"]


@pytest.mark.rule("1.3")
def test_it_tells_how_far_it_is_and_when(shop: Shop) -> None:
    job = done(shop, *(one(email=f"p{n}@example.com") for n in range(2500)), one(email="nonsense"))
    said = job["attributes"]
    assert (said["total_count"], said["completed_count"], said["failed_count"]) == (2501, 2500, 1)
    moments = [datetime.fromisoformat(said[name]) for name in ("created_at", "started_at", "completed_at")]
    assert moments == sorted(moments)
    assert datetime.fromisoformat(said["expires_at"]) > moments[0]
    assert shop.query("SELECT count(*) FROM profiles WHERE account_id = %s", shop.account_id) == [(2500,)]
    assert not shop.query("SELECT 1 FROM import_rows WHERE account_id = %s", shop.account_id)


@pytest.mark.rule("1.3")
def test_null_does_not_clear_in_a_bulk_import(shop: Shop) -> None:
    ann = made(
        shop,
        email="ann@example.com",
        phone_number="+15005550006",
        first_name="Ann",
        properties={"tier": 1},
        location={"city": "Bern", "zip": "3000"},
    )
    before = read(shop, ann)
    done(
        shop,
        one(
            email="ann@example.com",
            phone_number=None,
            first_name=None,
            properties={"tier": None},
            location={"city": None},
        ),
        one(email="ann@example.com", properties=None, location=None),
    )
    assert read(shop, ann) == before


@pytest.mark.rule("1.3")
def test_properties_merge_key_by_key_and_meta_patches_them(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", properties={"a": 1, "tags": ["x"], "old": True})
    patch = {"patch_properties": {"append": {"tags": "y"}, "unset": "old"}}
    done(shop, one(email="ann@example.com", properties={"b": 2}, meta=patch))
    assert read(shop, ann)["properties"] == {"a": 1, "b": 2, "tags": ["x", "y"]}


@pytest.mark.rule("1.3")
def test_a_wrong_profile_becomes_an_import_error_and_stops_no_other(shop: Shop) -> None:
    wrong = [
        one(email="nonsense"),
        one(phone_number="12"),
        one(first_name="Nobody"),
        one(email="x@example.com", surname="Lee"),
        {"type": "person", "attributes": {"email": "y@example.com"}},
        {"type": "profile"},
        one(id="01ARZ3NDEKTSV4RRFFQ69G5FAV", email="z@example.com"),
        one(email="w@example.com", properties={"big": "x" * 100_001}),
    ]
    job = done(shop, one(email="ann@example.com"), *wrong, one(email="bea@example.com"))
    assert (job["attributes"]["completed_count"], job["attributes"]["failed_count"]) == (2, len(wrong))
    assert {one["email"] for one in everybody(shop).values()} == {"ann@example.com", "bea@example.com"}
    errors = errors_of(shop, job)
    assert [error["original_payload"] for error in errors] == wrong
    pointers = [error["source"]["pointer"] for error in errors]
    first = "/data/attributes/profiles/data"
    assert pointers[0] == f"{first}/1/attributes/email"
    assert pointers[1] == f"{first}/2/attributes/phone_number"
    assert pointers[6] == f"{first}/7/id"
    assert all(pointer.startswith(f"{first}/{n + 1}") for n, pointer in enumerate(pointers))
    assert (errors[0]["code"], errors[0]["detail"]) == ("invalid", "Invalid email address")
    assert all(error["title"] and error["detail"] for error in errors)


@pytest.mark.rule("1.3", "1.5")
def test_a_number_of_somebody_else_fails_that_profile_alone_and_changes_nothing_of_it(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com", phone_number="+15005550006")
    bea = made(shop, email="bea@example.com")
    others = [one(email=f"p{n}@example.com") for n in range(20)]
    row = one(email="bea@example.com", phone_number="+15005550006", first_name="Bea")
    job = done(shop, *others[:10], row, *others[10:])
    assert (job["attributes"]["completed_count"], job["attributes"]["failed_count"]) == (20, 1)
    (error,) = errors_of(shop, job)
    assert (error["code"], error["original_payload"]) == ("duplicate_profile", row)
    assert read(shop, bea)["first_name"] is None
    assert read(shop, ann)["phone_number"] == "+15005550006"


@pytest.mark.rule("1.3", "1.5")
def test_rows_of_one_job_take_effect_in_their_order(shop: Shop) -> None:
    job = done(
        shop,
        one(email="ann@example.com", phone_number="+15005550006", first_name="First"),
        one(email="ann@example.com", phone_number="+15005550007", first_name="Second"),
        one(email="bea@example.com", phone_number="+15005550006"),
    )
    assert (job["attributes"]["completed_count"], job["attributes"]["failed_count"]) == (3, 0)
    found = {one["email"]: one for one in everybody(shop).values()}
    assert (found["ann@example.com"]["first_name"], found["ann@example.com"]["phone_number"]) == (
        "Second",
        "+15005550007",
    )
    assert found["bea@example.com"]["phone_number"] == "+15005550006"


@pytest.mark.rule("1.3", "1.5")
def test_it_folds_a_profile_known_by_a_lower_identifier_only(shop: Shop) -> None:
    phone_only = made(shop, phone_number="+15005550006", first_name="Zoe")
    ann = made(shop, email="ann@example.com")
    job = done(shop, one(email="ann@example.com", phone_number="+15005550006"))
    assert (job["attributes"]["completed_count"], [*everybody(shop)]) == (1, [ann])
    assert read(shop, ann)["first_name"] == "Zoe"
    assert phone_only not in profiles_of(shop, job)


@pytest.mark.rule("1.3", "2.7")
def test_a_list_is_joined_without_consent_and_without_an_event(shop: Shop) -> None:
    news, vip = new_list(shop), new_list(shop)
    job = done(shop, one(email="ann@example.com"), one(email="wrong"), lists=[news, vip])
    (ann,) = everybody(shop)
    assert (members(shop, news), members(shop, vip)) == ([ann], [ann])
    said = shop.http.get(f"/api/profiles/{ann}", params={"additional-fields[profile]": "subscriptions"}).json()
    marketing = said["data"]["attributes"]["subscriptions"]["email"]["marketing"]
    assert (marketing["consent"], marketing["can_receive_email_marketing"]) == ("NEVER_SUBSCRIBED", True)
    assert events_of(shop, ann) == []
    linked = shop.http.get(f"{PATH}/{job['id']}/relationships/lists").json()["data"]
    assert {one["id"] for one in linked} == {news, vip}
    whole = shop.http.get(f"{PATH}/{job['id']}/lists").json()["data"]
    assert {one["attributes"]["name"] for one in whole} and {one["id"] for one in whole} == {news, vip}


@pytest.mark.rule("1.3")
def test_the_first_time_somebody_joined_is_kept(shop: Shop) -> None:
    news = new_list(shop)

    def joined() -> str:
        (member,) = shop.http.get(f"/api/lists/{news}/profiles").json()["data"]
        return str(member["attributes"]["joined_group_at"])

    done(shop, one(email="ann@example.com"), lists=[news])
    first = joined()
    shop.advance(days=3)
    done(shop, one(email="ann@example.com", first_name="Ann"), lists=[news])
    assert joined() == first


def test_it_includes_the_lists_of_a_job(shop: Shop) -> None:
    news = new_list(shop)
    id = asked(shop, one(email="ann@example.com"), lists=[news]).json()["data"]["id"]
    answer = shop.http.get(f"{PATH}/{id}", params={"include": "lists"}).json()
    assert [(one["type"], one["id"]) for one in answer["included"]] == [("list", news)]
    assert answer["data"]["relationships"]["lists"]["data"] == [{"type": "list", "id": news}]
    links = answer["data"]["relationships"]["import-errors"]["links"]
    assert [*links] == ["related"] and httpx.get(links["related"], headers=shop.http.headers).status_code == 200


@pytest.mark.rule("1.3")
def test_it_lists_jobs_by_status_and_date(shop: Shop) -> None:
    ids = [done(shop, one(email=f"p{n}@example.com"))["id"] for n in range(3)]

    def listed(**query: str) -> list[str]:
        answer = shop.http.get(PATH, params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]]

    assert listed(sort="created_at") == ids
    assert listed(sort="-created_at") == ids[::-1]
    assert set(listed(filter='equals(status,"complete")')) == {*ids}
    assert set(listed(filter='any(status,["complete","queued"])')) == {*ids}
    assert listed(filter='equals(status,"processing")') == []
    page = shop.http.get(PATH, params={"page[size]": "2", "sort": "created_at"}).json()
    assert [one["id"] for one in page["data"]] == ids[:2]
    assert [one["id"] for one in shop.http.get(page["links"]["next"]).json()["data"]] == ids[2:]


@pytest.mark.rule("1.3", "7.7")
@pytest.mark.parametrize(
    ("profiles", "pointer"),
    [
        ([], "/data/attributes/profiles/data"),
        ([one(email="a@example.com")] * 10_001, "/data/attributes/profiles/data"),
        (["ann"], "/data/attributes/profiles/data/0"),
    ],
)
def test_it_refuses_a_call_that_is_no_job_at_all(shop: Shop, profiles: list[Any], pointer: str) -> None:
    answer = asked(shop, *profiles)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer
    assert shop.http.get(PATH).json()["data"] == []


@pytest.mark.rule("1.3")
def test_it_takes_five_megabytes_and_no_more(shop: Shop) -> None:
    profiles = [one(email=f"p{n}@example.com", properties={"note": "x" * 90_000}) for n in range(54)]
    assert asked(shop, *profiles).status_code == 202
    answer = asked(shop, *profiles, *profiles)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "payload_too_large")


@pytest.mark.rule("7.7")
def test_it_refuses_a_list_that_nobody_knows(shop: Shop) -> None:
    answer = asked(shop, one(email="ann@example.com"), lists=[new_list(shop), "NOPE01"])
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["detail"]) == (400, "List not found with id NOPE01.")
    assert error["source"]["pointer"] == "/data/relationships/lists/data/1/id"


@pytest.mark.rule("1.3")
def test_a_job_can_be_asked_for_until_it_expires(shop: Shop) -> None:
    job = done(shop, one(email="ann@example.com"), one(email="wrong"))
    expires = datetime.fromisoformat(job["attributes"]["expires_at"])
    assert expires > datetime.now(UTC) + timedelta(days=1)
    shop.advance(days=8)
    for path in ("", "/profiles", "/import-errors", "/lists"):
        assert shop.http.get(f"{PATH}/{job['id']}{path}").status_code == 404
    assert shop.http.get(PATH).json()["data"] == []


def test_a_segment_follows_an_import(shop: Shop) -> None:
    condition = {
        "type": "profile-property", "property": "properties['tier']",
        "filter": {"type": "string", "operator": "equals", "value": "gold"},
    }  # fmt: skip
    definition = {"condition_groups": [{"conditions": [condition]}]}
    body = {"data": {"type": "segment", "attributes": {"name": "Gold", "definition": definition}}}
    segment = shop.http.post("/api/segments", json=body).json()["data"]["id"]
    eventually(lambda: not shop.http.get(f"/api/segments/{segment}").json()["data"]["attributes"]["is_processing"])
    done(shop, one(email="ann@example.com", properties={"tier": "gold"}), one(email="bea@example.com"))
    (ann,) = [id for id, said in everybody(shop).items() if said["email"] == "ann@example.com"]
    eventually(lambda: [m["id"] for m in shop.http.get(f"/api/segments/{segment}/profiles").json()["data"]] == [ann])


@pytest.mark.rule("1.3", "1.1")
def test_an_exchange_id_names_a_profile_and_one_of_nobody_is_an_import_error(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    job = done(shop, one(_kx=kx_of(shop, ann), first_name="Ann"), one(_kx="nonsense"))
    assert read(shop, ann)["first_name"] == "Ann"
    (error,) = errors_of(shop, job)
    assert error["source"]["pointer"] == "/data/attributes/profiles/data/1/attributes/_kx"


@pytest.mark.rule("1.3", "1.1")
def test_secondary_addresses_can_be_added_and_taken_away(shop: Shop) -> None:
    ann = made(shop, email="ann@example.com")
    for way in ("append", "unappend"):
        meta = {"patch_identifiers": {way: {"email": "ann@work.example"}}}
        done(shop, one(email="ann@example.com", meta=meta), one(email="ann@work.example", title=way))
    found = {said["email"]: said["title"] for said in everybody(shop).values()}
    assert found == {"ann@example.com": "append", "ann@work.example": "unappend"}
    assert read(shop, ann)["title"] == "append"
