"""A campaign from draft to inbox, told with the official SDK and a real SMTP server."""

import re
from typing import Any

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def test_it_sends_to_everybody_of_the_audience_once(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 5)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, campaign)
    received = [sink.to(address) for address in addresses]
    assert [len(one) for one in received] == [1] * 5
    first = received[0][0]
    assert first.message["Subject"].startswith("Hello Zoë person0")
    assert first.message["From"] == "The shop <shop@example.com>"
    assert "Hi Zoë person0" in first.part("html")
    assert first.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    rows = shop.query(
        "SELECT status, count(*) FROM messages WHERE account_id = %s AND message_id = %s GROUP BY status",
        shop.account_id,
        message,
    )
    assert rows == [("sent", 5)]


def test_it_records_what_was_received_opened_and_clicked(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    stories.send(shop, campaign)
    html = sink.to(address)[0].part("html")
    pixel = re.search(r'src="([^"]+/o/[^"]+\.gif)"', html)
    link = re.search(r'href="([^"]+/c/[^"]+)"', html)
    assert pixel and link
    answer = httpx.get(pixel[1], headers={"User-Agent": "Mozilla/5.0"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    answer = httpx.get(link[1], follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/new?for=you")
    metrics = {"Received Email", "Opened Email", "Clicked Email"}
    query = """SELECT m.name, e.properties, e.message_id FROM events e
               JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id WHERE e.account_id = %s"""
    rows = eventually(
        lambda: (
            {row[0]: row for row in shop.query(query, shop.account_id)}.keys() >= metrics
            and {row[0]: row for row in shop.query(query, shop.account_id)}
        )
    )
    received = rows["Received Email"][1]
    assert received["$message"] == message
    assert received["Campaign Name"] == "Spring letter"
    assert received["Email Domain"] == address.partition("@")[2]
    assert rows["Opened Email"][1]["machine_open"] is True
    assert rows["Clicked Email"][1]["URL"] == "https://shop.example/new?for=you"
    engaged = shop.query(
        "SELECT kind, message_id, flags FROM engagements WHERE account_id = %s ORDER BY kind", shop.account_id
    )
    number = rows["Received Email"][2]
    assert engaged == [("clicked", number, {}), ("opened", number, {"machine_open": True}), ("received", number, {})]


def test_it_leaves_out_who_is_excluded_or_suppressed(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 4)
    included = stories.list_of(shop, addresses[:3])
    excluded = stories.list_of(shop, addresses[2:], "Not these")
    body = {
        "type": "profile-suppression-bulk-create-job",
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": {"email": addresses[1]}}]}},
    }
    job = shop.sdk.Profiles.bulk_suppress_profiles({"data": body})
    assert (job.data.attributes.status, job.data.attributes.completed_count) == ("complete", 1)
    campaign, message = stories.campaign(shop, included=[included], excluded=[excluded])
    stories.send(shop, campaign)
    assert [len(sink.to(address)) for address in addresses] == [1, 0, 0, 0]
    rows = shop.query(
        "SELECT status, skip_reason FROM messages WHERE account_id = %s AND message_id = %s ORDER BY status",
        shop.account_id,
        message,
    )
    assert rows == [("sent", None), ("skipped", "Person Suppressed")]


def test_it_is_cancelled_when_nobody_is_left(shop: Shop) -> None:
    nobody = stories.list_of(shop, [])
    campaign, _ = stories.campaign(shop, included=[nobody])
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Cancelled: No Recipients")
    job = shop.sdk.Campaigns.get_campaign_send_job(campaign)
    assert job.data.attributes.status == "cancelled"


def test_it_keeps_what_was_assigned_when_the_template_is_edited(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    library = stories.template(shop, "<p>first</p>")
    stories.assign(shop, message, library)
    body = {"data": {"type": "template", "id": library, "attributes": {"html": "<p>second</p>"}}}
    shop.sdk.Templates.update_template(library, body)
    stories.send(shop, campaign)
    html = sink.to(address)[0].part("html")
    assert "first" in html and "second" not in html
    assert "/u/" in html  # a way out is added where the template has none


def test_it_waits_for_its_time_and_can_be_called_back(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    at = shop.query("SELECT now() + interval '2 days'")[0][0]
    message = shop.sdk.Campaigns.get_messages_for_campaign(campaign).data[0].id
    schedule = {
        "data": {
            "type": "campaign-schedule",
            "attributes": {
                "message_schedules": [{"message_id": message, "strategy": "static", "send_time": at.isoformat()}]
            },
            "relationships": {"campaign": {"data": {"type": "campaign", "id": campaign}}},
        }
    }
    made = shop.sdk.Campaigns.schedule_campaign(schedule)
    assert made.data.attributes.messages[0].send_time == at
    assert stories.status(shop, campaign) == "Scheduled"
    revert = {"data": {"type": "campaign-send-job", "id": campaign, "attributes": {"action": "revert"}}}
    shop.sdk.Campaigns.cancel_campaign_send(campaign, revert)
    assert stories.status(shop, campaign) == "Draft"
    shop.sdk.Campaigns.schedule_campaign(schedule)
    shop.advance(days=3)
    eventually(lambda: stories.status(shop, campaign) == "Sent", seconds=20)
    assert len(sink.to(address)) == 1


def test_it_says_what_is_missing_before_anything_is_sent(shop: Shop) -> None:
    made = shop.sdk.Campaigns.create_campaign(
        {
            "data": {
                "type": "campaign",
                "attributes": {
                    "definition": {"name": "Empty"},
                    "audiences": [{"temporary_id": "a", "included": [stories.list_of(shop, [])]}],
                    "messages": [{"audience_temporary_id": "a"}],
                },
            }
        }
    )
    answer = shop.http.post("/api/campaign-send-jobs", json={"data": {"type": "campaign-send-job", "id": made.data.id}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"] == "The message has no template. Assign one first."


def test_it_counts_what_came_of_it(shop: Shop, sink: Sink) -> None:
    zone = "UPDATE accounts SET timezone = 'Asia/Kolkata' WHERE account_id = %s RETURNING account_id"
    shop.query(zone, shop.account_id)
    addresses = stories.people(shop, 2)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    estimate = shop.sdk.Campaigns.get_campaign_recipient_estimation(campaign)
    assert estimate.data.attributes.estimated_recipient_count == 2
    stories.send(shop, campaign)
    pixel = re.search(r'src="([^"]+/o/[^"]+\.gif)"', sink.to(addresses[0])[0].part("html"))
    assert pixel
    httpx.get(pixel[1])

    def overview() -> dict[str, Any]:
        return dict(shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"])

    eventually(lambda: overview()["opens"] == 1)
    found = overview()
    assert (found["recipients"], found["delivered"], found["opens_unique"], found["queued"]) == (2, 2, 1, 0)
    assert found["status"] == "Sent"
    # hours are those of the account's clock
    assert {step["at"][14:] for step in found["series"]} == {"30:00+00:00"}
    assert sum(step["sent"] for step in found["series"]) == found["recipients"]
