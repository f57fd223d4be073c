"""What is in a campaign's way, whom it would reach, and how one reader would see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import stories
from tests.campaigns import composing
from tests.campaigns.composing import read, written
from tests.conftest import REVISION, Shop, eventually

Json = dict[str, Any]
LETTER = "<p>Hello {{ first_name|default:'there' }}</p><p>{% unsubscribe %}</p>"


def problems(shop: Shop, campaign: str) -> dict[str, tuple[str, bool]]:
    """Code -> section, and whether it blocks."""
    found = read(shop, campaign, "readiness")["problems"]
    return {problem["code"]: (problem["section"], problem["blocks"]) for problem in found}


def complete(shop: Shop, included: list[str], html: str = LETTER, **changes: Any) -> str:
    campaign = composing.new(shop)
    first = written(shop, campaign, included=included)["variations"][0]["id"]
    letter = {"id": first, "subject": "Hello", "template_id": stories.template(shop, html)}
    written(shop, campaign, variations=[letter], **changes)
    return campaign


def subscribe(shop: Shop, address: str, status: str) -> None:
    job = "subscription" if status == "SUBSCRIBED" else "unsubscription"
    kind = "profile-subscription-bulk-create-job" if status == "SUBSCRIBED" else "profile-subscription-bulk-delete-job"
    consent = {"subscriptions": {"email": {"marketing": {"consent": status}}}}
    person = {"type": "profile", "attributes": {"email": address, **consent}}
    body = {"data": {"type": kind, "attributes": {"profiles": {"data": [person]}}}}
    answer = shop.http.post(f"/api/{kind}s", json=body)
    assert answer.status_code == 202, f"{job}: {answer.text}"
    found = "SELECT count(*) FROM consents c JOIN profiles p ON p.account_id = c.account_id AND p.id = c.profile_id"
    found += " WHERE c.account_id = %s AND p.email = %s AND c.status = %s"
    eventually(lambda: shop.query(found, shop.account_id, address, status) == [(1,)])


def test_an_empty_draft_says_everything_that_is_missing(shop: Shop) -> None:
    campaign = composing.new(shop)
    written(shop, campaign, name=" ")
    assert problems(shop, campaign) == {
        "no_name": ("name", True),
        "no_audience": ("audience", True),
        "no_template": ("content", True),
        "no_subject": ("subject", True),
    }
    answer = composing.send(shop, campaign)
    assert answer.status_code == 400


def test_whom_it_reaches_is_counted_as_the_gate_judges(shop: Shop) -> None:
    addresses = stories.people(shop, 5)
    subscribe(shop, addresses[0], "SUBSCRIBED")
    subscribe(shop, addresses[1], "SUBSCRIBED")
    subscribe(shop, addresses[1], "UNSUBSCRIBED")
    everybody = stories.list_of(shop, addresses)
    lately = complete(shop, [stories.list_of(shop, addresses[2:3], "Lately")])
    composing.send(shop, lately)
    eventually(lambda: stories.status(shop, lately) == "Sent")
    out = stories.list_of(shop, addresses[4:], "Left out")

    campaign = complete(shop, [everybody], excluded=[out])
    reach = read(shop, campaign, "readiness")
    assert (reach["members"], reach["recipients"], reach["never_subscribed"]) == (4, 2, 1)
    assert reach["passed_over"] == [
        {"reason": "Person Suppressed", "count": 1},
        {"reason": "Smart Sending", "count": 1},
    ]
    assert problems(shop, campaign) == {"never_subscribed": ("audience", False)}
    assert [(group["kind"], group["name"]) for group in reach["included"]] == [("list", "Newsletter")]
    written(shop, campaign, smart_sending=False)
    assert read(shop, campaign, "readiness")["recipients"] == 3
    # what is sent is what was counted
    composing.send(shop, campaign)
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert read(shop, campaign, "overview")["delivered"] == 3


def test_where_only_subscribers_are_written_to_the_others_are_passed_over(shop: Shop) -> None:
    addresses = stories.people(shop, 2)
    subscribe(shop, addresses[0], "SUBSCRIBED")
    body = {"data": {"type": "consent-settings", "attributes": {"subscribed_only": True}}}
    assert shop.http.patch("/api/consent-settings", json=body).status_code == 200
    reach = read(shop, complete(shop, [stories.list_of(shop, addresses)]), "readiness")
    assert (reach["recipients"], reach["never_subscribed"]) == (1, 0)
    assert reach["passed_over"] == [{"reason": "Missing Email Consent", "count": 1}]


@pytest.mark.parametrize(
    ("sending", "is_past"),
    [
        ({"strategy": "static", "at": "2020-01-01T09:00"}, True),
        ({"strategy": "throttled", "at": "2020-01-01T09:00", "percentage": 20}, True),
        ({"strategy": "local_timezone", "at": "2020-01-01T09:00"}, True),
        ({"strategy": "smart_send_time", "day": "2020-01-01"}, True),
        ({"strategy": "static", "at": "2036-01-01T09:00"}, False),
        ({"strategy": "immediate"}, False),
    ],
    ids=lambda sending: sending["strategy"] if isinstance(sending, dict) else str(sending),
)
def test_a_time_that_has_passed_is_told(shop: Shop, sending: Json, is_past: bool) -> None:
    campaign = complete(shop, [stories.list_of(shop, stories.people(shop, 1))], sending=sending)
    told = {code: where for code, where in problems(shop, campaign).items() if code != "never_subscribed"}
    assert told == ({"past_time": ("sending", True)} if is_past else {})
    # whoever pressed the button when it was still to come does not send it at once
    answer = composing.send(shop, campaign, hold_seconds=30)
    assert answer.status_code == (409 if is_past else 202), answer.text


def test_when_the_last_of_a_gradual_sending_goes_is_told(shop: Shop) -> None:
    sending = {"strategy": "throttled", "at": "2036-01-01T09:00", "percentage": 33}
    readiness = read(shop, complete(shop, [stories.list_of(shop, [])], sending=sending), "readiness")
    begins, ends = (datetime.fromisoformat(readiness[name]) for name in ("begins_at", "ends_at"))
    assert (begins.astimezone(UTC).year, ends - begins) == (2036, timedelta(hours=3))


def test_what_a_test_can_not_be_is_told(shop: Shop) -> None:
    campaign = complete(shop, [stories.list_of(shop, stories.people(shop, 1))])
    (one,) = read(shop, campaign, "draft")["variations"]
    two = [{"id": one["id"]}, {"subject": "Hello", "template_id": one["template_id"]}]
    waits = {"winner_percentage": 50}
    written(shop, campaign, variations=two, ab_test=waits)
    assert problems(shop, campaign).get("test_of_nothing") == ("ab_test", False)
    written(shop, campaign, sending={"strategy": "throttled", "at": "2036-01-01T09:00", "percentage": 20})
    assert problems(shop, campaign).get("test_throttled") == ("sending", True)
    written(shop, campaign, sending={"strategy": "smart_send_time", "day": "2036-01-01"})
    assert problems(shop, campaign).get("test_holds_back") == ("ab_test", True)


def test_what_became_of_lists_templates_and_subjects_is_told(shop: Shop) -> None:
    people = stories.people(shop, 1)
    kept, deleted = (stories.list_of(shop, people, name) for name in ("Kept", "Deleted"))
    campaign = complete(shop, [kept, deleted], html="<p>No way out</p>")
    assert shop.http.delete(f"/api/lists/{deleted}").status_code == 204
    (one,) = read(shop, campaign, "draft")["variations"]
    written(shop, campaign, variations=[{"id": one["id"], "subject": "{% if %}"}])
    told = problems(shop, campaign)
    assert told.pop("never_subscribed")
    assert told == {
        "broken_text": ("subject", True),
        "audience_gone": ("audience", False),
        "no_unsubscribe_link": ("content", False),
    }
    assert shop.http.delete(f"/api/lists/{kept}").status_code == 204
    assert problems(shop, campaign)["audience_gone"] == ("audience", True)


def test_a_reader_sees_it_as_it_would_be_sent(shop: Shop) -> None:
    (address,) = stories.people(shop, 1)
    profile = shop.query("SELECT ulid FROM profiles WHERE account_id = %s AND email = %s", shop.account_id, address)[0][
        0
    ]
    campaign = complete(shop, [], html=LETTER)
    preview = read(shop, campaign, "preview")
    assert "Hello Alex" in preview["html"]
    assert (preview["subject"], preview["sender"]) == ("Hello", "Test shop <shop@example.com>")
    assert "Zoë person0" in read(shop, campaign, f"preview?profile={profile}")["html"]
    assert shop.http.get(f"/api/campaigns/{campaign}/preview?profile=01KAAAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert shop.http.get(f"/api/campaigns/{campaign}/preview?variation=01KAAAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    # who may see no person sees it as nobody in particular
    headers = {"Authorization": f"Klaviyo-API-Key {shop.key('campaigns:read')}", "revision": REVISION}
    path = f"/api/campaigns/{campaign}/preview"
    assert shop.http.get(path, headers=headers).status_code == 200
    assert shop.http.get(f"{path}?profile={profile}", headers=headers).status_code == 403
    assert not shop.query("SELECT FROM messages WHERE account_id = %s", shop.account_id)


def test_what_can_not_be_filled_in_is_told_with_the_reason(shop: Shop) -> None:
    campaign = complete(shop, [])
    (one,) = read(shop, campaign, "draft")["variations"]
    written(shop, campaign, variations=[{"id": one["id"], "subject": "{% if %}"}])
    preview = read(shop, campaign, "preview")
    assert preview["html"] is None
    assert preview["error"]


@pytest.mark.parametrize("subject", ["Hello {{ first_name", "Hello {{ first_name }", "Hello first_name }}", "{% if x"])
def test_braces_that_are_not_closed_are_told_before_they_are_sent(shop: Shop, subject: str) -> None:
    campaign = complete(shop, [stories.list_of(shop, stories.people(shop, 1))])
    only = read(shop, campaign, "draft")["variations"][0]["id"]
    written(shop, campaign, variations=[{"id": only, "subject": subject}])
    problems = read(shop, campaign, "readiness")["problems"]
    assert [(one["code"], one["blocks"]) for one in problems if one["section"] == "subject"] == [("broken_text", True)]
