"""The composer's document: everything of a campaign in one place, with one version."""

from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests import stories
from tests.campaigns import composing
from tests.campaigns.composing import read, send, write, written
from tests.campaigns.test_readiness import complete
from tests.conftest import REVISION, Shop, eventually
from tests.sink import Sink


def test_a_campaign_is_written_part_by_part_and_sent(shop: Shop, sink: Sink) -> None:
    (address,) = stories.people(shop, 1)
    campaign = composing.new(shop)
    assert read(shop, campaign, "draft")["variations"] == []
    written(shop, campaign, included=[stories.list_of(shop, [address])], from_label="Ada", from_email="ada@example.com")
    letter = {"name": "A", "subject": "Hello {{ first_name }}", "template_id": stories.template(shop)}
    draft = written(shop, campaign, variations=[{"id": first(shop, campaign), **letter}])
    assert draft["variations"][0]["template_name"] == "Letter"
    assert draft["variations"][0]["template_id"] != letter["template_id"], "it is a copy of the campaign's own"
    assert (draft["from_label"], draft["smart_sending"], draft["add_utm"]) == ("Ada", True, None)
    assert read(shop, campaign, "readiness")["is_ready"]
    assert send(shop, campaign).status_code == 202
    eventually(lambda: len(sink.to(address)) == 1)
    (received,) = sink.to(address)
    assert received.message["Subject"] == "Hello Zoë person0"
    assert received.message["From"] == "Ada <ada@example.com>"


def first(shop: Shop, campaign: str) -> str:
    return str(read(shop, campaign, "draft")["variations"][0]["id"])


def test_a_list_of_campaigns_tells_when_drafts_are_to_go(shop: Shop) -> None:
    planned, at_once = composing.new(shop), composing.new(shop)
    written(shop, planned, sending={"strategy": "throttled", "at": "2036-07-01T09:30", "percentage": 20})
    path = '/api/campaigns?filter=equals(status,"Draft")'
    told = shop.http.get(f"{path}&additional-fields[campaign]=planned_at", headers={"revision": REVISION}).json()[
        "data"
    ]
    zone = ZoneInfo(shop.http.get("/api/accounts").json()["data"][0]["attributes"]["timezone"])
    moments = {one["id"]: one["attributes"]["planned_at"] for one in told}
    assert datetime.fromisoformat(moments[planned]) == datetime(2036, 7, 1, 9, 30, tzinfo=zone)
    assert moments[at_once] is None
    assert "planned_at" not in shop.http.get(path, headers={"revision": REVISION}).json()["data"][0]["attributes"]


def test_links_get_the_campaigns_own_parameters(shop: Shop, sink: Sink) -> None:
    (address,) = stories.people(shop, 1)
    campaign = complete(shop, [stories.list_of(shop, [address])], stories.HTML)
    own = [
        {"name": "utm_source", "type": "static", "value": "letter"},
        {"name": "via", "type": "dynamic", "value": "campaign_name"},
    ]
    assert written(shop, campaign, name="Spring", add_utm=True, utm=own)["utm"] == own
    for wrong, pointer in (
        ([own[0], own[0]], "/data/attributes/utm/1/name"),
        ([{**own[1], "value": "flow_name"}], "/data/attributes/utm/0/value"),
        ([{**own[0], "name": "two words"}], "/data/attributes/utm/0/name"),
    ):
        answer = write(shop, campaign, utm=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, pointer)
    assert send(shop, campaign).status_code == 202
    eventually(lambda: len(sink.to(address)) == 1)
    link = httpx.get(stories.links(sink.to(address)[0])[0]).headers["location"]
    assert "utm_source=letter" in link and "via=Spring" in link
    assert "utm_medium" not in link


def test_variations_are_added_changed_and_taken_away(shop: Shop) -> None:
    campaign = composing.new(shop)
    written(shop, campaign, from_label="Ada")
    one = first(shop, campaign)
    two = written(shop, campaign, variations=[{"id": one, "subject": "Red"}, {"subject": "Blue"}])["variations"]
    assert [(part["subject"], part["name"]) for part in two] == [("Red", "Variation 1"), ("Blue", "Variation 2")]
    assert two[0]["id"] == one
    only = written(shop, campaign, variations=[{"id": two[1]["id"]}])
    assert [part["subject"] for part in only["variations"]] == ["Blue"]
    # the sender is written into each of them
    assert only["from_label"] == "Ada"
    refused = write(shop, campaign, variations=[{"id": one}])
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["source"]["pointer"] == "/data/attributes/variations/0/id"


@pytest.mark.parametrize(
    "sending",
    [
        {"strategy": "immediate"},
        {"strategy": "static", "at": "2036-07-01T09:30"},
        {"strategy": "local_timezone", "at": "2036-07-01T09:30", "passed_tomorrow": True},
        {"strategy": "throttled", "at": "2036-07-01T09:30", "percentage": 20},
        {"strategy": "smart_send_time", "day": "2036-07-01"},
    ],
    ids=lambda sending: sending["strategy"],
)
def test_the_time_is_what_the_clock_shows_and_comes_back_as_it_was_written(shop: Shop, sending: dict[str, str]) -> None:
    zone = {"data": {"type": "account", "id": shop.public_id, "attributes": {"timezone": "Europe/Zurich"}}}
    assert shop.http.patch(f"/api/accounts/{shop.public_id}", json=zone).status_code == 200
    campaign = composing.new(shop)
    everything = {"at": None, "day": None, "percentage": None, "passed_tomorrow": False}
    assert written(shop, campaign, sending=sending)["sending"] == {**everything, **sending}
    assert read(shop, campaign, "draft")["sending"] == {**everything, **sending}


@pytest.mark.parametrize(
    ("sending", "field"),
    [
        ({"strategy": "static"}, "at"),
        ({"strategy": "smart_send_time"}, "day"),
        ({"strategy": "throttled", "at": "2036-07-01T09:30", "percentage": 3}, "percentage"),
        ({"strategy": "static", "at": "2036-07-01T09:30+02:00"}, "at"),
        ({"strategy": "static", "at": "2036-13-01T09:30"}, "at"),
    ],
    ids=["no time", "no day", "an odd percentage", "a time with an offset", "no day of the calendar"],
)
def test_a_time_that_is_none_is_refused(shop: Shop, sending: dict[str, str], field: str) -> None:
    answer = write(shop, composing.new(shop), sending=sending)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/sending/{field}"


def test_whoever_names_an_older_version_is_told_whichever_way_it_was_changed(shop: Shop) -> None:
    campaign = composing.new(shop)
    path = f"/api/campaigns/{campaign}/draft"
    seen = shop.http.get(path).headers["etag"]
    now = write(shop, campaign, seen, name="Mine").headers["etag"]
    late = write(shop, campaign, seen, name="Theirs")
    assert late.status_code == 412
    assert read(shop, campaign, "draft")["name"] == "Mine"
    # over the operations of a part, too
    message = shop.sdk.Campaigns.get_messages_for_campaign(campaign).data[0].id
    stories.assign(shop, message, stories.template(shop))
    assert write(shop, campaign, now, name="Again").status_code == 412


def test_what_one_document_cannot_hold_is_refused_with_the_reason(shop: Shop) -> None:
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [])])
    body = {"data": {"type": "campaign-message", "id": message, "attributes": {"id": message}}}
    copied = shop.http.post("/api/campaign-message-clone", json=body, headers={"revision": REVISION})
    assert copied.status_code == 201, copied.text
    answer = shop.http.get(f"/api/campaigns/{campaign}/draft")
    assert answer.status_code == 409
    assert "several audiences or messages" in answer.json()["errors"][0]["detail"]


def test_what_is_held_back_can_be_undone_and_goes_out_by_itself(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 2)
    undone, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses[:1])])
    kept, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses[1:])])
    assert send(shop, undone, hold_seconds=30).status_code == 202
    assert send(shop, kept, hold_seconds=30).status_code == 202
    assert stories.status(shop, undone) == "Scheduled"
    body = {"data": {"type": "campaign-send-job", "id": undone, "attributes": {"action": "revert"}}}
    assert shop.http.patch(f"/api/campaign-send-jobs/{undone}", json=body).status_code == 204
    assert stories.status(shop, undone) == "Draft"
    shop.advance(seconds=31)
    eventually(lambda: stories.status(shop, kept) == "Sent")
    assert len(sink.to(addresses[1])) == 1
    assert not sink.to(addresses[0])
    assert send(shop, undone, hold_seconds=301).status_code == 400
