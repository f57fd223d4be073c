"""A file of people that is brought in with the browser: by mouse, and by the keyboard alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import Shop
from tests.lists.test_lists import members
from tests.subscriptions.world import marketing
from tests.web.entering import enter

CSV = "Mail,First name,Tier\nann@example.com,Ann,gold\nbea@example.com,Bea,\nnonsense,Cyd,\n"
_DROPPED = """([text, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/csv" }));
    return data;
}"""


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def _list(shop: Shop) -> tuple[str, list[str]]:
    """Its name, and the addresses on it."""
    (row,) = shop.http.get("/api/lists").json()["data"]
    people = {id: shop.http.get(f"/api/profiles/{id}").json()["data"]["attributes"] for id in members(shop, row["id"])}
    return row["attributes"]["name"], sorted(one["email"] for one in people.values())


def test_a_dropped_file_ends_as_people_on_a_list_with_the_consent_that_was_said(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/imports")
    expect(page.get_by_text("No imports yet")).to_be_visible()
    assert _fits(page)
    page.get_by_role("link", name="Import a file").first.click()
    dropped = page.evaluate_handle(_DROPPED, [CSV, "people.csv"])
    page.get_by_text("Drop a CSV file here").dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()

    columns = page.get_by_role("table", name="Columns")
    expect(columns.get_by_label("“Mail” becomes")).to_have_value("email")
    expect(columns.get_by_text("ann@example.com · bea@example.com · nonsense")).to_be_visible()
    columns.get_by_label("“Tier” becomes").select_option(label="Title")
    page.get_by_label("These people join").select_option(label="A new list")
    page.get_by_label("Name of the new list").fill("Fair")
    page.get_by_label("They subscribed").click()
    page.get_by_label("When they agreed").fill("2024-05-01")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Say where these people agreed")
    page.get_by_label("Where they agreed").fill("Spring fair")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("2 people will be added, 0 changed, 1 row refused.")).to_be_visible()
    expect(page.get_by_role("table", name="Refused rows")).to_contain_text("4")
    assert shop.http.get("/api/lists").json()["data"] == []
    assert _fits(page)

    page.get_by_role("button", name="Import 2 people").click()
    expect(page.get_by_text("2 people were added, 0 changed, 1 row refused.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    assert "nonsense,Cyd" in Path(download.value.path()).read_text()
    page.get_by_role("link", name="Open the list").click()
    expect(page.get_by_role("heading", name="Fair")).to_be_visible()
    assert _list(shop) == ("Fair", ["ann@example.com", "bea@example.com"])
    said = marketing(shop, "ann@example.com")
    assert (said["consent"], said["consent_timestamp"][:10]) == ("SUBSCRIBED", "2024-05-01")
    assert said["custom_method_detail"] == "Spring fair"


@pytest.mark.long
def test_the_same_is_done_by_the_keyboard_alone(browser: Browser, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV)
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop)
    page.goto(f"{shop.server.url}/imports/new")
    chosen = page.get_by_label("The file", exact=True)
    _tab_to(page, chosen)
    # what the browser's own window for files does
    chosen.set_input_files(file)
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()
    _tab_to(page, page.get_by_label("These people join"))
    page.keyboard.type("A new list")
    _tab_to(page, page.get_by_label("Name of the new list"))
    page.keyboard.type("Fair")
    _tab_to(page, page.get_by_label("Nothing: leave their consent as it is"))
    page.keyboard.press("ArrowDown")
    _tab_to(page, page.get_by_label("When they agreed"))
    page.keyboard.type("05012024")
    _tab_to(page, page.get_by_label("Where they agreed"))
    page.keyboard.type("Spring fair")
    _tab_to(page, page.get_by_role("button", name="Check the file"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 people will be added, 0 changed, 1 row refused.")).to_be_visible()
    _tab_to(page, page.get_by_role("button", name="Import 2 people"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 people were added")).to_be_visible()
    assert _list(shop) == ("Fair", ["ann@example.com", "bea@example.com"])
    assert marketing(shop, "bea@example.com")["consent_timestamp"][:10] == "2024-05-01"
    context.close()


def _tab_to(page: Page, target: Locator) -> None:
    """With the Tab key, from wherever the focus is."""
    target.wait_for(state="attached")
    for _ in range(60):
        if target.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")
