"""Who stands behind an account's mail, in the settings."""

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.mark.long
def test_the_imprint_is_shown_as_it_is_saved_and_what_others_change_stays(browser: Browser, shop: Shop) -> None:
    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000}).new_page()
    enter(page, shop, "/settings/sender")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    page.get_by_label("Company").fill("Tannenhof AG")
    page.get_by_label("Reply to").fill("nobody")
    save = page.get_by_role("button", name="Save answers and imprint")
    save.click()
    expect(page.get_by_text("is no address")).to_be_visible()
    page.get_by_label("Reply to").fill("help@tannenhof.example")
    save.click()
    expect(page.get_by_text("Tannenhof AG", exact=True)).to_be_visible()
    body = {"data": {"type": "sender-settings", "attributes": {"imprint": {"phone": "+41 1"}}}}
    assert shop.http.patch("/api/sender-settings", json=body).status_code == 200
    page.get_by_label("Register").fill("CHE-1")
    save.click()
    expect(page.get_by_text("CHE-1", exact=True)).to_be_visible()
    attributes = shop.http.get("/api/sender-settings").json()["data"]["attributes"]
    assert (attributes["imprint"]["phone"], attributes["default_reply_to"]) == ("+41 1", "help@tannenhof.example")
    assert not findings(page)
    page.context.close()
