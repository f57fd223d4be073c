"""Suppress and unsuppress jobs: their targets, what they do and what they tell (behaviour-people 2.4)."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.lists.test_lists import add, new_list
from tests.people import everybody, made, metrics_of
from tests.subscriptions.world import marketing, reasons, subscribe, unsubscribe

Json = dict[str, Any]
ANN, BEA = "ann@example.com", "bea@example.com"


def asked(
    shop: Shop, *emails: str, on: str = "create", profiles: bool = True, list: str = "", segment: str = ""
) -> httpx.Response:
    """A job for addresses, or with `profiles` false for groups."""
    kind = f"profile-suppression-bulk-{on}-job"
    who = {"data": [{"type": "profile", "attributes": {"email": one}} for one in emails]}
    data: Json = {"type": kind, "attributes": {"profiles": who} if profiles else {}}
    groups = {name: id for name, id in (("list", list), ("segment", segment)) if id}
    data["relationships"] = {name: {"data": {"type": name, "id": id}} for name, id in groups.items()}
    return shop.http.post(f"/api/{kind}s", json={"data": data})


def done(shop: Shop, *emails: str, on: str = "create", **target: str) -> Json:
    """A job, worked off."""
    answer = asked(shop, *emails, on=on, profiles=bool(emails), **target)
    assert answer.status_code == 202, answer.text
    path = f"/api/profile-suppression-bulk-{on}-jobs/{answer.json()['data']['id']}"
    read = lambda: shop.http.get(path).json()["data"]  # noqa: E731
    eventually(lambda: read()["attributes"]["status"] == "complete", seconds=20)
    shop.wait_until_recorded()
    return dict(read())


def counts(job: Json) -> tuple[int, int, int]:
    said = job["attributes"]
    return said["total_count"], said["completed_count"], said["skipped_count"]


def group(shop: Shop, kind: str, *people: str) -> str:
    """A list of these, or a segment of everybody whose name is Member."""
    if kind == "list":
        target = new_list(shop)
        add(shop, target, *people)
        return target
    condition = {
        "type": "profile-property", "property": "first_name",
        "filter": {"type": "string", "operator": "equals", "value": "Member"},
    }  # fmt: skip
    return stories.segment(shop, "Members", [condition])


@pytest.mark.rule("2.4")
def test_suppressing_bars_and_leaves_consent_as_it_is(shop: Shop) -> None:
    subscribe(shop, ANN)
    job = done(shop, ANN)
    assert counts(job) == (1, 1, 0)
    said = marketing(shop, ANN)
    assert (said["consent"], said["can_receive_email_marketing"]) == ("SUBSCRIBED", False)
    assert reasons(shop, ANN) == ["USER_SUPPRESSED"]


@pytest.mark.rule("2.4")
def test_a_missing_profile_is_created_by_suppressing_only(shop: Shop) -> None:
    assert counts(done(shop, ANN, on="delete")) == (1, 0, 1)
    assert not everybody(shop)
    assert counts(done(shop, ANN)) == (1, 1, 0)
    assert [one["email"] for one in everybody(shop).values()] == [ANN]
    assert reasons(shop, ANN) == ["USER_SUPPRESSED"]


@pytest.mark.rule("2.4")
def test_unsuppressing_lifts_the_manual_reason_and_no_other(shop: Shop) -> None:
    subscribe(shop, ANN)
    unsubscribe(shop, ANN)
    done(shop, ANN)
    assert set(reasons(shop, ANN)) == {"UNSUBSCRIBE", "USER_SUPPRESSED"}
    assert counts(done(shop, ANN, on="delete")) == (1, 1, 0)
    assert reasons(shop, ANN) == ["UNSUBSCRIBE"]
    assert marketing(shop, ANN)["can_receive_email_marketing"] is False


@pytest.mark.rule("2.4")
def test_who_is_suppressed_already_is_counted_as_skipped(shop: Shop) -> None:
    done(shop, ANN)
    assert counts(done(shop, ANN.upper(), BEA)) == (2, 1, 1)


@pytest.mark.rule("2.4")
@pytest.mark.parametrize("kind", ["list", "segment"])
def test_the_current_members_of_a_group_are_suppressed_and_unsuppressed(shop: Shop, kind: str) -> None:
    inside = [made(shop, email=f"p{n}@example.com", first_name="Member") for n in range(5)]
    made(shop, email="outside@example.com")
    target = group(shop, kind, *inside)
    done(shop, "p0@example.com")
    assert counts(done(shop, **{kind: target})) == (5, 4, 1)
    assert [reasons(shop, f"p{n}@example.com") for n in range(5)] == [["USER_SUPPRESSED"]] * 5
    assert reasons(shop, "outside@example.com") == []
    assert counts(done(shop, on="delete", **{kind: target})) == (5, 5, 0)
    assert [reasons(shop, f"p{n}@example.com") for n in range(5)] == [[]] * 5


@pytest.mark.rule("2.4")
def test_a_large_list_is_worked_off_in_the_background_with_honest_counts(shop: Shop) -> None:
    target = new_list(shop)
    shop.query(
        """WITH made AS (
               INSERT INTO profiles (account_id, id, ulid, email, created, updated)
               SELECT %s, nextval('profile_ids'), 'BULK' || n, 'bulk' || n || '@x.example', now(), now()
               FROM generate_series(1, 5000) AS n RETURNING account_id, id)
           INSERT INTO list_members (account_id, list_id, profile_id, joined)
           SELECT m.account_id, l.id, m.id, now() FROM made m JOIN lists l ON l.public_id = %s RETURNING 1""",
        shop.account_id,
        target,
    )
    answer = asked(shop, profiles=False, list=target).json()["data"]
    assert answer["attributes"]["status"] in ("queued", "processing")
    assert (answer["attributes"]["total_count"], answer["attributes"]["completed_at"]) == (5000, None)
    path = f"/api/profile-suppression-bulk-create-jobs/{answer['id']}"
    job = eventually(lambda: (found := shop.http.get(path).json()["data"])["attributes"]["completed_at"] and found)
    assert job["attributes"]["status"] == "complete" and counts(job) == (5000, 5000, 0)
    moments = [datetime.fromisoformat(job["attributes"][name]) for name in ("created_at", "completed_at")]
    assert moments == sorted(moments)
    found = "SELECT count(*) FROM suppressions WHERE account_id = %s"
    assert shop.query(found, shop.account_id) == [(5000,)]


@pytest.mark.rule("2.4", "7.7")
@pytest.mark.parametrize("on", ["create", "delete"])
def test_it_takes_exactly_one_kind_of_target_and_a_hundred_addresses(shop: Shop, on: str) -> None:
    ann = made(shop, email=ANN)
    target = group(shop, "list", ann)
    for answer in (
        asked(shop, on=on, profiles=False),
        asked(shop, ANN, on=on, list=target),
        asked(shop, on=on, profiles=False, list=target, segment="NOPE01"),
        asked(shop, *(f"p{n}@example.com" for n in range(101)), on=on),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid")
    assert asked(shop, *(f"p{n}@example.com" for n in range(100)), on=on).status_code == 202


@pytest.mark.rule("7.7")
@pytest.mark.parametrize("kind", ["list", "segment"])
def test_it_refuses_a_group_that_nobody_knows(shop: Shop, kind: str) -> None:
    answer = asked(shop, profiles=False, **{kind: "NOPE01"})  # type: ignore[arg-type]
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["detail"]) == (400, f"{kind.capitalize()} not found with id NOPE01.")
    assert error["source"]["pointer"] == f"/data/relationships/{kind}/data/id"


@pytest.mark.rule("2.4")
@pytest.mark.parametrize("on", ["create", "delete"])
def test_jobs_are_listed_by_status_and_target_in_the_order_of_their_creation(shop: Shop, on: str) -> None:
    """The key of the order is `created`, though the field is `created_at`."""
    person = made(shop, email=ANN, first_name="Member")
    people, members = group(shop, "list", person), group(shop, "segment")
    ids = [done(shop, ANN, on=on)["id"], done(shop, on=on, list=people)["id"], done(shop, on=on, segment=members)["id"]]
    path = f"/api/profile-suppression-bulk-{on}-jobs"

    def listed(**query: str) -> list[str]:
        answer = shop.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]]

    assert (listed(sort="created"), listed(sort="-created")) == (ids, ids[::-1])
    assert listed(filter=f'equals(list_id,"{people}")') == [ids[1]]
    assert listed(filter=f'equals(segment_id,"{members}")') == [ids[2]]
    assert set(listed(filter='equals(status,"complete")')) == {*ids}
    assert listed(filter='equals(status,"queued")') == []
    assert shop.http.get(path, params={"sort": "created_at"}).status_code == 400


@pytest.mark.rule("2.7", "2.4")
def test_each_suppression_and_its_undo_is_an_event_once(shop: Shop) -> None:
    ann = made(shop, email=ANN)
    for on in ("create", "create", "delete", "delete"):
        done(shop, ANN, on=on)
    assert metrics_of(shop, ann) == [
        "Manually Suppressed from Email Marketing",
        "Manually Unsuppressed from Email Marketing",
    ]
