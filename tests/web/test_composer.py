"""Campaigns as a marketer makes them: composed from nothing, sent, held back, looked at."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from rapport.accounts import roles
from tests import stories
from tests.accounts.team import joined, owner
from tests.campaigns import composing
from tests.campaigns.composing import read, written
from tests.campaigns.test_readiness import complete
from tests.conftest import Shop, eventually
from tests.sink import Received, Sink
from tests.web.axe import findings
from tests.web.builder import fits
from tests.web.entering import enter
from tests.web.test_every_page import in_browser


@pytest.fixture
def writer(browser: Browser, shop: Shop) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    enter(page, shop, "/campaigns")
    yield page
    context.close()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Escape")


def write_letter(page: Page, heading: str) -> None:
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Write a short letter").click()
    form.get_by_label("Heading").fill(heading)
    form.get_by_label("Text").fill("Hello {{ first_name|default:'there' }},\n\nNew things are in the shop.")
    form.get_by_label("Words on the button").fill("See them")
    form.get_by_label("Where the button leads").fill("https://shop.example/new")
    form.get_by_role("button", name="Use the letter").click()
    expect(form).to_be_hidden()


def test_a_campaign_is_made_from_nothing_with_two_subjects_sent_paused_and_read(
    writer: Page, shop: Shop, sink: Sink
) -> None:
    """By a marketer with a list and nothing else."""
    page = writer
    addresses = stories.people(shop, 10)
    stories.list_of(shop, addresses)
    page.get_by_role("button", name="Create a campaign").first.click()
    page.get_by_role("textbox", name="Name of the campaign").fill("Spring is here")
    send = page.get_by_role("button", name="Send to")
    expect(send).to_be_disabled()
    choose(page, "Goes to", "Newsletter")
    expect(page.get_by_test_id("recipients")).to_have_text("10")
    checklist = page.get_by_role("complementary", name="Ready to go?")
    checklist.get_by_role("button", name="Write the subject.").click()
    expect(page.get_by_role("textbox", name="Subject", exact=True)).to_be_focused()
    page.keyboard.type("New things")
    page.get_by_role("button", name="Choose the content", exact=True).click()
    write_letter(page, "Spring is here")
    preview = page.frame_locator("iframe[title='Preview of the message']")
    # drawn by a process that may have to start first
    expect(preview.get_by_role("heading", name="Spring is here")).to_be_visible(timeout=20_000)
    expect(preview.get_by_text("Hello Alex,")).to_be_visible()
    page.get_by_role("button", name="Test another subject or content").click()
    page.get_by_role("textbox", name="Subject of Variation B").fill("Only this week")
    page.get_by_label("People who take part").select_option("60 %")
    page.get_by_label("The winner has the most").select_option("Clicks")
    page.get_by_label("Chosen after, in hours").fill("2")
    expect(page.get_by_text("10 people of “Newsletter” get it.")).to_be_visible()
    told = "60 % get one of 2 variations. 2 hours later the others get the one clicked by most."
    expect(page.get_by_text(told)).to_be_visible()
    assert fits(page)
    assert findings(page) == []
    send.click()

    expect(page.get_by_text("It goes out in")).to_be_visible()
    page.get_by_role("button", name="Undo: make it a draft again").click()
    send.click()
    expect(page.get_by_text("It goes out in")).to_be_visible()
    campaign = page.url.rpartition("/")[2]
    # it goes out whether somebody looks or not
    page.goto("about:blank")
    shop.advance(seconds=31)
    eventually(lambda: read(shop, campaign, "overview")["status"] == "Variations Sent")
    page.goto(f"{shop.server.url}/campaigns/{campaign}")
    reads_and_goes_on(page, shop, sink, campaign, addresses)


def reads_and_goes_on(page: Page, shop: Shop, sink: Sink, campaign: str, addresses: list[str]) -> None:
    """The campaign's page while six of ten have one of two variations."""

    def with_subject(subject: str) -> list[Received]:
        every = [received for address in addresses for received in sink.to(address)]
        return [received for received in every if received.message["Subject"] == subject]

    clicked = with_subject("Only this week")[0]
    assert "Hello Zoë person" in clicked.part("html")
    httpx.get(stories.links(clicked)[0])
    results = page.get_by_role("table", name="Results of the variations")
    expect(results.get_by_role("row", name=re.compile("Variation B Only this week 3 .*1 · 33.3%"))).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing more goes out until it is resumed")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Choose this one: Variation B").click()
    page.get_by_role("dialog").get_by_role("button", name="Send to 4 people").click()
    expect(page.get_by_text("“Variation B” was chosen by hand.")).to_be_visible()
    assert read(shop, campaign, "overview")["delivered"] == 6
    page.get_by_role("button", name="Resume").click()
    eventually(lambda: read(shop, campaign, "overview")["status"] == "Sent")
    assert len(with_subject("Only this week")) == 7

    page.get_by_label("What became of it").select_option("Clicked")
    expect(page.get_by_role("table", name="Recipients").get_by_role("row")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert clicked.rcpt_to[0] in download.value.path().read_text()
    page.get_by_role("button", name="Make a list of them").click()
    page.get_by_role("dialog").get_by_label("Name of the list").fill("Clickers")
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("heading", name="Clickers")).to_be_visible()
    expect(page.get_by_text(clicked.rcpt_to[0])).to_be_visible()


def tab_to(page: Page, role: str, name: str) -> None:
    """By the tabulator alone."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _ in range(80):
        if wanted.evaluate_all("found => found.includes(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not reach the {role} “{name}”")


def press(page: Page, role: str, name: str) -> None:
    tab_to(page, role, name)
    page.keyboard.press("Enter")


@pytest.mark.long
def test_a_campaign_is_made_and_scheduled_by_keyboard_alone(writer: Page, shop: Shop) -> None:
    page = writer
    stories.list_of(shop, stories.people(shop, 1))
    stories.template(shop, name="Spring letter")
    page.keyboard.press("Tab")
    press(page, "button", "Create a campaign")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, "textbox", "Name of the campaign")
    page.keyboard.press("Control+A")
    page.keyboard.type("By hand")
    tab_to(page, "combobox", "Goes to")
    page.keyboard.type("News")
    expect(page.get_by_role("option", name="Newsletter")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("recipients")).to_have_text("1")
    tab_to(page, "textbox", "Subject")
    page.keyboard.type("Hello")
    press(page, "button", "Choose the content")
    expect(page.get_by_role("dialog").get_by_role("button", name="Spring letter")).to_be_visible()
    press(page, "button", "Spring letter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Choose another")).to_be_focused()
    tab_to(page, "radio", "Now")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="At a time", exact=True)).to_be_checked()
    tab_to(page, "textbox", "Day and time")
    page.keyboard.type("01022036")
    page.keyboard.press("Tab")
    tab_to(page, "button", "Schedule for 1 person")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Goes out 2 Jan 2036")).to_be_visible()
    campaign = page.url.rpartition("/")[2]
    assert read(shop, campaign, "overview")["status"] == "Scheduled"
    page.goto(f"{shop.server.url}/campaigns/calendar?month=2036-01")
    month = page.get_by_role("table", name="Campaigns of January 2036")
    expect(month.get_by_role("link", name="By hand")).to_be_visible()
    assert findings(page) == []


@pytest.mark.long
def test_one_is_approved_and_one_is_cancelled_on_a_phone(browser: Browser, shop: Shop, sink: Sink) -> None:
    boss = owner(shop)
    assert boss.do("PATCH", "campaign-settings", "campaign-settings", needs_approval=True).status_code == 200
    creator = joined(boss, roles.CREATOR, "Carla Creator")
    (address,) = stories.people(shop, 1)
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    phone = {"viewport": {"width": 390, "height": 844}}
    wrote = in_browser(browser, creator, **phone)
    wrote.goto(f"/campaigns/{campaign}/edit")
    wrote.get_by_label("To whoever approves it").fill("For Monday.")
    wrote.get_by_role("button", name="Ask for approval").click()
    expect(wrote.get_by_text("Carla Creator asks for approval")).to_be_visible()
    assert fits(wrote)
    wrote.context.close()

    page = in_browser(browser, boss, **phone)
    page.goto("/notifications")
    page.get_by_role("link", name="Carla Creator asks for approval of “Spring letter”").click()
    expect(page.frame_locator("iframe[title='Preview of the message']").get_by_text("Hi Alex")).to_be_visible()
    assert fits(page)
    assert findings(page) == []
    page.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_text("It goes out in")).to_be_visible()
    shop.advance(seconds=31)
    eventually(lambda: read(shop, campaign, "overview")["status"] == "Sent")
    assert len(sink.to(address)) == 1

    other = complete(
        shop, [stories.list_of(shop, [address], "Others")], sending={"strategy": "static", "at": "2036-01-01T09:00"}
    )
    body = {"data": {"type": "campaign-send-job", "id": other}}
    assert boss.ask("POST", "campaign-send-jobs", body).status_code == 202
    page.goto(f"/campaigns/{other}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the campaign").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert read(shop, other, "overview")["status"] == "Cancelled"
    page.goto("/campaigns/calendar?month=2036-01")
    expect(page.get_by_role("region", name="Tuesday 1 January").get_by_role("link")).to_be_visible()
    assert fits(page)
    page.context.close()


@pytest.mark.long
def test_nothing_that_was_written_is_lost(writer: Page, shop: Shop) -> None:
    """The server is away, the page is closed before it is back, and somebody else writes meanwhile."""
    page = writer
    campaign = composing.new(shop)
    path = f"{shop.server.url}/campaigns/{campaign}/edit"
    page.goto(path)
    name, sender = page.get_by_label("Name of the campaign"), page.get_by_label("Sender’s name")
    name.fill("First")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.context.set_offline(True)
    sender.fill("Ada")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved yet: the server is away.")).to_be_visible()
    sender.fill("Ada of the shop")
    page.context.set_offline(False)
    eventually(lambda: read(shop, campaign, "draft")["from_label"] == "Ada of the shop")

    page.context.set_offline(True)
    name.fill("Never sent")
    again = page.context.new_page()
    page.close(run_before_unload=False)
    again.context.set_offline(False)
    again.goto(path)
    again.get_by_role("button", name="Continue with those changes").click()
    eventually(lambda: read(shop, campaign, "draft")["name"] == "Never sent")

    written(shop, campaign, name="Theirs", reply_to_email="bo@example.com")
    again.get_by_label("Name of the campaign").fill("Mine")
    told = again.get_by_role("alert").filter(has_text="this campaign was changed after you opened it")
    expect(told).to_contain_text("Reply-to: now “bo@example.com”")
    expect(told).to_contain_text("Name: they wrote “Theirs”, you wrote “Mine”")
    assert read(shop, campaign, "draft")["name"] == "Theirs"
    told.get_by_role("button", name="Overwrite with mine").click()
    eventually(lambda: read(shop, campaign, "draft")["name"] == "Mine")
    assert read(shop, campaign, "draft")["reply_to_email"] == "bo@example.com"


@pytest.mark.long
def test_who_signs_in_again_goes_on_where_they_were(browser: Browser, shop: Shop) -> None:
    boss = owner(shop)
    campaign = composing.new(shop)
    page = in_browser(browser, boss)
    page.goto(f"/campaigns/{campaign}/edit")
    name = page.get_by_label("Name of the campaign")
    expect(name).to_be_visible()
    page.context.clear_cookies()
    name.fill("Written while signed out")
    dialog = page.get_by_role("dialog", name="Your session ended")
    dialog.get_by_label("E-mail").fill(boss.email)
    dialog.get_by_role("textbox", name="Password").fill(boss.password)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(name).to_have_value("Written while signed out")
    eventually(lambda: read(shop, campaign, "draft")["name"] == "Written while signed out")
    page.context.close()


@pytest.mark.long
def test_a_campaign_is_duplicated_archived_and_deleted(writer: Page, shop: Shop) -> None:
    page = writer
    campaign = composing.new(shop, "Spring")

    def do(item: str) -> None:
        page.get_by_role("button", name="More to do with this campaign").click()
        page.get_by_role("menuitem", name=item, exact=True).click()

    page.goto(f"{shop.server.url}/campaigns/{campaign}")
    do("Archive")
    expect(page.get_by_text("In the archive.")).to_be_visible()
    do("Duplicate")
    expect(page.get_by_label("Name of the campaign")).to_have_value("Copy of Spring")
    page.get_by_role("link", name="Campaigns").first.click()
    listed = page.get_by_role("table", name="Campaigns")
    expect(listed.get_by_role("link", name="Copy of Spring")).to_be_visible()
    expect(listed.get_by_role("link", name="Spring", exact=True)).to_have_count(0)
    page.get_by_role("switch", name="Archived").click()
    listed.get_by_role("link", name="Spring", exact=True).click()
    do("Delete")
    page.get_by_role("button", name="Delete the campaign").click()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    assert shop.http.get(f"/api/campaigns/{campaign}").status_code == 404


@pytest.mark.long
def test_its_design_begins_with_a_starter_and_is_changed_by_dragging(writer: Page, shop: Shop, sink: Sink) -> None:
    page = writer
    addresses = stories.people(shop, 3)
    stories.list_of(shop, addresses)
    page.get_by_role("button", name="Create a campaign").first.click()
    page.get_by_role("textbox", name="Name of the campaign").fill("Slow mornings")
    choose(page, "Goes to", "Newsletter")
    page.get_by_role("textbox", name="Subject", exact=True).fill("Slow mornings")
    page.get_by_role("button", name="Choose the content", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Begin with a starter").click()
    page.get_by_role("dialog").get_by_role("button", name="Newsletter").click()
    page.get_by_role("link", name="Edit the design").click()
    canvas = page.get_by_role("application")
    heading = canvas.get_by_text("Slow mornings, small things")
    page.get_by_role("button", name="Line", exact=True).drag_to(heading, target_position={"x": 60, "y": 2})
    expect(canvas.get_by_role("group", name="Line").first).to_be_visible()
    heading.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Quick evenings")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").and_(page.get_by_text("Saved", exact=True))).to_be_visible()
    page.get_by_role("link", name="Back to the campaign").click()
    expect(page.frame_locator("iframe[title='Preview of the message']").get_by_text("Quick evenings")).to_be_visible()
    page.get_by_role("button", name="Send to").click()
    expect(page.get_by_text("It goes out in")).to_be_visible()
    shop.advance(seconds=31)
    eventually(lambda: all(sink.to(address) for address in addresses))
    html = sink.to(addresses[0])[0].part("html")
    assert "Quick evenings" in html and "Slow mornings, small things" not in html
    # the library has the starter as it was
    assert "Slow mornings, small things" in shop.http.get("/api/templates").text
