"""Settings that two people have open at once: what the other saved is told, in words, and neither loses a change."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop, eventually
from tests.parity.world import resource
from tests.web.axe import findings
from tests.web.entering import enter

Attributes = dict[str, Any]


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


# page: API path and type, what another changes, what is told of it, what is changed here and its attribute
PAGES: dict[str, tuple[str, str, Attributes, str, Callable[[Page], None], str]] = {
    "consent": (
        "/api/consent-settings",
        "consent-settings",
        {"opt_in_process": "double_opt_in", "exact_opt_out": True},
        "Sign-ups that name no list is now confirmed by mail, STOP counts only when it is the whole text is now on",
        _age,
        "minimum_age",
    ),
    "tracking": (
        "/api/tracking-settings/{id}",
        "tracking-setting",
        {"utm_id": {"flow": {"type": "static", "value": "abc"}}},
        "Id is now nothing in campaigns, “abc” in flows",
        _medium,
        "utm_term",
    ),
    "attribution": (
        "/api/attribution-settings",
        "attribution-settings",
        {"windows": {"sms_click": None, "email_open": {"value": 7, "unit": "days"}}},
        "E-mail opened is now 7 days, Text message clicked is now off",
        _refunds,
        "subtract_refunds",
    ),
    "data": (
        "/api/data-retention/{id}",
        "data-retention",
        {"all_months": 36},
        "Of everybody is now 36 months",
        _months,
        "anonymous_months",
    ),
    "voice": (
        "/api/brand-voice/{id}",
        "brand-voice",
        {"tone_descriptors": [{"name": "Warm", "description": "As a friend", "user_modified": True}]},
        "Tone is now “Warm: As a friend”",
        _language,
        "language_patterns",
    ),
    "look": (
        "/api/brand-email-defaults/{id}",
        "brand-email-default",
        {"footer": {"background_color": "#fafafa"}, "header": {"logo_max_width": 320}},
        "Most the logo is wide is now 320 pixels, Background of the footer is now “#fafafa”",
        _around,
        "body",
    ),
}
_PLACE = {"voice": "brand", "look": "brand"}
_SAVE = {
    "consent": "Save consent rules",
    "tracking": "Save the parameters",
    "attribution": "Save the settings",
    "data": "Save how long",
    "voice": "Save the voice",
    "look": "Save the look",
}


@pytest.mark.parametrize("name", PAGES)
def test_what_another_saved_meanwhile_is_joined(browser: Browser, shop: Shop, name: str) -> None:
    path, kind, theirs, told, change, attribute = PAGES[name]
    path = path.format(id=shop.public_id)

    def read() -> Attributes:
        return dict(shop.http.get(path).json()["data"]["attributes"])

    page = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 1000}).new_page()
    enter(page, shop, f"/settings/{_PLACE.get(name, name)}")
    expect(page.get_by_role("button", name=_SAVE[name])).to_be_visible(timeout=20_000)
    body = resource(kind, shop.public_id if path.endswith(shop.public_id) else None, **theirs)
    assert shop.http.patch(path, json=body).status_code == 200
    before = read()
    change(page)
    _press(page, name, _SAVE[name])
    expect(page.get_by_role("alert").filter(has_text="was changed after you opened it")).to_contain_text(told)
    assert read()[attribute] == before[attribute]
    assert not findings(page)
    _press(page, name, "Save both")
    eventually(lambda: read()[attribute] != before[attribute])
    now = read()
    assert now == {**before, attribute: now[attribute]} | _of_workers(now)
    page.context.close()


def _press(page: Page, name: str, button: str) -> None:
    page.get_by_role("button", name=button).click()
    if name == "data":
        page.get_by_role("button", name="Save and delete them").click()


def _of_workers(attributes: Attributes) -> Attributes:
    """What goes on by itself once settings were saved."""
    return {name: attributes[name] for name in ("version", "recomputing", "progress") if name in attributes}
