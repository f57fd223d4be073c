"""`Prefer: wait=N`: the answer is held until what follows from the call is there, or N seconds have gone."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest

from rapport.profiles.merge import RECORDING_LOCK
from tests.conftest import Server, Shop, eventually
from tests.people import event_body, made, profile_body
from tests.stories import campaign, count, flow, list_of, people, segment, size, status, template

ANN = {"email": "ann@example.com"}
WAIT = {"Prefer": "wait=20"}
APPLIED = "wait=20"


def post(shop: Shop, path: str, body: Any, prefer: str = "wait=20") -> httpx.Response:
    return shop.http.post(path, json=body, headers={"Prefer": prefer}, timeout=40)


@contextmanager
def held(shop: Shop) -> Iterator[None]:
    """Nothing of the account is recorded meanwhile."""
    with psycopg.connect(shop.server.database_url) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        yield


def test_an_event_can_be_read_when_the_call_is_answered(shop: Shop) -> None:
    for number in range(5):
        answer = post(shop, "/api/events", event_body("Call", person=ANN, unique_id=str(number)))
        assert answer.status_code == 202
        assert answer.headers["preference-applied"] == APPLIED
        assert len(shop.http.get("/api/events").json()["data"]) == number + 1


def test_the_official_sdk_waits_once_its_client_says_so(shop: Shop) -> None:
    """One line makes every call of a test see what it did."""
    shop.sdk.api_client.set_default_header("Prefer", "wait=20")
    for number in range(3):
        shop.event("Call", "ann@example.com", unique_id=str(number))
        assert len(shop.sdk.Events.get_events().data) == number + 1
        (profile,) = shop.sdk.Profiles.get_profiles().data
        assert profile.attributes.email == "ann@example.com"


def test_segments_and_flows_have_reacted(shop: Shop) -> None:
    shop.event("Placed Order", "first@example.com")
    metric = shop.metric_id("Placed Order")
    buyers = segment(shop, "Buyers", [count(metric, "greater-than-or-equal", 1)])
    step = {"operator": "update", "property_type": "string", "property_key": "seen", "property_value": "yes"}
    actions = [
        {"temporary_id": "a", "type": "time-delay", "links": {"next": "b"}, "data": {"unit": "days", "value": 1}},
        {"temporary_id": "b", "type": "update-profile", "links": {"next": None},
         "data": {"profile_operations": [step], "status": "live"}},
    ]  # fmt: skip
    trigger = {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": actions}
    flow(shop, trigger)
    before = size(shop, buyers)
    answer = post(shop, "/api/events", event_body("Placed Order", person=ANN))
    assert answer.headers["preference-applied"] == APPLIED
    assert size(shop, buyers) == before + 1
    assert shop.query("SELECT count(*) FROM enrolments WHERE account_id = %s", shop.account_id) == [(1,)]


def test_a_bulk_call_waits_for_all_its_events(shop: Shop) -> None:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": f"p{number}@example.com"}}},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {
                                "metric": {"data": {"type": "metric", "attributes": {"name": "Call"}}},
                                "properties": {},
                            },
                        }
                    ]
                },
            },
        }
        for number in range(900)
    ]
    body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}
    assert post(shop, "/api/event-bulk-create-jobs", body).headers["preference-applied"] == APPLIED
    assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [(900,)]


def test_what_follows_from_what_follows_is_there_too(shop: Shop) -> None:
    """An event that names two known people folds one into the other, which leaves an event on the one that stays."""
    made(shop, email="ann@example.com")
    made(shop, phone_number="+15005550006")
    both = {**ANN, "phone_number": "+15005550006"}
    assert post(shop, "/api/events", event_body("Call", person=both)).headers["preference-applied"] == APPLIED
    metrics = {one["attributes"]["name"] for one in shop.http.get("/api/metrics").json()["data"]}
    assert metrics == {"Call", "Merged Profile"}


def test_a_changed_profile_has_moved_between_segments(shop: Shop) -> None:
    condition = {"type": "profile-property", "property": "properties['tier']",
                 "filter": {"type": "string", "operator": "equals", "value": "gold"}}  # fmt: skip
    gold = segment(shop, "Gold", [condition])
    ann = made(shop, **ANN)
    body = profile_body(id=ann, properties={"tier": "gold"})
    answer = shop.http.patch(f"/api/profiles/{ann}", json=body, headers=WAIT, timeout=40)
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == APPLIED
    assert size(shop, gold) == 1


def test_a_subscription_job_is_done_with_its_event(shop: Shop) -> None:
    newsletter = list_of(shop, [])
    consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    profile = {"type": "profile", "attributes": {**ANN, "subscriptions": consent}}
    body = {"data": {
        "type": "profile-subscription-bulk-create-job",
        "attributes": {"profiles": {"data": [profile]}, "historical_import": False},
        "relationships": {"list": {"data": {"type": "list", "id": newsletter}}},
    }}  # fmt: skip
    answer = post(shop, "/api/profile-subscription-bulk-create-jobs", body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    assert not shop.query("SELECT FROM inbox WHERE account_id = %s", shop.account_id)


def test_a_bulk_import_is_complete(shop: Shop) -> None:
    profiles = [{"type": "profile", "attributes": {"email": f"p{number}@example.com"}} for number in range(1500)]
    body = {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": profiles}}}}
    answer = post(shop, "/api/profile-bulk-import-jobs", body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    job = shop.http.get(f"/api/profile-bulk-import-jobs/{answer.json()['data']['id']}").json()["data"]["attributes"]
    assert (job["status"], job["completed_count"]) == ("complete", 1500)
    assert shop.query("SELECT count(*) FROM profiles WHERE account_id = %s", shop.account_id) == [(1500,)]


def test_a_new_segment_is_built(shop: Shop) -> None:
    made(shop, **ANN)
    condition = {"type": "profile-property", "property": "email",
                 "filter": {"type": "string", "operator": "contains", "value": "example"}}  # fmt: skip
    definition = {"condition_groups": [{"conditions": [condition]}]}
    body = {"data": {"type": "segment", "attributes": {"name": "Everybody", "definition": definition}}}
    answer = post(shop, "/api/segments", body)
    assert answer.headers["preference-applied"] == APPLIED
    assert size(shop, answer.json()["data"]["id"]) == 1


def test_a_list_is_suppressed(shop: Shop) -> None:
    group = list_of(shop, people(shop, 3))
    body = {"data": {"type": "profile-suppression-bulk-create-job", "attributes": {},
                     "relationships": {"list": {"data": {"type": "list", "id": group}}}}}  # fmt: skip
    answer = post(shop, "/api/profile-suppression-bulk-create-jobs", body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    assert shop.query("SELECT count(*) FROM suppressions WHERE account_id = %s", shop.account_id) == [(3,)]
    names = {one["attributes"]["name"] for one in shop.http.get("/api/metrics").json()["data"]}
    assert "Manually Suppressed from Email Marketing" in names


def test_a_person_is_deleted(shop: Shop) -> None:
    made(shop, **ANN)
    profile = {"data": {"type": "profile", "attributes": ANN}}
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": profile}}}
    answer = post(shop, "/api/data-privacy-deletion-jobs", body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    assert shop.http.get("/api/profiles").json()["data"] == []


def test_people_are_merged_and_the_event_of_it_is_there(shop: Shop) -> None:
    ann, bea = made(shop, **ANN), made(shop, email="bea@example.com")
    sources = {"profiles": {"data": [{"type": "profile", "id": bea}]}}
    answer = post(shop, "/api/profile-merge", {"data": {"type": "profile-merge", "id": ann, "relationships": sources}})
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    names = {one["attributes"]["name"] for one in shop.http.get("/api/metrics").json()["data"]}
    assert names == {"Merged Profile"}


def test_a_campaign_is_sent_and_its_events_are_there(shop: Shop) -> None:
    addresses = people(shop, 5)
    letter, _ = campaign(shop, included=[list_of(shop, addresses)])
    answer = post(shop, "/api/campaign-send-jobs", {"data": {"type": "campaign-send-job", "id": letter}}, "wait=30")
    assert answer.headers["preference-applied"] == "wait=30"
    assert status(shop, letter) == "Sent"
    counted = shop.query(
        """SELECT count(*) FROM events e JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           WHERE e.account_id = %s AND m.name = 'Received Email'""",
        shop.account_id,
    )
    assert counted == [(5,)]


def test_what_a_moved_clock_makes_due_is_sent_and_its_events_are_there(shop: Shop) -> None:
    """The step of a run, the message that it queues, and the event of that."""
    shop.event("Placed Order", "first@example.com")
    letter = {"subject_line": "Thank you", "from_email": "shop@example.com", "template_id": template(shop)}
    actions = [
        {"temporary_id": "a", "type": "time-delay", "links": {"next": "b"}, "data": {"unit": "days", "value": 1}},
        {
            "temporary_id": "b",
            "type": "send-email",
            "links": {"next": None},
            "data": {"message": letter, "status": "live"},
        },
    ]
    trigger = {"type": "metric", "id": shop.metric_id("Placed Order")}
    flow(shop, {"triggers": [trigger], "entry_action_id": "a", "actions": actions})
    post(shop, "/api/events", event_body("Placed Order", person=ANN))
    body = {"data": {"type": "test-clock", "attributes": {"advance_seconds": 86_401}}}
    assert post(shop, "/api/test-clock", body).headers["preference-applied"] == APPLIED
    statement = "SELECT count(*) FROM engagements WHERE account_id = %s AND kind = 'received'"
    assert shop.query(statement, shop.account_id) == [(1,)]


def test_the_client_api_waits_as_well(shop: Shop) -> None:
    answer = httpx.post(
        f"{shop.server.url}/client/events",
        params={"company_id": shop.public_id},
        json=event_body("Call", person=ANN),
        headers={**WAIT, "revision": "2026-10-15"},
        timeout=40,
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == APPLIED
    assert len(shop.http.get("/api/events").json()["data"]) == 1


def test_it_is_a_plain_answer_when_time_runs_out(shop: Shop) -> None:
    with held(shop):
        begun = time.monotonic()
        answer = post(shop, "/api/events", event_body("Call", person=ANN), "wait=1")
        assert 0.9 < time.monotonic() - begun < 20
        assert answer.status_code == 202
        assert "preference-applied" not in answer.headers
    shop.wait_until_recorded()
    assert len(shop.http.get("/api/events").json()["data"]) == 1


def test_it_does_not_wait_for_what_comes_later(shop: Shop) -> None:
    """An account that others keep sending for still answers."""
    answered = Event()

    def others() -> None:
        with httpx.Client(base_url=shop.server.url, headers=shop.http.headers, timeout=60) as client:
            while not answered.is_set():
                client.post("/api/events", json=event_body("Noise", person={"email": "noise@example.com"}))

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(others) for _ in range(2)]
        try:
            answer = post(shop, "/api/events", event_body("Call", person=ANN))
        finally:
            answered.set()
        assert answer.headers["preference-applied"] == APPLIED
        for one in running:
            one.result()


def test_many_may_wait_at_once(shop: Shop) -> None:
    """More than there are connections to the database."""
    with ThreadPoolExecutor(60) as pool:
        with held(shop):
            waiting = [
                pool.submit(post, shop, "/api/events", event_body("Call", person=ANN, unique_id=str(number)))
                for number in range(60)
            ]
            time.sleep(1)
            assert shop.http.get("/api/profiles", timeout=5).status_code == 200
            assert not any(one.done() for one in waiting)
        assert {one.result().headers["preference-applied"] for one in waiting} == {APPLIED}


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("respond-async, wait=5", "wait=5"),
        ('return=minimal; foo="x, wait=9", Wait = "7"', "wait=7"),
        ("wait=3, wait=5", "wait=3"),
        ("wait=86400", "wait=30"),
        ("wait=0", None),
        ("wait=soon", None),
        ("wait=-1", None),
        ("wait", None),
        ("respond-async", None),
    ],
)
def test_it_reads_the_header_as_rfc_7240_has_it(shop: Shop, prefer: str, applied: str | None) -> None:
    """What can't be understood is ignored; more than 30 seconds are not given."""
    answer = post(shop, "/api/tags", {"data": {"type": "nothing"}}, prefer)
    assert answer.status_code == 400
    assert "preference-applied" not in answer.headers
    body = {"data": {"type": "list", "attributes": {"name": "Letter"}}}
    answer = post(shop, "/api/lists", body, prefer)
    assert answer.status_code == 201
    assert answer.headers.get("preference-applied") == applied


def test_reading_never_waits(shop: Shop) -> None:
    with held(shop):
        post(shop, "/api/events", event_body("Call", person=ANN), "wait=0")
        begun = time.monotonic()
        answer = shop.http.get("/api/events", headers=WAIT)
        assert time.monotonic() - begun < 15
        assert "preference-applied" not in answer.headers


def test_it_goes_on_waiting_when_the_worker_is_killed(shop: Shop) -> None:
    with ThreadPoolExecutor(1) as pool, psycopg.connect(shop.server.database_url) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        answer = pool.submit(post, shop, "/api/events", event_body("Call", person=ANN), "wait=30")
        eventually(lambda: shop.query("SELECT 1 FROM inbox WHERE account_id = %s", shop.account_id))
        os.kill(_worker(shop.server), signal.SIGKILL)
        conn.rollback()
        assert answer.result().headers["preference-applied"] == "wait=30"
        assert len(shop.http.get("/api/events").json()["data"]) == 1


def _worker(server: Server) -> int:
    command = ["ps", "--ppid", str(server.process.pid), "-o", "pid,args"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return next(int(line.split()[0]) for line in listed if "rapport: worker" in line)
