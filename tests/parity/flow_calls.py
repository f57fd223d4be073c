"""Calls of flow operations; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.flows.test_definition import example
from tests.parity.world import World, resource


def _changed_action(world: World) -> Any:
    definition = world.sdk.Flows.get_flow_action(world.flow_action).data.attributes.definition
    definition["data"]["message"]["subject_line"] = world.unique("Subject ")
    body = resource("flow-action", world.flow_action, definition=definition)
    return world.sdk.Flows.update_flow_action(world.flow_action, body)


def _inserted(world: World) -> Any:
    """An e-mail before the first of a new flow."""
    first = world.sdk.Flows.get_flow(world.new_flow(), additional_fields_flow=["definition"]).data
    definition = {
        "temporary_id": "new",
        "type": "send-email",
        "links": {"next": first.attributes.definition.entry_action_id},
        "data": {"message": {"subject_line": "Before", "template_id": world.template}},
    }
    return world.sdk.Flows.create_flow_action(resource("flow-action", definition=definition))


def _deleted(world: World) -> Any:
    actions = world.sdk.Flows.get_actions_for_flow(world.new_flow(), filter='equals(action_type,"send-email")')
    return world.sdk.Flows.delete_flow_action(actions.data[0].id)


CALLS: dict[str, Callable[[World], Any]] = {
    "get_flows": lambda w: w.flow and w.sdk.Flows.get_flows(include=["flow-actions"], sort="-created"),
    "get_flow": lambda w: w.sdk.Flows.get_flow(w.flow, additional_fields_flow=["definition"], include=["flow-actions"]),
    "create_flow": lambda w: w.sdk.Flows.create_flow(
        resource("flow", name=w.unique("Flow "), definition=example(w.list, w.template))
    ),
    "update_flow": lambda w: w.sdk.Flows.update_flow(w.flow, resource("flow", w.flow, status="manual")),
    "delete_flow": lambda w: w.sdk.Flows.delete_flow(w.new_flow()),
    "get_actions_for_flow": lambda w: w.sdk.Flows.get_actions_for_flow(w.flow),
    "get_action_ids_for_flow": lambda w: w.sdk.Flows.get_action_ids_for_flow(w.flow),
    "get_flow_action": lambda w: w.sdk.Flows.get_flow_action(w.flow_action, include=["flow", "flow-messages"]),
    "update_flow_action": _changed_action,
    "create_flow_action": _inserted,
    "delete_flow_action": _deleted,
    "get_flow_for_flow_action": lambda w: w.sdk.Flows.get_flow_for_flow_action(w.flow_action),
    "get_flow_id_for_flow_action": lambda w: w.sdk.Flows.get_flow_id_for_flow_action(w.flow_action),
    "get_flow_action_messages": lambda w: w.sdk.Flows.get_flow_action_messages(w.flow_action),
    "get_message_ids_for_flow_action": lambda w: w.sdk.Flows.get_message_ids_for_flow_action(w.flow_action),
    "get_flow_message": lambda w: w.sdk.Flows.get_flow_message(w.flow_message, include=["flow-action", "template"]),
    "get_action_for_flow_message": lambda w: w.sdk.Flows.get_action_for_flow_message(w.flow_message),
    "get_action_id_for_flow_message": lambda w: w.sdk.Flows.get_action_id_for_flow_message(w.flow_message),
    "get_template_for_flow_message": lambda w: w.sdk.Flows.get_template_for_flow_message(w.flow_message),
    "get_template_id_for_flow_message": lambda w: w.sdk.Flows.get_template_id_for_flow_message(w.flow_message),
}
