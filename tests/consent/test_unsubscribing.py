"""The way out of every marketing message (RFC 8058; behaviour-people 2.3 to 2.7)."""

import re

import httpx

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def link_of(shop: Shop, sink: Sink, address: str) -> str:
    """Send a campaign to the address; the one-click URL of its header."""
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    stories.send(shop, campaign)
    found = re.search(r"<(http[^>]+)>", str(sink.to(address)[0].message["List-Unsubscribe"]))
    assert found
    return found[1]


def consent_of(shop: Shop, address: str) -> tuple[str, list[str]]:
    found = shop.sdk.Profiles.get_profiles(
        filter=f'equals(email,"{address}")', additional_fields_profile=["subscriptions"]
    )
    marketing = found.data[0].attributes.subscriptions.email.marketing
    return marketing.consent, [one.reason for one in marketing.suppression]


def test_it_asks_before_it_unsubscribes(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    page = httpx.get(link_of(shop, sink, address))
    assert page.status_code == 200
    assert "<button" in page.text and 'method="post"' in page.text
    assert consent_of(shop, address) == ("NEVER_SUBSCRIBED", [])


def test_it_unsubscribes_with_one_click_and_tells_it_once(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    link = link_of(shop, sink, address)
    for _ in range(2):
        assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert consent_of(shop, address) == ("UNSUBSCRIBED", ["UNSUBSCRIBE"])
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT e.properties ->> 'method' FROM events e JOIN metrics m ON m.account_id = e.account_id
           AND m.id = e.metric_id WHERE e.account_id = %s AND m.name = 'Unsubscribed from Email Marketing'""",
        shop.account_id,
    )
    assert rows == [("one_click_unsubscribe",)]
    eventually(
        lambda: shop.query("SELECT 1 FROM engagements WHERE account_id = %s AND kind = 'unsubscribed'", shop.account_id)
    )


def test_it_sends_no_more_marketing_afterwards(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    httpx.post(link_of(shop, sink, address), data={"action": "unsubscribe"})
    shop.advance(days=2)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    stories.send(shop, campaign)
    assert len(sink.to(address)) == 1
    rows = shop.query(
        "SELECT skip_reason FROM messages WHERE account_id = %s AND message_id = %s", shop.account_id, message
    )
    assert rows == [("Person Suppressed",)]


def test_it_can_be_undone_on_the_page(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    link = link_of(shop, sink, address)
    httpx.post(link, data={"action": "unsubscribe"})
    assert "Subscribe again" in httpx.get(link).text
    httpx.post(link, data={"action": "subscribe"})
    assert consent_of(shop, address) == ("SUBSCRIBED", [])


def test_it_has_a_friendly_page_for_broken_links(shop: Shop) -> None:
    for path in ("/u/nonsense", "/c/nonsense/1", "/o/nonsense.gif", "/v/MS4y.AAAAAAAAAAAAAAAA", "/s/nonsense"):
        answer = httpx.get(f"{shop.server.url}{path}")
        assert (answer.status_code, "leads nowhere" in answer.text) == (404, True), path


def test_it_shows_the_message_in_the_browser_without_scripts(shop: Shop, sink: Sink) -> None:
    [address] = stories.people(shop, 1)
    link = link_of(shop, sink, address)
    answer = httpx.get(link.replace("/u/", "/v/"))
    assert "Hi Zoë person0" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
