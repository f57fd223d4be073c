"""Operations on rehearsals of flows (extensions)."""

import msgspec

from rapport.accounts.api import account_of
from rapport.flows import definition, service
from rapport.flows.plan import Flow
from rapport.flows.rehearsal import jobs
from rapport.flows.rehearsal.casting import drawn_of
from rapport.flows.rehearsal.types import RehearsalAttributes, RehearsalCreate, Rehearsed
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, Row, getting, operation
from rapport.kit.ratelimit import L, S
from rapport.kit.refusals import Refused

SCOPES = "flows:read profiles:read events:read"
REHEARSAL = Resource("flow-rehearsal", "/api/flow-rehearsals", attributes=RehearsalAttributes)
_AT = "/data/attributes"


def _record(row: Row) -> Record:
    attributes = RehearsalAttributes(
        row["status"],
        row["progress"],
        row["days"],
        row["flow_id"],
        row["created"],
        row["error"],
        None if row["result"] is None else msgspec.convert(row["result"], Rehearsed),
    )
    return Record(row["ulid"], attributes, key=row["id"], resource=REHEARSAL)


@operation(
    "create_flow_rehearsal",
    "POST",
    "/api/flow-rehearsals",
    scopes=SCOPES,
    rate=S,
    body=Body("flow-rehearsal", RehearsalCreate),
    answers=REHEARSAL,
    status=201,
)
async def create_flow_rehearsal(call: Call[RehearsalCreate]) -> Record:
    """Begin to go through the last days with a flow, saved or not, without sending anything. It is made in the
    background; its result is kept for a day."""
    account_id, body = account_of(call).account_id, call.body
    if body.flow_id is None and body.definition is None:
        raise Refused("Give a 'flow_id', a 'definition', or both.", pointer=_AT)
    async with call.transaction() as conn:
        flow = await _flow(conn, account_id, body.flow_id)
        drawn = None if body.definition is None else drawn_of(flow, body.definition)
        if drawn is not None:
            await service.check(conn, account_id, drawn)
    if drawn is not None:
        await definition.check_templates(account_id, drawn.steps)
    async with call.transaction() as conn:
        row = await jobs.create(conn, account_id, body.flow_id, body.definition, body.days, call.base_url, call.now)
    return _record(row)


async def _flow(conn: db.Connection, account_id: int, flow_id: str | None) -> Flow | None:
    flow = None if flow_id is None else await service.find(conn, account_id, flow_id)
    if flow_id is not None and flow is None:
        raise Refused(f"There is no flow with id {flow_id}.", pointer=f"{_AT}/flow_id")
    return flow


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await jobs.find(conn, account_of(call).account_id, call.path["id"])
    return None if row is None else _record(row)


get_flow_rehearsal = getting("get_flow_rehearsal", REHEARSAL, scopes=SCOPES, rate=L, load=_load)
