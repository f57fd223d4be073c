"""Each role at work in the browser: invited, comes in, does what is typical of it, and gets no further."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from rapport.accounts import roles
from tests import stories
from tests.accounts.team import PASSWORD, Person, invited, owner
from tests.conftest import Server, Shop, new_shop


@dataclass
class World:
    boss: Person
    list_id: str
    campaign_id: str
    profile_id: str
    template_id: str

    @property
    def shop(self) -> Shop:
        return self.boss.shop


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with new_shop(server) as shop:
        list_id = stories.list_of(shop, stories.people(shop, 1))
        campaign_id, _ = stories.campaign(shop, included=[list_id])
        profile_id = str(shop.http.get("/api/profiles").json()["data"][0]["id"])
        yield World(owner(shop), list_id, campaign_id, profile_id, stories.template(shop))


def joins(page: Page, world: World, role: str) -> None:
    page.goto(f"/invitation?token={invited(world.boss, role, f'{role}@example.com')}")
    page.get_by_label("Your name").fill(f"{role.title()} Person")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join the team").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def invites_another_owner(page: Page, world: World) -> None:
    page.goto("/team")
    page.get_by_role("button", name="Invite somebody").click()
    page.get_by_label("E-mail").fill("second@example.com")
    page.get_by_label("Role", exact=True).select_option("owner")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("dialog").locator("code")).to_contain_text("/invitation?token=")


def makes_a_key(page: Page, world: World) -> None:
    page.goto("/settings/keys")
    page.get_by_role("button", name="Make a key").first.click()
    page.get_by_role("textbox", name="Name").fill("Backend")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("dialog").locator("code")).to_contain_text("pk_")


def moves_the_shop(page: Page, world: World) -> None:
    page.goto("/settings/sender")
    page.get_by_label("City").fill("Bern")
    page.get_by_role("button", name="Save sender and address").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def makes_a_list(page: Page, world: World) -> None:
    page.goto("/audiences")
    page.get_by_role("button", name="Create a list").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("Spring guests")
    page.get_by_role("button", name="Create the list").click()
    expect(page.get_by_role("heading", level=1, name="Spring guests")).to_be_visible()


def sees_the_draft(page: Page, world: World) -> None:
    page.goto(f"/campaigns/{world.campaign_id}")
    expect(page.get_by_role("heading", level=1, name="Spring letter")).to_be_visible()


def reads_of_a_person(page: Page, world: World) -> None:
    page.goto(f"/profiles/{world.profile_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoë")


def changes_a_person(page: Page, world: World) -> None:
    page.goto(f"/profiles/{world.profile_id}/edit")
    page.get_by_label("First name").fill("Zoë Supported")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoë Supported")


@dataclass
class Role:
    """What somebody does, which links and buttons are not offered on which page, and calls that the server refuses."""

    does: Callable[[Page, World], None]
    not_offered: list[tuple[str, str, str]]
    refused: list[tuple[str, str, str]]


_KEY = ("POST", "api-keys", "new-api-key")
_INVITE = ("POST", "invitations", "invitation")
_SEND = ("POST", "campaign-send-jobs", "campaign-send-job")
_PROFILE = ("POST", "profiles", "profile")
_HOOK = ("POST", "webhooks", "webhook")
_TEMPLATE = ("POST", "templates", "template")
ROLES = {
    roles.OWNER: Role(invites_another_owner, [], []),
    roles.ADMIN: Role(makes_a_key, [], []),
    roles.MANAGER: Role(
        moves_the_shop, [("/team", "button", "Invite somebody"), ("/settings", "link", "API keys")], [_KEY, _INVITE]
    ),
    roles.COORDINATOR: Role(
        makes_a_list,
        [
            ("/team", "button", "Invite somebody"),
            ("/settings", "link", "Webhooks"),
            ("/profiles", "link", "Create a profile"),
        ],
        [_KEY, _INVITE, _PROFILE, _HOOK],
    ),
    roles.CREATOR: Role(
        sees_the_draft,
        [("/", "link", "Profiles"), ("/settings", "link", "Webhooks")],
        [_KEY, _INVITE, _SEND, _PROFILE, _HOOK],
    ),
    roles.ANALYST: Role(
        reads_of_a_person,
        [("/settings/webhooks", "link", "Create a webhook"), ("/audiences", "button", "Create a list")],
        [_KEY, _INVITE, _SEND, _PROFILE, _HOOK, _TEMPLATE],
    ),
    roles.SUPPORT: Role(
        changes_a_person,
        [("/", "link", "Webhooks"), ("/audiences", "button", "Create a list")],
        [_KEY, _INVITE, _SEND, _HOOK, _TEMPLATE],
    ),
}


# Those of whom the most is to be refused; the others in the long form.
_EACH_TIME = ("content-creator",)


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=() if role in _EACH_TIME else pytest.mark.long) for role in ROLES]
)
def test_a_role_does_its_work_and_gets_no_further(browser: Browser, world: World, role: str) -> None:
    context = browser.new_context(reduced_motion="reduce", base_url=world.shop.server.url)
    page = context.new_page()
    joins(page, world, role)
    ROLES[role].does(page, world)
    for path, kind, name in ROLES[role].not_offered:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert page.get_by_role(kind, name=name).count() == 0, f"{role} is offered “{name}” on {path}"  # type: ignore[arg-type]
    for method, path, kind in ROLES[role].refused:
        answer = context.request.fetch(
            f"/api/{path}",
            method=method,
            data={"data": {"type": kind, "id": world.campaign_id, "attributes": {}}},
            headers={"origin": world.shop.server.url, "revision": "2026-10-15"},
        )
        assert answer.status == 403, f"{role}: {method} {path} {answer.status} {answer.text()}"
    context.close()


def test_every_role_is_tried() -> None:
    assert ROLES.keys() == roles.ROLES.keys()
