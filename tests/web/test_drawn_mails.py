"""Drawn mails in a browser: as wide as the screen, what each screen shows, and dark mode."""

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page

from rapport.templates import starters
from rapport.templates.definition.layout import TemplateDefinition
from rapport.templates.language import compile_template
from rapport.templates.mjml.page import html_of
from tests.templates.definitions import Json, block, definition, section, text

WIDE, PHONE = 660, 390


def shown(browser: Browser, data: Json, width: int, *, event: Json | None = None, dark: bool = False) -> Page:
    html = compile_template(html_of(msgspec.convert(data, TemplateDefinition), {})).render({"event": event or {}})
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    return page


@pytest.mark.parametrize("id", starters.ids())
def test_a_starter_scrolls_on_no_screen_sideways(browser: Browser, id: str) -> None:
    starter = starters.starter(id, "https://shop.example")
    assert starter is not None
    for width in (WIDE, PHONE):
        page = shown(browser, starter.definition, width, event=starter.event)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.close()


SCREENS = definition(
    section([text("<p>On both</p>"), text("<p>On wide ones</p>", {"show_on": "desktop"})]),
    section([text("<p>On phones</p>")], options={"show_on": "mobile"}),
    section([text("<p>First</p>")], [text("<p>Second</p>")], layout="2-columns-equal-width", column_direction="rtl"),
)


@pytest.mark.parametrize(("width", "words"), [(WIDE, "On wide ones"), (PHONE, "On phones")])
def test_each_screen_shows_what_is_for_it(browser: Browser, width: int, words: str) -> None:
    page = shown(browser, SCREENS, width)
    visible = {words for words in ("On both", "On wide ones", "On phones") if page.get_by_text(words).is_visible()}
    assert visible == {"On both", words}
    page.close()


def test_columns_that_are_turned_round_are_so_on_phones_alone(browser: Browser) -> None:
    for width, is_turned in ((WIDE, False), (PHONE, True)):
        page = shown(browser, SCREENS, width)
        first, second = (page.get_by_text(words).bounding_box() for words in ("First", "Second"))
        assert first and second
        if is_turned:
            assert second["y"] < first["y"]
        else:
            assert first["x"] < second["x"] and first["y"] == second["y"]
        page.close()


def test_what_is_repeated_and_what_is_hidden(browser: Browser) -> None:
    repeat = {"repeat_for": "event.items", "item_alias": "item"}
    only = {"content_repeat": repeat, "visibility": {"check": "item.price > 5"}}
    data = definition(section([text("<p>{{ item.name }}</p>", only)]))
    event = {"items": [{"name": "Hat", "price": 9}, {"name": "Pin", "price": 2}, {"name": "Bag", "price": 20}]}
    page = shown(browser, data, WIDE, event=event)
    assert [page.get_by_text(name).count() for name in ("Hat", "Pin", "Bag")] == [1, 0, 1]
    page.close()


def test_in_the_dark_light_grounds_are_dark_and_what_is_dark_stays(browser: Browser) -> None:
    button = block("button", content="Buy", properties={"href": "https://shop.example/"}, background_color="#c0392b")
    data = definition(
        section([text('<p>Light <a href="https://shop.example/">link</a></p>'), button]),
        section([text("<p>Dark</p>", color="#eeeeee")], background_color="#203040"),
    )
    page = shown(browser, data, WIDE, dark=True)
    light, link, dark, buy = (page.get_by_text(words, exact=True) for words in ("Light link", "link", "Dark", "Buy"))
    assert brightness(color(light)) > 0.6
    assert brightness(color(link)) > 0.6
    assert color(dark) == "rgb(238, 238, 238)"
    assert buy.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(192, 57, 43)"
    grounds = page.evaluate(
        "[...document.querySelectorAll('.page > div')].map(e => getComputedStyle(e).backgroundColor)"
    )
    assert brightness(grounds[0]) < 0.2
    assert grounds[1] == "rgb(32, 48, 64)"
    page.close()


def color(of: Locator) -> str:
    return str(of.evaluate("e => getComputedStyle(e).color"))


def brightness(color: str) -> float:
    parts = [int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(parts) / 3 / 255
