"""Settings that two people have open at once: what the other saved is told, in words, and neither loses a change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.accounts.dance import CALLBACK, signed_in
from tests.brands.examples import BUTTON, LINKS
from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.web.axe import findings
from tests.web.entering import enter

Attributes = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """A form of the settings: on which page it is and where in the API, what its button says, what another changes of
    it and how that is told, what is changed here and which part of the attributes that is.

    `made`: of what an account has several of, the one that is edited; it is opened by `menu`.
    """

    section: str
    path: str
    kind: str
    save: str
    theirs: Attributes
    told: list[str]
    change: Callable[[Page], None]
    mine: str
    made: Attributes | None = None
    menu: tuple[str, str] = ("Actions for First", "Change")
    confirmed: str | None = None


def _age(page: Page) -> None:
    page.get_by_role("textbox", name="Minimum age").fill("16")


def _medium(page: Page) -> None:
    page.get_by_role("combobox", name="Term: in campaigns").click()
    page.get_by_role("option", name="Subject").click()


def _refunds(page: Page) -> None:
    page.get_by_role("switch", name="Take refunds and cancellations back").uncheck(force=True)


def _months(page: Page) -> None:
    page.get_by_role("textbox", name="Of people who are not known").fill("24")


def _language(page: Page) -> None:
    form = page.locator("form", has=page.get_by_role("button", name="Save the voice"))
    form.get_by_role("button", name="Add a line").last.click()
    form.get_by_placeholder("Short sentences").last.fill("No jargon")


def _around(page: Page) -> None:
    page.get_by_role("button", name="Text and headings").click()
    page.get_by_role("textbox", name="Around it").fill("#123456")


def _filled(label: str, text: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("dialog").get_by_role("textbox", name=label, exact=True).fill(text)


def _scope(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("combobox", name="Scopes").fill("tags:read ")


FORMS: dict[str, Form] = {
    "consent": Form(
        "consent",
        "/api/consent-settings",
        "consent-settings",
        "Save consent rules",
        {"opt_in_process": "double_opt_in", "exact_opt_out": True},
        ["Sign-ups that name no list: now confirmed by mail", "STOP counts only when it is the whole text: now on"],
        _age,
        "minimum_age",
    ),
    "tracking": Form(
        "tracking",
        "/api/tracking-settings/{id}",
        "tracking-setting",
        "Save the parameters",
        {"utm_id": {"flow": {"type": "static", "value": "abc"}}},
        ["Id: now nothing in campaigns, “abc” in flows"],
        _medium,
        "utm_term",
    ),
    "attribution": Form(
        "attribution",
        "/api/attribution-settings",
        "attribution-settings",
        "Save the settings",
        {"windows": {"sms_click": None, "email_open": {"value": 7, "unit": "days"}}},
        ["E-mail opened: now 7 days", "Text message clicked: now off"],
        _refunds,
        "subtract_refunds",
    ),
    "data": Form(
        "data",
        "/api/data-retention/{id}",
        "data-retention",
        "Save how long",
        {"all_months": 36},
        ["Of everybody: now 36 months"],
        _months,
        "anonymous_months",
        confirmed="Save and delete them",
    ),
    "voice": Form(
        "brand",
        "/api/brand-voice/{id}",
        "brand-voice",
        "Save the voice",
        {"tone_descriptors": [{"name": "Warm", "description": "As a friend", "user_modified": True}]},
        ["Tone: now “Warm: As a friend”"],
        _language,
        "language_patterns",
    ),
    "look": Form(
        "brand",
        "/api/brand-email-defaults/{id}",
        "brand-email-default",
        "Save the look",
        {"footer": {"background_color": "#fafafa"}, "header": {"logo_max_width": 320}},
        ["Most the logo is wide: now 320 pixels", "Background of the footer: now “#fafafa”"],
        _around,
        "body.body_background_color",
    ),
    "logo": Form(
        "brand",
        "/api/brand-logos",
        "brand-logo",
        "Save the logo",
        {"alt_text": "A leaf", "width": 120},
        ["What it says: now “A leaf”", "Width in pixels: now 120"],
        _filled("Leads to", "https://shop.example"),
        "link_url",
        made={"name": "First"},
    ),
    "palette": Form(
        "brand",
        "/api/brand-colors",
        "brand-color",
        "Save the colours",
        {"colors": [{"hex": "#a1b2c3", "name": "Sky"}, {"hex": "#000000", "name": ""}]},
        ["Colours: now Sky #a1b2c3, #000000"],
        _filled("Name", "Second"),
        "name",
        made={"name": "First", "colors": []},
    ),
    "button": Form(
        "brand",
        "/api/brand-buttons",
        "brand-button",
        "Save the button",
        {"style": {**BUTTON["style"], "border_radius": 9}, "border": {**BUTTON["border"], "is_border_active": False}},
        ["Rounding of the corners: now 9", "Border: now off"],
        _filled("Background", "#123456"),
        "style.background_color",
        made={**BUTTON, "name": "First"},
    ),
    "links": Form(
        "brand",
        "/api/brand-social-groups",
        "brand-social-group",
        "Save the links",
        {"social_links": LINKS[:1]},
        ["Links: now X https://x.com/shop"],
        _filled("Name", "Second"),
        "name",
        made={"name": "First", "social_links": LINKS},
    ),
    "application": Form(
        "applications",
        "/api/oauth-apps",
        "oauth-app",
        "Save the application",
        {"redirect_uris": [CALLBACK, "https://b.example.com/callback"]},
        [f"Redirect URIs: now “{CALLBACK}, https://b.example.com/callback”"],
        _scope,
        "scopes",
        made={"name": "Edited by two", "redirect_uris": [CALLBACK], "scopes": ["lists:read"]},
        menu=("More about Edited by two", "Edit"),
    ),
}
# Examined by axe as well: a page's own form, and one in a window.
EXAMINED = ("consent", "button")
CASES = [pytest.param(name, marks=() if name == "consent" else pytest.mark.long) for name in FORMS]


# Of the module, so that pages after the first find the app in the browser's cache.
@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    yield made
    made.close()


@pytest.fixture
def owner(shop: Shop) -> Iterator[httpx.Client]:
    """Somebody else in the account."""
    client = signed_in(shop)
    client.base_url = shop.server.url
    yield client
    client.close()


@pytest.mark.parametrize("name", CASES)
def test_what_another_saved_meanwhile_is_joined(page: Page, shop: Shop, owner: httpx.Client, name: str) -> None:
    form = FORMS[name]
    path, id = _place(form, shop, owner)

    def read() -> Attributes:
        return _flat(owner.get(path).json()["data"]["attributes"])

    enter(page, shop, f"/settings/{form.section}")
    if form.made:
        page.get_by_role("button", name=form.menu[0]).click()
        page.get_by_role("menuitem", name=form.menu[1]).click()
    expect(page.get_by_role("button", name=form.save)).to_be_visible()
    assert owner.patch(path, json=resource(form.kind, id, **form.theirs)).status_code == 200
    before = read()
    form.change(page)
    _press(page, form, form.save)
    told = page.get_by_role("alert").filter(has_text="was changed after you opened it")
    expect(told.get_by_role("listitem")).to_have_text(form.told)
    assert not _differences(before, read())
    assert name not in EXAMINED or not findings(page)
    _press(page, form, "Save both")
    differences = eventually(lambda: _differences(before, read()))
    assert all(f"{name}.".startswith(f"{form.mine}.") for name in differences)


def _place(form: Form, shop: Shop, owner: httpx.Client) -> tuple[str, str | None]:
    """The path and the id of what is edited."""
    if not form.made:
        return form.path.format(id=shop.public_id), shop.public_id if form.path.endswith("{id}") else None
    answer = owner.post(form.path, json=resource(form.kind, **form.made))
    assert answer.status_code == 201, answer.text
    id = str(answer.json()["data"]["id"])
    return f"{form.path}/{id}", id


def _press(page: Page, form: Form, button: str) -> None:
    page.get_by_role("button", name=button).click()
    if form.confirmed:
        page.get_by_role("button", name=form.confirmed).click()


# What goes on by itself once settings were saved.
_OF_WORKERS = {"version", "recomputing", "progress"}


def _flat(attributes: Attributes) -> Attributes:
    """By path, `style.background_color`."""
    flat: Attributes = {}
    for name, value in attributes.items():
        inner = _flat(value) if isinstance(value, dict) and value else {"": value}
        flat |= {f"{name}.{path}".rstrip("."): part for path, part in inner.items()}
    return flat


def _differences(before: Attributes, after: Attributes) -> set[str]:
    names = (before.keys() | after.keys()) - _OF_WORKERS
    return {name for name in names if before.get(name) != after.get(name)}


def test_a_switch_that_another_turned_is_shown_before_it_is_turned_again(page: Page, shop: Shop) -> None:
    path = "/api/campaign-settings"

    def needs() -> bool:
        return bool(shop.http.get(path).json()["data"]["attributes"]["needs_approval"])

    enter(page, shop, "/settings/campaigns")
    switch = page.get_by_role("switch", name="Campaigns need approval")
    expect(switch).not_to_be_checked()
    assert shop.http.patch(path, json=resource("campaign-settings", needs_approval=True)).status_code == 200
    switch.click(force=True)
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this while you looked at it")
    expect(switch).to_be_checked()
    switch.click(force=True)
    eventually(lambda: not needs())
    expect(page.get_by_role("alert")).to_have_count(0)
