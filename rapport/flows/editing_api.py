"""Putting an action into a flow and taking one out (revision 2026-10-15)."""

from typing import Any

import msgspec

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.flows import alerts, editing, service
from rapport.flows.api import WRITE, changing
from rapport.flows.checking import POINTER
from rapport.flows.definition import check_templates
from rapport.flows.editing import Place
from rapport.flows.plan import Flow
from rapport.flows.records import ACTION, action_record
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, ToOne, deleting, not_found, operation
from rapport.kit.ratelimit import S
from rapport.kit.refusals import Refused

SINCE = "2026-10-15"


class ActionInsert(msgspec.Struct, forbid_unknown_fields=True):
    """`definition`: of the new action, with a temporary id. It goes behind a link of an action that is there
    (`anchor-action`), before the one that its own link names, or, named by the relationship, first into an empty flow.
    `allow_live_action`: what has no status of its own may at once be part of a live flow."""

    definition: dict[str, Any]
    allow_live_action: bool = False
    anchor_action: dict[str, Any] | None = msgspec.field(name="anchor-action", default=None)


async def _flow_of(call: Call[ActionInsert], conn: db.Connection) -> Flow:
    """The flow that whichever placement names. Raises Refused."""
    anchor, following = call.body.anchor_action, editing.following_of(call.body.definition)
    named = call.body_relationships.get("flow")
    ways = [way for way in (anchor, following, named) if way is not None]
    if len(ways) != 1:
        detail = "Name one place: an anchor-action, a link of the definition, or, for an empty flow, the flow."
        raise Refused(detail, pointer="/data/attributes/anchor-action")
    account_id = call.principal.account_id
    if named is not None:
        flow = await service.find(conn, account_id, named)
        if flow is None:
            raise Refused(f"There is no flow with id {named}.", pointer="/data/relationships/flow/data/id")
        return flow
    held = (anchor or {}).get("data")
    id, pointer = following, f"{POINTER}/links/next"
    if anchor is not None:
        id, pointer = str(held.get("id") if isinstance(held, dict) else None), f"{editing.ANCHOR}/id"
    found = await service.find_action(conn, account_id, str(id))
    if found is None:
        raise Refused(f"There is no action with id {id}.", pointer=pointer)
    return found[0]


def _place(call: Call[ActionInsert], flow: Flow) -> Place:
    anchor, definition = call.body.anchor_action, call.body.definition
    if anchor is not None:
        return editing.after(flow, anchor["data"], str(definition.get("temporary_id")))
    following = editing.following_of(definition)
    return editing.first(flow) if following is None else editing.ahead_of(flow, following)


@operation(
    "create_flow_action",
    "POST",
    "/api/flow-actions",
    scopes=WRITE,
    rate=S,
    permissions=roles.SEND,
    body=Body("flow-action", ActionInsert, relationships={"flow": ToOne("flow")}),
    answers=ACTION,
    status=201,
    since=SINCE,
)
async def create_flow_action(call: Call[ActionInsert]) -> Record:
    """Put a new action into a flow, in draft where it has a status."""
    account = account_of(call)
    async with call.transaction() as conn:
        flow = await _flow_of(call, conn)
    new = editing.read(flow, call.body.definition)
    await check_templates(account.account_id, [new[0]])
    async with call.transaction() as conn:
        async with changing(call, conn, flow) as flow:
            place, allow_live = _place(call, flow), call.body.allow_live_action
            action = await editing.insert(conn, account, flow, place, new, allow_live=allow_live, now=call.now)
        await alerts.ask(conn, account, await service.load(conn, account.account_id, flow.id), call.base_url)
    return action_record(action, call)


async def _delete(call: AnyCall) -> bool:
    account = account_of(call)
    async with call.transaction() as conn:
        found = await service.find_action(conn, account.account_id, call.path["id"])
        if found is None:
            return False
        async with changing(call, conn, found[0]) as flow:
            action = flow.actions.get(found[1].id)
            if action is None:
                raise not_found("flow-action", call.path["id"])
            await editing.remove(conn, account, flow, action, call.now)
    return True


delete_flow_action = deleting("delete_flow_action", ACTION, scopes=WRITE, rate=S, delete=_delete)
