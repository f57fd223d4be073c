"""Operations on a flow's draft (extensions)."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.flows import alerts, definition, drafts, warnings
from rapport.flows.activation import Problem
from rapport.flows.api import READ, WRITE, changing, flow_of
from rapport.flows.drafts import Draft, Effect
from rapport.flows.plan import Flow
from rapport.flows.records import FLOW, flow_record
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Record,
    Resource,
    Versions,
    deleting,
    hold_version,
    operation,
)
from rapport.kit.ratelimit import L, S


class FlowDraftUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`definition`: the whole, which may be half done. Actions that are there keep their `id`, new ones have a
    `temporary_id`."""

    definition: dict[str, Any]
    name: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None


class DraftProblem(msgspec.Struct):
    """`pointer`: to the part of the definition that is at fault."""

    detail: str
    pointer: str | None


class FlowDraftAttributes(msgspec.Struct):
    """`is_begun`: false as long as nobody has written one; then it shows the flow as it is. `problem`: what keeps it
    from being published. `warnings`: what does not, but is hardly meant. `impact`: what publishing does to those
    inside, for each step where somebody waits."""

    name: str
    definition: dict[str, Any]
    is_begun: bool
    updated: datetime
    problem: DraftProblem | None
    warnings: list[Problem]
    impact: list[Effect]


DRAFT = Resource("flow-draft", "/api/flows", FlowDraftAttributes, self_link=False)
VERSIONS = Versions("flow draft", "flow_drafts", "public_id")


async def draft_record(call: AnyCall, conn: db.Connection, flow: Flow, draft: Draft) -> Record:
    account_id = call.principal.account_id
    refused = await drafts.problem(conn, account_id, flow, draft.definition)
    effects: list[Effect] = []
    doubts: list[Problem] = []
    if refused is None:
        drawn = drafts.drawn_of(flow, draft.definition)
        effects = await drafts.impact(conn, account_id, flow, drawn)
        doubts = [*warnings.of_steps(drawn.steps)]
        problem = None
    else:
        problem = DraftProblem(str(refused), refused.pointer)
    attributes = FlowDraftAttributes(
        draft.name, draft.definition, draft.is_begun, draft.updated, problem, doubts, effects
    )
    return Record(flow.public_id, attributes, version=draft.version)


@operation("get_flow_draft", "GET", "/api/flows/{id}/draft", scopes=READ, rate=L, answers=DRAFT)
async def get_flow_draft(call: AnyCall) -> Record:
    """The definition that is being edited beside the live one, and what publishing it would do to the people inside."""
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        return await draft_record(call, conn, flow, await drafts.find(conn, call.principal.account_id, flow))


@operation(
    "update_flow_draft",
    "PATCH",
    "/api/flows/{id}/draft",
    scopes=WRITE,
    rate=L,
    answers=DRAFT,
    body=Body("flow-draft", FlowDraftUpdate, id="optional"),
    versions=VERSIONS,
)
async def update_flow_draft(call: Call[FlowDraftUpdate]) -> Record:
    """Keep a draft. Nothing changes for anybody until it is published."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        await hold_version(call, conn)
        await drafts.write(conn, account_id, flow, call.body.name, call.body.definition, call.now)
        return await draft_record(call, conn, flow, await drafts.find(conn, account_id, flow))


async def _discard(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await drafts.discard(conn, call.principal.account_id, await flow_of(call, conn), call.now)


delete_flow_draft = deleting("delete_flow_draft", DRAFT, "/api/flows/{id}/draft", scopes=WRITE, rate=L, delete=_discard)


@operation(
    "publish_flow_draft",
    "POST",
    "/api/flows/{id}/draft/publish",
    scopes=WRITE,
    rate=S,
    permissions=roles.SEND,
    answers=FLOW,
    versions=VERSIONS,
)
async def publish_flow_draft(call: AnyCall) -> Record:
    """The draft becomes the flow."""
    account = account_of(call)
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        draft = await drafts.find(conn, account.account_id, flow)
    drawn = drafts.drawn_of(flow, draft.definition)
    await definition.check_templates(account.account_id, drawn.steps)
    async with call.transaction() as conn:
        async with changing(call, conn, flow) as flow:
            await hold_version(call, conn)
            draft = await drafts.find(conn, account.account_id, flow)
            drawn = drafts.drawn_of(flow, draft.definition)
            flow = await drafts.publish(conn, account, flow, draft.name, drawn, call.now)
        await alerts.ask(conn, account, flow, call.base_url)
    return flow_record(flow, call, with_definition=True)
