"""Attribution as a marketer sees it: models beside each other, other windows looked at and saved, an order's story."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests import messages_world as world
from tests.attribution.test_explain import event_id
from tests.conftest import Shop, eventually

T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
ANN = "ann@example.com"


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.long
def test_models_stand_beside_each_other_and_other_windows_are_looked_at_before_they_are_saved(
    page: Page, shop: Shop
) -> None:
    page.goto(f"{shop.server.url}/settings/attribution")
    expect(page.get_by_text("No orders yet")).to_be_visible()
    assert _fits(page)
    shop.profile(ANN)
    for campaign, days in ((world.campaign(shop, "Spring", now=T), 3), (world.campaign(shop, "Summer", now=T), 2)):
        at = T - timedelta(days=days)
        world.happened(shop, "Clicked Email", ANN, at, message=world.sent(shop, campaign, ANN, at))
    world.happened(shop, "Clicked SMS", ANN, T - timedelta(days=2))
    world.ordered(shop, ANN, T, "50.00")
    shop.wait_until_recorded()

    page.goto(f"{shop.server.url}/settings/attribution")
    table = page.get_by_role("table", name="Revenue under every model")
    expect(table.get_by_role("row", name="E-mail")).to_contain_text("$50.00")
    expect(page.get_by_text("Data-driven needs 1,000 paths")).to_be_visible()
    page.get_by_text("Campaign", exact=True).click()
    expect(table.get_by_role("row", name="Summer")).to_contain_text("$25.00")
    assert _fits(page)

    page.get_by_text("Channel", exact=True).click()
    page.get_by_label("Text message clicked: how many days").fill("5")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("A preview: these settings are not saved")).to_be_visible()
    expect(table.get_by_role("row", name="SMS")).to_be_visible()
    expect(page.get_by_role("img", name="Revenue by day, Last touch")).to_be_visible()
    page.get_by_role("button", name="Show what is in force").click()
    expect(table.get_by_role("row", name="SMS")).to_have_count(0)
    page.get_by_role("button", name="Save the settings").click()
    expect(table.get_by_role("row", name="SMS")).to_be_visible()
    expect(page.get_by_role("button", name="Save the settings")).to_be_disabled()
    assert _fits(page)


@pytest.mark.long
def test_an_order_tells_that_the_text_messages_window_was_shut_and_the_mails_open(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/settings/attribution")
    expect(page.get_by_text("No orders yet")).to_be_visible()
    shop.profile(ANN)
    campaign = world.campaign(shop, "Spring", now=T)
    mail = world.sent(shop, campaign, ANN, T - timedelta(days=3))
    world.happened(shop, "Clicked Email", ANN, T - timedelta(days=3), message=mail)
    world.happened(shop, "Clicked SMS", ANN, T - timedelta(days=2))
    world.ordered(shop, ANN, T, "50.00")
    shop.wait_until_recorded()
    page.goto(f"{shop.server.url}/orders/{event_id(shop, 'Placed Order')}")
    sms, email = (page.get_by_role("listitem").filter(has_text=name) for name in ("SMS clicked", "E-mail clicked"))
    expect(sms).to_contain_text("2 days before, window 1 day")
    expect(sms).to_contain_text("Its window was shut")
    expect(email).to_contain_text("3 days before, window 5 days")
    expect(email).to_contain_text("Its window was open")
    expect(email.get_by_role("link", name="Spring")).to_be_visible()
    expect(
        page.get_by_role("table", name="What each model gives").get_by_role("row", name="E-mail clicked")
    ).to_contain_text("$50.00")
    eventually(lambda: _fits(page))
