"""Templates in the browser: made by mouse and by keyboard alone, undone, kept whatever goes wrong, by two at once."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.conftest import Shop, eventually
from tests.images import pictures
from tests.web.axe import findings
from tests.web.entering import enter
from tests.web.test_people import _reach


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1400, "height": 900}, reduced_motion="reduce", base_url=shop.server.url
    )
    yield made
    made.close()


def _window(context: BrowserContext, shop: Shop, path: str) -> Page:
    page = context.new_page()
    enter(page, shop, path)
    return page


def _blank(page: Page, name: str = "Spring news") -> None:
    page.goto("/templates/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Begin with an empty one").click()
    expect(_canvas(page)).to_be_visible()


def _canvas(page: Page) -> Locator:
    return page.get_by_role("application")


def _blocks(page: Page) -> list[str]:
    """What the blocks on the canvas are called, from top to bottom."""
    return [str(one.get_attribute("aria-label")) for one in _canvas(page).get_by_role("group").all()]


def _template(shop: Shop) -> dict[str, Any]:
    """The only one there is, as it is saved."""
    [found] = shop.http.get("/api/templates").json()["data"]
    path = f"/api/templates/{found['id']}?additional-fields[template]=definition"
    return dict(shop.http.get(path).json()["data"]["attributes"])


def _saved(shop: Shop) -> list[list[str]]:
    """Types of the blocks in each section, as they are saved."""
    sections = _template(shop)["definition"]["body"]["sections"]
    return [
        [block["type"] for row in section["rows"] for column in row["columns"] for block in column["blocks"]]
        for section in sections
    ]


def _is_saved(page: Page) -> None:
    expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible()


def test_it_is_built_by_dragging_written_in_undone_and_done_again(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates")
    expect(page.get_by_text("No templates yet")).to_be_visible()
    _blank(page)
    text = _canvas(page).get_by_text("Write something here")
    page.get_by_role("button", name="Image", exact=True).drag_to(text, target_position={"x": 60, "y": 2})
    expect(_canvas(page).get_by_role("group", name="Image")).to_be_visible()
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Image", "Text", "Text"]
    page.get_by_role("textbox", name="Description").fill("Tulips in a row")
    # a whole section, and a block from its place into another column
    page.get_by_role("button", name="Two columns").click()
    page.get_by_role("button", name="Button", exact=True).click()
    _canvas(page).get_by_role("group", name="Image “Tulips").drag_to(
        _canvas(page).get_by_text("Empty: add a block here")
    )
    expect(_canvas(page).get_by_text("Empty: add a block here")).to_have_count(0)
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Hello ")
    page.get_by_role("button", name="Something personal").first.click()
    page.get_by_role("menuitem", name="First name").click()
    expect(_canvas(page).get_by_text("first_name|default")).to_be_visible()
    _is_saved(page)
    eventually(lambda: _saved(shop) == [["text"], ["button", "image"], ["text"]])
    content = _template(shop)["definition"]["body"]["sections"][0]["rows"][0]["columns"][0]["blocks"][0]["data"][
        "content"
    ]
    assert content == "<p>Write something here. Hello {{ first_name|default:'there' }}</p>"
    assert findings(page) == []
    undo = page.get_by_role("button", name="Undo")
    while undo.get_attribute("aria-disabled") != "true":
        undo.click()
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Text", "Text"]
    redo = page.get_by_role("button", name="Redo")
    while redo.get_attribute("aria-disabled") != "true":
        redo.click()
    page.get_by_role("button", name="Save", exact=True).click()
    eventually(lambda: _saved(shop) == [["text"], ["button", "image"], ["text"]])


@pytest.mark.long
def test_the_same_by_keyboard_alone(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    _reach(page, page.get_by_label("Name"))
    page.keyboard.type("By keys")
    _reach(page, page.get_by_role("button", name="Begin with an empty one"))
    page.keyboard.press("Enter")
    expect(_canvas(page)).to_be_visible()
    _reach(page, page.get_by_role("button", name="Button", exact=True), most=80)
    page.keyboard.press("Enter")
    _reach(page, _canvas(page), most=80)
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Text", "Button", "Text"]
    # the new button is selected: up it goes, then down through the end of its column into the next one
    page.keyboard.press("Alt+ArrowUp")
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Button", "Text", "Text"]
    for _ in range(3):
        page.keyboard.press("Alt+ArrowDown")
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Text", "Text", "Button"]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Words", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("To the shop")
    page.keyboard.press("Escape")
    expect(_canvas(page)).to_be_focused()
    page.keyboard.press("Control+d")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Text of the block")).to_be_focused()
    page.keyboard.type(" By keys.")
    page.keyboard.press("Escape")
    page.keyboard.press("Delete")
    assert [name.split(" ")[0] for name in _blocks(page)] == ["Text", "Button"]
    _is_saved(page)
    eventually(lambda: _saved(shop) == [[], ["text", "button"]])
    assert _template(shop)["name"] == "By keys"


def test_nothing_is_lost_while_the_server_is_away_or_the_tab_is_closed(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    _blank(page)
    name = page.get_by_label("Name of the template")
    context.set_offline(True)
    name.fill("Written while away")
    expect(page.get_by_text("Your changes are kept in this browser")).to_be_visible(timeout=15_000)
    context.set_offline(False)
    _is_saved(page)
    assert _template(shop)["name"] == "Written while away"
    context.set_offline(True)
    name.fill("Written before the tab was closed")
    page.wait_for_timeout(600)
    address = page.url
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Continue with those changes").click()
    _is_saved(page)
    eventually(lambda: _template(shop)["name"] == "Written before the tab was closed")


@pytest.mark.long
def test_of_two_who_write_at_once_neither_loses_anything(context: BrowserContext, shop: Shop) -> None:
    first = _window(context, shop, "/templates/new")
    _blank(first)
    second = context.new_page()
    second.goto(first.url)
    expect(_canvas(second)).to_be_visible()
    first.get_by_label("Name of the template").fill("Of the first")
    _is_saved(first)
    eventually(lambda: _template(shop)["name"] == "Of the first")
    second.get_by_label("Name of the template").fill("Of the second")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("this template was changed after you opened it")).to_be_visible()
    assert _template(shop)["name"] == "Of the first"
    second.get_by_role("button", name="Keep mine as a copy").click()
    expect(second.get_by_label("Name of the template")).to_have_value("Of the second (mine)")
    assert {one["attributes"]["name"] for one in shop.http.get("/api/templates").json()["data"]} == {
        "Of the first",
        "Of the second (mine)",
    }


@pytest.mark.long
def test_what_the_server_refuses_stands_at_its_block(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    _blank(page)
    page.get_by_role("button", name="Button", exact=True).click()
    page.get_by_label("Words", exact=True).fill("{% nothing_like_it %}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved", exact=True)).to_be_visible()
    page.get_by_label("Words", exact=True).fill("{{ first_name }}")
    _is_saved(page)


@pytest.mark.long
def test_every_block_of_the_palette_is_taken_as_it_is_added(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    _blank(page)
    tiles = page.get_by_role("complementary", name="Blocks and outline").get_by_role("button").all()
    for tile in tiles:
        tile.click()
    assert len(tiles) >= 16
    page.get_by_role("button", name="Save", exact=True).click()
    _is_saved(page)
    eventually(lambda: sum(map(len, _saved(shop))) == len(tiles) - 6 + 2)
    # what the server makes of it
    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator('iframe[title="The e-mail"]')
    expect(frame.get_by_text("Shop now")).to_be_visible()
    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_text("This button leads nowhere.")).to_be_visible()
    assert findings(page) == []
    page.get_by_text("No picture is chosen.").first.click()
    expect(page.get_by_label("Picture", exact=True)).to_be_visible()
    page.get_by_role("button", name="Choose from the library: Picture").click()
    expect(page.get_by_text("No images yet")).to_be_visible()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(
        {"name": "dot.png", "mimeType": "image/png", "buffer": pictures.png()}
    )
    expect(page.get_by_label("Picture", exact=True)).to_have_value(re.compile(r"/images/"))


@pytest.mark.long
def test_a_starter_takes_the_look_of_the_brand(context: BrowserContext, shop: Shop) -> None:
    attributes = {
        "name": "Main",
        "is_primary": True,
        "style": {"background_color": "#123456", "border_radius": 3, "box_shadow": "none"},
        "border": {"border_color": "#000000", "border_style": "solid", "border_width": 0},
        "spacing": {f"padding_{side}": 10 for side in ("top", "right", "bottom", "left")},
        "text": {
            "color": "#ffffff",
            "font_size": 15,
            "font_style": "normal",
            "font_family": "Georgia, serif",
            "font_weight": 700,
            "letter_spacing": 0,
            "text_decoration": "none",
        },
    }
    made = shop.http.post("/api/brand-buttons", json={"data": {"type": "brand-button", "attributes": attributes}})
    assert made.status_code == 201, made.text
    page = _window(context, shop, "/templates/new")
    expect(page.get_by_role("switch", name="In the look of your brand")).to_be_checked()
    page.get_by_role("button", name="Newsletter").click()
    expect(_canvas(page)).to_be_visible()
    text = json.dumps(_template(shop)["definition"])
    assert '"background_color": "#123456"' in text
    assert _template(shop)["name"] == "Newsletter"


@pytest.mark.long
def test_a_block_is_saved_as_universal_content_used_twice_changed_in_both_and_unlinked(
    context: BrowserContext, shop: Shop
) -> None:
    page = _window(context, shop, "/templates/new")
    _blank(page)
    page.get_by_role("button", name="Button", exact=True).click()
    page.get_by_label("Words", exact=True).fill("To the shop")
    page.get_by_role("button", name="Save as universal content").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Way to the shop")
    page.get_by_role("dialog").get_by_role("button", name="Save it").click()
    settings = page.get_by_role("complementary", name="Settings")
    expect(settings.get_by_text("Linked to Way to the shop")).to_be_visible()
    _is_saved(page)
    # a second template, by dragging it from the palette
    page.goto("/templates/new")
    page.get_by_role("button", name="Begin with an empty one").click()
    tile = page.get_by_role("button", name="Way to the shop")
    tile.drag_to(_canvas(page).get_by_text("Write something here"), target_position={"x": 60, "y": 2})
    linked = _canvas(page).get_by_role("group", name="Universal button")
    expect(linked).to_have_text("To the shop")
    _is_saved(page)
    eventually(lambda: [_html(shop).count("To the shop")] == [2])
    assert findings(page) == []
    # edited where it is kept, and saved when that is said
    page.goto("/templates/universal")
    page.get_by_role("link", name="Way to the shop").click()
    expect(page.get_by_text("Shown by 2 templates")).to_be_visible()
    _canvas(page).get_by_role("group", name="Button").click()
    page.get_by_label("Words", exact=True).fill("See everything")
    page.wait_for_timeout(2500)
    assert _html(shop).count("See everything") == 0
    page.get_by_role("button", name="Save in 2 templates").click()
    _is_saved(page)
    assert (_html(shop).count("See everything"), _html(shop).count("To the shop")) == (2, 0)
    assert findings(page) == []
    # and one of the two makes it its own
    page.get_by_role("link", name="Spring news").click()
    expect(linked).to_have_text("See everything")
    linked.click()
    settings.get_by_role("button", name="Unlink").click()
    page.get_by_label("Words", exact=True).fill("Only here")
    _is_saved(page)
    eventually(lambda: (_html(shop).count("Only here"), _html(shop).count("See everything")) == (1, 1))


def _html(shop: Shop) -> str:
    """Of all templates."""
    return "".join(str(one["attributes"]["html"]) for one in shop.http.get("/api/templates").json()["data"])


@pytest.mark.long
def test_two_quick_presses_make_one(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    page.get_by_role("button", name="Begin with an empty one").dblclick()
    expect(_canvas(page)).to_be_visible()
    assert len(shop.http.get("/api/templates").json()["data"]) == 1


_WRITE_IN_EACH = """async () => {
    const codes = [];
    for (const block of document.querySelectorAll('[role=application] [role=group][aria-label^="Text"]')) {
        block.click();
        await new Promise(requestAnimationFrame);
        if (!document.querySelector('[role=textbox][aria-label="Text of the block"]')) codes.push(block.innerText);
    }
    return codes;
}"""


@pytest.mark.long
def test_every_text_of_every_starter_is_written_on_the_canvas(context: BrowserContext, shop: Shop) -> None:
    page = _window(context, shop, "/templates/new")
    for starter in shop.http.get("/api/template-starters").json()["data"]:
        name = {"name": starter["attributes"]["name"], "editor_type": "SYSTEM_DRAGGABLE"}
        attributes = {**name, "definition": starter["attributes"]["definition"]}
        made = shop.http.post("/api/templates", json={"data": {"type": "template", "attributes": attributes}}).json()
        page.goto(f"/templates/{made['data']['id']}")
        expect(_canvas(page)).to_be_visible()
        assert page.evaluate(_WRITE_IN_EACH) == [], starter["id"]
