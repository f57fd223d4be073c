"""The bell and the list behind it."""

import pytest
from playwright.sync_api import Browser, expect

from rapport.accounts import roles
from tests.accounts.team import joined, owner
from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.mark.long
def test_the_bell_counts_and_the_list_leads_to_what_happened(browser: Browser, shop: Shop) -> None:
    boss = owner(shop)
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.clock.install()
    enter(page, shop, "/notifications")
    expect(page.get_by_text("Nothing happened yet")).to_be_visible()
    joined(boss, roles.ANALYST, "Ada Analyst")
    joined(boss, roles.SUPPORT, "Sue Support")
    # by itself, with the next look
    page.clock.fast_forward(20_000)
    expect(page.get_by_role("link", name="Ada Analyst joined the team")).to_be_visible()
    bell = page.get_by_role("link", name="Notifications, 2 unread").and_(page.locator(":visible"))
    expect(bell).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="Ada Analyst joined the team").click()
    expect(page.get_by_role("heading", level=1, name="Team")).to_be_visible()
    page.get_by_role("link", name="Notifications, 1 unread").and_(page.locator(":visible")).click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("link", name="Notifications", exact=True).and_(page.locator(":visible"))).to_be_visible()
    page.get_by_label("Kind of notification").select_option("webhook-off")
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("link", name="Sue Support joined the team")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.get_by_role("link", name="Notifications", exact=True).and_(page.locator(":visible"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
