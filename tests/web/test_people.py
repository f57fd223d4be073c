"""People in the browser: edited by mouse and by keyboard, by two at once, merged, suppressed, subscribed, deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.web.axe import findings
from tests.web.entering import enter

_PERSON = {"first_name": "Ann", "title": "Buyer", "properties": {"tier": "gold", "likes": ["tea"], "deep": {"a": 1}}}


@pytest.fixture
def window(browser: Browser, shop: Shop) -> Iterator[Page]:
    """A page on which the server may refuse something."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop)
    yield page
    context.close()


def _profile(shop: Shop, id: str) -> dict[str, Any]:
    return dict(shop.http.get(f"/api/profiles/{id}").json()["data"]["attributes"])


def _opened(page: Page, shop: Shop, id: str) -> None:
    page.goto(f"{shop.server.url}/profiles/{id}/edit")
    expect(page.get_by_label("First name")).to_be_visible()


def _reach(page: Page, goal: Locator, key: str = "Tab", most: int = 60) -> None:
    """With one key alone."""
    for _ in range(most):
        if goal.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    expect(goal).to_be_focused(timeout=1)


@pytest.mark.long
def test_a_profile_is_edited_by_mouse(window: Page, shop: Shop) -> None:
    id = shop.profile("ann@example.com", **_PERSON)
    _opened(window, shop, id)
    window.get_by_label("Title").fill("Head of buying")
    window.get_by_label("City").fill("Bern")
    window.get_by_role("button", name="Remove tier").click()
    window.get_by_role("button", name="Add a property").click()
    window.get_by_label("Name of property 3").fill("visits")
    window.get_by_role("combobox", name="Kind of visits").click()
    window.get_by_role("option", name="Number").click()
    window.get_by_label("Value of visits").fill("many")
    window.get_by_role("button", name="Save the profile").click()
    expect(window.get_by_text("Write a number, such as 12.5.")).to_be_visible()
    assert findings(window) == []
    window.get_by_label("Value of visits").fill("12,5")
    window.get_by_role("button", name="Save the profile").click()
    expect(window.get_by_role("heading", level=1, name="Ann")).to_be_focused()
    expect(window.get_by_text("Head of buying")).to_be_visible()
    assert findings(window) == []
    now = _profile(shop, id)
    assert (now["title"], now["location"]["city"], now["first_name"]) == ("Head of buying", "Bern", "Ann")
    assert now["properties"] == {"likes": ["tea"], "deep": {"a": 1}, "visits": 12.5}


@pytest.mark.long
def test_a_profile_is_edited_by_keyboard_alone(window: Page, shop: Shop) -> None:
    id = shop.profile("ann@example.com", **_PERSON)
    window.goto(f"{shop.server.url}/profiles/{id}")
    expect(window.get_by_role("heading", level=1)).to_have_text("Ann")
    press = window.keyboard.press
    _reach(window, window.get_by_role("link", name="Skip to the content"))
    press("Enter")
    _reach(window, window.get_by_role("link", name="Edit"))
    press("Enter")
    expect(window.get_by_role("heading", level=1, name="Edit the profile")).to_be_focused()
    _reach(window, window.get_by_label("Title"))
    press("Control+a")
    window.keyboard.type("Head of buying")
    _reach(window, window.get_by_role("button", name="Add a property"))
    press("Enter")
    expect(window.get_by_label("Name of property 4")).to_be_focused()
    window.keyboard.type("member")
    press("Tab")
    press("Enter")
    kind = window.get_by_role("option", name="Yes or no")
    expect(kind).to_be_visible()
    while kind.get_attribute("data-combobox-selected") is None:
        press("ArrowDown")
    press("Enter")
    expect(window.get_by_role("combobox", name="Kind of member")).to_have_value("Yes or no")
    press("Tab")
    press("Space")
    press("Tab")
    _reach(window, window.get_by_role("button", name="Save the profile"))
    press("Enter")
    expect(window.get_by_role("heading", level=1, name="Ann")).to_be_focused()
    assert _profile(shop, id)["title"] == "Head of buying"
    assert _profile(shop, id)["properties"]["member"] is True


def test_two_edit_one_profile_at_once_and_no_change_is_lost(browser: Browser, window: Page, shop: Shop) -> None:
    id = shop.profile("ann@example.com", **_PERSON)
    other = window.context.new_page()
    for page in (window, other):
        _opened(page, shop, id)
    other.get_by_label("Title").fill("Head of buying")
    other.get_by_label("Value of tier").fill("platinum")
    other.get_by_role("button", name="Save the profile").click()
    expect(other.get_by_role("heading", level=1, name="Ann")).to_be_visible()

    # of different fields: joined, and shown before it is saved
    window.get_by_label("City").fill("Bern")
    window.get_by_label("First name").fill("Anna")
    window.get_by_role("button", name="Save the profile").click()
    told = window.get_by_role("alert").filter(has_text="this profile was changed after you opened it")
    expect(told).to_be_focused()
    expect(told.get_by_role("listitem")).to_have_text(["Title: now “Head of buying”", "tier: now “platinum”"])
    expect(window.get_by_label("City")).to_have_value("Bern")
    expect(window.get_by_label("Title")).to_have_value("Head of buying")
    assert findings(window) == []
    _opened(other, shop, id)
    told.get_by_role("button", name="Save both").click()
    expect(window.get_by_role("heading", level=1, name="Anna")).to_be_visible()
    now = _profile(shop, id)
    saved = (now["first_name"], now["title"], now["location"]["city"], now["properties"]["tier"])
    assert saved == ("Anna", "Head of buying", "Bern", "platinum")

    # of one field: both are told, and nothing is written before somebody decides
    other.get_by_label("First name").fill("Annie")
    other.get_by_role("button", name="Save the profile").click()
    told = other.get_by_role("alert").filter(has_text="You both changed")
    expect(told).to_contain_text("First name: they wrote “Anna”, you wrote “Annie”")
    assert _profile(shop, id)["first_name"] == "Anna"
    told.get_by_role("button", name="Load theirs").click()
    expect(other.get_by_label("First name")).to_have_value("Anna")
    other.get_by_label("First name").fill("Annie")
    other.get_by_role("button", name="Save the profile").click()
    expect(other.get_by_role("heading", level=1, name="Annie")).to_be_visible()
    assert _profile(shop, id)["first_name"] == "Annie"


def _more(page: Page, item: str) -> Locator:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()
    return page.get_by_role("dialog")


def test_a_person_is_made_subscribed_suppressed_merged_and_deleted(window: Page, shop: Shop) -> None:
    shop.http.post("/api/lists", json=resource("list", name="Newsletter", opt_in_process="single_opt_in"))
    double = shop.profile("ann.double@example.com", title="Buyer", phone_number="+41791234567")
    window.goto(f"{shop.server.url}/profiles/new")
    window.get_by_role("button", name="Create the profile").click()
    expect(window.get_by_text("so that the person is known again")).to_be_visible()
    window.get_by_label("E-mail").fill("ann.double@example.com")
    window.get_by_role("button", name="Create the profile").click()
    expect(window.get_by_role("link", name="Open the profile that has it")).to_be_visible()
    window.get_by_label("E-mail").fill("ann@example.com")
    window.get_by_label("Last name").fill("Meadow")
    window.get_by_role("button", name="Create the profile").click()
    expect(window.get_by_role("heading", level=1, name="Meadow")).to_be_visible()

    form = _more(window, "Subscribe …")
    form.get_by_role("combobox", name="To a list").fill("newsl")
    window.get_by_role("option", name="Newsletter").click()
    form.get_by_label("Where it was given").fill("At the till")
    form.get_by_role("button", name="Record the consent").click()
    expect(window.get_by_role("link", name="Newsletter")).to_be_visible()
    expect(window.get_by_text("Subscribed", exact=True).first).to_be_visible()
    window.get_by_role("button", name="Remove from Newsletter").click()
    expect(window.get_by_role("link", name="Newsletter")).to_have_count(0)

    _more(window, "Suppress …").get_by_role("button", name="Suppress the address").click()
    expect(window.get_by_text("Suppressed: User suppressed")).to_be_visible()
    _more(window, "Lift the suppression …").get_by_role("button", name="Lift the suppression").click()
    expect(window.get_by_text("Suppressed: User suppressed")).to_have_count(0)
    _more(window, "Unsubscribe …").get_by_role("button", name="Unsubscribe").click()
    expect(window.get_by_text("Unsubscribed", exact=True).first).to_be_visible()

    form = _more(window, "Merge with another …")
    form.get_by_role("combobox", name="The other profile").fill("ann.dou")
    window.get_by_role("option", name="ann.double@example.com").click()
    happens = form.get_by_role("group", name="What happens")
    expect(happens).to_contain_text("Taken over: Phone “+41791234567”, Title “Buyer”.")
    expect(happens).to_contain_text("Given up, because the other has its own: E-mail “ann.double@example.com”.")
    form.get_by_role("button", name="Merge into ann@example.com").click()
    expect(window.get_by_role("dialog")).to_have_count(0)
    expect(window.get_by_text("Buyer")).to_be_visible()
    assert shop.http.get(f"/api/profiles/{double}").status_code == 404

    dialog = _more(window, "Delete …")
    expect(dialog).to_contain_text("Delete Meadow?")
    dialog.get_by_role("button", name="Delete Meadow").click()
    expect(window.get_by_role("heading", level=1, name="Profiles")).to_be_visible()
    gone = (shop.account_id, "ann@example.com")
    eventually(lambda: not shop.query("SELECT 1 FROM profiles WHERE account_id = %s AND email = %s", *gone))
