"""A/B tests of a flow in its editor: drawn by mouse and by keyboard, begun, looked at, ended."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import stories
from tests.conftest import Shop
from tests.flows.test_editing_api import made
from tests.flows.test_experiments import ab_test, running
from tests.flows.test_versions import definition_of
from tests.sink import Sink
from tests.web.axe import findings
from tests.web.entering import enter
from tests.web.test_flow_editor import _add as add
from tests.web.test_flow_editor import _draft as draft_of
from tests.web.test_flow_editor import _is_open as is_open
from tests.web.test_flow_editor import _is_saved as is_saved
from tests.web.test_flow_editor import _select as select
from tests.web.test_people import _reach as reach


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", base_url=shop.server.url
    )
    yield opened
    opened.close()


def _test_of(definition: dict[str, Any]) -> dict[str, Any]:
    return dict(next(each["data"] for each in definition["actions"] if each["type"] == "ab-test"))


def _subjects(data: dict[str, Any]) -> list[str]:
    return [each["data"]["message"]["subject_line"] for each in data["current_experiment"]["variations"]]


def _choose_design(page: Page) -> None:
    page.get_by_role("button", name="Choose the content").click()
    page.get_by_role("dialog").get_by_role("button", name="Spring sale").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_it_is_drawn_by_mouse_and_begins_with_the_flow(context: BrowserContext, shop: Shop) -> None:
    stories.template(shop, name="Spring sale")
    flow = made(shop).id
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/edit")
    is_open(page)
    add(page, 0, "A/B test")
    page.get_by_label("Name of the test").fill("Which subject")
    page.get_by_label("Subject").fill("Calm")
    expect(page.get_by_text("B has no subject.")).to_be_visible()
    _choose_design(page)
    page.get_by_label("Share of people").fill("70")
    page.get_by_role("tab", name="B · 30 %").click()
    page.get_by_label("Name of the variation").fill("Shouting")
    page.get_by_label("Subject").fill("LOUD")
    _choose_design(page)
    page.get_by_role("combobox", name="The winner has the most").click()
    page.get_by_role("option", name="people who opened").click()
    expect(page.get_by_text("Something is missing")).to_have_count(0)
    assert not findings(page)
    page.get_by_role("button", name="Save").click()
    is_saved(page)
    drawn = _test_of(draft_of(shop, flow)["definition"])
    names = [each["temporary_id"] for each in drawn["current_experiment"]["variations"]]
    assert (_subjects(drawn), drawn["main_action"]["data"]["message"]["subject_line"]) == (["Calm", "LOUD"], "Calm")
    assert drawn["current_experiment"]["allocations"] == dict(zip(names, (70, 30), strict=True))
    page.get_by_role("button", name="Finish …").click()
    page.get_by_role("button", name="Finish the flow").click()
    page.get_by_role("button", name="Turn it on …").click()
    page.get_by_role("button", name="Turn the flow on").click()
    expect(page.get_by_role("button", name="It is live")).to_be_visible()
    data = _test_of(definition_of(shop, flow))
    assert (data["experiment_status"], data["current_experiment"]["winner_metric"]) == ("live", "unique-opens")
    results = page.get_by_role("list", name="Results of the variations")
    expect(results.get_by_role("listitem").filter(has_text="Shouting: LOUD")).to_contain_text("30 % of people")


@pytest.mark.long
def test_what_the_server_refuses_of_a_variation_is_said_at_the_test(context: BrowserContext, shop: Shop) -> None:
    flow = made(shop, ab_test(shop)).id
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/edit")
    is_open(page)
    select(page, "A/B test")
    page.get_by_role("tab", name="B · 40 %").click()
    page.get_by_label("Subject").fill("{% if first_name %}Loud")
    page.get_by_role("button", name="Finish …").click()
    page.get_by_role("button", name="Finish the flow").click()
    expect(page.get_by_role("complementary", name="Settings").get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("treeitem", name="A/B test")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Subject")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Preview text")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.long
def test_it_shows_who_is_ahead_and_is_ended_from_the_panel(context: BrowserContext, shop: Shop, sink: Sink) -> None:
    flow, _ = running(shop, sink)
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/edit")
    is_open(page)
    select(page, "A/B test")
    panel = page.get_by_role("complementary", name="Settings")
    expect(panel).to_contain_text("“B” is ahead.")
    results = panel.get_by_role("list", name="Results of the variations").get_by_role("listitem")
    expect(results.filter(has_text="A: Calm")).to_contain_text("60 % of people")
    assert not findings(page)
    panel.get_by_role("button", name="End the test").click()
    expect(panel).to_contain_text("It ends when you publish")
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("button", name="Publish the flow").click()
    expect(page.get_by_text("“B” won.")).to_be_visible()
    expect(page.get_by_role("img", name="Winner").or_(page.get_by_label("Winner"))).to_have_count(1)
    assert _test_of(definition_of(shop, flow))["main_action"]["data"]["message"]["subject_line"] == "Loud"
    page.get_by_role("link", name="Edit the flow").click()
    is_open(page)
    select(page, "A/B test")
    expect(panel.get_by_label("Subject")).to_have_value("Loud")
    panel.get_by_role("button", name="Begin another test").click()
    expect(panel.get_by_role("tab")).to_have_text(["A · 50 %", "B · 50 %"])
    expect(panel).to_contain_text("The test begins once this step is live.")


@pytest.mark.long
def test_it_is_drawn_by_keyboard_alone(context: BrowserContext, shop: Shop) -> None:
    flow = made(shop).id
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/edit")
    is_open(page)
    reach(page, page.get_by_role("button", name="Add a step below"))
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name="A/B test")
    expect(item).to_be_visible()
    while not item.evaluate("one => one === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    reach(page, page.get_by_label("Share of people"))
    page.keyboard.press("Control+a")
    page.keyboard.type("80")
    reach(page, page.get_by_label("Subject"))
    page.keyboard.type("Calm")
    reach(page, page.get_by_role("tab", name="A · 80 %"))
    page.keyboard.press("ArrowRight")
    reach(page, page.get_by_label("Subject"))
    page.keyboard.type("Loud")
    reach(page, page.get_by_role("button", name="Add a variation"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Remove C"))
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    is_saved(page)
    assert _subjects(_test_of(draft_of(shop, flow)["definition"])) == ["Calm", "Loud"]
