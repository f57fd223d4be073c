"""A/B tests of campaigns (behaviour-messaging 2.7): a part gets the variations, the rest the one that wins."""

from collections import Counter
from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink

_NEW = {"revision": "2026-10-15"}
_LOOKS = {"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15"}


def _tested(shop: Shop, addresses: list[str], **test: Any) -> tuple[str, str]:
    """A draft with the subjects Plain and Loud, and a test of them."""
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, addresses)], subject="Plain")
    api = shop.sdk.Campaigns
    first = api.get_variations_for_campaign_message(message).data[0]
    details = {**first.attributes.definition.details, "subject": "Loud"}
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    body = {"type": "campaign-variation", "attributes": {"definition": {"name": "B", "details": details}}}
    answer = shop.http.post(
        "/api/campaign-variations", json={"data": {**body, "relationships": relationships}}, headers=_NEW
    )
    assert answer.status_code == 201, answer.text
    _set(shop, message, **test)
    return campaign, message


def _set(shop: Shop, message: str, **test: Any) -> None:
    body = {"type": "campaign-message", "id": message, "attributes": {"definition": {"ab_test": test}}}
    answer = shop.http.patch(f"/api/campaign-messages/{message}", json={"data": body}, headers=_NEW)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["attributes"]["definition"]["ab_test"] == {
        "winner_metric": "opens_unique",
        "winner_percentage": 0,
        "winner_wait_hours": 4,
        **test,
    }


def _subjects(sink: Sink, addresses: list[str]) -> Counter[str]:
    return Counter(one.message["Subject"] for address in addresses for one in sink.to(address))


def _overview(shop: Shop, campaign: str) -> Any:
    return shop.http.get(f"/api/campaigns/{campaign}/overview").json()["data"]["attributes"]


def test_the_subject_that_more_people_open_goes_to_all_others(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 20)
    campaign, _ = _tested(shop, addresses, winner_percentage=50, winner_wait_hours=2)
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Variations Sent")
    assert _subjects(sink, addresses) == {"Plain": 5, "Loud": 5}
    for address in addresses:
        for one in sink.to(address):
            if one.message["Subject"] == "Loud":
                assert httpx.get(stories.links(one)[0], headers=_LOOKS, follow_redirects=False).status_code == 302
                assert httpx.get(stories.pixel(one), headers=_LOOKS).status_code == 200
    shop.wait_until_recorded()
    shop.advance(hours=1)
    test = _overview(shop, campaign)["tests"][0]
    assert (test["waiting"], test["winner"]) == (10, None)
    assert [(one["delivered"], one["people"]) for one in test["variations"]] == [(5, 0), (5, 5)]
    assert [one["ordered"] for one in test["variations"]] == [0, 0]
    assert 5 in (test["variations"][1]["opened"], test["variations"][1]["clicked"])
    shop.advance(hours=1, minutes=1)
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert _subjects(sink, addresses) == {"Plain": 5, "Loud": 15}
    assert all(len(sink.to(address)) == 1 for address in addresses)
    test = _overview(shop, campaign)["tests"][0]
    assert (test["waiting"], test["chosen_by"]) == (0, "rule")
    assert test["winner"] == test["variations"][1]["id"]


def test_a_winner_chosen_by_hand_goes_out_at_once(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 10)
    campaign, message = _tested(shop, addresses, winner_percentage=60, winner_metric="clicks_unique")
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Variations Sent")
    first = _overview(shop, campaign)["tests"][0]["variations"][0]["id"]
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    body = {"type": "campaign-winner", "attributes": {"variation_id": "none"}, "relationships": relationships}
    refused = shop.http.post("/api/campaign-winners", json={"data": body})
    assert refused.json()["errors"][0]["source"]["pointer"] == "/data/attributes/variation"
    body["attributes"] = {"variation_id": first}
    assert shop.http.post("/api/campaign-winners", json={"data": body}).status_code == 204
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert _subjects(sink, addresses)["Plain"] == 8
    assert _overview(shop, campaign)["tests"][0]["chosen_by"] == "hand"
    assert shop.http.post("/api/campaign-winners", json={"data": body}).status_code == 409


def test_everybody_gets_a_variation_where_nobody_waits(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 7)
    campaign, _ = _tested(shop, addresses, winner_percentage=0)
    stories.send(shop, campaign)
    assert _subjects(sink, addresses) == {"Plain": 4, "Loud": 3}


def test_a_test_of_which_nobody_gets_anything_cancels_the_campaign(shop: Shop, sink: Sink) -> None:
    """C9: all recipients are inside the smart sending window."""
    addresses = stories.people(shop, 4)
    before, _ = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    stories.send(shop, before)
    campaign, _ = _tested(shop, addresses, winner_percentage=50)
    stories.send(shop, campaign, wait=False)
    eventually(lambda: stories.status(shop, campaign) == "Cancelled: Smart Sending")
    assert [len(sink.to(address)) for address in addresses] == [1] * 4
    assert not shop.query("SELECT FROM messages WHERE account_id = %s AND status = 'queued'", shop.account_id)


def test_a_gradual_campaign_takes_no_test(shop: Shop) -> None:
    campaign, message = _tested(shop, stories.people(shop, 2), winner_percentage=50)
    at = "2036-01-01T09:00:00+00:00"
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    for strategy, more in (
        ("throttled", {"throttled_options": {"throttling_percentage": 50}}),
        ("local_timezone", {}),
    ):
        attributes = {"strategy": strategy, "send_time": at, **more}
        body = {"type": "campaign-message-schedule", "attributes": attributes, "relationships": relationships}
        refused = shop.http.post("/api/campaign-message-schedule", json={"data": body}, headers=_NEW)
        assert refused.status_code == 400 and "A/B test" in refused.json()["errors"][0]["detail"]
    assert stories.status(shop, campaign) == "Draft"


@pytest.mark.parametrize("wrong", [{"winner_percentage": 101}, {"winner_wait_hours": 0}, {"winner_metric": "luck"}])
def test_a_test_that_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    _, message = stories.campaign(shop, included=[stories.list_of(shop, [])])
    body = {"type": "campaign-message", "id": message, "attributes": {"definition": {"ab_test": wrong}}}
    refused = shop.http.patch(f"/api/campaign-messages/{message}", json={"data": body}, headers=_NEW)
    assert refused.status_code == 400
    [name] = wrong
    assert refused.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/definition/ab_test/{name}"
