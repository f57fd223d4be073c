"""Operations on the draft of a flow, for the editor of the web app; extensions."""

from rapport.flows import drafts, service
from rapport.flows.api import READ, WRITE
from rapport.flows.drafts import Draft, FlowDraftAttributes, FlowDraftUpdate
from rapport.flows.plan import Flow
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, hold_version, not_found, operation
from rapport.kit.jsonapi.versions import Versions
from rapport.kit.ratelimit import L

DRAFT = Resource("flow-draft", "/api/flows", FlowDraftAttributes, self_link=False)
VERSIONS = Versions("flow-draft", "flow_drafts", "public_id")


async def _flow(call: AnyCall, conn: db.Connection) -> Flow:
    flow = await service.find(conn, call.principal.account_id, call.path["id"])
    if flow is None:
        raise not_found("flow", call.path["id"])
    return flow


def _record(flow: Flow, draft: Draft) -> Record:
    attributes = FlowDraftAttributes(draft.name, flow.status, draft.changed, draft.definition, [], draft.updated)
    return Record(flow.public_id, attributes, version=draft.version)


@operation("get_flow_draft", "GET", "/api/flows/{id}/draft", scopes=READ, rate=L, answers=DRAFT)
async def get_flow_draft(call: AnyCall) -> Record:
    """The flow as it is edited: the draft, or what runs where there is none."""
    async with call.transaction() as conn:
        flow = await _flow(call, conn)
        return _record(flow, await drafts.load(conn, call.principal.account_id, flow))


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
    """Keep what is drawn, complete or not. The flow that runs stays as it is until the draft is published."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        flow = await _flow(call, conn)
        await hold_version(call, conn)
        await drafts.save(conn, account_id, flow, call.body, call.now)
        return _record(flow, await drafts.load(conn, account_id, flow))


@operation("discard_flow_draft", "DELETE", "/api/flows/{id}/draft", scopes=WRITE, rate=L, versions=VERSIONS)
async def discard_flow_draft(call: AnyCall) -> None:
    """Forget what is drawn beside the flow that runs."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        flow = await _flow(call, conn)
        await hold_version(call, conn)
        await drafts.clear(conn, account_id, flow, call.now)
