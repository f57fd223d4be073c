"""Flows through the API, with the official SDK, on a running server."""

from typing import Any

import pytest

from tests.conftest import Shop, eventually
from tests.flows.test_definition import example


@pytest.fixture
def welcome(shop: Shop) -> str:
    """The flow of behaviour-messaging 10.1, in draft; its id."""
    return str(create(shop).data.id)


def create(shop: Shop) -> Any:
    given = example(list_of(shop), template_of(shop))
    return shop.sdk.Flows.create_flow(
        {"data": {"type": "flow", "attributes": {"name": "Welcome", "definition": given}}}
    )


def list_of(shop: Shop) -> str:
    body = {"type": "list", "attributes": {"name": "News", "opt_in_process": "single_opt_in"}}
    return str(shop.sdk.Lists.create_list({"data": body}).data.id)


def template_of(shop: Shop) -> str:
    body = {"name": "T", "editor_type": "CODE", "html": "<p>Hi {{ first_name }}</p>"}
    return str(shop.sdk.Templates.create_template({"data": {"type": "template", "attributes": body}}).data.id)


def set_status(shop: Shop, flow_id: str, status: str) -> Any:
    body = {"data": {"type": "flow", "id": flow_id, "attributes": {"status": status}}}
    return shop.sdk.Flows.update_flow(flow_id, body)


def test_it_creates_a_flow_in_draft_and_answers_its_definition(shop: Shop) -> None:
    data = create(shop).data
    assert (data.attributes.status, data.attributes.trigger_type) == ("draft", "Added to List")
    actions = data.attributes.definition.actions
    assert [one["type"] for one in actions] == ["send-email", "time-delay", "conditional-split", "send-webhook"]
    assert data.attributes.definition.entry_action_id == actions[0]["id"]


def test_it_shows_the_definition_when_asked(shop: Shop, welcome: str) -> None:
    plain = shop.sdk.Flows.get_flow(welcome)
    assert plain.data.attributes.definition is None
    whole = shop.sdk.Flows.get_flow(welcome, additional_fields_flow=["definition"], include=["flow-actions"])
    assert len(whole.data.attributes.definition.actions) == len(whole.included) == 4


def test_it_lists_flows_by_what_they_are(shop: Shop, welcome: str) -> None:
    for asked in (
        'equals(name,"Welcome")',
        'contains(name,"elc")',
        'equals(status,"draft")',
        "equals(archived,false)",
        'equals(trigger_type,"Added to List")',
        f'any(id,["{welcome}"])',
    ):
        assert [one.id for one in shop.sdk.Flows.get_flows(filter=asked, include=["flow-actions"]).data] == [welcome]
    for asked in ('equals(status,"live")', 'equals(trigger_type,"Metric")', 'equals(name,"welcome ")'):
        assert shop.sdk.Flows.get_flows(filter=asked).data == []


def test_it_walks_from_flow_to_action_to_message_to_template_and_back(shop: Shop, welcome: str) -> None:
    flows = shop.sdk.Flows
    actions = flows.get_actions_for_flow(welcome, filter='equals(action_type,"send-email")').data
    assert len(actions) == 1 and len(flows.get_action_ids_for_flow(welcome).data) == 4
    action = flows.get_flow_action(actions[0].id, include=["flow", "flow-messages"])
    assert {one["type"] if isinstance(one, dict) else one.actual_instance.type for one in action.included}
    assert flows.get_flow_for_flow_action(action.data.id).data.id == welcome
    assert flows.get_flow_id_for_flow_action(action.data.id).data.id == welcome
    messages = flows.get_flow_action_messages(action.data.id).data
    assert [one.id for one in messages] == [
        one.id for one in flows.get_message_ids_for_flow_action(action.data.id).data
    ]
    message = flows.get_flow_message(messages[0].id, include=["flow-action", "template"]).data
    assert message.attributes.channel == "email" and message.attributes.definition["subject_line"].startswith("Hi")
    assert flows.get_action_for_flow_message(message.id).data.id == action.data.id
    assert flows.get_action_id_for_flow_message(message.id).data.id == action.data.id
    template = flows.get_template_for_flow_message(message.id).data
    assert template.id == message.attributes.definition["template_id"] and "first_name" in template.attributes.html
    assert flows.get_template_id_for_flow_message(message.id).data.id == template.id


def test_it_sets_one_status_for_the_flow_and_all_its_actions(shop: Shop, welcome: str) -> None:
    assert set_status(shop, welcome, "live").data.attributes.status == "live"
    found = shop.sdk.Flows.get_flow(welcome, additional_fields_flow=["definition"]).data.attributes.definition.actions
    assert [one["data"].get("status") for one in found] == ["live", None, None, "live"]


def test_it_changes_one_action(shop: Shop, welcome: str) -> None:
    action = shop.sdk.Flows.get_actions_for_flow(welcome, filter='equals(action_type,"send-email")').data[0]
    definition = action.attributes.definition
    definition["data"]["status"] = "manual"
    definition["data"]["message"]["subject_line"] = "Hello"
    body = {"data": {"type": "flow-action", "id": action.id, "attributes": {"definition": definition}}}
    changed = shop.sdk.Flows.update_flow_action(action.id, body).data.attributes.definition
    assert changed["data"]["status"] == "manual" and changed["data"]["message"]["subject_line"] == "Hello"
    assert changed["data"]["message"]["template_id"] == definition["data"]["message"]["template_id"]


def test_it_keeps_those_who_wait_in_a_delay_that_is_edited_to_their_time(shop: Shop) -> None:
    """F11"""
    given = example(news := list_of(shop), template_of(shop))
    given["profile_filter"] = None
    given["actions"] = [
        {"temporary_id": "d", "type": "time-delay", "links": {"next": "e"}, "data": {"value": 3}},
        {**given["actions"][0], "temporary_id": "e", "links": {"next": None}},
    ]
    given["entry_action_id"] = "d"
    body = {"data": {"type": "flow", "attributes": {"name": "Late", "definition": given}}}
    flow = shop.sdk.Flows.create_flow(body).data
    set_status(shop, flow.id, "live")
    join(shop, news, "ann@example.com")
    step = lambda: overview(shop, flow.id)["steps"][0]  # noqa: E731
    eventually(lambda: step()["waiting"] == 1)
    shop.advance(days=2)
    change = {"id": flow.attributes.definition.entry_action_id, "type": "time-delay", "data": {"value": 1}}
    edited = {"data": {"type": "flow-action", "id": change["id"], "attributes": {"definition": change}}}
    shop.sdk.Flows.update_flow_action(change["id"], edited)
    assert step() == {"action_id": change["id"], "waiting": 1, "done": 0, "needs_review": 0}
    shop.advance(days=1, minutes=1)
    eventually(lambda: overview(shop, flow.id)["finished"] == 1)


def join(shop: Shop, list_id: str, email: str) -> None:
    profile = shop.profile(email)
    shop.sdk.Lists.add_profiles_to_list(list_id, {"data": [{"type": "profile", "id": profile}]})


def overview(shop: Shop, flow_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.http.get(f"/api/flows/{flow_id}/overview").json()["data"]["attributes"]
    return found


def test_it_welcomes_who_joins_the_list_and_counts_them(shop: Shop) -> None:
    flow = create(shop).data
    set_status(shop, flow.id, "live")
    join(shop, flow.attributes.definition.triggers[0]["id"], "ann@example.com")
    eventually(lambda: shop.query("SELECT 1 FROM messages WHERE account_id = %s AND status = 'sent'", shop.account_id))
    found = overview(shop, flow.id)
    assert (found["entered"], found["active"], found["finished"]) == (1, 1, 0)
    assert [(one["waiting"], one["done"]) for one in found["steps"]] == [(0, 1), (1, 0), (0, 0), (0, 0)]


def test_it_tells_which_flows_a_list_and_a_metric_trigger(shop: Shop) -> None:
    flow = create(shop).data
    news = flow.attributes.definition.triggers[0]["id"]
    assert [one.id for one in shop.sdk.Lists.get_flows_triggered_by_list(news).data] == [flow.id]
    assert [one.id for one in shop.sdk.Lists.get_ids_for_flows_triggered_by_list(news).data] == [flow.id]
    shop.event("Placed Order", "ann@example.com")
    metric = shop.metric_id("Placed Order")
    assert shop.sdk.Metrics.get_flows_triggered_by_metric(metric).data == []


def test_it_deletes_a_flow_with_everybody_in_it(shop: Shop) -> None:
    flow = create(shop).data
    set_status(shop, flow.id, "live")
    join(shop, flow.attributes.definition.triggers[0]["id"], "ann@example.com")
    eventually(lambda: overview(shop, flow.id)["active"])
    shop.sdk.Flows.delete_flow(flow.id)
    assert shop.http.get(f"/api/flows/{flow.id}").status_code == 404
    assert shop.query("SELECT 1 FROM enrolments WHERE account_id = %s", shop.account_id) == []


def test_it_refuses_a_bad_definition_with_a_pointer(shop: Shop) -> None:
    given = example(list_of(shop), template_of(shop))
    given["actions"][1]["data"]["value"] = "2"
    body = {"data": {"type": "flow", "attributes": {"name": "Welcome", "definition": given}}}
    answer = shop.http.post("/api/flows", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": "/data/attributes/definition/actions/1/data/value"}


@pytest.mark.parametrize(
    "path", ["flows/nope00", "flow-actions/5", "flow-actions/x", "flow-messages/nope00", "flows/x/overview"]
)
def test_it_answers_404_for_what_is_not_there(shop: Shop, path: str) -> None:
    assert shop.http.get(f"/api/{path}").status_code == 404


def test_it_does_not_show_the_flows_of_another_account(shop: Shop, welcome: str, server: Any) -> None:
    from tests.conftest import new_shop

    with new_shop(server) as other:
        assert other.http.get(f"/api/flows/{welcome}").status_code == 404
        assert other.sdk.Flows.get_flows().data == []
