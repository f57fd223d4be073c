"""The archive of flows in the browser: out of the list and back, from the list and from a flow's page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import Shop
from tests.flows.test_api import join, list_of, set_status
from tests.flows.test_editing_api import delay, made, mail
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=shop.server.url
    )
    yield opened
    opened.close()


def _named(shop: Shop, name: str, list_id: str | None = None) -> str:
    """A flow that waits a day and then sends."""
    flow = str(made(shop, delay("W", "A"), mail(shop, "A"), list_id=list_id).id)
    definition = shop.http.get(f"/api/flows/{flow}/draft").json()["data"]["attributes"]["definition"]
    data = {"type": "flow-draft", "id": flow, "attributes": {"name": name, "definition": definition}}
    shop.http.patch(f"/api/flows/{flow}/draft", json={"data": data})
    assert shop.http.post(f"/api/flows/{flow}/draft/publish").status_code == 200
    return flow


def _state(shop: Shop, flow: str) -> tuple[bool, str]:
    attributes = shop.http.get(f"/api/flows/{flow}").json()["data"]["attributes"]
    return attributes["archived"], attributes["status"]


def _menu(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"What can be done with {name}").click()
    page.get_by_role("menuitem", name=item).click()


def test_from_the_list_and_back(context: BrowserContext, shop: Shop) -> None:
    flow, _ = _named(shop, "Old one"), _named(shop, "New one")
    page = context.new_page()
    enter(page, shop, "/flows")
    table = page.get_by_role("table", name="Flows", exact=True)
    _menu(page, "Old one", "Archive")
    # nobody is in it and it is off: nothing to ask
    expect(table.get_by_role("link", name="Old one")).to_have_count(0)
    expect(table.get_by_role("link", name="New one")).to_be_visible()
    page.get_by_role("switch", name="Archived").click()
    archive = page.get_by_role("table", name="Archived flows")
    expect(archive.get_by_role("link", name="Old one")).to_be_visible()
    expect(archive.get_by_role("link", name="New one")).to_have_count(0)
    assert not findings(page)
    assert _state(shop, flow) == (True, "draft")
    # the address says which are shown
    page.reload()
    expect(archive.get_by_role("link", name="Old one")).to_be_visible()
    _menu(page, "Old one", "Take out of the archive")
    expect(page.get_by_text("Nothing is archived")).to_be_visible()
    assert _state(shop, flow) == (False, "draft")


@pytest.mark.long
def test_it_says_what_becomes_of_the_people_inside(context: BrowserContext, shop: Shop) -> None:
    list_id = list_of(shop)
    flow = _named(shop, "Welcome", list_id)
    set_status(shop, flow, "live")
    for name in ("ann", "bea"):
        join(shop, list_id, f"{name}-{shop.public_id.lower()}@example.com")
    shop.wait_until_recorded()
    shop.wait_until_steps_are_taken()
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}")
    page.get_by_role("button", name="More to do with this flow").click()
    page.get_by_role("menuitem", name="Archive").click()
    asked = page.get_by_role("dialog", name="Archive the flow Welcome?")
    expect(asked).to_contain_text("It is turned off: nobody enters it any more.")
    expect(asked).to_contain_text("2 people are in it. They stay until their wait is over, get nothing more from it")
    assert not findings(page)
    asked.get_by_role("button", name="Cancel").click()
    assert _state(shop, flow) == (False, "live")
    page.get_by_role("button", name="More to do with this flow").click()
    page.get_by_role("menuitem", name="Archive").click()
    asked.get_by_role("button", name="Archive the flow").click()
    expect(page.get_by_role("button", name="Turn it on …")).to_have_count(0)
    page.get_by_role("button", name="Take out of the archive").click()
    expect(page.get_by_role("button", name="Turn it on …")).to_be_visible()
    assert _state(shop, flow) == (False, "draft")


@pytest.mark.long
def test_in_the_list_it_is_asked_too_and_the_row_is_not_opened(context: BrowserContext, shop: Shop) -> None:
    flow = _named(shop, "Welcome")
    set_status(shop, flow, "live")
    page = context.new_page()
    enter(page, shop, "/flows")
    _menu(page, "Welcome", "Archive")
    asked = page.get_by_role("dialog", name="Archive the flow Welcome?")
    expect(asked).not_to_contain_text("people are in it")
    asked.get_by_text("It is turned off").click()
    asked.get_by_role("button", name="Archive the flow").click()
    expect(page.get_by_text("No flows yet")).to_be_visible()
    assert page.url.endswith("/flows")
    assert _state(shop, flow) == (True, "draft")
