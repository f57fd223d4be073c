"""One question finds what has the name, of what the caller may read."""

from typing import Any

import httpx
import pytest

from tests.conftest import REVISION, Shop
from tests.parity.world import resource, webhook_body


def _found(shop: Shop, query: str, **more: str) -> list[tuple[str, str, str | None]]:
    answer = shop.http.get("/api/search", params={"q": query, **more})
    assert answer.status_code == 200, answer.text
    return [_row(record["attributes"]) for record in answer.json()["data"]]


def _row(attributes: dict[str, Any]) -> tuple[str, str, str | None]:
    return attributes["kind"], attributes["name"], attributes["detail"]


@pytest.fixture
def spring(shop: Shop) -> dict[str, str]:
    """The id of one thing of each kind, all but the profile and the metric called something with Spring."""
    post = shop.http.post
    condition = {"type": "profile-property", "property": "title", "filter": {"type": "existence", "operator": "is-set"}}
    definition = {"condition_groups": [{"conditions": [condition]}]}
    bodies = {
        "list": resource("list", name="Spring list"),
        "segment": resource("segment", name="Spring segment", definition=definition),
        "campaign": resource("campaign", definition={"name": "The spring campaign"}),
        "template": resource("template", name="Spring template", editor_type="CODE", html="<p>Hello</p>"),
        "webhook": webhook_body("Spring webhook", "profile.created"),
    }
    answers = {kind: post(f"/api/{kind}s", json=body) for kind, body in bodies.items()}
    assert {answer.status_code for answer in answers.values()} == {201}, [answer.text for answer in answers.values()]
    made = {kind: str(answer.json()["data"]["id"]) for kind, answer in answers.items()}
    person = {"first_name": "Spring", "last_name": "Meadow", "phone_number": "+41791234567", "external_id": "S-77"}
    made["profile"] = shop.profile("may.meadow@example.com", **person)
    shop.event("Spring Visit", "may.meadow@example.com")
    made["metric"] = shop.metric_id("Spring Visit")
    return made


def test_everything_of_a_name_is_found_and_nothing_of_another_account(shop: Shop, spring: dict[str, str]) -> None:
    assert _found(shop, "sPRiNG") == [
        ("profile", "Spring Meadow", "may.meadow@example.com"),
        ("list", "Spring list", None),
        ("segment", "Spring segment", None),
        ("campaign", "The spring campaign", "Draft"),
        ("template", "Spring template", None),
        ("webhook", "Spring webhook", None),
        ("metric", "Spring Visit", None),
    ]
    assert _found(shop, "summer") == []


def test_a_person_is_found_by_the_beginning_of_what_is_known_of_them(shop: Shop) -> None:
    person = {"first_name": "Spring", "last_name": "Meadow", "phone_number": "+41791234567", "external_id": "S-77"}
    shop.profile("may.meadow@example.com", **person)
    other = shop.profile("zoe@example.com", first_name="Zoë", last_name="Müller")
    known = ("may.m", "MAY.MEADOW@example.com", "mead", "spring mea", "meadow s", "+41 79 123", "S-7")
    for query in known:
        assert _found(shop, query, kinds="profile") == [("profile", "Spring Meadow", "may.meadow@example.com")], query
    assert _found(shop, other) == [("profile", "Zoë Müller", "zoe@example.com")]
    assert _found(shop, "zoë mül") == [("profile", "Zoë Müller", "zoe@example.com")]


def test_an_id_finds_its_thing(shop: Shop, spring: dict[str, str]) -> None:
    for kind, id in spring.items():
        answer = shop.http.get("/api/search", params={"q": id}).json()["data"]
        assert [(found["attributes"]["kind"], found["attributes"]["record"]) for found in answer] == [(kind, id)]


def test_signs_of_the_pattern_language_mean_themselves(shop: Shop, spring: dict[str, str]) -> None:
    for query in ("%", "_", "Spr%", "\\", "'", "@"):
        assert _found(shop, query) == []
    shop.http.post("/api/lists", json=resource("list", name="100% wool_a"))
    assert _found(shop, "0% w") == [("list", "100% wool_a", None)]
    assert _found(shop, "wool_") == [("list", "100% wool_a", None)]


def test_kinds_that_a_key_may_not_read_are_left_out(shop: Shop, spring: dict[str, str]) -> None:
    headers = {"Authorization": f"Klaviyo-API-Key {shop.key('lists:read', 'flows:read')}", "revision": REVISION}
    answer = httpx.get(f"{shop.server.url}/api/search", params={"q": "spring"}, headers=headers)
    assert [found["attributes"]["kind"] for found in answer.json()["data"]] == ["list"]


@pytest.mark.parametrize("params", [{}, {"q": "  "}, {"q": "x" * 101}, {"q": "x", "kinds": "list,order"}])
def test_what_can_not_be_looked_for_is_refused(shop: Shop, params: dict[str, str]) -> None:
    answer = shop.http.get("/api/search", params=params)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["parameter"] in ("q", "kinds")


def test_what_names_a_list_is_told(shop: Shop, spring: dict[str, str]) -> None:
    on = spring["list"]
    path = f"/api/lists/{on}/references"
    assert shop.http.get(path).json()["data"] == []
    membership = {"type": "profile-group-membership", "is_member": True, "group_ids": [on], "timeframe_filter": None}
    definition = {"condition_groups": [{"conditions": [membership]}]}
    made = shop.http.post("/api/segments", json=resource("segment", name="On it", definition=definition))
    assert made.status_code == 201, made.text
    audiences = [{"temporary_id": "a", "name": "All", "excluded": [on]}]
    shop.http.post("/api/campaigns", json=resource("campaign", definition={"name": "Without it"}, audiences=audiences))
    flow = {
        "triggers": [{"type": "list", "id": on}],
        "profile_filter": None,
        "actions": [],
        "entry_action_id": None,
    }
    shop.http.post("/api/flows", json=resource("flow", name="Welcome", definition=flow))
    found = [record["attributes"] for record in shop.http.get(path).json()["data"]]
    assert [(one["kind"], one["name"]) for one in found] == [
        ("flow", "Welcome"),
        ("segment", "On it"),
        ("campaign", "Without it"),
    ]
    assert shop.http.get("/api/lists/NOPE01/references").status_code == 404
