"""Requests that nobody made: what programs fetch beforehand is no click, and how they unsubscribe is no page."""

from collections.abc import Mapping

import httpx
import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.consent.test_unsubscribing import consent_of
from tests.sink import Received, Sink

BEFOREHAND: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("HEAD", {}),
    ("GET", {"Purpose": "prefetch"}),
    ("GET", {"Sec-Purpose": "prefetch;prerender"}),
    ("GET", {"Sec-Purpose": "Prefetch"}),
    ("GET", {"X-Purpose": "preview"}),
    ("GET", {"X-Moz": "prefetch"}),
)


def received(shop: Shop, sink: Sink) -> Received:
    [address] = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    stories.send(shop, campaign)
    return sink.to(address)[0]


def engagements(shop: Shop) -> list[str]:
    shop.wait_until_recorded()
    query = "SELECT kind FROM engagements WHERE account_id = %s AND kind <> 'received' ORDER BY kind"
    return [row[0] for row in shop.query(query, shop.account_id)]


@pytest.mark.rule("4.3")
def test_what_is_fetched_beforehand_counts_neither_as_a_click_nor_as_an_open(shop: Shop, sink: Sink) -> None:
    letter = received(shop, sink)
    link, pixel = stories.links(letter)[0], stories.pixel(letter)
    for method, headers in BEFOREHAND:
        answer = httpx.request(method, link, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/new?for=you")
        assert httpx.request(method, pixel, headers=headers).status_code == 200
    assert engagements(shop) == []
    httpx.get(link, headers={"Sec-Purpose": "", "Sec-Fetch-Mode": "navigate"})
    httpx.get(pixel)
    eventually(lambda: engagements(shop) == ["clicked", "opened"])


def test_looking_whether_a_sign_up_page_is_there_is_no_sign_up(shop: Shop) -> None:
    news = stories.list_of(shop, [])
    assert httpx.head(f"{shop.server.url}/l/{shop.public_id}/{news}").status_code == 200


def multipart(head: str, disposition: str, value: str = "One-Click") -> tuple[bytes, str]:
    body = f"--b\r\nContent-Disposition: {disposition}\r\n\r\n{value}\r\n--b--\r\n"
    return body.encode(), f"{head}; boundary=b"


FORM, SAID = "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"
SPELLINGS = {
    "plain": (SAID, FORM),
    "trailing line break": (SAID + b"\r\n", FORM),
    "trailing newline": (SAID + b"\n", FORM),
    "leading line break": (b"\r\n" + SAID, FORM),
    "lower case": (SAID.lower(), FORM.upper()),
    "no content type": (SAID, ""),
    "multipart": multipart("multipart/form-data", 'form-data; name="List-Unsubscribe"'),
    "multipart in capitals": multipart("Multipart/Form-Data", 'form-data; name="List-Unsubscribe"'),
    "multipart with an unquoted name": multipart("multipart/form-data", "form-data; name=List-Unsubscribe"),
    "multipart with a line break": multipart(
        "multipart/form-data", "form-data; name=List-Unsubscribe", "One-Click\r\n"
    ),
    "multipart in lower case": multipart("multipart/form-data", 'Form-Data; Name="list-unsubscribe"', "one-click"),
    "multipart with a type": multipart(
        "multipart/form-data", 'form-data; name="List-Unsubscribe"\r\nContent-Type: text/plain; charset=utf-8'
    ),
}


@pytest.mark.rule("2.6")
def test_one_click_is_known_however_it_is_spelled(shop: Shop, sink: Sink) -> None:
    people = stories.people(shop, len(SPELLINGS))
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, people)])
    stories.send(shop, campaign)
    for address, (body, kind) in zip(people, SPELLINGS.values(), strict=True):
        headers = {"content-type": kind} if kind else {}
        link = stories.one_click(sink.to(address)[0])
        assert httpx.post(link, content=body, headers=headers).status_code == 200
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT p.email, e.properties ->> 'method' FROM events e
           JOIN metrics m ON m.account_id = e.account_id AND m.id = e.metric_id
           JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
           WHERE e.account_id = %s AND m.name = 'Unsubscribed from Email Marketing'""",
        shop.account_id,
    )
    methods = dict(rows)
    found = {name: methods.get(address) for name, address in zip(SPELLINGS, people, strict=True)}
    assert found == dict.fromkeys(SPELLINGS, "one_click_unsubscribe")


@pytest.mark.rule("2.6")
def test_anything_else_that_is_posted_there_is_the_page(shop: Shop, sink: Sink) -> None:
    letter = received(shop, sink)
    body, kind = multipart("multipart/form-data", 'form-data; name="action"', "unsubscribe")
    answer = httpx.post(stories.one_click(letter), content=body, headers={"content-type": kind})
    assert "You are unsubscribed" in answer.text
    assert consent_of(shop, letter.rcpt_to[0])[0] == "UNSUBSCRIBED"
