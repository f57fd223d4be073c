"""Flows by what triggers them (behaviour-people 5, 7.6; behaviour-messaging 1)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.flows.test_definition import example
from tests.parity.world import World, resource


def _flow(world: World, trigger: dict[str, Any]) -> str:
    definition = example(world.list, world.template) | {"triggers": [trigger]}
    body = resource("flow", name=world.unique("Flow "), definition=definition)
    return str(world.sdk.Flows.create_flow(body).data.id)


@pytest.mark.rule("5", "7.6")
@pytest.mark.parametrize("kind", ["list", "segment", "metric"])
def test_a_list_segment_or_metric_names_the_flows_it_triggers(shop: Shop, kind: str) -> None:
    world = World(shop)
    id = getattr(world, kind)
    others = [one for one in ("list", "segment", "metric") if one != kind]
    flows = sorted(_flow(world, {"type": kind, "id": id}) for _ in range(2))
    path = f"/api/{kind}s/{id}"
    found = shop.http.get(f"{path}/flow-triggers").json()["data"]
    assert [one["id"] for one in found] == flows
    assert {one["attributes"]["status"] for one in found} == {"draft"}
    identifiers = shop.http.get(f"{path}/relationships/flow-triggers").json()["data"]
    assert identifiers == [{"type": "flow", "id": one} for one in flows]
    for other in others:
        assert shop.http.get(f"/api/{other}s/{getattr(world, other)}/flow-triggers").json()["data"] == []


@pytest.mark.rule("7.6")
@pytest.mark.parametrize("kind", ["list", "segment", "metric"])
def test_they_are_included_one_by_one_and_in_a_listing(shop: Shop, kind: str) -> None:
    world = World(shop)
    id = getattr(world, kind)
    flow = _flow(world, {"type": kind, "id": id})
    for path in (f"/api/{kind}s/{id}", f"/api/{kind}s"):
        document = shop.http.get(f"{path}?include=flow-triggers&fields[flow]=name").json()
        data = document["data"] if isinstance(document["data"], list) else [document["data"]]
        linked = {one["id"]: one["relationships"]["flow-triggers"]["data"] for one in data}
        assert linked.pop(id) == [{"type": "flow", "id": flow}]
        assert not any(linked.values())
        (included,) = document["included"]
        assert (included["type"], included["id"], [*included["attributes"]]) == ("flow", flow, ["name"])


@pytest.mark.rule("7.6")
def test_lists_include_their_flows_and_tags_at_once(shop: Shop) -> None:
    world = World(shop)
    flow = _flow(world, {"type": "list", "id": world.list})
    found = world.sdk.Lists.get_list(world.list, include=["flow-triggers", "tags"])
    assert [(one["type"], one["id"]) for one in found.included or []] == [("flow", flow)]


@pytest.mark.rule("7.7")
@pytest.mark.parametrize("kind", ["list", "segment", "metric"])
def test_what_is_not_there_triggers_nothing(shop: Shop, kind: str) -> None:
    for path in (f"/api/{kind}s/NOPE01/flow-triggers", f"/api/{kind}s/NOPE01/relationships/flow-triggers"):
        answer = shop.http.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "not_found")
