"""Who stands behind an account's mail, in the settings."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop, eventually
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
    page.get_by_role("button", name="Save both").click()
    expect(page.get_by_text("CHE-1", exact=True)).to_be_visible()
    attributes = shop.http.get("/api/sender-settings").json()["data"]["attributes"]
    assert (attributes["imprint"]["phone"], attributes["default_reply_to"]) == ("+41 1", "help@tannenhof.example")
    assert not findings(page)
    page.context.close()


@pytest.mark.long
def test_two_edit_the_sender_and_the_account_at_once_and_no_change_is_lost(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    window, other, account = context.new_page(), context.new_page(), context.new_page()
    enter(window, shop, "/settings/sender")
    for page, place in ((other, "sender"), (account, "account")):
        page.goto(f"{shop.server.url}/settings/{place}")
    for page in (window, other):
        expect(page.get_by_label("Company")).to_be_visible()
        expect(page.get_by_label("Street")).to_be_visible()
    expect(account.get_by_label("Industry")).to_be_visible()

    # each save is of its own settings, and of the account's the two pages hold different fields: nothing to ask
    other.get_by_label("Company").fill("Tannenhof AG")
    _save(other, "Save answers and imprint")
    account.get_by_label("Industry").fill("Toys")
    _save(account, "Save the account")
    window.get_by_label("Street").fill("Hauptstr. 1")
    _save(window, "Save sender and address")
    assert _account(shop)["industry"] == "Toys"
    assert _account(shop)["contact_information"]["street_address"]["address1"] == "Hauptstr. 1"

    # of different fields of one form: joined, and shown before it is saved
    window.get_by_label("Register").fill("CHE-1")
    window.get_by_role("button", name="Save answers and imprint").click()
    told = window.get_by_role("alert").filter(has_text="this imprint was changed after you opened it")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Company: now “Tannenhof AG”")
    expect(window.get_by_label("Company")).to_have_value("Tannenhof AG")
    assert not findings(window)
    told.get_by_role("button", name="Save both").click()
    expect(window.get_by_text("CHE-1", exact=True)).to_be_visible()
    expect(told).to_have_count(0)
    assert _imprint(shop) == {"company": "Tannenhof AG", "register": "CHE-1", "email": "", "phone": ""}

    # of one field: both are told, and nothing is written before somebody decides
    other.get_by_label("City").fill("Bern")
    other.get_by_role("button", name="Save sender and address").click()
    told = other.get_by_role("alert").filter(has_text="this sender was changed after you opened it")
    expect(told).to_contain_text("Street: now “Hauptstr. 1”")
    told.get_by_role("button", name="Save both").click()
    expect(told).to_have_count(0)
    window.get_by_label("City").fill("Basel")
    window.get_by_role("button", name="Save sender and address").click()
    told = window.get_by_role("alert").filter(has_text="You both changed")
    expect(told).to_contain_text("City: they wrote “Bern”, you wrote “Basel”")
    assert _account(shop)["contact_information"]["street_address"]["city"] == "Bern"
    told.get_by_role("button", name="Overwrite with mine").click()
    expect(told).to_have_count(0)
    eventually(lambda: _account(shop)["contact_information"]["street_address"]["city"] == "Basel")
    # what was saved counts from then on
    window.get_by_label("City").fill("Biel")
    _save(window, "Save sender and address")
    other.get_by_label("Postal code").fill("2502")
    other.get_by_role("button", name="Save sender and address").click()
    told = other.get_by_role("alert").filter(has_text="City: now “Biel”")
    told.get_by_role("button", name="Load theirs").click()
    expect(other.get_by_label("City")).to_have_value("Biel")
    expect(other.get_by_label("Postal code")).to_have_value("")
    context.close()


def _save(page: Page, name: str) -> None:
    form = page.locator("form", has=page.get_by_role("button", name=name))
    form.get_by_role("button", name=name).click()
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()


def _account(shop: Shop) -> dict[str, Any]:
    return dict(shop.http.get(f"/api/accounts/{shop.public_id}").json()["data"]["attributes"])


def _imprint(shop: Shop) -> dict[str, Any]:
    return dict(shop.http.get("/api/sender-settings").json()["data"]["attributes"]["imprint"])
