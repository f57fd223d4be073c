"""What is held of one person, deletions, and how long events are kept, in the settings."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Shop, eventually
from tests.people import sent
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.mark.long
def test_a_person_gets_their_data_and_is_deleted(browser: Browser, shop: Shop, tmp_path: Path) -> None:
    address = f"ann@{shop.public_id.lower()}.example.com"
    shop.profile(address, first_name="Ann")
    shop.event("Viewed Product", address, properties={"Name": "Red boots"})
    shop.wait_until_recorded()
    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000}).new_page()
    enter(page, shop, "/settings/data")
    expect(page.get_by_text("Nobody was deleted yet")).to_be_visible()
    who = page.get_by_role("textbox", name="E-mail address, phone number or profile id")
    who.fill("ann")
    who.press("Enter")
    expect(page.get_by_text("Write an e-mail address")).to_be_visible()
    # as people write their own address
    who.fill(address.upper())
    who.press("Enter")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download all that is held").click()
    held = json.loads(Path(started.value.path()).read_text())
    assert held["profile"]["email"] == address and "Red boots" in json.dumps(held)
    page.screenshot(path=tmp_path / "data.png", full_page=True)
    assert not findings(page)

    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete Ann", exact=True).click()
    table = page.get_by_role("table", name="Deletions")
    expect(table.get_by_text("1 profile")).to_be_visible(timeout=15_000)
    assert shop.http.get("/api/profiles").json()["data"] == []
    who.fill(address)
    who.press("Enter")
    expect(page.get_by_text(f"There is no profile of {address}")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=tmp_path / "data-phone.png", full_page=True)
    page.context.close()


@pytest.mark.long
def test_events_of_anonymous_people_are_kept_for_so_many_months(browser: Browser, shop: Shop) -> None:
    old = datetime.now(UTC) - timedelta(days=100)
    sent(shop, "Viewed Product", person={"anonymous_id": "browser-1"}, time=old.isoformat())
    shop.wait_until_recorded()
    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000}).new_page()
    enter(page, shop, "/settings/data")
    months = page.get_by_role("textbox", name="Of people who are not known")
    months.fill("2")
    page.get_by_role("button", name="Save how long").click()
    expect(page.get_by_text("What people did who are not known goes after 2 months.")).to_be_visible()
    page.get_by_role("button", name="Save and delete them").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    path = f"/api/data-retention/{shop.public_id}"
    assert eventually(lambda: shop.http.get(path).json()["data"]["attributes"]["deleted_events"] == 1)
    page.reload()
    expect(page.get_by_text("1 event was deleted so far")).to_be_visible()
    expect(months).to_have_value("2")
    months.fill("")
    page.get_by_role("button", name="Save how long").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert shop.http.get(path).json()["data"]["attributes"]["anonymous_months"] is None
    page.context.close()
