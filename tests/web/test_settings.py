"""Settings as people change them: one task a section, each the whole way, in one browser on one shop."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import stories
from tests.conftest import Server, Shop, eventually, new_shop
from tests.images import pictures
from tests.web.entering import enter

Json = dict[str, Any]


@pytest.fixture(scope="module")
def settings_shop(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made:
        yield made


@pytest.fixture(scope="module")
def opened(browser: Browser, settings_shop: Shop) -> Iterator[Page]:
    """Signed in once, for all sections."""
    context = browser.new_context(
        reduced_motion="reduce", viewport={"width": 1280, "height": 900}, accept_downloads=True
    )
    page = context.new_page()
    enter(page, settings_shop)
    yield page
    context.close()


@pytest.fixture
def page(opened: Page) -> Iterator[Page]:
    """Fails the test on an error in the console that no refusal explains."""
    problems: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error" and "400 (Bad Request)" not in message.text:
            problems.append(message.text)

    opened.on("console", note)
    yield opened
    opened.remove_listener("console", note)
    assert not problems


def go(page: Page, shop: Shop, section: str) -> None:
    page.goto(f"{shop.server.url}/settings")
    page.get_by_role("main").get_by_role("link", name=re.compile(f"^{section}")).click()
    expect(page.get_by_role("heading", level=1, name=section)).to_be_visible()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def read(shop: Shop, path: str) -> Json:
    answer = shop.http.get(path)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return dict((data[0] if isinstance(data, list) else data)["attributes"])


def test_the_account_is_named_anew_and_a_bad_address_stands_at_its_field(page: Page, settings_shop: Shop) -> None:
    go(page, settings_shop, "Account")
    page.get_by_role("textbox", name="Name", exact=True).fill("Tannenhof")
    page.get_by_role("combobox", name="Time zone").fill("zurich")
    page.get_by_role("option", name="Europe/Zurich").click()
    page.get_by_role("button", name="Save the account").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_text("Tannenhof")).to_be_visible()
    go(page, settings_shop, "Sender")
    page.get_by_label("City").fill("Bern")
    page.get_by_role("textbox", name="Sender address").fill("nobody")
    page.get_by_role("button", name="Save sender and address").click()
    expect(page.get_by_text("'nobody' is no address")).to_be_visible()
    expect(page.get_by_role("textbox", name="Sender address")).to_be_focused()
    page.get_by_role("textbox", name="Sender address").fill("hello@tannenhof.example")
    page.get_by_role("button", name="Save sender and address").click()
    eventually(
        lambda: (
            read(settings_shop, "/api/accounts")["contact_information"]["default_sender_email"] != "shop@example.com"
        )
    )
    attributes = read(settings_shop, "/api/accounts")
    contact = attributes["contact_information"]
    assert contact["organization_name"] == "Tannenhof"
    assert contact["default_sender_email"] == "hello@tannenhof.example"
    assert contact["street_address"]["city"] == "Bern"
    assert attributes["timezone"] == "Europe/Zurich"
    assert fits(page)


@pytest.mark.long
def test_links_get_the_parameters_that_are_chosen(page: Page, settings_shop: Shop) -> None:
    go(page, settings_shop, "Tracking")
    page.get_by_role("switch", name="Add them by themselves").check()
    page.get_by_label("Source: in campaigns, the text").fill("newsletter")
    page.get_by_role("combobox", name="Term: in campaigns").click()
    page.get_by_role("option", name="Text of the link").click()
    page.get_by_role("button", name="Add a parameter of your own").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("a b")
    page.get_by_role("combobox", name="a b: in flows").click()
    page.get_by_role("option", name="Flow's name").click()
    page.get_by_role("button", name="Save the parameters").click()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.get_by_role("textbox", name="Name", exact=True).fill("via")
    expect(page.get_by_text("utm_source=newsletter", exact=False)).to_be_visible()
    expect(page.get_by_text("via=Welcome", exact=False)).to_be_visible()
    page.get_by_role("button", name="Save the parameters").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    attributes = read(settings_shop, "/api/tracking-settings")
    assert attributes["auto_add_parameters"] is True
    assert attributes["utm_source"]["campaign"] == {"type": "static", "value": "newsletter"}
    assert attributes["utm_source"]["flow"] == {"type": "static", "value": "Klaviyo"}
    assert attributes["utm_term"] == {"campaign": {"type": "dynamic", "value": "link_alt_text"}}
    assert attributes["custom_parameters"] == [{"name": "via", "flow": {"type": "dynamic", "value": "flow_name"}}]
    page.reload()
    expect(page.get_by_label("Source: in campaigns, the text")).to_have_value("newsletter")
    assert fits(page)


def test_usage_is_shown_beside_its_limit(page: Page, settings_shop: Shop) -> None:
    stories.people(settings_shop, 3, prefix="usage")
    settings_shop.query(
        """UPDATE accounts SET settings = settings || '{"limits": {"active_profiles": 12}}'
           WHERE account_id = %s RETURNING 1""",
        settings_shop.account_id,
    )
    # every process has forgotten the account as it was
    counted = lambda: read(settings_shop, "/api/billing-usage/active_profiles")  # noqa: E731
    eventually(lambda: counted()["usage_max"] == 12)
    go(page, settings_shop, "Usage")
    used = int(counted()["usage_used"])
    expect(page.get_by_text(re.compile(rf"^{100 * used / 12:.1f}% of 12$".replace(".0%", "%")))).to_be_visible()
    expect(page.get_by_text("No limit is set")).to_be_visible()
    assert fits(page)


@pytest.mark.long
def test_an_export_is_made_and_downloaded(page: Page, settings_shop: Shop) -> None:
    addresses = stories.people(settings_shop, 2, prefix="export")
    stories.list_of(settings_shop, addresses, name="Friends of the shop")
    settings_shop.event("Bought", addresses[0], properties={"Item": "Boots"})
    settings_shop.metric_id("Bought")
    settings_shop.wait_until_recorded()
    go(page, settings_shop, "Data exports")
    expect(page.get_by_text("No exports yet")).to_be_visible()
    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_text("Choose a list or segment.")).to_be_visible()
    page.get_by_role("combobox", name="List or segment").click()
    page.get_by_role("option", name="Friends of the shop").click()
    page.get_by_role("button", name="Make the export").click()
    table = page.get_by_role("table", name="Exports")
    row = table.get_by_role("row").filter(has_text="Friends of the shop")
    with page.expect_download() as downloading:
        row.get_by_role("link", name="Download").click()
    assert {line["email"] for line in _lines(downloading.value.path())} == {*addresses}
    page.get_by_role("radiogroup", name="What to export").get_by_text("Events").click()
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name="Bought").click()
    page.get_by_role("button", name="Make the export").click()
    with page.expect_download() as downloading:
        table.get_by_role("row").filter(has_text="Bought").get_by_role("link", name="Download").click()
    assert [line["properties.Item"] for line in _lines(downloading.value.path())] == ["Boots"]
    assert fits(page)


def _lines(path: Any) -> list[Json]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))


@pytest.mark.long
def test_a_brand_is_made_and_new_emails_look_like_it(page: Page, settings_shop: Shop) -> None:
    go(page, settings_shop, "Brand")
    page.locator("input[type=file]").set_input_files(
        {"name": "Wide logo.png", "mimeType": "image/png", "buffer": pictures.png()}
    )
    expect(page.get_by_text("Wide logo", exact=True).first).to_be_visible()

    page.get_by_role("button", name="Add colours").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("Spring")
    dialog.get_by_label("Colour 1", exact=True).fill("#a1b2c3")
    dialog.get_by_label("Name of colour 1").fill("Sky")
    dialog.get_by_role("button", name="Save the colours").click()
    expect(page.get_by_text("#a1b2c3")).to_be_visible()

    for name in ("Main button", "Quiet button"):
        page.get_by_role("button", name="Add a button").click()
        dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
        dialog.get_by_role("button", name="Save the button").click()
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    page.get_by_role("button", name="Actions for Quiet button").click()
    page.get_by_role("menuitem", name="Make it primary").click()
    shown = lambda: settings_shop.http.get("/api/brand-buttons").json()["data"]  # noqa: E731
    eventually(lambda: [one["attributes"]["is_primary"] for one in shown()] == [False, True])

    page.get_by_role("button", name="Add links").click()
    dialog.get_by_label("Address of link 1").fill("instagram")
    dialog.get_by_role("button", name="Save the links").click()
    expect(dialog.get_by_text("Write it as in")).to_be_visible()
    dialog.get_by_label("Address of link 1").fill("https://instagram.com/shop")
    dialog.get_by_role("button", name="Save the links").click()
    expect(dialog).to_be_hidden()

    preview = page.get_by_role("img", name="How an e-mail looks")
    for label, option in (("Logo", "Wide logo"), ("Button", "Quiet button"), ("Social links", "Links")):
        page.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=option).click()
    expect(preview.get_by_text("Shop now")).to_be_visible()
    expect(preview.get_by_text("Instagram")).to_be_visible()
    page.get_by_role("button", name="Header", exact=True).click()
    page.get_by_role("region", name="Header").get_by_label("Background").fill("#112233")
    # the field takes back, when it is left, what it has not drawn yet
    expect(preview.locator("> div").first).to_have_css("background-color", "rgb(17, 34, 51)")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save the look").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    answer = settings_shop.http.get(f"/api/brand-email-defaults/{settings_shop.public_id}").json()["data"]
    assert answer["attributes"]["header"]["background_color"] == "#112233"
    assert all(one["data"] for one in answer["relationships"].values())

    page.get_by_label("Tone 1, its name").fill("Dry")
    page.get_by_role("button", name="Save the voice").click()
    eventually(lambda: _voice(settings_shop)["tone_descriptors"][0]["name"] == "Dry")
    assert [one["user_modified"] for one in _voice(settings_shop)["tone_descriptors"]] == [True, False]

    page.get_by_role("button", name="Actions for Wide logo").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the logo").click()
    expect(page.get_by_text("No logo yet")).to_be_visible()
    assert fits(page)


def _voice(shop: Shop) -> Json:
    return read(shop, f"/api/brand-voice/{shop.public_id}")


@pytest.mark.long
def test_sections_fit_a_phone(page: Page, settings_shop: Shop) -> None:
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    for section in ("account", "brand", "tracking", "usage", "exports"):
        page.goto(f"{settings_shop.server.url}/settings/{section}")
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        assert fits(page), section
        page.get_by_role("link", name="Settings", exact=True).last.click()
        expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    assert before
    page.set_viewport_size(before)
