"""People in an account: invitations, roles, what each may do, and that every change leaves its line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from rapport.accounts import roles
from rapport.kit.jsonapi import Operation
from tests.accounts.team import Person, browser, invited, joined, owner, post
from tests.conftest import Server, Shop, eventually, new_shop
from tests.parity.surface import declared

SENDING = ("send_campaign", "schedule_campaign", "schedule_campaign_message", "update_flow", "update_flow_action")
SETTINGS = ("accounts:", "brands:", "tracking-settings:", "webhooks:", "sender-config:", "credentials:")
ADDRESS = "someone.known@customers.example"


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made:
        yield made


@pytest.fixture(scope="module")
def boss(shop: Shop) -> Person:
    return owner(shop)


@pytest.fixture(scope="module")
def team(boss: Person) -> dict[str, Person]:
    """One in each role."""
    others = [role for role in roles.ROLES if role != roles.OWNER]
    return {roles.OWNER: boss, **{role: joined(boss, role, f"Some {role}") for role in others}}


def _asked(person: Person, operation: Operation) -> int:
    """The status of a call whose body is none: whoever may not call is told so before it is read."""
    path = operation.path.removeprefix("/api/")
    for name in ("id", "job_id", "event_id"):
        path = path.replace(f"{{{name}}}", "none")
    revision = operation.until if operation.until != operation.since else operation.since
    url = f"{person.shop.server.url}/api/{path}"
    headers = {"revision": revision, "content-type": "application/json"}
    return person.browser.request(operation.method, url, headers=headers, content=b"").status_code


@pytest.mark.parametrize("role", list(roles.ROLES))
def test_a_role_allows_what_the_table_says_and_nothing_else(team: dict[str, Person], role: str) -> None:
    """Every operation there is."""
    # the first owner administers the installation as well
    held = roles.held_by(role, is_administrator=role == roles.OWNER)
    skipped = {"switch_account", "end_own_session", "delete_passkey"}
    wrong = []
    for operation in declared():
        if operation.id in skipped:
            continue
        allowed = operation.scopes | operation.permissions <= held
        refused = _asked(team[role], operation) == 403
        if refused is allowed:
            wrong.append((operation.id, allowed))
    assert not wrong


def test_an_analyst_sends_nothing(team: dict[str, Person]) -> None:
    sending = [operation for operation in declared() if operation.id in SENDING]
    assert len({operation.id for operation in sending}) == len(SENDING)
    assert {_asked(team[roles.ANALYST], operation) for operation in sending} == {403}


def test_a_content_creator_sends_nothing(team: dict[str, Person]) -> None:
    sending = [operation for operation in declared() if operation.id in SENDING]
    assert {_asked(team[roles.CREATOR], operation) for operation in sending} == {403}


def test_support_changes_no_setting(team: dict[str, Person]) -> None:
    of_settings = [
        operation
        for operation in declared()
        if operation.writes and any(scope.startswith(SETTINGS) for scope in operation.scopes)
    ]
    assert len(of_settings) > 5
    assert {_asked(team[roles.SUPPORT], operation) for operation in of_settings} == {403}


def test_a_content_creator_sees_no_person(team: dict[str, Person], shop: Shop) -> None:
    """Whatever they may read: a person's address is nowhere in it."""
    shop.event("Placed Order", ADDRESS)
    shop.wait_until_recorded()
    (profile,) = shop.http.get(f'/api/profiles?filter=equals(email,"{ADDRESS}")').json()["data"]
    listed = shop.http.post("/api/lists", json={"data": {"type": "list", "attributes": {"name": "All"}}}).json()["data"]
    body = {"data": [{"type": "profile", "id": profile["id"]}]}
    assert shop.http.post(f"/api/lists/{listed['id']}/relationships/profiles", json=body).status_code == 204
    creator, read = team[roles.CREATOR], 0
    for operation in declared():
        if operation.method == "GET":
            path = operation.path.removeprefix("/api/").replace("{id}", listed["id"])
            answer = creator.ask("GET", path)
            read += answer.status_code == 200
            assert ADDRESS not in answer.text and profile["id"] not in answer.text, operation.id
    assert read > 20


def test_a_role_is_not_raised_by_hand(team: dict[str, Person]) -> None:
    admin, support = team[roles.ADMIN], team[roles.SUPPORT]
    assert support.do("PATCH", f"users/{support.id}", "user", support.id, role=roles.OWNER).status_code == 403
    assert admin.do("PATCH", f"users/{admin.id}", "user", admin.id, role=roles.OWNER).status_code == 403
    assert admin.do("POST", "invitations", "invitation", email="x@example.com", role=roles.OWNER).status_code == 403
    boss = team[roles.OWNER]
    assert admin.do("POST", f"users/{boss.id}/sign-in-link").status_code == 403
    assert admin.do("DELETE", f"users/{boss.id}").status_code == 403


def test_only_an_owner_moves_ownership(team: dict[str, Person], boss: Person) -> None:
    member = joined(boss, roles.MANAGER)
    changed = boss.do("PATCH", f"users/{member.id}", "user", member.id, role=roles.OWNER)
    assert changed.json()["data"]["attributes"]["role"] == roles.OWNER
    # a role counts from the very next call
    assert member.do("PATCH", f"users/{member.id}", "user", member.id, role=roles.MANAGER).status_code == 200
    assert member.ask("GET", "audit-events").status_code == 200
    assert member.do("PATCH", f"users/{member.id}", "user", member.id, role=roles.OWNER).status_code == 403


def test_the_last_owner_stays(server: Server) -> None:
    with new_shop(server) as shop:
        boss = owner(shop)
        answer = boss.do("PATCH", f"users/{boss.id}", "user", boss.id, role=roles.ANALYST)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "last_owner")
        assert boss.do("DELETE", f"users/{boss.id}").status_code == 409
        assert boss.is_in()


def test_of_two_owners_who_remove_each_other_at_once_one_stays(server: Server) -> None:
    with new_shop(server) as shop:
        first = owner(shop)
        second = joined(first, roles.OWNER)
        pairs = [(first, second.id), (second, first.id)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: pair[0].do("DELETE", f"users/{pair[1]}").status_code, pairs))
        assert sorted(answers)[0] == 204 and set(answers) <= {204, 401, 409}
        assert answers.count(204) == 1


def test_who_is_removed_is_out_at_the_next_call(boss: Person) -> None:
    member = joined(boss, roles.ANALYST)
    assert member.is_in()
    assert boss.do("DELETE", f"users/{member.id}").status_code == 204
    assert not member.is_in()
    signed = post(browser(boss.shop), boss.shop, "password", email=member.email, password=member.password)
    assert signed.status_code == 403 and "no team" in signed.json()["errors"][0]["detail"]


def test_an_invitation_works_once_and_for_nobody_else(boss: Person) -> None:
    shop = boss.shop
    token = invited(boss, roles.ANALYST, "ada@example.com")
    shown = post(browser(shop), shop, "invitation", token=token).json()
    assert (shown["email"], shown["role"], shown["known"]) == ("ada@example.com", roles.ANALYST, False)
    weak = post(browser(shop), shop, "accept", token=token, name="Ada", password="short")
    assert (weak.status_code, weak.json()["errors"][0]["source"]) == (400, {"pointer": "/password"})
    ada = browser(shop)
    assert post(ada, shop, "accept", token=token, name="Ada", password="a long enough secret").status_code == 200
    again = post(browser(shop), shop, "accept", token=token, name="Eve", password="a long enough secret")
    assert again.status_code == 403 and "set-cookie" not in again.headers
    # whoever has a password proves it, so that a link that went astray gives nobody their name
    boss.do("DELETE", f"users/{Person(shop, 'ada@example.com', ada).id}")
    token = invited(boss, roles.ADMIN, "ada@example.com")
    stolen = post(browser(shop), shop, "accept", token=token, name="Eve", password="another long secret")
    assert stolen.status_code == 401 and "set-cookie" not in stolen.headers
    assert post(browser(shop), shop, "accept", token=token, password="a long enough secret").status_code == 200


def test_a_newer_invitation_takes_the_older_ones_place_and_one_can_be_withdrawn(boss: Person) -> None:
    shop = boss.shop
    older = invited(boss, roles.ANALYST, "ben@example.com")
    newer = invited(boss, roles.SUPPORT, "ben@example.com")
    assert post(browser(shop), shop, "invitation", token=older).status_code == 403
    assert post(browser(shop), shop, "invitation", token=newer).json()["role"] == roles.SUPPORT
    (open_one,) = [one for one in boss.get("invitations")["data"] if one["attributes"]["email"] == "ben@example.com"]
    assert open_one["attributes"]["link"] is None
    assert boss.do("DELETE", f"invitations/{open_one['id']}").status_code == 204
    assert post(browser(shop), shop, "invitation", token=newer).status_code == 403


@pytest.mark.parametrize(
    ("email", "role", "pointer"),
    [("no address", roles.ANALYST, "/data/attributes/email"), ("x@example.com", "king", "/data/attributes/role")],
)
def test_an_invitation_that_can_not_be_says_why(boss: Person, email: str, role: str, pointer: str) -> None:
    answer = boss.do("POST", "invitations", "invitation", email=email, role=role)
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": pointer})


def test_no_key_manages_people(shop: Shop) -> None:
    """However much it may otherwise: else whoever finds a key takes the account."""
    personal = [operation for operation in declared() if operation.personal]
    assert len(personal) > 15
    for operation in personal:
        path = operation.path.replace("{id}", "none")
        assert shop.http.request(operation.method, path).status_code == 403, operation.id


def test_tenants_have_teams_of_their_own(boss: Person, server: Server) -> None:
    with new_shop(server) as other:
        theirs = owner(other)
        assert boss.do("PATCH", f"users/{theirs.id}", "user", theirs.id, role=roles.ANALYST).status_code == 404
        assert boss.do("DELETE", f"users/{theirs.id}").status_code == 404
        assert theirs.email not in boss.ask("GET", "users").text
        assert boss.do("POST", "me/account", "account-choice", account_id=other.public_id).status_code == 404


def test_a_person_makes_a_key_that_may_no_more_than_they_and_revokes_it(boss: Person, team: dict[str, Person]) -> None:
    made = boss.do("POST", "api-keys", "new-api-key", name="Shop", scopes=["lists:read"])
    assert made.status_code == 201, made.text
    key = made.json()["data"]
    headers = {"authorization": f"Klaviyo-API-Key {key['attributes']['private_key']}", "revision": "2026-10-15"}
    url = boss.shop.server.url
    assert httpx.get(f"{url}/api/lists", headers=headers).status_code == 200
    assert httpx.get(f"{url}/api/profiles", headers=headers).status_code == 403
    assert key["attributes"]["private_key"] not in boss.ask("GET", "api-keys").text
    assert key["attributes"]["private_key"] not in boss.ask("GET", "audit-events").text
    for role in (roles.MANAGER, roles.ANALYST, roles.CREATOR):
        refused = team[role].do("POST", "api-keys", "new-api-key", name="Mine", scopes=["lists:read"])
        assert refused.status_code == 403
    assert boss.do("DELETE", f"api-keys/{key['id']}").status_code == 204
    eventually(lambda: httpx.get(f"{url}/api/lists", headers=headers).status_code == 401)
    assert boss.do("DELETE", f"api-keys/{key['id']}").status_code == 404


def test_a_key_expires(boss: Person) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    made = boss.do("POST", "api-keys", "new-api-key", name="Short", expires=soon).json()["data"]["attributes"]
    headers = {"authorization": f"Klaviyo-API-Key {made['private_key']}", "revision": "2026-10-15"}
    assert httpx.get(f"{boss.shop.server.url}/api/lists", headers=headers).status_code == 200
    eventually(lambda: httpx.get(f"{boss.shop.server.url}/api/lists", headers=headers).status_code == 401)


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"name": ""}, "/data/attributes/name"),
        ({"name": "x", "scopes": []}, "/data/attributes/scopes"),
        ({"name": "x", "scopes": ["all"]}, "/data/attributes/scopes"),
        ({"name": "x", "expires": "2020-01-01T00:00:00Z"}, "/data/attributes/expires"),
    ],
)
def test_a_key_that_can_not_be_says_why(boss: Person, attributes: dict[str, Any], pointer: str) -> None:
    answer = boss.do("POST", "api-keys", "new-api-key", **attributes)
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (400, {"pointer": pointer})


def _lines(person: Person, query: str = "") -> list[dict[str, Any]]:
    return [one["attributes"] for one in person.get(f"audit-events{query}")["data"]]


def test_every_change_leaves_its_line(boss: Person) -> None:
    made = boss.do("POST", "lists", "list", name="News").json()["data"]["id"]
    boss.do("PATCH", f"lists/{made}", "list", made, name="Better news")
    boss.do("DELETE", f"lists/{made}")
    lines = _lines(boss, f'?filter=equals(target,"{made}")')
    assert [line["operation"] for line in lines] == ["delete_list", "update_list", "create_list"]
    assert all(boss.email in line["actor"] and line["user_id"] == boss.id for line in lines)
    assert lines[1]["fields"] == ["name"] and "Better news" not in str(lines)


def test_what_was_refused_leaves_none(boss: Person, team: dict[str, Person]) -> None:
    before = len(_lines(boss, "?page[size]=200"))
    assert boss.do("POST", "lists", "list", nome="News").status_code == 400
    assert boss.do("DELETE", "lists/none").status_code == 404
    assert team[roles.ANALYST].do("POST", "lists", "list", name="News").status_code == 403
    assert len(_lines(boss, "?page[size]=200")) == before


def test_a_key_leaves_lines_too_but_for_the_stream_of_a_stores_own_data(boss: Person, shop: Shop) -> None:
    shop.http.post("/api/tags", json={"data": {"type": "tag", "attributes": {"name": "winter"}}})
    shop.event("Placed Order", "stream@example.com")
    lines = _lines(boss, '?filter=contains(actor,"key")&page[size]=200')
    assert "create_tag" in {line["operation"] for line in lines}
    assert "create_event" not in {line["operation"] for line in lines}
    assert all(line["user_id"] is None for line in lines)


def test_the_log_is_exported_and_no_cell_is_a_formula(boss: Person) -> None:
    assert boss.do("PATCH", "me", "me", name="=cmd()").status_code == 200
    boss.do("POST", "lists", "list", name="x")
    answer = boss.ask("GET", "audit-events-export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=cmd()" in answer.text and "\n=cmd()" not in answer.text and ",=cmd()" not in answer.text
    boss.do("PATCH", "me", "me", name="Olga Owner")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'{"data": {}}', b'{"data": {"type": "x"}}', b'{"data": {"attributes": {"a": 1}}}'],
)
def test_a_person_is_told_what_is_wrong_with_a_body(boss: Person, body: bytes) -> None:
    """Every operation that only people call."""
    with_body = [operation for operation in declared() if operation.personal and operation.takes_body]
    assert len(with_body) > 8
    for operation in with_body:
        url = f"{boss.shop.server.url}{operation.path.replace('{id}', boss.id)}"
        headers = {"revision": "2026-10-15", "content-type": "application/json"}
        answer = boss.browser.request(operation.method, url, headers=headers, content=body)
        assert answer.status_code == 400 and answer.json()["errors"][0]["detail"], (operation.id, answer.text)
