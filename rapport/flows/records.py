"""Flows, actions and messages as JSON:API records, and the loaders of what is included with them."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from rapport.flows import older, plan
from rapport.flows.plan import Action, Flow, Message
from rapport.flows.trigger_types import trigger_type
from rapport.flows.types import ActionAttributes, FlowAttributes, MessageAttributes
from rapport.kit.jsonapi import AnyCall, Record, Resource, Row, ToMany, ToOne

FLOW = Resource(
    "flow",
    "/api/flows",
    attributes=FlowAttributes,
    relationships={"flow-actions": ToMany("flow-action"), "tags": ToMany("tag")},
    additional=("definition",),
    whole_seconds=True,
)
ACTION = Resource(
    "flow-action",
    "/api/flow-actions",
    attributes=ActionAttributes,
    relationships={"flow": ToOne("flow"), "flow-messages": ToMany("flow-message")},
    whole_seconds=True,
)
MESSAGE = Resource(
    "flow-message",
    "/api/flow-messages",
    attributes=MessageAttributes,
    relationships={"flow-action": ToOne("flow-action"), "template": ToOne("template")},
    whole_seconds=True,
)


def flow_record(flow: Flow, call: AnyCall, *, with_definition: bool = False) -> Record:
    """`with_definition`: whether or not the request asks for the additional field `definition`."""
    attributes = FlowAttributes(
        flow.name,
        flow.status,
        flow.archived,
        flow.created,
        flow.updated,
        flow.trigger_type,
        flow.definition if with_definition or "definition" in call.additional_of("flow") else UNSET,
    )
    return Record(flow.public_id, attributes, key=flow.id, resource=FLOW)


def flow_row_record(row: Row, call: AnyCall) -> Record:
    """A row of the table alone, for listings: they show no definition."""
    kind = trigger_type(row["trigger_kind"], configured=row["trigger_ref"] is not None)
    attributes = FlowAttributes(row["name"], row["status"], row["archived"], row["created"], row["updated"], kind)
    return Record(row["public_id"], attributes, key=row["id"], resource=FLOW)


def action_record(action: Action, call: AnyCall) -> Record:
    """In the shape of the call's revision."""
    if call.revision <= older.UNTIL:
        attributes = older.action_attributes(action)
    else:
        attributes = ActionAttributes(action.created, action.updated, action.definition)
    return Record(str(action.id), attributes, key=action.flow_id, resource=ACTION)


def message_record(message: Message, action: Action, call: AnyCall) -> Record:
    """A message and the action it belongs to, in the shape of the call's revision."""
    if call.revision <= older.UNTIL:
        attributes = older.message_attributes(message)
    else:
        attributes = MessageAttributes(message.channel, message.created, message.updated, message.content)
    return Record(message.public_id, attributes, key=(action, message), resource=MESSAGE)


async def flows_of(call: AnyCall, records: Sequence[Record]) -> dict[int, Flow]:
    """The flows of records keyed by a flow's id."""
    async with call.transaction() as conn:
        return await plan.load(conn, call.principal.account_id, {record.key for record in records})


async def include_actions(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
    flows = await flows_of(call, records)
    return {
        record.id: [action_record(action, call) for action in flows[record.key].actions.values()] for record in records
    }


async def include_flow(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    flows = await flows_of(call, records)
    return {record.id: flow_record(flows[record.key], call) for record in records}


async def include_messages(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Sequence[Record]]:
    flows = await flows_of(call, records)
    actions = {record.id: flows[record.key].actions[int(record.id)] for record in records}
    return {
        id: [message_record(message, action, call) for message in action.messages] for id, action in actions.items()
    }


async def include_action(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    return {record.id: action_record(record.key[0], call) for record in records}
