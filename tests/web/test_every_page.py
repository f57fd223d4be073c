"""Every page of the web app as each role: it opens, or says plainly that this role may not see it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rapport.accounts import roles
from tests import stories
from tests.accounts.team import Person, joined, owner
from tests.conftest import Server, Shop, new_shop
from tests.templates.definitions import dragged
from tests.web.axe import findings

_WEB = Path(__file__).parents[2] / "web" / "src"
_PATH = re.compile(r'path: "([^"*/][^"*]*)"')
_SECTION = re.compile(r'^  path: "([^"]+)"', re.MULTILINE)
# What a page says of itself when it is wrong.
_BROKEN = ("This page could not be shown", "This could not be loaded", "There is no such page", "no such section")
# Goes through the pages as links do, and waits for each until nothing on it is loading.
_WALK = """async (paths) => {
    const seen = [];
    const busy = '[aria-busy="true"], .mantine-Loader-root, .mantine-Skeleton-root';
    const frame = () => new Promise((done) => setTimeout(done, 15));
    for (const path of paths) {
        window.history.pushState({}, "", path);
        window.dispatchEvent(new PopStateEvent("popstate", {state: {}}));
        const until = performance.now() + 30000;
        for (let calm = 0; calm < 3 && performance.now() < until;) {
            await frame();
            calm = document.querySelector(busy) ? 0 : calm + 1;
        }
        const main = document.querySelector("main");
        const loads = main?.querySelector(busy);
        seen.push({
            path, title: main?.querySelector("h1, h2")?.textContent ?? "", text: main?.innerText ?? "",
            stuck: loads ? loads.outerHTML.slice(0, 200) : null,
        });
    }
    return seen;
}"""
Json = dict[str, Any]


@pytest.fixture(scope="module")
def boss(server: Server) -> Iterator[Person]:
    with new_shop(server) as shop:
        yield owner(shop)


@pytest.fixture(scope="module")
def paths(boss: Person) -> list[str]:
    """Every address of the route table, with things that exist, and every section of the settings."""
    shop = boss.shop
    list_id = stories.list_of(shop, stories.people(shop, 1))
    campaign_id, _ = stories.campaign(shop, included=[list_id])
    flow = _made(shop, "flows", "flow", name="Welcome", definition=_flow(list_id))
    hook = {"name": "Hook", "endpoint_url": "https://hooks.example.com/", "secret_key": "s" * 32}
    version = shop.http.get(f"/api/flows/{flow}/versions").json()["data"][0]["id"]
    ids = {
        "profiles": str(shop.http.get("/api/profiles").json()["data"][0]["id"]),
        "lists": list_id,
        "segments": stories.segment(shop, "Bern", [_in_bern()]),
        "campaigns": campaign_id,
        "flows": flow,
        "templates": dragged(shop),
        "webhooks": _made(shop, "webhooks", "webhook", **hook, topics=["profile.created"]),
    }
    patterns = _PATH.findall((_WEB / "app" / "routes.tsx").read_text())
    sections = [
        name for file in (_WEB / "features/settings").rglob("section.ts") for name in _SECTION.findall(file.read_text())
    ]
    assert len(patterns) > 25 and len(sections) >= 6
    found = ["/"]
    for pattern in patterns:
        if pattern == "settings/:section":
            found += [f"/settings/{section}" for section in sections]
        else:
            noun = pattern.partition("/:")[0].rpartition("/")[2]
            address = pattern.replace(":id", ids.get(noun, "01KAAAAAAAAAAAAAAAAAAAAAAA"))
            found.append("/" + address.replace(":profile", ids["profiles"]).replace(":version", version))
    return [path for path in found if path not in ("/sign-in", "/invitation", "/confirm-email", "/new-password")]


def _made(shop: Shop, path: str, kind: str, **attributes: Any) -> str:
    answer = shop.http.post(f"/api/{path}", json={"data": {"type": kind, "attributes": attributes}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def _in_bern() -> Json:
    filter = {"type": "string", "operator": "equals", "value": "Bern"}
    return {"type": "profile-property", "property": "location['city']", "filter": filter}


def _flow(list_id: str) -> Json:
    delay = {
        "type": "time-delay",
        "temporary_id": "a",
        "links": {"next": None},
        "data": {"unit": "hours", "value": 1, "secondary_value": None},
    }
    return {
        "triggers": [{"type": "list", "id": list_id}],
        "profile_filter": None,
        "entry_action_id": "a",
        "actions": [delay],
    }


def in_browser(browser: Browser, person: Person, **options: Any) -> Page:
    context = browser.new_context(reduced_motion="reduce", base_url=person.shop.server.url, **options)
    session = person.browser.cookies["rapport_session"]
    context.add_cookies([{"name": "rapport_session", "value": session, "url": person.shop.server.url}])
    return context.new_page()


@pytest.mark.long
@pytest.mark.parametrize("role", roles.ROLES)
def test_every_page_opens_or_says_that_this_role_may_not_see_it(
    browser: Browser, boss: Person, paths: list[str], role: str
) -> None:
    person = boss if role == roles.OWNER else joined(boss, role, role.title())
    page = in_browser(browser, person)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(f"{page.url}: {error}"))
    page.on("response", lambda answer: thrown.append(answer.url) if answer.status >= 500 else None)
    page.goto("/")
    page.get_by_role("navigation", name="Main").wait_for()
    seen = page.evaluate(_WALK, paths)
    page.context.close()
    assert thrown == []
    assert [one for one in seen if one["stuck"] or not one["title"].strip() or len(one["text"]) < 40] == []
    assert [one for one in seen if any(words in one["text"] for words in _BROKEN)] == []
    # a closed door is said to be one, once, and no button offers to try it again
    closed = [one for one in seen if "You may not see this" in one["text"]]
    assert [one["path"] for one in closed if one["text"].count("You may not see this") > 1] == []
    assert [one["path"] for one in closed if "Try again" in one["text"]] == []
    if role in (roles.OWNER, roles.ADMIN):
        # the installation is of who administers it, as the first owner does, and of no role
        assert [one["path"] for one in closed] == ([] if role == roles.OWNER else ["/settings/installation"])


# Pages about people and keys, which nobody else's test looks at.
_LOOKED_AT = ("/team", "/you", "/audit", "/settings/keys", "/settings/webhooks", "/settings/attribution", "/developers")


def test_pages_of_the_team_have_nothing_that_axe_finds(browser: Browser, boss: Person) -> None:
    """In both schemes of colours, with somebody invited, a key and its scopes."""
    boss.do("POST", "invitations", "invitation", email="soon@example.com", role=roles.ANALYST)
    page = in_browser(browser, boss)
    wrong: dict[str, list[str]] = {}
    for path in _LOOKED_AT:
        page.goto(path)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.locator("[aria-busy=true], .mantine-Loader-root, .mantine-Skeleton-root")).to_have_count(0)
        if lines := findings(page):
            wrong[path] = lines
    page.context.close()
    assert wrong == {}
