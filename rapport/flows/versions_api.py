"""Operations on versions of a flow (extensions)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Select, and_, select

from rapport.accounts.users.tables import users
from rapport.flows import drafts, versions
from rapport.flows.api import READ, WRITE, flow_of
from rapport.flows.differences import Difference
from rapport.flows.draft_api import DRAFT, VERSIONS, draft_record
from rapport.flows.tables import flow_versions, flows
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    PageSize,
    Record,
    Resource,
    Row,
    getting,
    hold_version,
    listing,
    operation,
)
from rapport.kit.ratelimit import L, S
from rapport.kit.refusals import Refused


class FlowVersionAttributes(msgspec.Struct):
    """What a flow was from `created` on. `number`: from 1. `actor`: who changed it, as they were called then; null: it
    changed by itself, as when a test ended. `user_id`: null for a key or an application. `changes`: against the version
    before. `definition`: only of a single version."""

    flow_id: str
    number: int
    created: datetime
    actor: str | None
    user_id: str | None
    name: str
    status: str
    archived: bool
    changes: list[Difference]
    definition: dict[str, Any] | UnsetType = UNSET


class FlowDraftRestore(msgspec.Struct, forbid_unknown_fields=True):
    """`version_id`: of a version of the same flow."""

    version_id: str


VERSION = Resource("flow-version", "/api/flow-versions", FlowVersionAttributes)


def _select(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    flow = and_(flows.c.account_id == account, flows.c.id == flow_versions.c.flow_id)
    joined = flow_versions.join(flows, flow).outerjoin(users, users.c.user_id == flow_versions.c.user_id)
    shown = (flows.c.public_id.label("flow_public_id"), users.c.public_id.label("user_public_id"))
    return select(flow_versions, *shown).select_from(joined).where(flow_versions.c.account_id == account)


async def _of_flow(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
    return _select(call).where(flow_versions.c.flow_id == flow.id)


def _record(row: Row, call: AnyCall, definition: dict[str, Any] | UnsetType = UNSET) -> Record:
    attributes = FlowVersionAttributes(
        row["flow_public_id"],
        row["number"],
        row["created"],
        row["actor"],
        row["user_public_id"],
        row["name"],
        row["status"],
        row["archived"],
        msgspec.convert(row["changes"], list[Difference]),
        definition,
    )
    return Record(row["ulid"], attributes, resource=VERSION)


get_flow_versions = listing(
    "get_flow_versions",
    VERSION,
    "/api/flows/{id}/versions",
    scopes=READ,
    rate=L,
    select=_of_flow,
    key=flow_versions.c.number,
    record=_record,
    sorts={"number": flow_versions.c.number},
    default_sort="-number",
    page=PageSize(20, 100),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await db.one(conn, *db.compiled(_select(call).where(flow_versions.c.ulid == call.path["id"])))
    return None if row is None else _record(row, call, row["definition"])


get_flow_version = getting("get_flow_version", VERSION, scopes=READ, rate=L, load=_load)


@operation(
    "restore_flow_draft",
    "POST",
    "/api/flows/{id}/draft/restore",
    scopes=WRITE,
    rate=S,
    answers=DRAFT,
    body=Body("flow-draft", FlowDraftRestore, id="optional"),
    versions=VERSIONS,
)
async def restore_flow_draft(call: Call[FlowDraftRestore]) -> Record:
    """An older version of the flow becomes its draft, in the place of the one there is. The flow stays as it is until
    the draft is published. Steps that are gone come back as new ones, in draft."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        await hold_version(call, conn)
        version = await versions.find(conn, account_id, flow, call.body.version_id)
        if version is None:
            detail = f"The flow has no version with id {call.body.version_id}."
            raise Refused(detail, pointer="/data/attributes/version_id")
        name, definition = version
        await drafts.write(conn, account_id, flow, name, versions.as_draft(flow, definition), call.now)
        return await draft_record(call, conn, flow, await drafts.find(conn, account_id, flow))
