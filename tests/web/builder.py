"""The segment builder as a person uses it: every control is found by the name that is said of it."""

from playwright.sync_api import Locator, Page, expect

from tests.conftest import Shop


def open_new(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/audiences/segments/new")
    expect(page.get_by_role("heading", name="New segment")).to_be_visible()


def group(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Group {number}", exact=True)


def condition(page: Page, number: int, nth: int = 1) -> Locator:
    return group(page, number).get_by_role("group", name="Condition").nth(nth - 1)


def choose(within: Locator, label: str, option: str) -> None:
    within.get_by_role("combobox", name=label, exact=True).click()
    pick(within.page, option)


def pick(page: Page, option: str) -> None:
    """One of the options that are open: they lie outside of the sentence, and can also say what they are for."""
    page.get_by_role("option").filter(has=page.get_by_text(option, exact=True)).first.click()


def say(within: Locator, start: str) -> None:
    """How a condition begins."""
    within.get_by_role("combobox", name="a condition", exact=True).fill(start)
    pick(within.page, start)


def write(within: Locator, label: str, text: str) -> None:
    within.get_by_label(label, exact=True).first.fill(text)
    within.page.keyboard.press("Escape")


def estimate(page: Page) -> Locator:
    return page.get_by_test_id("estimate")


def fits(page: Page) -> bool:
    """Nothing reaches out of the page to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
