"""Webhooks as a developer makes them: created, tried, paused, seen failing, replayed, deleted."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop
from tests.receiver import Receiver
from tests.web.entering import enter

_SECRET = "a secret of the shop's own"


def _fill(page: Page, name: str, url: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Address that is called").fill(url)
    page.get_by_role("textbox", name="Secret key").fill(_SECRET)
    page.get_by_label("Tells of").first.click()
    page.get_by_role("option", name="Profile created").click()
    page.keyboard.press("Escape")


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_webhook_is_made_tried_paused_and_deleted(page: Page, shop: Shop) -> None:
    with Receiver() as receiver:
        page.goto(f"{shop.server.url}/settings/webhooks")
        expect(page.get_by_text("No webhooks yet")).to_be_visible()
        page.get_by_role("link", name="Create a webhook").first.click()
        _fill(page, "Warehouse", f"{receiver.url}/hook")
        page.get_by_role("button", name="Create the webhook").click()
        expect(page.get_by_role("heading", name="Warehouse")).to_be_visible()
        expect(page.get_by_text("No calls yet")).to_be_visible()
        assert _fits(page)

        page.get_by_role("button", name="Make a test call").click()
        answer = page.get_by_role("dialog", name="Test call")
        expect(answer.get_by_text("Delivered")).to_be_visible()
        expect(answer.get_by_text("klaviyo-signature", exact=False).first).to_be_visible()
        page.keyboard.press("Escape")

        shop.profile("ann@example.com")
        calls = page.get_by_role("table", name="Last calls")
        expect(calls.get_by_text("Profile created", exact=True)).to_be_visible()
        assert _fits(page)

        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused", exact=True)).to_be_visible()
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()

        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the webhook").click()
        expect(page.get_by_text("No webhooks yet")).to_be_visible()


@pytest.mark.long
def test_what_is_wrong_stands_at_its_field(browser: Browser, shop: Shop) -> None:
    """What is missing before anything is sent, and what the server refuses, together."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop)
    page.goto(f"{shop.server.url}/settings/webhooks/new")
    page.get_by_role("button", name="Create the webhook").click()
    for sentence in ("Give it a name", "Say which address", "16 characters or more", "at least one thing"):
        expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    _fill(page, "Warehouse", "http://warehouse.example/hook")
    page.get_by_role("button", name="Create the webhook").click()
    expect(page.get_by_text("must start with https://")).to_be_visible()
    expect(page.get_by_label("Address that is called")).to_be_focused()
    context.close()
