"""Segments as a marketer makes them: built in words, counted while they are written, kept, explained, changed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Shop, eventually
from tests.flows.test_conditions import draw
from tests.lengths import length
from tests.segments.cells import cells
from tests.segments.test_api import built, create, members
from tests.segments.world import definition, did, has
from tests.stories import list_of
from tests.web.builder import choose, condition, estimate, fits, group, open_new, pick, say, write
from tests.web.entering import enter

_SHOES, _COATS = {"Category": "Shoes"}, {"Category": "Coats"}


@pytest.fixture
def store(shop: Shop) -> Shop:
    """Gold: ann bought shoes twice, bob shoes once, cid coats twice. Without a tier: dot bought shoes twice."""
    orders = {"ann": [_SHOES, _SHOES], "bob": [_SHOES], "cid": [_COATS, _COATS], "dot": [_SHOES, _SHOES]}
    for name, bought in orders.items():
        shop.profile(address(shop, name), properties={} if name == "dot" else {"Tier": "gold"})
        for number, properties in enumerate(bought):
            shop.event("Placed Order", address(shop, name), properties=properties, value=20, unique_id=str(number))
    shop.wait_until_recorded()
    return shop


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def careless(request: pytest.FixtureRequest, browser: Browser, store: Shop) -> Iterator[Page]:
    """A page on which the server may refuse something."""
    width, height = request.param
    context = browser.new_context(reduced_motion="reduce", viewport={"width": width, "height": height})
    page = context.new_page()
    enter(page, store)
    yield page
    context.close()


def address(shop: Shop, name: str) -> str:
    return f"{name}@{shop.public_id.lower()}.example.com"


def segments(shop: Shop) -> list[dict[str, Any]]:
    return list(shop.http.get("/api/segments").json()["data"])


def buys_shoes_twice(page: Page) -> None:
    """The first group: has done Placed Order at least 2 times in the last 90 days, where Category is Shoes."""
    first = condition(page, 1)
    choose(first, "an event", "Placed Order")
    write(first, "how many times", "2")
    choose(first, "when", "in the last")
    write(first, "how many", "90")
    first.get_by_role("button", name="where …").click()
    write(first, "a property of the event", "Category")
    write(first, "a text", "Shoes")


def is_gold(page: Page) -> None:
    """A second group: is someone whose Tier is gold."""
    page.get_by_role("button", name="And …").click()
    second = condition(page, 2)
    say(second, "is someone whose")
    write(second, "a property", "Tier")
    write(second, "a text", "gold")


def test_it_is_built_counted_and_saved(page: Page, store: Shop) -> None:
    open_new(page, store)
    buys_shoes_twice(page)
    expect(estimate(page)).to_have_text("2")
    is_gold(page)
    expect(estimate(page)).to_have_text("1")
    sample = page.get_by_role("complementary").get_by_role("listitem")
    expect(sample).to_have_text([address(store, "ann")])
    assert fits(page)

    expect(page.get_by_text("Still missing: a name.")).to_be_visible()
    expect(page.get_by_role("button", name="Create the segment")).to_be_disabled()
    page.get_by_label("Name").fill("Gold shoe lovers")
    page.get_by_role("button", name="Create the segment").click()

    expect(page.get_by_role("heading", name="Gold shoe lovers")).to_be_visible()
    said = "has done Placed Order at least 2 times in the last 90 days, where Category is “Shoes”"
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("is someone whose Tier is “gold”")).to_be_visible()
    expect(page.get_by_role("link", name=address(store, "ann"))).to_be_visible()
    expect(page.get_by_text("1 members")).to_be_visible()
    assert fits(page)
    (kept,) = segments(store)
    assert members(store, kept["id"]) == {address(store, "ann")}
    shoes = {"property": "Category", "filter": {"type": "string", "operator": "equals", "value": "Shoes"}}
    ninety = {"type": "date", "operator": "in-the-last", "quantity": 90, "unit": "day"}
    bought = did(store.metric_id("Placed Order"), value=2, timeframe=ninety)
    wanted = definition(
        bought | {"metric_filters": [shoes]}, has("properties['Tier']", type="string", operator="equals", value="gold")
    )
    assert kept["attributes"]["definition"] == wanted


@pytest.mark.long
def test_a_group_holds_when_one_of_its_conditions_does(page: Page, store: Shop) -> None:
    list_of(store, [address(store, "dot")], "Newsletter")
    open_new(page, store)
    say(condition(page, 1), "is someone whose")
    write(condition(page, 1), "a property", "Tier")
    write(condition(page, 1), "a text", "gold")
    expect(estimate(page)).to_have_text("3")
    group(page, 1).get_by_role("button", name="Or …").click()
    say(condition(page, 1, 2), "is in")
    choose(condition(page, 1, 2), "a list or segment", "Newsletter")
    expect(estimate(page)).to_have_text("4")
    condition(page, 1, 2).get_by_role("button", name="Remove this condition").click()
    expect(estimate(page)).to_have_text("3")


@pytest.mark.long
def test_it_is_changed_and_deleted(page: Page, store: Shop) -> None:
    made = create(store, definition(did(store.metric_id("Placed Order"), value=2)), "Regulars")
    built(store, made)
    page.goto(f"{store.server.url}/audiences/segments/{made}")
    page.get_by_role("button", name="Star").click()
    expect(page.get_by_role("button", name="Unstar")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    expect(estimate(page)).to_have_text("3")
    choose(condition(page, 1), "how often", "less than")
    expect(estimate(page)).to_have_text("1")
    page.get_by_label("Name").fill("Newcomers")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Newcomers")).to_be_visible()
    expect(page.get_by_role("link", name=address(store, "bob"))).to_be_visible()
    eventually(lambda: members(store, made) == {address(store, "bob")})
    assert segments(store)[0]["attributes"]["is_starred"] is True
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No segments yet")).to_be_visible()
    assert segments(store) == []


@pytest.mark.long
def test_it_says_why_somebody_is_in_it_or_not(page: Page, store: Shop) -> None:
    bought = did(store.metric_id("Placed Order"), value=2)
    made = create(
        store,
        definition(bought, has("properties['Tier']", type="string", operator="equals", value="gold")),
        "Gold regulars",
    )
    built(store, made)
    page.goto(f"{store.server.url}/audiences/segments/{made}")
    page.get_by_label("E-mail address", exact=True).fill(address(store, "ann"))
    expect(page.get_by_role("button", name="Why?")).to_have_count(1)
    page.get_by_role("button", name="Why?").click()
    answer = page.get_by_role("dialog")
    expect(answer.get_by_text("Is in the segment")).to_be_visible()
    expect(answer.get_by_role("group", name="Holds", exact=True)).to_have_count(2)
    assert fits(page)
    page.keyboard.press("Escape")

    page.get_by_label("E-mail address, phone or ID").fill(address(store, "dot"))
    page.get_by_role("button", name="Explain").click()
    expect(answer.get_by_text("Is not in the segment")).to_be_visible()
    holds = answer.get_by_role("group", name="Holds", exact=True)
    expect(holds).to_have_count(1)
    expect(holds).to_contain_text("Placed Order")
    expect(answer.get_by_role("group", name="Does not hold")).to_contain_text("Tier")


@pytest.mark.long
def test_it_draws_how_the_size_went(page: Page, store: Shop) -> None:
    segment = create(store, definition(did(store.metric_id("Placed Order"))))
    built(store, segment)
    page.goto(f"{store.server.url}/audiences/segments/{segment}")
    expect(page.get_by_text("Size by hour")).to_be_visible()
    began = moment(store)
    assert moments(page, "by hour")[0] == f"{began:%-d %b, %H}:00"
    store.advance(days=6)
    page.reload()
    expect(page.get_by_text("Size by day")).to_be_visible()
    # Nothing is drawn before it was made, and nothing of what is still to come.
    drawn = {f"{began + timedelta(days=number):%-d %b}" for number in range(7)}
    shown = moments(page, "by day")
    assert shown[0] == f"{began:%-d %b}"
    assert set(shown) <= drawn


def moment(shop: Shop) -> datetime:
    return datetime.fromisoformat(shop.http.get("/api/session").json()["data"]["attributes"]["now"])


def moments(page: Page, by: str) -> list[str]:
    """What stands under the axis of the chart of a segment's size."""
    chart = page.get_by_role("img", name=f"Members, and who entered and left, {by}")
    expect(chart.get_by_text("Members")).to_be_visible()
    return [one for one in chart.locator("text").all_text_contents() if re.match(r"\d+ [A-Z]", one)]


def test_a_refusal_is_shown_at_its_condition(careless: Page, store: Shop) -> None:
    open_new(careless, store)
    choose(condition(careless, 1), "an event", "Placed Order")
    expect(estimate(careless)).to_have_text("4")
    group(careless, 1).get_by_role("button", name="Or …").click()
    wrong = condition(careless, 1, 2)
    choose(wrong, "an event", "Placed Order")
    choose(wrong, "when", "from")
    write(wrong, "the first day", "2026-02-01")
    write(wrong, "the last day", "2026-01-01")
    expect(wrong.get_by_role("alert")).to_have_text("The end is before the start.")
    expect(condition(careless, 1, 1).get_by_role("alert")).to_have_count(0)
    careless.get_by_label("Name").fill("Never")
    careless.get_by_role("button", name="Create the segment").click()
    expect(careless.get_by_text("Not saved: see the marked condition.")).to_be_visible()
    expect(wrong.get_by_role("alert")).to_be_visible()
    assert fits(careless)
    write(wrong, "the last day", "2026-03-01")
    expect(wrong.get_by_role("alert")).to_have_count(0)
    assert segments(store) == []


@pytest.mark.long
def test_it_asks_before_unsaved_changes_are_left(page: Page, store: Shop) -> None:
    open_new(page, store)
    choose(condition(page, 1), "an event", "Placed Order")
    page.get_by_role("link", name="Cancel").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Leave without saving?")
    question.get_by_role("button", name="Stay").click()
    expect(page.get_by_role("heading", name="New segment")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Lists & segments")).to_be_visible()


@pytest.mark.long
def test_the_list_finds_and_filters(page: Page, store: Shop) -> None:
    ordered = definition(did(store.metric_id("Placed Order")))
    for number in range(12):
        create(store, ordered, f"Buyers {number:02}")
        eventually(lambda: not any(one["attributes"]["is_processing"] for one in segments(store)))
    page.goto(f"{store.server.url}/audiences")
    table = page.get_by_role("table", name="Segments")
    expect(table.get_by_role("link")).to_have_count(12)
    table.get_by_role("button", name="Star", exact=True).first.click()
    expect(table.get_by_role("button", name="Unstar")).to_have_count(1)
    page.get_by_label("Search segments by name").fill("buyers 1")
    expect(table.get_by_role("link")).to_have_text(["Buyers 10", "Buyers 11"])
    # chosen before the search has settled: neither takes the other away
    page.get_by_label("Search segments by name").fill("buyers 0")
    page.get_by_role("button", name="Starred").click()
    expect(table.get_by_role("link")).to_have_text(["Buyers 00"])
    assert fits(page)


# What there is to choose or write where a condition, just begun, has gaps.
_TEXTS = {
    "a property": "Tier",
    "a text": "gold",
    "an amount": "5",
    "a number": "5",
    "how far": "5",
    "a postal code": "10115",
}
_CHOICES = {"an event": "Placed Order", "a list or segment": "Newsletter"}


def test_every_kind_of_condition_can_be_asked(page: Page, store: Shop) -> None:
    """Each way a condition can begin, with its gaps filled, is one that the server takes."""
    list_of(store, [address(store, "dot")], "Newsletter")
    open_new(page, store)
    box = condition(page, 1).get_by_role("combobox", name="a condition", exact=True)
    box.click()
    starts = [text.split("\n")[0] for text in page.get_by_role("option").all_inner_texts()]
    assert fits(page)
    page.keyboard.press("Escape")
    assert len(starts) == len(set(starts)) > 15
    # the shop has no flow to choose, and the server no postal codes
    possible = [start for start in starts if "the flow" not in start and "at a distance" not in start]
    # some of each kind; all in the long form
    for start in length(possible[::4], possible):
        box.click()
        pick(page, start)
        _fill(page)
        with page.expect_response("**/api/segment-estimates") as answered:
            expect(page.get_by_text("Still missing: a name.")).to_be_visible()
        assert answered.value.ok, (start, answered.value.text())
        assert fits(page), start


def _fill(page: Page) -> None:
    gaps = condition(page, 1).locator("input[aria-invalid=true]")
    while gaps.count():
        label = gaps.first.get_attribute("aria-label") or ""
        if label in _CHOICES:
            gaps.first.click()
            pick(page, _CHOICES[label])
        else:
            gaps.first.fill(_TEXTS[label])
            page.keyboard.press("Escape")


@pytest.mark.long
def test_every_condition_the_server_takes_can_be_opened(browser: Browser, store: Shop) -> None:
    """A hundred at a time: the builder knows each, and finds none of them wanting; a fourth in the short form."""
    names = _names(store)
    conditions = [cell.filled(names) for cell in length(cells()[::4], cells())]
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    enter(page, store)
    for start in range(0, len(conditions), 100):
        some = conditions[start : start + 100]
        made = create(store, {"condition_groups": [{"conditions": some}]}, f"From {start}")
        built(store, made)
        page.goto(f"{store.server.url}/audiences/segments/{made}/edit")
        expect(page.get_by_role("group", name="Condition")).to_have_count(len(some), timeout=30_000)
        expect(page.get_by_role("button", name="Save")).to_be_enabled()
        expect(estimate(page)).to_be_visible(timeout=30_000)
    context.close()


def _names(shop: Shop) -> dict[str, str]:
    """The ids of what the conditions name."""
    shop.event("Viewed Product", address(shop, "ann"))
    joined = list_of(shop, [address(shop, "dot")], "Newsletter")
    everybody = create(shop, definition(has("email", type="existence", operator="is-set")), "Everybody")
    return {
        "ORDERED": shop.metric_id("Placed Order"),
        "METRIC": shop.metric_id("Viewed Product"),
        "LIST": joined,
        "SEGMENT": everybody,
        "FLOW": str(shop.sdk.Flows.create_flow(draw(shop, joined)).data.id),
    }
