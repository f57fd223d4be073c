"""Applications in the settings: registered, allowed by a person, seen, given a new secret, ended and deleted."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.dance import CALLBACK, App, answered, signed_in
from tests.conftest import Server, Shop
from tests.web.axe import findings
from tests.web.entering import enter


def registered(page: Page, name: str, scopes: str) -> None:
    page.get_by_role("button", name="Register an application").first.click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_label("Redirect URIs").fill("http://sync.example.com/")
    page.get_by_role("combobox", name="Scopes").fill(scopes)
    page.get_by_role("button", name="Register the application").click()
    expect(page.get_by_text("does not begin with https://")).to_be_visible()
    page.get_by_label("Redirect URIs").fill(CALLBACK)
    page.get_by_role("button", name="Register the application").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()


@pytest.mark.long
def test_an_application_is_registered_allowed_and_ended(browser: Browser, server: Server, shop: Shop) -> None:
    name = f"Orders to Sheets {shop.public_id}"
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop, "/settings/applications")
    expect(page.get_by_text("No application is connected")).to_be_visible()
    registered(page, name, "lists:read")
    client_id, secret = page.get_by_role("dialog").locator("code").all_inner_texts()
    assert re.fullmatch(r"[0-9a-f-]{36}", client_id) and len(secret) == 43
    page.get_by_role("button", name="Done").click()

    app = App(server, 0, client_id, secret)
    code = answered(signed_in(shop), app.question(scope="lists:read"), "allow")["code"]
    tokens = app.exchange(code).json()
    page.reload()
    expect(page.get_by_text("Allowed by Owner")).to_be_visible()
    assert findings(page) == []

    page.get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("menuitem", name="Make a new secret").click()
    page.get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    assert page.get_by_role("dialog").locator("code").last.inner_text() != secret
    page.get_by_role("button", name="Done").click()
    assert app.refresh(tokens["refresh_token"]).status_code == 401

    page.get_by_role("button", name=f"End access of {name}").click()
    page.get_by_role("button", name="End the access", exact=True).click()
    expect(page.get_by_text("No application is connected")).to_be_visible()

    page.get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete the application").click()
    expect(page.get_by_text(client_id)).to_have_count(0)
    context.close()
