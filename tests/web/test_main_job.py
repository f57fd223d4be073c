"""The main job as a marketer sees it: what was sent, as it was seen, and what it earned."""

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.accounts.dance import sign_in_link
from tests.conftest import Shop, eventually
from tests.sink import Sink
from tests.stories import campaign, links, list_of, people, pixel, send
from tests.web.entering import enter


def _sent(shop: Shop, sink: Sink) -> tuple[str, list[str]]:
    """A campaign to four, one of whom opened, clicked and ordered."""
    addresses = people(shop, 4)
    sent, _ = campaign(shop, included=[list_of(shop, addresses)], name="Spring letter")
    send(shop, sent)
    received = sink.to(addresses[0])[0]
    httpx.get(pixel(received))
    httpx.get(links(received)[0])
    shop.wait_until_recorded()
    shop.event("Placed Order", addresses[0], value=42.5)
    shop.wait_until_recorded()
    eventually(lambda: shop.query("SELECT 1 FROM attributions WHERE account_id = %s", shop.account_id))
    return sent, addresses


def test_it_shows_what_was_sent_and_what_it_earned(page: Page, shop: Shop, sink: Sink) -> None:
    sent, addresses = _sent(shop, sink)
    page.goto(f"{shop.server.url}/messages")
    expect(page.get_by_text(addresses[0])).to_be_visible()
    page.get_by_text(addresses[0]).first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Hi Zoë person0")).to_be_visible()
    expect(page.get_by_text("Clicked").first).to_be_visible()
    page.goto(f"{shop.server.url}/campaigns/{sent}")
    expect(page.get_by_role("heading", name="Spring letter")).to_be_visible()
    expect(page.get_by_text("$42.50").first).to_be_visible()
    expect(page.get_by_text("Recipients").first).to_be_visible()


def test_it_looks_at_a_message_without_counting_an_open(page: Page, shop: Shop, sink: Sink) -> None:
    _, addresses = _sent(shop, sink)
    shop.wait_until_recorded()
    before = _opens(shop)
    page.goto(f"{shop.server.url}/messages")
    page.get_by_text(addresses[1]).first.click()
    expect(page.frame_locator("iframe").get_by_text("Hi Zoë person1")).to_be_visible()
    page.wait_for_timeout(500)
    shop.wait_until_recorded()
    assert _opens(shop) == before


def _opens(shop: Shop) -> int:
    return len(shop.query("SELECT 1 FROM engagements WHERE account_id = %s AND kind = 'opened'", shop.account_id))


def test_every_page_has_an_empty_state(browser: Browser, shop: Shop) -> None:
    """On a desktop and, opened there and made narrow, on a phone."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    enter(page, shop)
    pages = (
        "", "messages", "campaigns", "profiles", "audiences", "flows", "events", "attribution", "imports",
        "imports/new", "developers", "team", "you", "audit",
    )  # fmt: skip
    for path in pages:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{shop.server.url}/{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        for width, height in ((1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            # what is drawn anew for the width is drawn a moment later
            eventually(lambda: page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
    context.close()
    assert not problems


def test_it_asks_for_the_sign_in_link_without_a_session(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{shop.server.url}/messages")
    expect(page.get_by_role("heading", name="Sign in to Rapport")).to_be_visible()
    page.goto(sign_in_link(shop) + "x")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("wrong or too old")).to_be_visible()
    context.close()


def test_who_signs_out_is_asked_for_a_link_again(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    enter(page, shop)
    page.get_by_role("button", name="You and your accounts").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Rapport")).to_be_visible()
    context.close()
