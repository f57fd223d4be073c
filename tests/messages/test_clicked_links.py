"""Where a clicked link leads, and what it says to the shop about who comes (behaviour-people 6.3)."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.profiles.test_exchange import kx_of
from tests.sink import Sink
from tests.subscriptions.world import found, unsubscribe

LINKS = (
    "https://shop.example/new#top",
    "https://www.shop.example/?a=1",
    "https://blog.shop.example/",
    "https://elsewhere.example/?u=shop.example",
    "https://shop.example.org/",
    "https://myshop.example/",
    "https://shop.example@elsewhere.example/",
    "https://shop.example/?_kx=mine",
)
HTML = "<html><body>" + "".join(f'<a href="{one}">there</a>' for one in LINKS) + "{% unsubscribe %}</body></html>"


def links(shop: Shop, sink: Sink) -> tuple[str, list[str]]:
    """One letter to one person: their address, and its links."""
    [address] = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])], html=HTML)
    stories.send(shop, campaign)
    return address, re.findall(r'href="([^"]+/c/[^"]+)"', sink.to(address)[0].part("html"))


def leads(link: str) -> str:
    return httpx.get(link).headers["location"]


def at(shop: Shop, website: str | None) -> None:
    shop.query("UPDATE accounts SET website = %s WHERE account_id = %s RETURNING 1", website, shop.account_id)


@pytest.mark.rule("6.3")
def test_the_shop_and_nobody_else_is_told_who_comes(shop: Shop, sink: Sink) -> None:
    at(shop, "https://www.shop.example/de")
    address, sent = links(shop, sink)
    targets = [leads(one) for one in sent]
    person = found(shop, f'equals(email,"{address}")')
    assert person
    kx = kx_of(shop, person["id"])
    told = [parse_qs(urlsplit(one).query).get("_kx") for one in targets]
    assert told == [[kx], [kx], [kx], None, None, None, None, ["mine"]]
    assert [re.sub(r"[?&]_kx=[^&#]{20,}", "", one) for one in targets] == list(LINKS)
    # Events name the link as it was written: an id would be there for everybody who reads events.
    shop.wait_until_recorded()
    events = shop.http.get("/api/events?page[size]=100").json()["data"]
    assert {one["attributes"]["event_properties"].get("URL") for one in events} - {None} == set(LINKS)


@pytest.mark.rule("6.3")
def test_without_a_website_nobody_is_told(shop: Shop, sink: Sink) -> None:
    at(shop, None)
    assert [leads(one) for one in links(shop, sink)[1]] == list(LINKS)


@pytest.mark.rule("6.3")
def test_who_refuses_to_be_tracked_is_not_named(shop: Shop, sink: Sink) -> None:
    at(shop, "https://shop.example")
    address, [link, *_] = links(shop, sink)
    assert "_kx" in leads(link)
    unsubscribe(shop, address, {"email": {"click_tracking": {"consent": "UNSUBSCRIBED"}}})
    assert leads(link) == LINKS[0]
