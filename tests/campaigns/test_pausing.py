"""A campaign that is being sent is paused and goes on: nobody twice, nobody missed."""

from datetime import UTC, datetime, timedelta

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def _act(shop: Shop, campaign: str, action: str) -> int:
    body = {"data": {"type": "campaign-send-job", "id": campaign, "attributes": {"action": action}}}
    return shop.http.patch(f"/api/campaign-send-jobs/{campaign}", json=body).status_code


def _throttled(shop: Shop, addresses: list[str]) -> str:
    """Half goes at once, half in an hour."""
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    attributes = {
        "strategy": "throttled",
        "send_time": (datetime.now(UTC) + timedelta(seconds=30)).isoformat(),
        "throttled_options": {"throttling_percentage": 50},
    }
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    body = {"type": "campaign-message-schedule", "attributes": attributes, "relationships": relationships}
    answer = shop.http.post("/api/campaign-message-schedule", json={"data": body}, headers={"revision": "2026-10-15"})
    assert answer.status_code == 201, answer.text
    shop.advance(seconds=31)
    return campaign


def test_nothing_more_goes_out_until_it_is_resumed(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 20)
    campaign = _throttled(shop, addresses)
    eventually(lambda: sum(len(sink.to(address)) for address in addresses) == 10)
    assert _act(shop, campaign, "resume") == 409
    assert _act(shop, campaign, "pause") == 204
    shop.advance(hours=2)
    put_off = "SELECT count(*) FROM messages WHERE account_id = %s AND status = 'queued' AND due > '9000-01-01'"
    eventually(lambda: shop.query(put_off, shop.account_id) == [(10,)])
    overview = shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]
    assert (overview["status"], overview["paused"], overview["queued"]) == ("Sending", True, 10)
    assert sum(len(sink.to(address)) for address in addresses) == 10
    # mail of others goes on meanwhile
    other, _ = stories.campaign(shop, included=[stories.list_of(shop, stories.people(shop, 1, prefix="other"))])
    stories.send(shop, other)
    assert _act(shop, campaign, "resume") == 204
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert all(len(sink.to(address)) == 1 for address in addresses)


def test_what_is_paused_can_be_cancelled(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 4)
    campaign = _throttled(shop, addresses)
    eventually(lambda: sum(len(sink.to(address)) for address in addresses) == 2)
    assert _act(shop, campaign, "pause") == 204
    assert _act(shop, campaign, "cancel") == 204
    assert stories.status(shop, campaign) == "Cancelled"
    assert not shop.query("SELECT FROM sending_pauses WHERE account_id = %s", shop.account_id)
    assert not shop.query("SELECT FROM messages WHERE account_id = %s AND status = 'queued'", shop.account_id)


def test_a_scheduled_campaign_that_is_paused_is_a_draft_again(shop: Shop) -> None:
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [])])
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    attributes = {"strategy": "static", "send_time": "2036-01-01T09:00:00+00:00"}
    body = {"type": "campaign-message-schedule", "attributes": attributes, "relationships": relationships}
    shop.http.post("/api/campaign-message-schedule", json={"data": body}, headers={"revision": "2026-10-15"})
    assert stories.status(shop, campaign) == "Scheduled"
    assert _act(shop, campaign, "pause") == 204
    assert stories.status(shop, campaign) == "Draft"
    assert _act(shop, campaign, "pause") == 409
