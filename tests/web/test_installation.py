"""The accounts of an installation, and the last use of keys, as who administers it sees them."""

import pytest
from playwright.sync_api import Browser, expect

from rapport.accounts import roles
from tests.accounts.team import joined, owner
from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.mark.long
def test_an_account_is_added_and_gone_to(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop, "/settings/installation")
    name = f"Second {shop.public_id}"
    page.get_by_role("button", name="Add an account").click()
    page.get_by_role("button", name="Add the account").click()
    expect(page.get_by_text("length >= 1")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("combobox", name="Time zone").fill("zurich")
    page.get_by_role("option", name="Europe/Zurich").click()
    page.get_by_role("button", name="Add the account").click()
    expect(page.get_by_role("button", name=f"Go to {name}")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert findings(page) == []
    page.get_by_role("button", name=f"Go to {name}").click()
    expect(page.get_by_role("navigation", name="Main").get_by_text(name)).to_be_visible()
    context.close()


def test_only_who_administers_the_installation_sees_its_accounts(shop: Shop) -> None:
    admin = joined(owner(shop), roles.ADMIN)
    assert admin.ask("GET", "installation-accounts").status_code == 403
    assert admin.do("POST", "me/accounts", "own-account", name="Mine").status_code == 403
    assert shop.http.get("/api/installation-accounts").status_code == 403


@pytest.mark.long
def test_a_key_shows_when_it_was_last_used(browser: Browser, shop: Shop) -> None:
    boss = owner(shop)
    assert boss.do("POST", "api-keys", "new-api-key", name="Unused").status_code == 201
    assert shop.http.get("/api/accounts").status_code == 200
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop, "/settings/keys")
    expect(page.get_by_text("never used")).to_have_count(1)
    expect(page.get_by_text("last used")).to_have_count(1)
    context.close()
