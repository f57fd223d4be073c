"""From the invitation to a colleague at work: people, roles and ways to sign in, in the browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from rapport.accounts import roles
from tests.accounts.dance import sign_in_link
from tests.accounts.team import PASSWORD, Person, invited, joined, owner, post
from tests.accounts.team import browser as client
from tests.conftest import Server, Shop, eventually, new_shop
from tests.sink import Sink
from tests.web.axe import findings

CODE = "Code of your authenticator"


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made:
        yield made


@pytest.fixture(scope="module")
def boss(shop: Shop) -> Person:
    return owner(shop)


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    """A browser at the address at which passkeys are good."""
    made = browser.new_context(reduced_motion="reduce", base_url=f"http://localhost:{shop.server.port}")
    yield made
    made.close()


def sign_in(page: Page, person: Person, password: str | None = None) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_role("textbox", name="Password").fill(password or person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def at_home(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_somebody_is_invited_joins_and_is_at_work(context: BrowserContext, browser: Browser, boss: Person) -> None:
    """The whole way, in two browsers."""
    page = context.new_page()
    sign_in(page, boss, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("don't fit together")
    sign_in(page, boss)
    at_home(page)
    page.get_by_role("button", name="You and your accounts").click()
    page.get_by_role("menuitem", name="Team").click()
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("E-mail").fill("mia@example.com")
    page.get_by_label("Role", exact=True).select_option("analyst")
    page.get_by_role("button", name="Send the invitation").click()
    link = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("mia@example.com")).to_be_visible()

    theirs = browser.new_context(reduced_motion="reduce").new_page()
    theirs.goto(link)
    expect(theirs.get_by_role("heading", name="Join Test shop")).to_be_visible()
    theirs.get_by_label("Your name").fill("Mia")
    theirs.get_by_label("Choose a password").fill("short")
    theirs.get_by_role("button", name="Join the team").click()
    expect(theirs.get_by_text("at least 10 characters")).to_be_visible()
    theirs.get_by_label("Choose a password").fill(PASSWORD)
    theirs.get_by_role("button", name="Join the team").click()
    at_home(theirs)
    # an analyst finds no way to manage people
    theirs.get_by_role("button", name="You and your accounts").click()
    expect(theirs.get_by_role("menuitem", name="You and your sign-in")).to_be_visible()
    expect(theirs.get_by_role("menuitem", name="Audit log")).to_have_count(0)
    theirs.keyboard.press("Escape")

    page.reload()
    page.get_by_label("Role of Mia").select_option("campaign-coordinator")
    expect(page.get_by_label("Role of Mia")).to_have_value("campaign-coordinator")
    page.get_by_role("button", name="More about Mia").click()
    page.get_by_role("menuitem", name="Remove from the team").click()
    page.get_by_role("button", name="Remove Mia").click()
    expect(page.get_by_label("Role of Mia")).to_have_count(0)
    theirs.reload()
    expect(theirs.get_by_role("heading", name="Sign in to Rapport")).to_be_visible()
    theirs.context.close()
    page.goto("/audit")
    expect(page.get_by_text("Delete user").first).to_be_visible()


@pytest.mark.long
def test_a_new_address_is_confirmed_from_its_mailbox(
    context: BrowserContext, boss: Person, sink: Sink, tmp_path: Path
) -> None:
    person = joined(boss, roles.ANALYST)
    new = f"new-{person.email}"
    page = context.new_page()
    sign_in(page, person)
    at_home(page)
    page.goto("/you")
    page.get_by_role("textbox", name="E-mail").fill(new)
    page.get_by_role("textbox", name="Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"Look into the mailbox of {new}")).to_be_visible()
    expect(page.get_by_role("textbox", name="E-mail")).to_have_value(person.email)
    page.get_by_role("radio", name="None").click()
    expect(page.get_by_text("Saved.").last).to_be_visible()
    page.screenshot(path=tmp_path / "you.png", full_page=True)
    assert not findings(page)
    mail = eventually(lambda: sink.to(new))[0].part("plain")
    token = re.findall(r"/confirm-email\?token=(\S+)", mail)[0]
    page.goto(f"/confirm-email?token={token}")
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_text(f"You sign in with {new} from now on.")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("textbox", name="E-mail")).to_have_value(new)
    expect(page.get_by_role("radio", name="None")).to_be_checked()


def test_an_invitation_is_accepted_by_keyboard_alone(context: BrowserContext, boss: Person) -> None:
    page = context.new_page()
    page.goto(f"/invitation?token={invited(boss, roles.SUPPORT, 'kim@example.com')}")
    expect(page.get_by_label("Your name")).to_be_visible()
    page.get_by_label("Your name").focus()
    page.keyboard.type("Kim")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    at_home(page)


def test_a_link_signs_in_by_its_button(context: BrowserContext, shop: Shop) -> None:
    page = context.new_page()
    link = sign_in_link(shop).replace("127.0.0.1", "localhost")
    page.goto(link)
    page.goto(link)
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    at_home(page)


def test_a_passkey_is_made_and_signs_in(context: BrowserContext, boss: Person) -> None:
    member = joined(boss, roles.MANAGER, "Pat")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, member)
    at_home(page)
    page.goto("/you")
    page.get_by_label("Name of a new passkey").fill("My laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("My laptop")).to_be_visible()
    page.get_by_role("button", name="You and your accounts").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    at_home(page)
    page.goto("/you")
    page.get_by_role("button", name="Remove the passkey My laptop").click()
    expect(page.get_by_text("My laptop")).to_have_count(0)


@pytest.mark.long
def test_a_second_factor_is_set_up_and_asked_for(context: BrowserContext, boss: Person) -> None:
    member = joined(boss, roles.ANALYST, "Sam")
    page = context.new_page()
    sign_in(page, member)
    at_home(page)
    page.goto("/you")
    page.get_by_role("textbox", name="Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Set up a second factor").click()
    expect(page.get_by_role("img", name="The secret, for an authenticator app")).to_be_visible()
    secret = page.locator("code").filter(has_text=re.compile(r"^[A-Z2-7]{32}$")).inner_text()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Use it from now on").click()
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = page.locator("pre").inner_text().split()
    assert len(recovery) == 10
    page.get_by_role("button", name="You and your accounts").click()
    page.get_by_role("menuitem", name="Sign out").click()
    sign_in(page, member)
    page.get_by_label(CODE).fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_label(CODE).fill(recovery[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    at_home(page)


def test_an_ended_session_takes_nothing_that_was_typed(context: BrowserContext, boss: Person) -> None:
    """Ended elsewhere while a page is being filled in: sign-in lies over it, and then it goes on."""
    member = joined(boss, roles.MANAGER, "Lee")
    page = context.new_page()
    sign_in(page, member)
    at_home(page)
    page.goto("/settings/webhooks/new")
    page.get_by_role("textbox", name="Name").fill("A name that took a while")
    page.get_by_label("Address that is called").fill("https://hooks.example.com/")
    page.get_by_role("button", name="Make one").click()
    page.get_by_label("Tells of").first.click()
    page.get_by_role("option", name="Profile created").click()
    page.keyboard.press("Escape")
    other = Person(member.shop, member.email, client(member.shop))
    assert post(other.browser, member.shop, "password", email=member.email, password=PASSWORD).status_code == 200
    assert other.do("DELETE", "me/sessions/others").status_code == 204
    page.get_by_role("button", name="Create the webhook").click()
    dialog = page.get_by_role("dialog", name="Your session ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("E-mail").fill(member.email)
    dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="Name")).to_have_value("A name that took a while")
    page.get_by_role("button", name="Create the webhook").click()
    expect(page.get_by_role("heading", name="A name that took a while")).to_be_visible()
