"""Operations on flows, their actions and their messages."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Select, Text, and_, cast, not_, or_, select
from sqlalchemy.sql import ColumnElement

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.accounts.types import Principal
from rapport.flows import alerts, checking, definition, older, records, service, versions
from rapport.flows.action_types import ActionInput
from rapport.flows.plan import Action, Flow, Message, load
from rapport.flows.records import ACTION, FLOW, MESSAGE, action_record, flow_record, flow_row_record, message_record
from rapport.flows.tables import flow_actions, flow_messages, flows
from rapport.flows.trigger_types import TRIGGERS, UNCONFIGURED
from rapport.flows.types import ActionUpdate, FlowCreate, FlowUpdate
from rapport.flows.versions import By
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    bad_json,
    deleting,
    getting,
    listing,
    not_found,
    operation,
    related,
    related_one,
)
from rapport.kit.ratelimit import DEFINITIONS, S
from rapport.templates import service as templates
from rapport.templates.api import TEMPLATE, template_record

READ, WRITE = "flows:read", "flows:write"
_RANGE = ("equals", "greater-or-equal", "greater-than", "less-or-equal", "less-than")
_TEXT = ("contains", "ends-with", "equals", "starts-with")
PAGE = PageSize(50, 50)


def _trigger_type(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    needs_one = flows.c.trigger_kind.in_(("list", "segment", "metric"))
    if value == UNCONFIGURED:
        return and_(needs_one, flows.c.trigger_ref.is_(None))
    kinds = [type for type, kind in TRIGGERS.items() if kind.shown == value]
    return and_(flows.c.trigger_kind.in_(kinds), or_(not_(needs_one), flows.c.trigger_ref.is_not(None)))


_TRIGGER_TYPES = (*sorted({kind.shown for kind in TRIGGERS.values()}), UNCONFIGURED)
_FLOW_SORTS = {
    "created": flows.c.created,
    "id": flows.c.public_id,
    "name": flows.c.name,
    "status": flows.c.status,
    "trigger_type": flows.c.trigger_kind,
    "updated": flows.c.updated,
}


def _all(call: AnyCall) -> Select[Any]:
    return select(flows).where(flows.c.account_id == call.principal.account_id)


get_flows = listing(
    "get_flows",
    FLOW,
    scopes=READ,
    rate=S,
    select=_all,
    key=flows.c.id,
    record=flow_row_record,
    filters={
        "id": Field(flows.c.public_id, ("any",)),
        "name": Field(flows.c.name, _TEXT),
        "status": Field(flows.c.status, ("equals",), choices=("draft", "manual", "live")),
        "archived": Field(flows.c.archived, ("equals",), bool),
        "created": Field(flows.c.created, _RANGE, datetime),
        "updated": Field(flows.c.updated, _RANGE, datetime),
        "trigger_type": Field(None, ("equals",), choices=_TRIGGER_TYPES, translate=_trigger_type),
    },
    sorts=_FLOW_SORTS,
    default_sort="id",
    page=PAGE,
    includes={"flow-actions": records.include_actions},
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        flow = await service.find(conn, call.principal.account_id, call.path["id"])
    return None if flow is None else flow_record(flow, call)


get_flow = getting(
    "get_flow", FLOW, scopes=READ, rate=S, load=_load, includes={"flow-actions": records.include_actions}
)


def by(call: AnyCall) -> By:
    """Who asks, for the versions of a flow."""
    principal = call.principal
    assert isinstance(principal, Principal)
    return By(principal.actor, principal.user_id)


def changing(call: AnyCall, conn: db.Connection, flow: Flow) -> AbstractAsyncContextManager[Flow]:
    """One change of a flow at a time, of which a version is kept. Gives the flow as it is now."""
    return versions.kept(conn, call.principal.account_id, flow.id, by(call), call.now)


@operation(
    "create_flow",
    "POST",
    "/api/flows",
    scopes=WRITE,
    rate=DEFINITIONS,
    body=Body("flow", FlowCreate),
    answers=FLOW,
    status=201,
)
async def create_flow(call: Call[FlowCreate]) -> Record:
    account = account_of(call)
    drawn = definition.read(call.body.definition)
    await definition.check_templates(account.account_id, drawn.steps)
    async with call.transaction() as conn:
        flow = await service.create(conn, account, call.body.name, drawn, call.now)
        await versions.begin(conn, account.account_id, flow, by(call), call.now)
        await alerts.ask(conn, account, flow, call.base_url)
    return flow_record(flow, call, with_definition=True)


@operation(
    "update_flow",
    "PATCH",
    "/api/flows/{id}",
    scopes=WRITE,
    rate=S,
    permissions=roles.SEND,
    body=Body("flow", FlowUpdate),
    answers=FLOW,
)
async def update_flow(call: Call[FlowUpdate]) -> Record:
    """The status of a flow and of all its actions, and (an extension) whether it is in the archive."""
    account, body = account_of(call), call.body
    async with call.transaction() as conn, changing(call, conn, await flow_of(call, conn)) as flow:
        if body.archived is not UNSET:
            flow = await service.archive(conn, account, flow, body.archived, call.now)
        if body.status is not UNSET:
            flow = await service.set_status(conn, account, flow, body.status, call.now)
    return flow_record(flow, call)


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await service.delete(conn, call.principal.account_id, call.path["id"])


delete_flow = deleting("delete_flow", FLOW, scopes=WRITE, rate=S, delete=_delete)


async def flow_of(call: AnyCall, conn: db.Connection) -> Flow:
    """The flow that the path names, or 404."""
    flow = await service.find(conn, call.principal.account_id, call.path["id"])
    if flow is None:
        raise not_found("flow", call.path["id"])
    return flow


async def _flow(call: AnyCall) -> Flow:
    async with call.transaction() as conn:
        return await flow_of(call, conn)


async def _action(call: AnyCall) -> tuple[Flow, Action]:
    """The action that the path names with its flow, or 404."""
    async with call.transaction() as conn:
        flow_and_action = await service.find_action(conn, call.principal.account_id, call.path["id"])
    if flow_and_action is None:
        raise not_found("flow-action", call.path["id"])
    return flow_and_action


async def _message(call: AnyCall) -> tuple[Action, Message]:
    """The message that the path names with its action, or 404."""
    async with call.transaction() as conn:
        action_and_message = await service.find_message(conn, call.principal.account_id, call.path["id"])
    if action_and_message is None:
        raise not_found("flow-message", call.path["id"])
    return action_and_message


async def _actions_of(call: AnyCall) -> Select[Any]:
    flow = await _flow(call)
    account = call.principal.account_id
    return select(flow_actions).where(flow_actions.c.account_id == account, flow_actions.c.flow_id == flow.id)


async def _action_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    """With their messages, which stand in other rows."""
    async with call.transaction() as conn:
        flows = await load(conn, call.principal.account_id, {row["flow_id"] for row in rows})
    return [action_record(flows[row["flow_id"]].actions[row["id"]], call) for row in rows]


def _action_type(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    """By what the type is called now, or was until 2025-07-15."""
    names = value if isinstance(value, list) else [value]
    return flow_actions.c.type.in_([older.NAMES.get(name, name) for name in names])


_number = cast(flow_actions.c.id, Text)
get_actions_for_flow = related(
    "get_actions_for_flow",
    "get_action_ids_for_flow",
    FLOW,
    "flow-actions",
    ACTION,
    scopes=READ,
    rate=S,
    select=_actions_of,
    key=flow_actions.c.id,
    records=_action_records,
    filters={
        "id": Field(_number, ("any",)),
        "action_type": Field(None, ("any", "equals"), translate=_action_type),
        "status": Field(flow_actions.c.status, ("equals",), choices=("draft", "manual", "live", "disabled")),
        "created": Field(flow_actions.c.created, _RANGE, datetime),
        "updated": Field(flow_actions.c.updated, _RANGE, datetime),
    },
    sorts={
        "action_type": flow_actions.c.type,
        "created": flow_actions.c.created,
        "id": flow_actions.c.id,
        "status": flow_actions.c.status,
        "updated": flow_actions.c.updated,
    },
    default_sort="id",
    page=PAGE,
)


async def _load_action(call: AnyCall) -> Record | None:
    return action_record((await _action(call))[1], call)


get_flow_action = getting(
    "get_flow_action",
    ACTION,
    scopes=READ,
    rate=S,
    load=_load_action,
    includes={"flow": records.include_flow, "flow-messages": records.include_messages},
)


@operation(
    "update_flow_action",
    "PATCH",
    "/api/flow-actions/{id}",
    scopes=WRITE,
    rate=S,
    permissions=roles.SEND,
    body=Body("flow-action", ActionUpdate),
    answers=ACTION,
)
async def update_flow_action(call: Call[ActionUpdate]) -> Record:
    """An action's data and status; its links are changed with the flow's draft."""
    try:
        action_input = msgspec.convert(call.body.definition, ActionInput)
    except msgspec.ValidationError as error:
        raise bad_json(error, "flow-action", checking.POINTER) from None
    flow, action = await _action(call)
    step, account = service.read_action(flow, action, action_input), account_of(call)
    await definition.check_templates(account.account_id, [step])
    async with call.transaction() as conn:
        async with changing(call, conn, flow) as flow:
            if action.id not in flow.actions:
                raise not_found("flow-action", call.path["id"])
            changed = await service.update_action(conn, account, flow, flow.actions[action.id], step, call.now)
        await alerts.ask(conn, account, await service.load(conn, account.account_id, flow.id), call.base_url)
    return action_record(changed, call)


async def _load_flow_of_action(call: AnyCall) -> Record | None:
    return flow_record((await _action(call))[0], call)


get_flow_for_flow_action = related_one(
    "get_flow_for_flow_action",
    "get_flow_id_for_flow_action",
    ACTION,
    "flow",
    FLOW,
    scopes=READ,
    rate=S,
    load=_load_flow_of_action,
)


async def _messages_of(call: AnyCall) -> Select[Any]:
    _, action = await _action(call)
    account = call.principal.account_id
    return select(flow_messages).where(flow_messages.c.account_id == account, flow_messages.c.action_id == action.id)


async def _message_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        flows = await load(conn, call.principal.account_id, {row["flow_id"] for row in rows})
    actions = {row["id"]: flows[row["flow_id"]].actions[row["action_id"]] for row in rows}
    return [
        message_record(message, actions[row["id"]], call)
        for row in rows
        for message in actions[row["id"]].messages
        if message.id == row["id"]
    ]


get_flow_action_messages = related(
    "get_flow_action_messages",
    "get_message_ids_for_flow_action",
    ACTION,
    "flow-messages",
    MESSAGE,
    scopes=READ,
    rate=S,
    select=_messages_of,
    key=flow_messages.c.id,
    records=_message_records,
    filters={
        "id": Field(flow_messages.c.public_id, ("any",)),
        "name": Field(flow_messages.c.name, _TEXT),
        "created": Field(flow_messages.c.created, _RANGE, datetime),
        "updated": Field(flow_messages.c.updated, _RANGE, datetime),
    },
    sorts={
        "created": flow_messages.c.created,
        "id": flow_messages.c.public_id,
        "name": flow_messages.c.name,
        "updated": flow_messages.c.updated,
    },
    default_sort="id",
    page=PAGE,
)


async def _load_message(call: AnyCall) -> Record | None:
    action, message = await _message(call)
    return message_record(message, action, call)


async def _template_of(call: AnyCall, message: Message) -> Record | None:
    if message.template_id is None:
        return None
    async with call.transaction() as conn:
        template = await templates.by_id(conn, call.principal.account_id, message.template_id)
    return None if template is None else template_record(template, call)


async def _include_template(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    return {record.id: await _template_of(call, record.key[1]) for record in records}


get_flow_message = getting(
    "get_flow_message",
    MESSAGE,
    scopes=READ,
    rate=S,
    load=_load_message,
    includes={"flow-action": records.include_action, "template": _include_template},
)


async def _load_action_of_message(call: AnyCall) -> Record | None:
    return action_record((await _message(call))[0], call)


get_action_for_flow_message = related_one(
    "get_action_for_flow_message",
    "get_action_id_for_flow_message",
    MESSAGE,
    "flow-action",
    ACTION,
    scopes=READ,
    rate=S,
    load=_load_action_of_message,
)


async def _load_template(call: AnyCall) -> Record | None:
    return await _template_of(call, (await _message(call))[1])


get_template_for_flow_message = related_one(
    "get_template_for_flow_message",
    "get_template_id_for_flow_message",
    MESSAGE,
    "template",
    TEMPLATE,
    scopes="templates:read",
    rate=S,
    load=_load_template,
)


class StepCount(msgspec.Struct):
    """How many wait at a step, how many have passed it, and how many of its messages wait for a review."""

    action_id: str
    waiting: int
    done: int
    needs_review: int


class FlowOverviewAttributes(msgspec.Struct):
    """Runs: `entered` in all, of which some are `active` and the others `finished`. `trigger`: as the definition has
    it."""

    name: str
    status: str
    trigger: dict[str, Any]
    entered: int
    active: int
    finished: int
    steps: list[StepCount]


FLOW_OVERVIEW = Resource("flow-overview", "/api/flows", FlowOverviewAttributes, self_link=False)


@operation("get_flow_overview", "GET", "/api/flows/{id}/overview", scopes=READ, rate=S, answers=FLOW_OVERVIEW)
async def get_flow_overview(call: AnyCall) -> Record:
    """How many are where in a flow (an extension)."""
    flow = await _flow(call)
    async with call.transaction() as conn:
        counted = await service.overview(conn, call.principal.account_id, flow)
    attributes = {"name": flow.name, "status": flow.status, "trigger": flow.definition["triggers"][0], **counted}
    return Record(flow.public_id, msgspec.convert(attributes, FlowOverviewAttributes))
