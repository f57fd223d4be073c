"""Flows in the browser: drawn by mouse and by keyboard alone, undone, kept, published."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.conftest import Shop
from tests.web.axe import findings
from tests.web.entering import enter
from tests.web.test_people import _reach as reach


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1400, "height": 900}, reduced_motion="reduce", base_url=shop.server.url
    )
    yield made
    made.close()


def _canvas(page: Page) -> Locator:
    return page.get_by_role("application", name="Canvas")


def _is_open(page: Page) -> None:
    """The editor comes in a chunk of its own, which a busy machine takes a while to read."""
    expect(_canvas(page)).to_be_visible(timeout=20_000)


def _draft(shop: Shop, flow: str) -> dict[str, Any]:
    return dict(shop.http.get(f"/api/flows/{flow}/draft").json()["data"]["attributes"])


def _types(definition: dict[str, Any]) -> list[str]:
    return [action["type"] for action in definition["actions"]]


def _is_saved(page: Page) -> None:
    expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible()


def _add(page: Page, place: int, name: str) -> None:
    """A step on one of the lines of the drawing."""
    _canvas(page).get_by_role("button", name="Add a step here").nth(place).click()
    page.get_by_role("menuitem", name=name).click()


@pytest.mark.long
def test_it_is_drawn_by_mouse_undone_and_kept(context: BrowserContext, shop: Shop) -> None:
    shop.event("Left Cart", "ann@example.com")
    page = context.new_page()
    enter(page, shop, "/flows/new")
    page.get_by_role("button", name="Begin with an empty one").click()
    _is_open(page)
    flow = page.url.split("/")[-2]
    page.get_by_label("Name of the flow").fill("Left carts")
    page.get_by_role("combobox", name="Event").click()
    page.get_by_role("option", name="Left Cart").click()
    _add(page, 0, "Wait")
    page.get_by_label("Wait", exact=True).fill("4")
    _add(page, 1, "Split by person")
    page.get_by_role("button", name="Add a condition").click()
    _add(page, 2, "Send e-mail")
    page.get_by_label("Subject").fill("Still thinking?")
    page.get_by_role("button", name="Save").click()
    _is_saved(page)
    draft = _draft(shop, flow)
    assert (draft["name"], _types(draft["definition"])) == (
        "Left carts",
        ["time-delay", "conditional-split", "send-email"],
    )
    for _ in range(20):
        page.keyboard.press("Control+z")
    expect(_canvas(page).get_by_text("Send e-mail")).to_have_count(0)
    for _ in range(20):
        page.keyboard.press("Control+Shift+z")
    expect(_canvas(page).get_by_text("Still thinking?")).to_be_visible()
    assert not findings(page)
    page.set_viewport_size({"width": 390, "height": 844})


def _select(page: Page, words: str) -> None:
    page.get_by_role("treeitem").filter(has_text=words).first.click()


def test_from_the_library_to_a_live_flow_whose_draft_changes_nothing_until_it_is_published(
    context: BrowserContext, shop: Shop
) -> None:
    for metric in ("Added to Cart", "Placed Order"):
        shop.event(metric, "ann@example.com")
    shop.wait_until_recorded()
    page = context.new_page()
    enter(page, shop, "/flows/new")
    page.get_by_role("button", name="Begin with Abandoned cart").click()
    _is_open(page)
    expect(_canvas(page).get_by_text("Still thinking it over?")).to_be_visible()
    flow = page.url.split("/")[-2]
    _select(page, "Wait: 4 hours")
    page.get_by_label("Wait", exact=True).fill("2")
    _select(page, "Send e-mail: Still thinking")
    page.get_by_label("Subject").fill("Your cart, {{ first_name|default:'friend' }}")
    page.get_by_role("button", name="Preview and test").click()
    expect(page.get_by_role("dialog").frame_locator("iframe").get_by_text("Your cart is waiting")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Finish …").click()
    page.get_by_role("button", name="Finish the flow").click()
    page.get_by_role("button", name="Turn it on …").click()
    page.get_by_role("button", name="Turn the flow on").click()
    expect(page.get_by_role("button", name="It is live")).to_be_visible()
    shop.event("Added to Cart", "bea@example.com")
    shop.advance(hours=3)
    expect(page.get_by_role("table", name="People in the flow").get_by_text("bea@example.com")).to_be_visible(
        timeout=15_000
    )
    # one person's way: which steps they went, and when
    page.get_by_role("link", name="bea@example.com").click()
    steps = page.get_by_role("listitem")
    expect(steps.filter(has_text="Send e-mail, Your cart")).to_have_count(1)
    expect(steps.filter(has_text="Send e-mail, Your cart will not")).to_have_count(0)
    page.get_by_role("link", name="Abandoned cart").click()
    # the flow that runs stays as it is while it is changed
    page.get_by_role("link", name="Edit the flow").click()
    _select(page, "Send e-mail: Your cart will not")
    page.get_by_role("button", name="What can be done with it").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Save").click()
    _is_saved(page)
    running = shop.http.get(f"/api/flows/{flow}?additional-fields[flow]=definition").json()["data"]["attributes"]
    assert len(_types(running["definition"])) == 4
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("button", name="Publish the flow").click()
    expect(page.get_by_role("button", name="It is live")).to_be_visible()
    running = shop.http.get(f"/api/flows/{flow}?additional-fields[flow]=definition").json()["data"]["attributes"]
    assert len(_types(running["definition"])) == 3
    # one that waits for reviews says so, and is not turned on by the way
    page.get_by_role("button", name="It is live").click()
    page.get_by_role("menuitem", name="Hold every message for review").click()
    page.get_by_role("button", name="It waits for reviews").click()
    page.get_by_role("menuitem", name="Send without review …").click()
    expect(page.get_by_role("dialog").get_by_text("sent without one")).to_be_visible()


@pytest.mark.long
def test_a_step_that_changes_a_list_names_it_and_can_be_finished(context: BrowserContext, shop: Shop) -> None:
    shop.event("Left Cart", "ann@example.com")
    shop.sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": "Regulars"}}})
    page = context.new_page()
    enter(page, shop, "/flows/new")
    page.get_by_role("button", name="Begin with an empty one").click()
    _is_open(page)
    page.get_by_role("combobox", name="Event").click()
    page.get_by_role("option", name="Left Cart").click()
    _add(page, 0, "Change a list")
    page.get_by_role("combobox", name="List").click()
    page.get_by_role("option", name="Regulars").click()
    expect(page.get_by_role("treeitem").filter(has_text="Joins Regulars")).to_be_visible()
    page.get_by_role("button", name="Finish …").click()
    page.get_by_role("button", name="Finish the flow").click()
    expect(page.get_by_role("button", name="Turn it on …")).to_be_visible()


@pytest.mark.long
def test_a_flow_without_a_name_says_so_and_one_that_is_left_while_it_saves_is_nobody_else_s(
    context: BrowserContext, shop: Shop
) -> None:
    page = context.new_page()
    enter(page, shop, "/flows/new")
    page.get_by_role("button", name="Begin with an empty one").click()
    _is_open(page)
    name = page.get_by_label("Name of the flow")
    name.fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("The flow needs a name."))
    name.fill("Carts")
    page.get_by_role("button", name="Save").click()
    _is_saved(page)
    # what was sent on leaving arrives after the page was opened again
    flow = page.url.split("/")[-2]
    held = shop.http.get(f"/api/flows/{flow}/draft").json()["data"]["attributes"]
    content = {"name": "Baskets", "definition": held["definition"]}
    shop.http.patch(
        f"/api/flows/{flow}/draft", json={"data": {"type": "flow-draft", "id": flow, "attributes": content}}
    ).raise_for_status()
    name.fill("Baskets")
    page.get_by_role("button", name="Save").click()
    _is_saved(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def _on_canvas(page: Page, *keys: str) -> None:
    _canvas(page).focus()
    for key in keys:
        page.keyboard.press(key)


def _chosen(page: Page, words: str) -> None:
    """Open what has the focus, type what is looked for and take it."""
    page.keyboard.press("Enter")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


@pytest.mark.long
def test_the_same_by_keyboard_alone(context: BrowserContext, shop: Shop) -> None:
    """Drawn, moved, duplicated, taken apart, and finished."""
    shop.event("Left Cart", "ann@example.com")
    page = context.new_page()
    enter(page, shop, "/flows/new")
    reach(page, page.get_by_role("button", name="Begin with an empty one"))
    page.keyboard.press("Enter")
    _is_open(page)
    flow = page.url.split("/")[-2]
    reach(page, page.get_by_role("combobox", name="Event"))
    _chosen(page, "Left Cart")
    for name in ("Wait", "Send e-mail", "Split by person"):
        reach(page, page.get_by_role("button", name="Add a step below"))
        page.keyboard.press("Enter")
        item = page.get_by_role("menuitem", name=name, exact=False).first
        expect(item).to_be_visible()
        while not item.evaluate("one => one === document.activeElement"):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    kinds = ["time-delay", "send-email", "conditional-split"]
    page.keyboard.press("Control+s")
    _is_saved(page)
    assert _types(_draft(shop, flow)["definition"]) == kinds
    # the e-mail goes up, is duplicated, and the copy goes again
    _on_canvas(page, "ArrowUp", "Alt+ArrowUp", "Control+d", "Delete")
    page.keyboard.press("Control+s")
    _is_saved(page)
    drawn = _draft(shop, flow)["definition"]
    assert sorted(_types(drawn)) == sorted(kinds)
    entry = next(one for one in drawn["actions"] if one.get("temporary_id") == drawn["entry_action_id"])
    assert entry["type"] == "send-email"


def test_what_would_have_come_of_it_is_shown_on_the_drawing(context: BrowserContext, shop: Shop) -> None:
    for name in ("ann", "bea"):
        shop.event("Left Cart", f"{name}@example.com", properties={"Item": "Hat"})
    shop.wait_until_recorded()
    shop.advance(hours=3)
    metrics = shop.http.get("/api/metrics").json()["data"]
    metric = next(each["id"] for each in metrics if each["attributes"]["name"] == "Left Cart")
    html = {"name": "T", "editor_type": "CODE", "html": "<p>Your {{ event.Item }} waits</p>"}
    template = shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": html}}).json()["data"]
    message = {"subject_line": "Still thinking?", "template_id": template["id"]}
    definition = {
        "triggers": [{"type": "metric", "id": metric, "trigger_filter": None}],
        "actions": [
            {"temporary_id": "w", "type": "time-delay", "links": {"next": "m"}, "data": {"unit": "hours", "value": 1}},
            {"temporary_id": "m", "type": "send-email", "links": {"next": None}, "data": {"message": message}},
        ],
        "entry_action_id": "w",
    }
    body = {"data": {"type": "flow", "attributes": {"name": "Carts", "definition": definition}}}
    flow = shop.http.post("/api/flows", json=body).json()["data"]["id"]
    page = context.new_page()
    enter(page, shop, f"/flows/{flow}/edit")
    _is_open(page)
    page.get_by_role("button", name="Rehearse …").click()
    page.get_by_text("7 days").click()
    page.get_by_role("button", name="Rehearse the flow").click()
    expect(page.get_by_role("region", name="Rehearsal")).to_contain_text("2 entered")
    expect(_canvas(page).get_by_text("2 came").first).to_be_visible()
    expect(_canvas(page).get_by_text("2 sent")).to_be_visible()
    _select(page, "Send e-mail: Still thinking")
    told = page.get_by_role("region", name="What would have come of it")
    expect(told).to_contain_text("Would have had it2")
    assert not findings(page)
    told.get_by_role("button", name="See the e-mail of ann@example.com").click()
    shown = page.get_by_role("dialog", name="Still thinking?")
    expect(shown.frame_locator("iframe").get_by_text("Your Hat waits")).to_be_visible()
    assert not shop.http.get("/api/messages").json()["data"]
