"""The pages a recipient sees, in a real browser: leaving, choosing, confirming and signing up (behaviour-people 2.9).

No script runs in them and nothing but the page itself is asked for; with `--basetemp` the pictures can be looked at.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop
from tests.sink import Sink
from tests.subscriptions.world import (
    NUMBER,
    SMS,
    confirmation,
    letter,
    marketing,
    members,
    reasons,
    settings,
    single,
    subscribe,
    subscriptions,
    unsubscribe,
)

_SIZES = [(1280, 800), (390, 844)]
# WCAG 2.2, 2.5.8: what is touched is at least this many CSS pixels high and wide.
_TARGET = 24


@pytest.fixture(params=_SIZES, ids=["desktop", "phone"])
def recipient(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Somebody's browser, signed in to nothing; fails the test when a page asks for anything but itself."""
    width, height = request.param
    context = browser.new_context(
        reduced_motion="reduce", viewport={"width": width, "height": height}, java_script_enabled=True
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda one: None if one.is_navigation_request() else problems.append(f"asks for {one.url}"))
    yield page
    context.close()
    assert [one for one in problems if "favicon" not in one] == []


def person(shop: Shop) -> str:
    return f"ann.with.quite.a.long.name@{shop.public_id.lower()}.example.com"


def called(shop: Shop, name: str = "Blue Bottle & Söhne") -> None:
    shop.query("UPDATE accounts SET name = %s WHERE account_id = %s RETURNING 1", name, shop.account_id)


def looks_right(page: Page, folder: Path, name: str) -> None:
    """Nothing is cut off, everything has a name and can be hit; a picture is kept."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.title() and page.locator("h1").count() == 1 and page.locator("main").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    for control in page.locator("button, label.choice, input[type=email]").all():
        box = control.bounding_box()
        assert box and box["height"] >= _TARGET and box["width"] >= _TARGET
    for field in page.locator("input:not([type=hidden])").all():
        assert field.evaluate("one => one.labels.length") == 1
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


@pytest.mark.rule("2.9")
def test_a_person_chooses_what_they_get(recipient: Page, shop: Shop, sink: Sink, tmp_path: Path) -> None:
    called(shop)
    news, offers = single(shop, "Weekly news"), single(shop, "Offers and early access for friends of the house")
    for one in (news, offers):
        subscribe(shop, person(shop), list_id=one)
    unsubscribe(shop, person(shop), list_id=offers)
    subscribe(shop, person(shop), SMS, phone=NUMBER)
    recipient.goto(letter(shop, sink, [news], person(shop))["p"])
    expect(recipient.get_by_role("heading", name="Your preferences")).to_be_visible()
    expect(recipient.get_by_text("Blue Bottle & Söhne").first).to_be_visible()
    expect(recipient.get_by_role("group", name="E-mails you get")).to_be_visible()
    mail, texts = recipient.get_by_label("E-mails"), recipient.get_by_label("Text messages")
    expect(mail.first).to_be_checked()
    expect(texts).to_be_checked()
    expect(recipient.get_by_label("Weekly news")).to_be_checked()
    expect(recipient.get_by_label("Offers and early access")).not_to_be_checked()
    looks_right(recipient, tmp_path, "preferences")
    # by keyboard alone
    texts.focus()
    recipient.keyboard.press("Space")
    recipient.get_by_label("Offers and early access").check()
    recipient.get_by_label("Weekly news").uncheck()
    recipient.get_by_role("button", name="Save").press("Enter")
    expect(recipient.get_by_role("status")).to_have_text("Your preferences are saved")
    looks_right(recipient, tmp_path, "saved")
    said = subscriptions(shop, person(shop))
    assert said["sms"]["marketing"]["consent"] == "UNSUBSCRIBED"
    assert said["email"]["marketing"]["can_receive_email_marketing"] is True
    assert (members(shop, news), members(shop, offers)) == ([], [person(shop)])
    recipient.get_by_role("link", name="Change them again").click()
    expect(recipient.get_by_label("Text messages")).not_to_be_checked()
    recipient.get_by_role("button", name="Unsubscribe from everything").click()
    expect(recipient.get_by_role("status")).to_be_visible()
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.9")
@pytest.mark.long
def test_a_person_leaves_and_comes_back(recipient: Page, shop: Shop, sink: Sink, tmp_path: Path) -> None:
    called(shop)
    news = single(shop, "Weekly news")
    subscribe(shop, person(shop), list_id=news)
    recipient.goto(letter(shop, sink, [news], person(shop))["u"])
    expect(recipient.get_by_role("heading", name="Unsubscribe?")).to_be_visible()
    looks_right(recipient, tmp_path, "unsubscribe")
    assert reasons(shop, person(shop)) == []
    recipient.get_by_role("button", name="Unsubscribe").click()
    expect(recipient.get_by_role("status")).to_have_text("You are unsubscribed")
    looks_right(recipient, tmp_path, "unsubscribed")
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]
    recipient.get_by_role("button", name="Subscribe again").click()
    expect(recipient.get_by_role("status")).to_have_text("You are subscribed")
    assert marketing(shop, person(shop))["can_receive_email_marketing"] is True


@pytest.mark.rule("2.9", "2.6")
def test_a_person_leaves_one_list_and_then_everything(recipient: Page, shop: Shop, sink: Sink, tmp_path: Path) -> None:
    called(shop)
    settings(shop, global_unsubscribe=False)
    news = single(shop, "Weekly news")
    subscribe(shop, person(shop), list_id=news)
    recipient.goto(letter(shop, sink, [news], person(shop))["u"])
    expect(recipient.get_by_role("heading", name="Unsubscribe from “Weekly news”?")).to_be_visible()
    looks_right(recipient, tmp_path, "unsubscribe-list")
    recipient.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect(recipient.get_by_role("status")).to_have_text("You left “Weekly news”")
    looks_right(recipient, tmp_path, "left-list")
    assert reasons(shop, person(shop)) == []
    recipient.get_by_role("button", name="Unsubscribe from all e-mails").click()
    expect(recipient.get_by_role("status")).to_have_text("You are unsubscribed")
    assert reasons(shop, person(shop)) == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.9", "2.8")
def test_a_person_signs_up_and_confirms(recipient: Page, shop: Shop, sink: Sink, tmp_path: Path) -> None:
    called(shop)
    news = single(shop, "Weekly news", "double_opt_in")
    recipient.goto(f"{shop.server.url}/l/{shop.public_id}/{news}")
    expect(recipient.get_by_role("heading", name="Weekly news")).to_be_visible()
    looks_right(recipient, tmp_path, "sign-up")
    recipient.get_by_label("Your e-mail address").fill(person(shop))
    recipient.get_by_role("button", name="Subscribe").click()
    expect(recipient.get_by_role("status")).to_have_text("One more step")
    looks_right(recipient, tmp_path, "one-more-step")
    recipient.goto(confirmation(sink, person(shop)))
    expect(recipient.get_by_role("heading", name="Confirm your subscription")).to_be_visible()
    looks_right(recipient, tmp_path, "confirm")
    assert members(shop, news) == []
    recipient.get_by_role("button", name="Yes, subscribe me").click()
    expect(recipient.get_by_role("status")).to_have_text("You are subscribed")
    looks_right(recipient, tmp_path, "confirmed")
    assert members(shop, news) == [person(shop)]


@pytest.mark.rule("2.9", "2.8")
def test_a_link_that_is_too_old_says_what_to_do(recipient: Page, shop: Shop, sink: Sink, tmp_path: Path) -> None:
    called(shop)
    subscribe(shop, person(shop), list_id=single(shop, "Weekly news", "double_opt_in"))
    link = confirmation(sink, person(shop))
    shop.advance(hours=73)
    recipient.goto(link)
    expect(recipient.get_by_role("heading", name="This link is too old")).to_be_visible()
    expect(recipient.get_by_text("sign up with Blue Bottle & Söhne again")).to_be_visible()
    looks_right(recipient, tmp_path, "too-old")


@pytest.mark.rule("2.9")
def test_the_pages_are_readable_in_the_dark_and_without_scripts(
    browser: Browser, shop: Shop, sink: Sink, tmp_path: Path
) -> None:
    called(shop)
    news = single(shop, "Weekly news")
    subscribe(shop, person(shop), list_id=news)
    link = letter(shop, sink, [news], person(shop))["p"]
    context = browser.new_context(
        color_scheme="dark", java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Weekly news").uncheck()
    page.screenshot(path=tmp_path / "dark.png", full_page=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    context.close()
    assert members(shop, news) == []
