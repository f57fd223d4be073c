"""The rules of consent in the settings, and the words of its mails and pages."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter


def test_the_rules_are_changed_and_kept(browser: Browser, shop: Shop) -> None:
    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900}).new_page()
    enter(page, shop)
    page.goto(f"{shop.server.url}/settings/consent")
    only = page.get_by_role("switch", name="Only people who subscribed")
    expect(only).not_to_be_checked()
    only.check(force=True)
    page.get_by_role("radio", name="Confirmed by mail (double opt-in)").check()
    page.get_by_role("textbox", name="Minimum age").fill("16")
    page.get_by_role("button", name="Save consent rules").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()
    expect(only).to_be_checked()
    expect(page.get_by_role("textbox", name="Minimum age")).to_have_value("16")
    settings = shop.http.get("/api/consent-settings").json()["data"]["attributes"]
    assert (settings["subscribed_only"], settings["opt_in_process"], settings["minimum_age"]) == (
        True,
        "double_opt_in",
        16,
    )
    page.context.close()


@pytest.mark.long
def test_texts_are_changed_with_a_look_at_them(browser: Browser, shop: Shop, tmp_path: Path) -> None:
    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 1000}).new_page()
    enter(page, shop, "/settings/consent")
    seen = page.frame_locator("iframe[title='How it looks']")
    expect(seen.get_by_role("heading", name="Please confirm your subscription")).to_be_visible()
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="Deutsch").click()
    expect(seen.get_by_role("heading", name="Bitte bestätigen Sie Ihre Anmeldung")).to_be_visible()
    heading = page.get_by_role("textbox", name="Heading", exact=True)
    heading.fill("Willkommen bei {{ organization.nam }}")
    expect(page.get_by_text("{{ organization.nam }} at character 16 is no placeholder")).to_be_visible()
    heading.fill("Willkommen bei {{ organization.name }} & Co")
    expect(seen.get_by_role("heading", name="Willkommen bei Test shop & Co")).to_be_visible()
    page.get_by_text("Phone", exact=True).click()
    assert (page.locator("iframe[title='How it looks']").bounding_box() or {})["width"] == 375
    page.screenshot(path=tmp_path / "texts.png", full_page=True)
    page.get_by_role("button", name="Save texts").click()
    usual = page.get_by_role("button", name="Heading: take the usual text")
    expect(page.get_by_role("button", name="Discard changes")).to_have_count(0)
    assert "Willkommen" in shop.http.get("/api/consent-texts/de:confirmation_mail").text

    # somebody else was quicker with another text: both stay
    body = {"data": {"type": "consent-text", "id": "de:confirmation_mail", "attributes": {"texts": {"button": "Ja!"}}}}
    assert shop.http.patch("/api/consent-texts/de:confirmation_mail", json=body).status_code == 200
    usual.click()
    page.get_by_role("button", name="Save texts").click()
    page.get_by_role("button", name="Save both").click()
    expect(page.get_by_role("textbox", name="Button", exact=True)).to_have_value("Ja!")
    expect(page.get_by_role("button", name="Discard changes")).to_have_count(0)
    assert "Willkommen" not in shop.http.get("/api/consent-texts/de:confirmation_mail").text
    assert not findings(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("iframe[title='How it looks']").scroll_into_view_if_needed()
    expect(seen.get_by_role("heading", name="Bitte bestätigen Sie Ihre Anmeldung")).to_be_visible()
    page.screenshot(path=tmp_path / "texts-phone.png")
    page.context.close()
