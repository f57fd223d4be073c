"""A marketer's whole way in a browser, from a file of a thousand people to a list of those who clicked; and the program
killed, with its database, while somebody writes. Each part has a shorter test in the file of its page."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import stories
from tests.campaigns.composing import read
from tests.conftest import Server, Shop, eventually, new_shop, start
from tests.crash.test_kill import _kill_database
from tests.sink import Received, Sink
from tests.web import builder
from tests.web.entering import enter
from tests.web.test_composer import choose
from tests.web.test_imports import _DROPPED

pytestmark = pytest.mark.long

_PEOPLE = 1000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_from_a_file_of_people_to_a_list_of_those_who_clicked(page: Page, shop: Shop, sink: Sink) -> None:
    host = f"{shop.public_id.lower()}.example.com"
    enter(page, shop, "/imports/new")
    imports_people(page, host)
    gold = [f"person{number}@{host}" for number in range(0, _PEOPLE, 2)]
    makes_a_segment(page, shop)
    makes_a_template(page, shop)
    composes(page, shop)
    page.get_by_role("button", name=f"Send to {len(gold)} people").click()
    expect(page.get_by_text("It goes out in")).to_be_visible()
    campaign = page.url.rpartition("/")[2]
    shop.advance(seconds=31)
    pauses_and_resumes(page, shop, campaign)
    reads_the_result(page, shop, sink, campaign, gold)
    makes_a_list_of_the_clickers(page, shop)


def imports_people(page: Page, host: str) -> None:
    lines = [
        f"person{number}@{host},Person {number},{'gold' if number % 2 == 0 else 'blue'}" for number in range(_PEOPLE)
    ]
    file = "\n".join(["Mail,First name,Tier", *lines, ""])
    dropped = page.evaluate_handle(_DROPPED, [file, "people.csv"])
    page.get_by_text("Drop a CSV file here").dispatch_event("drop", {"dataTransfer": dropped})
    columns = page.get_by_role("table", name="Columns")
    columns.get_by_label("“Tier” becomes").select_option(label="Property “Tier”")
    page.get_by_label("These people join").select_option(label="A new list")
    page.get_by_label("Name of the new list").fill("Fair")
    page.get_by_label("They subscribed").click()
    page.get_by_label("When they agreed").fill("2024-05-01")
    page.get_by_label("Where they agreed").fill("Spring fair")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("1,000 people will be added, 0 changed")).to_be_visible()
    page.get_by_role("button", name="Import 1,000 people").click()
    expect(page.get_by_text("1,000 people were added, 0 changed")).to_be_visible(timeout=60_000)


def makes_a_segment(page: Page, shop: Shop) -> None:
    builder.open_new(page, shop)
    first = builder.condition(page, 1)
    builder.say(first, "is someone whose")
    builder.write(first, "a property", "Tier")
    builder.write(first, "a text", "gold")
    expect(builder.estimate(page)).to_have_text("500")
    page.get_by_label("Name").fill("Gold")
    page.get_by_role("button", name="Create the segment").click()
    expect(page.get_by_role("heading", name="Gold")).to_be_visible()


def makes_a_template(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/templates/new")
    page.get_by_role("button", name="Newsletter").click()
    canvas = page.get_by_role("application")
    heading = canvas.get_by_text("Slow mornings, small things")
    page.get_by_role("button", name="Button", exact=True).drag_to(heading, target_position={"x": 60, "y": 2})
    page.get_by_label("Words", exact=True).fill("See them")
    page.get_by_label("Leads to", exact=True).fill("https://shop.example/new")
    heading.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Quick evenings")
    page.get_by_label("Name of the template").fill("Evenings")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible()


def composes(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.server.url}/campaigns")
    page.get_by_role("button", name="Create a campaign").first.click()
    page.get_by_role("textbox", name="Name of the campaign").fill("Evenings for gold")
    choose(page, "Goes to", "Gold")
    expect(page.get_by_test_id("recipients")).to_have_text("500")
    page.get_by_role("textbox", name="Subject", exact=True).fill("Quick evenings")
    page.get_by_role("button", name="Choose the content", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Evenings").click()
    page.get_by_role("button", name="Test another subject or content").click()
    page.get_by_role("textbox", name="Subject of Variation B").fill("Only this week")
    page.get_by_label("People who take part").select_option("60 %")
    page.get_by_label("The winner has the most").select_option("Clicks")
    page.get_by_label("Chosen after, in hours").fill("2")


def pauses_and_resumes(page: Page, shop: Shop, campaign: str) -> None:
    """While two fifths wait for the winner."""
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing more goes out until it is resumed")).to_be_visible()
    before = read(shop, campaign, "overview")["delivered"]
    page.wait_for_timeout(1500)
    assert read(shop, campaign, "overview")["delivered"] == before
    page.get_by_role("button", name="Resume").click()
    eventually(lambda: read(shop, campaign, "overview")["status"] == "Variations Sent")
    assert read(shop, campaign, "overview")["delivered"] == 300


def reads_the_result(page: Page, shop: Shop, sink: Sink, campaign: str, gold: list[str]) -> None:
    received = {address: sink.to(address) for address in gold}
    assert sum(map(len, received.values())) == 300
    second = [mails[0] for mails in received.values() if mails and mails[0].message["Subject"] == "Only this week"]
    for mail in second[:4]:
        httpx.get(_shop_link(mail))
    results = page.get_by_role("table", name="Results of the variations")
    # the page is watched, not loaded anew
    expect(
        results.get_by_role("row", name=re.compile(rf"Variation B Only this week {len(second)} .*4 · "))
    ).to_be_visible()
    shop.advance(hours=3)
    eventually(lambda: read(shop, campaign, "overview")["status"] == "Sent")
    page.reload()
    expect(page.get_by_text("Sent", exact=True).first).to_be_visible()
    assert [len(sink.to(address)) for address in gold] == [1] * len(gold)
    rest = [address for address in gold if not received[address]]
    assert {sink.to(address)[0].message["Subject"] for address in rest} == {"Only this week"}
    assert "Quick evenings" in sink.to(rest[0])[0].part("html")


def _shop_link(mail: Received) -> str:
    """A link that is counted and leads to the shop."""
    return stories.links(mail)[0]


def makes_a_list_of_the_clickers(page: Page, shop: Shop) -> None:
    page.get_by_label("What became of it").select_option("Clicked")
    expect(page.get_by_role("table", name="Recipients").get_by_role("row")).to_have_count(5)
    page.get_by_role("button", name="Make a list of them").click()
    page.get_by_role("dialog").get_by_label("Name of the list").fill("Clickers")
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("heading", name="Clickers")).to_be_visible()
    names = {row["attributes"]["name"]: row["id"] for row in shop.http.get("/api/lists").json()["data"]}
    assert len(shop.http.get(f"/api/lists/{names['Clickers']}/profiles").json()["data"]) == 4


@pytest.fixture
def fragile() -> Iterator[Server]:
    """A server that a test may kill, with its database."""
    folder = Path(tempfile.mkdtemp(prefix="rapport-journey-"))
    running = start(folder / "data")
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_the_program_and_its_database_are_killed_while_somebody_writes(page: Page, fragile: Server) -> None:
    with new_shop(fragile) as shop:
        enter(page, shop, "/templates/new")
        page.get_by_role("button", name="Begin with an empty one").click()
        canvas = page.get_by_role("application")
        text = canvas.get_by_text("Write something here")
        text.click()
        page.keyboard.press("Control+a")
        page.keyboard.type("Saved before.")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible()
        id = page.url.rpartition("/")[2]
        canvas.get_by_text("Saved before.").click()
        page.keyboard.press("Control+End")
        for place, words in enumerate(
            (" Typed at the moment, ", "typed while it was gone, ", "typed when it was back.")
        ):
            page.keyboard.type(words, delay=20)
            if place == 0:
                fragile.kill()
                fragile._asking.close()
                _kill_database(fragile.data)
            if place == 1:
                expect(page.get_by_text("Your changes are kept in this browser")).to_be_visible()
                fragile.process = start(fragile.data, port=fragile.port).process
        written = "Saved before. Typed at the moment, typed while it was gone, typed when it was back."
        expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible(timeout=60_000)
        eventually(lambda: written in _html(shop, id))
        page.reload()
        expect(canvas.get_by_text(written)).to_be_visible()


def _html(shop: Shop, id: str) -> str:
    return str(shop.http.get(f"/api/templates/{id}").json()["data"]["attributes"]["html"])
