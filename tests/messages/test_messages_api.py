"""The outbox over the API."""

import re

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def test_it_shows_a_message_as_its_recipient_saw_it_and_what_became_of_it(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    stories.send(shop, campaign)
    link = re.search(r'href="([^"]+/c/[^"]+)"', sink.to(address)[0].part("html"))
    assert link
    httpx.get(link[1])
    path = f'/api/messages?filter=equals(campaign_id,"{campaign}"),equals(status,"sent"),contains(to,"person")'
    eventually(lambda: shop.http.get(path).json()["data"][0]["attributes"]["clicks"] == 1)
    [row] = shop.http.get(path).json()["data"]
    attributes = row["attributes"]
    assert attributes["to"] == address
    assert attributes["subject"].startswith("Hello Zoë")
    assert attributes["source"] == {"kind": "campaign", "id": campaign, "name": "Spring letter", "message_id": message}
    whole = shop.http.get(f"/api/messages/{row['id']}").json()["data"]["attributes"]
    assert 'href="https://shop.example/new?for=you"' in whole["html"]
    assert "/o/" not in whole["html"]
    assert whole["headers"]["Subject"] == attributes["subject"]
    assert [entry["kind"] for entry in whole["timeline"]] == ["queued", "sent", "clicked"]
    assert whole["timeline"][2]["detail"] == "https://shop.example/new?for=you"


def test_it_says_why_a_message_was_not_sent(shop: Shop) -> None:
    [address] = stories.people(shop, 1)
    news = stories.list_of(shop, [address])
    for _ in range(2):
        campaign, _ = stories.campaign(shop, included=[news])
        stories.send(shop, campaign)
    [row] = shop.http.get('/api/messages?filter=equals(status,"skipped")').json()["data"]
    assert row["attributes"]["skip_reason"] == "Smart Sending"
    whole = shop.http.get(f"/api/messages/{row['id']}").json()["data"]["attributes"]
    assert (whole["html"], whole["timeline"][-1]["detail"]) == (None, "Smart Sending")
