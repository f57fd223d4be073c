"""Versions of a flow in the browser: what changed, how it was drawn, and one that becomes the draft."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.conftest import Shop
from tests.flows.test_api import set_status
from tests.flows.test_editing_api import anchor, delay, insert, made, mail, without_links
from tests.flows.test_versions import definition_of, save
from tests.web.axe import findings
from tests.web.entering import enter


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=shop.server.url
    )
    yield made
    made.close()


def _changed(shop: Shop) -> str:
    """A live flow of which an e-mail was added, and then its delay taken out."""
    flow = made(shop, mail(shop, "First mail", "W"), delay("W", None))
    first, wait = (each["id"] for each in flow.attributes.definition.actions)
    set_status(shop, flow.id, "live")
    reminder = without_links(mail(shop, "Reminder"))
    assert insert(shop, reminder, **{"anchor-action": anchor(first, "Reminder")}).status_code == 201
    assert shop.http.delete(f"/api/flow-actions/{wait}").status_code == 204
    return str(flow.id)


@pytest.mark.long
def test_an_older_version_is_looked_at_and_becomes_the_draft(context: BrowserContext, shop: Shop) -> None:
    flow = _changed(shop)
    before = definition_of(shop, flow)
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}")
    page.get_by_role("link", name="Versions").click()
    table = page.get_by_role("table", name="Versions of the flow")
    expect(table.get_by_role("row")).to_have_count(5)
    expect(table).to_contain_text("Delay of 1 day removed")
    expect(table).to_contain_text("Turned live")
    assert not findings(page)
    table.get_by_role("link", name="Version 3").click()
    expect(page.get_by_role("list", name="What changed")).to_contain_text("E-mail “Reminder” added after “First mail”")
    expect(page.locator("[data-mark]")).to_have_count(1)
    expect(page.locator("[data-mark=New]")).to_contain_text("Reminder")
    expect(page.get_by_text("1 day", exact=True)).to_be_visible()
    assert not findings(page)
    page.get_by_role("button", name="Make it the draft …").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it the draft").click()
    canvas = page.get_by_role("application", name="Canvas")
    expect(canvas.get_by_text("1 day", exact=True)).to_be_visible(timeout=20_000)
    # the flow that runs is as it was
    assert definition_of(shop, flow) == before
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("button", name="Publish the flow").click()
    expect(page.get_by_role("button", name="It is live")).to_be_visible()
    assert [each["type"] for each in definition_of(shop, flow)["actions"]].count("time-delay") == 1


def test_it_asks_before_what_is_not_published_is_lost(context: BrowserContext, shop: Shop) -> None:
    flow = _changed(shop)
    save(shop, flow, definition_of(shop, flow) | {"profile_filter": None}, name="Half done")
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/versions")
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("button", name="Make it the draft …").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("There are changes that are not published: they are lost.")
    # meanwhile somebody else goes on with the draft
    save(shop, flow, definition_of(shop, flow), name="Further")
    asked.get_by_role("button", name="Make it the draft").click()
    expect(asked.get_by_role("alert")).to_contain_text("changed at")
    assert shop.http.get(f"/api/flows/{flow}/draft").json()["data"]["attributes"]["name"] == "Further"
    asked.get_by_role("button", name="Make it the draft").click()
    expect(page.get_by_label("Name of the flow")).to_have_value("Edited", timeout=20_000)
