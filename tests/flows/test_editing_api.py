"""Editing flows through the API: actions put in and taken out, drafts, reviews, and who is where."""

import re
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.flows.test_api import list_of, overview, set_status, template_of
from tests.sink import Sink

DEFINITION = "/data/attributes/definition"


def mail(shop: Shop, name: str, then: str | None = None, status: str = "draft", **rest: Any) -> dict[str, Any]:
    message = {"subject_line": name, "template_id": template_of(shop), "name": name, "smart_sending_enabled": False}
    return {
        "temporary_id": name,
        "type": "send-email",
        "links": {"next": then},
        "data": {"status": status, "message": message},
        **rest,
    }


def delay(name: str, then: str | None) -> dict[str, Any]:
    return {"temporary_id": name, "type": "time-delay", "links": {"next": then}, "data": {"value": 1}}


def made(shop: Shop, *actions: dict[str, Any], list_id: str | None = None) -> Any:
    definition = {
        "triggers": [{"type": "list", "id": list_id or list_of(shop)}],
        "actions": [*actions],
        "entry_action_id": actions[0]["temporary_id"] if actions else None,
    }
    body = {"data": {"type": "flow", "attributes": {"name": "Edited", "definition": definition}}}
    return shop.sdk.Flows.create_flow(body).data


def chain(shop: Shop, flow: str) -> list[str]:
    """Names or types of the actions, from the entry on."""
    definition = shop.sdk.Flows.get_flow(flow, additional_fields_flow=["definition"]).data.attributes.definition
    actions = {each["id"]: each for each in definition.actions}
    names, at = [], definition.entry_action_id
    while at is not None:
        message = actions[at]["data"].get("message")
        names.append(message["name"] if message else actions[at]["type"])
        at = actions[at]["links"]["next"]
    return names


def insert(shop: Shop, definition: dict[str, Any], **rest: Any) -> httpx.Response:
    relationships = rest.pop("relationships", None)
    data = {"type": "flow-action", "attributes": {"definition": definition, **rest}}
    if relationships:
        data["relationships"] = relationships
    return shop.http.post("/api/flow-actions", json={"data": data})


def anchor(id: str, name: str, way: str = "next", type: str = "send-email") -> dict[str, Any]:
    definition = {"type": type, "links": {way: name}}
    return {"data": {"type": "flow-action", "id": id, "attributes": {"definition": definition}}}


def without_links(action: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in action.items() if key != "links"}


def test_an_action_goes_behind_another_before_another_or_first(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B"))
    first, last = (each["id"] for each in flow.attributes.definition.actions)
    answer = insert(shop, without_links(mail(shop, "N", status="live")), **{"anchor-action": anchor(first, "N")})
    assert answer.status_code == 201, answer.text
    definition = answer.json()["data"]["attributes"]["definition"]
    assert (definition["data"]["status"], definition["links"]) == ("draft", {"next": last})
    assert chain(shop, flow.id) == ["A", "N", "B"]
    assert insert(shop, mail(shop, "O", first)).status_code == 201
    assert insert(shop, without_links(mail(shop, "P")), **{"anchor-action": anchor(last, "P")}).status_code == 201
    assert chain(shop, flow.id) == ["O", "A", "N", "B", "P"]
    empty = made(shop)
    to = {"flow": {"data": {"type": "flow", "id": empty.id}}}
    assert insert(shop, without_links(mail(shop, "Q")), relationships=to).status_code == 201
    assert chain(shop, empty.id) == ["Q"]
    assert insert(shop, without_links(mail(shop, "R")), relationships=to).status_code == 400


def test_what_has_no_status_is_put_into_a_live_flow_only_when_that_is_said(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B"))
    last = flow.attributes.definition.actions[1]["id"]
    set_status(shop, flow.id, "live")
    answer = insert(shop, delay("D", last))
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/allow_live_action"
    branches = [
        {"branch_id": "x", "branch_filter": None, "joined": False},
        {"branch_id": "y", "is_else": True, "joined": True},
    ]
    split = {"temporary_id": "S", "type": "multi-branch-split", "data": {"name": "W", "branches": branches}}
    answer = insert(shop, split | {"links": {"next": last}}, allow_live_action=True)
    shown = answer.json()["data"]["attributes"]["definition"]["data"]["branches"]
    assert [each["links"]["next"] for each in shown] == [None, last] and "joined" not in shown[0]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"anchor-action": None}, "/data/attributes/anchor-action"),
        ({"definition": {"type": "ab-test"}}, f"{DEFINITION}/type"),
        ({"definition": {"temporary_id": None}}, f"{DEFINITION}/temporary_id"),
        ({"definition": {"links": {"next": "1"}}}, "/data/attributes/anchor-action"),
        ({"anchor": {"id": "1"}}, "/data/attributes/anchor-action/data/id"),
        ({"way": "next_if_true"}, "/data/attributes/anchor-action/data/attributes/definition/links"),
        ({"name": "other"}, "/data/attributes/anchor-action/data/attributes/definition/links"),
        ({"type": "time-delay"}, "/data/attributes/anchor-action/data/attributes/definition/type"),
    ],
)
def test_a_place_that_is_wrong_is_pointed_at(limited_shop: tuple[Shop, str], change: Any, pointer: str) -> None:
    shop, action = limited_shop
    named = anchor(
        change.get("anchor", {}).get("id", action),
        change.get("name", "N"),
        change.get("way", "next"),
        change.get("type", "send-email"),
    )
    definition = without_links(mail(shop, "N")) | change.get("definition", {})
    attributes = {"anchor-action": change.get("anchor-action", named)}
    answer = insert(shop, definition, **attributes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


@pytest.fixture
def limited_shop(shop: Shop) -> tuple[Shop, str]:
    flow = made(shop, mail(shop, "A"))
    return shop, str(flow.attributes.definition.actions[0]["id"])


def test_an_action_is_taken_out(shop: Shop) -> None:
    flow = made(shop, mail(shop, "A", "B"), mail(shop, "B", "C"), mail(shop, "C"))
    ids = [each["id"] for each in flow.attributes.definition.actions]
    message = shop.sdk.Flows.get_flow_action_messages(ids[1]).data[0].id
    shop.sdk.Flows.delete_flow_action(ids[1])
    assert chain(shop, flow.id) == ["A", "C"]
    assert shop.http.get(f"/api/flow-messages/{message}").status_code == 404
    assert shop.http.delete(f"/api/flow-actions/{ids[1]}").status_code == 404
    for id in (ids[0], ids[2]):
        shop.sdk.Flows.delete_flow_action(id)
    assert chain(shop, flow.id) == []


def draft(shop: Shop, flow: str, definition: dict[str, Any], **headers: str) -> httpx.Response:
    body = {"data": {"type": "flow-draft", "attributes": {"definition": definition, "name": "New name"}}}
    return shop.http.patch(f"/api/flows/{flow}/draft", json=body, headers=headers)


def test_a_draft_is_kept_beside_the_flow_until_it_is_published(shop: Shop) -> None:
    news = list_of(shop)
    flow = made(shop, mail(shop, "A", "d"), delay("d", "B"), mail(shop, "B"), list_id=news)
    set_status(shop, flow.id, "live")
    shop.sdk.Profiles.create_profile({"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}})
    ann = shop.sdk.Profiles.get_profiles().data[0].id
    shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": ann}]})
    eventually(lambda: overview(shop, flow.id)["steps"][1]["waiting"] == 1)
    path = f"/api/flows/{flow.id}/draft"
    fresh = shop.http.get(path).json()["data"]["attributes"]
    assert (fresh["is_begun"], fresh["problem"], fresh["impact"]) == (False, None, [])
    first, wait, last = fresh["definition"]["actions"]
    broken = fresh["definition"] | {"actions": [first, last]}
    answer = draft(shop, flow.id, broken)
    problem = answer.json()["data"]["attributes"]["problem"]
    assert problem["pointer"] == f"{DEFINITION}/actions/0/links/next"
    assert shop.http.post(f"{path}/publish").status_code == 400
    first["links"]["next"] = last["id"]
    assert draft(shop, flow.id, broken, **{"If-Match": '"7"'}).status_code == 412
    shown = draft(shop, flow.id, broken, **{"If-Match": answer.headers["ETag"]}).json()["data"]["attributes"]
    assert shown["problem"] is None
    assert [(each["action_id"], each["people"], each["outcome"]) for each in shown["impact"]] == [
        (wait["id"], 1, "moves_on")
    ]
    assert chain(shop, flow.id) == ["A", "time-delay", "B"]
    assert shop.http.post(f"{path}/publish").json()["data"]["attributes"]["name"] == "New name"
    assert chain(shop, flow.id) == ["A", "B"]
    eventually(lambda: overview(shop, flow.id)["finished"] == 1)
    assert not shop.http.get(path).json()["data"]["attributes"]["is_begun"]
    runs = shop.http.get("/api/flow-runs", params={"filter": f'equals(profile_id,"{ann}")'}).json()["data"]
    assert [(each["attributes"]["flow_id"], each["attributes"]["status"]) for each in runs] == [(flow.id, "completed")]
    draft(shop, flow.id, {"half": "done"})
    assert (shop.http.delete(path).status_code, shop.http.delete(path).status_code) == (204, 404)


def test_it_says_who_enters_once_it_is_on_and_sends_what_was_reviewed(shop: Shop) -> None:
    news = list_of(shop)
    shop.sdk.Profiles.create_profile({"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}})
    ann = shop.sdk.Profiles.get_profiles().data[0].id
    shop.sdk.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": ann}]})
    text = {"temporary_id": "T", "type": "send-sms", "links": {"next": None}, "data": {"message": {"body": "Hi"}}}
    flow = made(shop, mail(shop, "A", "T"), text, list_id=news)
    ready = shop.http.get(f"/api/flows/{flow.id}/readiness").json()["data"]["attributes"]
    sms = flow.attributes.definition.actions[1]["id"]
    assert [each["action_id"] for each in ready["problems"]] == [sms]
    assert (ready["enters"], ready["past"], ready["modes"]) == (0, 1, ["start", "relative"])
    status = {"data": {"type": "flow", "id": flow.id, "attributes": {"status": "live"}}}
    refused = shop.http.patch(f"/api/flows/{flow.id}", json=status)
    assert refused.status_code == 400 and "text messages" in refused.json()["errors"][0]["detail"]
    shop.sdk.Flows.delete_flow_action(sms)
    set_status(shop, flow.id, "manual")
    fill = {"data": {"type": "flow-back-population", "attributes": {"mode": "start"}}}
    path = f"/api/flows/{flow.id}"
    assert shop.http.post(f"{path}/back-populate", json=fill).json()["data"]["attributes"] == {"entered": 1}
    asked = {"filter": f'equals(flow_id,"{flow.id}")'}
    eventually(lambda: len(shop.http.get("/api/flow-reviews", params=asked).json()["data"]) == 1)
    assert overview(shop, flow.id)["steps"][0]["needs_review"] == 1
    send = {"data": {"type": "flow-review-decision", "attributes": {"decision": "send"}}}
    assert shop.http.post(f"{path}/reviews", json=send).json()["data"]["attributes"] == {"decided": 1}
    eventually(lambda: shop.http.get("/api/messages").json()["data"][0]["attributes"]["status"] == "sent")


def test_whom_alerts_go_to_says_so_on_a_page(shop: Shop, sink: Sink) -> None:
    """Written to once, when the flow names them; reading the page changes nothing."""
    address = f"boss@{shop.public_id.lower()}.example.com"
    message = {"from_email": None, "from_label": None, "to_emails": [address], "subject_line": "Look"}
    made(shop, {"temporary_id": "a", "type": "send-internal-alert", "data": {"message": message}})
    letter = eventually(lambda: sink.to(address))[0].part("html")
    link = re.search(r'href="([^"]+/alerts/[^"]+)"', letter)
    assert link
    confirmed = "SELECT confirmed IS NOT NULL FROM alert_recipients WHERE account_id = %s"
    assert address in httpx.get(link[1]).text and shop.query(confirmed, shop.account_id) == [(False,)]
    assert "Thank you" in httpx.post(link[1], data={"action": "confirm"}).text
    assert shop.query(confirmed, shop.account_id) == [(True,)]
    assert httpx.get(link[1] + "x").status_code == 404
