"""How moments are shown: whole seconds where something is read, microseconds where it is written (1.2)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.parity.world import World, resource

WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
# The place of one of each kind, in its world.
KINDS = {
    "profiles": "profile", "lists": "list", "segments": "segment", "metrics": "metric", "events": "event",
    "flows": "flow", "flow-actions": "flow_action", "flow-messages": "flow_message", "templates": "template",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    with new_shop(server) as shop:
        yield World(shop)


def moments(attributes: dict[str, Any]) -> dict[str, str]:
    return {
        name: value
        for name, value in attributes.items()
        if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value)
    }


@pytest.mark.rule("1.2")
@pytest.mark.parametrize("kind", KINDS)
def test_whoever_reads_sees_whole_seconds(world: World, kind: str) -> None:
    id = getattr(world, KINDS[kind])
    shown = moments(world.shop.http.get(f"/api/{kind}/{id}").json()["data"]["attributes"])
    assert shown, "no moments in it"
    assert {name: value for name, value in shown.items() if not WHOLE.fullmatch(value)} == {}


@pytest.mark.rule("1.2")
def test_whoever_lists_and_includes_sees_whole_seconds_too(world: World) -> None:
    assert world.event
    answer = world.shop.http.get("/api/events?include=metric,profile&page[size]=1").json()
    for one in [*answer["data"], *answer["included"]]:
        assert all(WHOLE.fullmatch(value) for value in moments(one["attributes"]).values()), one


@pytest.mark.rule("1.2")
def test_whoever_makes_something_sees_microseconds(shop: Shop) -> None:
    made = shop.http.post("/api/lists", json=resource("list", name="Exact")).json()["data"]["attributes"]
    assert EXACT.fullmatch(made["created"]) and EXACT.fullmatch(made["updated"])


@pytest.mark.rule("1.2")
def test_whoever_changes_something_sees_when_with_microseconds(shop: Shop) -> None:
    """That it was made is read, that it was changed is written."""
    made = shop.profile("exact@example.com")
    body = resource("profile", made, first_name="Ann")
    changed = shop.http.patch(f"/api/profiles/{made}", json=body).json()["data"]["attributes"]
    assert WHOLE.fullmatch(changed["created"]) and EXACT.fullmatch(changed["updated"])


@pytest.mark.rule("1.2")
def test_a_job_keeps_its_microseconds(world: World) -> None:
    path = f"/api/profile-bulk-import-jobs/{world.import_job}"
    assert EXACT.fullmatch(world.shop.http.get(path).json()["data"]["attributes"]["created_at"])


def test_what_was_read_is_found_by_it(world: World) -> None:
    """A flow is filtered by the second it is shown with."""
    path = f"/api/flows/{world.flow}"
    created = world.shop.http.get(path).json()["data"]["attributes"]["created"]
    found = world.shop.http.get("/api/flows", params={"filter": f"equals(created,{created})"}).json()["data"]
    assert world.flow in {one["id"] for one in found}
