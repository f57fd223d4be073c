"""Lists in the browser: made and filled by mouse and by keyboard, renamed, tagged, exported, deleted; long ones; the
palette that finds everything."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop, eventually
from tests.parity.world import resource, webhook_body
from tests.web.axe import findings
from tests.web.entering import enter
from tests.web.test_people import _reach

_LONG = 220


@pytest.fixture
def window(browser: Browser, shop: Shop) -> Iterator[Page]:
    """A page signed in to the shop; fails the test on an error in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None)
    enter(page, shop)
    yield page
    context.close()
    assert not problems


def _lists(shop: Shop) -> list[dict[str, Any]]:
    return list(shop.http.get("/api/lists").json()["data"])


def _members(shop: Shop, id: str) -> set[str]:
    answer = shop.http.get(f"/api/lists/{id}/profiles", params={"page[size]": 100}).json()["data"]
    return {str(member["attributes"]["email"]) for member in answer}


def test_a_list_is_made_filled_changed_exported_and_deleted_by_mouse(window: Page, shop: Shop) -> None:
    shop.profile("=ann@example.com", first_name="Ann", last_name="Meadow")
    window.goto(f"{shop.server.url}/audiences")
    expect(window.get_by_text("No lists yet")).to_be_visible()
    window.get_by_role("button", name="Create a list").first.click()
    form = window.get_by_role("dialog")
    form.get_by_role("button", name="Create the list").click()
    expect(form.get_by_text("Give it a name.")).to_be_visible()
    form.get_by_label("Name").fill("Newsletter")
    form.get_by_role("button", name="Create the list").click()
    expect(window.get_by_role("heading", level=1, name="Newsletter")).to_be_visible()
    expect(window.get_by_text("Nobody is on it yet")).to_be_visible()
    id = str(_lists(shop)[0]["id"])

    window.get_by_role("button", name="Add people").click()
    form.get_by_role("combobox", name="Somebody who is known").fill("mead")
    window.get_by_role("option", name="Ann Meadow").click()
    form.get_by_label("E-mail addresses").fill("bob@example.com, Cid <cid@example.com>\nnobody")
    form.get_by_role("button", name="Add to the list").click()
    expect(form.get_by_text("This is no e-mail address: nobody")).to_be_visible()
    form.get_by_label("E-mail addresses").fill("bob@example.com, Cid <cid@example.com>")
    form.get_by_role("button", name="Add to the list").click()
    expect(form).to_have_count(0)
    table = window.get_by_role("table", name="Profiles")
    expect(table.get_by_role("row")).to_have_count(4)
    assert _members(shop, id) == {"=ann@example.com", "bob@example.com", "cid@example.com"}

    table.get_by_role("checkbox", name="Select bob@example.com").check()
    bar = window.get_by_role("region", name="Selected rows")
    expect(bar).to_contain_text("1 selected")
    assert findings(window) == []
    bar.get_by_role("button", name="Remove from the list").click()
    expect(table.get_by_role("row")).to_have_count(3)
    expect(bar).to_have_count(0)

    _more(window, "Rename or change …")
    form.get_by_label("Name").fill("Letters")
    form.get_by_role("button", name="Save the list").click()
    expect(window.get_by_role("heading", level=1, name="Letters")).to_be_visible()
    _more(window, "Tags …")
    form.get_by_role("combobox", name="Tags").fill("spring")
    window.keyboard.press("Enter")
    form.get_by_role("button", name="Save the tags").click()
    expect(window.get_by_text("spring", exact=True)).to_be_visible()

    _more(window, "Export as CSV …")
    with window.expect_download() as download:
        form.get_by_role("button", name="Export as CSV").click()
    assert download.value.suggested_filename == "Letters.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert {row["Email"] for row in rows} == {"'=ann@example.com", "cid@example.com"}
    assert {row["Email consent"] for row in rows} == {"NEVER_SUBSCRIBED"}

    audiences = [{"temporary_id": "a", "name": "All", "included": [id]}]
    shop.http.post("/api/campaigns", json=resource("campaign", definition={"name": "Spring"}, audiences=audiences))
    _more(window, "Delete …")
    expect(form.get_by_role("listitem")).to_have_text("Spring (campaign, draft)")
    assert findings(window) == []
    form.get_by_role("button", name="Delete the list").click()
    expect(window.get_by_text("No lists yet")).to_be_visible()
    assert _lists(shop) == []


def _more(page: Page, item: str) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


@pytest.mark.long
def test_a_list_is_made_and_filled_by_keyboard_alone(window: Page, shop: Shop) -> None:
    shop.profile("ann@example.com", first_name="Ann", last_name="Meadow")
    press, write = window.keyboard.press, window.keyboard.type
    expect(window.get_by_role("heading", level=1)).to_be_visible()
    press("Control+k")
    expect(window.get_by_role("textbox", name="Search everything")).to_be_focused()
    write("lists")
    expect(window.get_by_role("button", name="Lists & segments")).to_be_visible()
    press("Enter")
    expect(window.get_by_role("heading", level=1, name="Lists & segments")).to_be_focused()
    expect(window.get_by_text("No lists yet")).to_be_visible()
    _reach(window, window.get_by_role("button", name="Create a list").first)
    press("Enter")
    expect(window.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    write("Newsletter")
    press("Enter")
    expect(window.get_by_role("heading", level=1, name="Newsletter")).to_be_focused()
    _reach(window, window.get_by_role("button", name="Add people"))
    press("Enter")
    _reach(window, window.get_by_role("combobox", name="Somebody who is known"))
    write("ann m")
    expect(window.get_by_role("option", name="Ann Meadow")).to_be_visible()
    press("ArrowDown")
    press("Enter")
    press("Tab")
    _reach(window, window.get_by_label("E-mail addresses"))
    write("bob@example.com")
    _reach(window, window.get_by_role("button", name="Add to the list"))
    press("Enter")
    expect(window.get_by_role("dialog")).to_have_count(0)
    table = window.get_by_role("table", name="Profiles")
    expect(table.get_by_role("row")).to_have_count(3)
    _reach(window, table.get_by_role("checkbox", name="Select ann@example.com"))
    press("Space")
    _reach(window, window.get_by_role("button", name="Remove from the list"))
    press("Enter")
    expect(table.get_by_role("row")).to_have_count(2)
    assert _members(shop, str(_lists(shop)[0]["id"])) == {"bob@example.com"}


@pytest.mark.long
def test_a_long_table_is_drawn_where_it_is_looked_at(window: Page, shop: Shop) -> None:
    people = [{"type": "profile", "attributes": {"email": f"p{n:04}@example.com"}} for n in range(_LONG)]
    job = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": people}}}
    shop.http.post("/api/profile-bulk-import-jobs", json={"data": job})
    eventually(
        lambda: shop.query("SELECT count(*) FROM profiles WHERE account_id = %s", shop.account_id)[0][0] == _LONG
    )
    window.goto(f"{shop.server.url}/profiles?order=email")
    table = window.get_by_role("table", name="Profiles")
    expect(table).to_have_attribute("aria-rowcount", "-1")
    expect(table.get_by_role("row").nth(1)).to_contain_text("p0000@example.com")
    table.get_by_role("checkbox", name="Select p0001@example.com").check()
    last = table.locator(f"tr[aria-rowindex='{_LONG + 1}']")
    while last.count() == 0:
        window.mouse.wheel(0, 20_000)
        window.wait_for_timeout(20)
    expect(last).to_contain_text(f"p{_LONG - 1:04}@example.com")
    expect(table).to_have_attribute("aria-rowcount", str(_LONG + 1))
    assert table.locator("tbody tr[aria-rowindex]").count() < 80
    expect(table.locator("tr[aria-rowindex='2']")).to_have_count(0)
    # what was chosen stays chosen, although it is not drawn
    expect(window.get_by_role("region", name="Selected rows")).to_contain_text("1 selected")
    table.get_by_role("checkbox", name="Select all rows shown").check()
    expect(window.get_by_role("region", name="Selected rows")).to_contain_text(f"{_LONG} selected")
    table.get_by_role("button", name="Profile").click()
    expect(window).to_have_url(re.compile("order=-email"))
    expect(table.get_by_role("columnheader", name="Profile")).to_have_attribute("aria-sort", "descending")


@pytest.mark.long
def test_the_palette_finds_people_things_pages_and_actions(window: Page, shop: Shop) -> None:
    shop.profile("ann@example.com", first_name="Ann", last_name="Meadow")
    shop.http.post("/api/lists", json=resource("list", name="Meadow friends"))
    window.get_by_role("button", name="Search").click()
    box = window.get_by_role("textbox", name="Search everything")
    box.fill("meadow")
    dialog = window.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("button", name="Ann Meadow")).to_contain_text("Profile · ann@example.com")
    expect(dialog.get_by_role("button", name="Meadow friends")).to_contain_text("List")
    assert findings(window) == []
    box.fill("no such thing")
    expect(dialog.get_by_text("Nothing is called “no such thing”.")).to_be_visible()
    box.fill("create a prof")
    dialog.get_by_role("button", name="Create a profile").click()
    expect(window.get_by_role("heading", level=1, name="New profile")).to_be_visible()
    window.keyboard.press("Control+k")
    box.fill("ann mea")
    dialog.get_by_role("button", name="Ann Meadow").click()
    expect(window.get_by_role("heading", level=1, name="Ann Meadow")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["list", "segment", "webhook"])
def test_two_edit_one_thing_at_once_and_the_second_decides(browser: Browser, shop: Shop, kind: str) -> None:
    condition = {"type": "profile-property", "property": "title", "filter": {"type": "existence", "operator": "is-set"}}
    bodies = {
        "list": resource("list", name="First"),
        "segment": resource("segment", name="First", definition={"condition_groups": [{"conditions": [condition]}]}),
        "webhook": webhook_body("First", "profile.created"),
    }
    id = shop.http.post(f"/api/{kind}s", json=bodies[kind]).json()["data"]["id"]
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    enter(page, shop)
    if kind == "list":
        page.goto(f"{shop.server.url}/audiences/lists/{id}")
        _more(page, "Rename or change …")
    else:
        page.goto(f"{shop.server.url}/{'audiences/segments' if kind == 'segment' else 'webhooks'}/{id}/edit")
    name = page.get_by_role("textbox", name="Name", exact=True)
    expect(name).to_have_value("First")
    shop.http.patch(f"/api/{kind}s/{id}", json=resource(kind, id, name="Theirs"))
    name.fill("Mine")
    page.get_by_role("button", name=re.compile("^Save( the (list|webhook))?$")).click()
    told = page.get_by_role("alert").filter(has_text="You both changed")
    expect(told).to_contain_text("Name: they wrote “Theirs”, you wrote “Mine”")
    assert findings(page) == []
    told.get_by_role("button", name="Overwrite with mine").click()
    expect(page.get_by_role("heading", level=1, name="Mine")).to_be_visible()
    assert shop.http.get(f"/api/{kind}s/{id}").json()["data"]["attributes"]["name"] == "Mine"
    context.close()
