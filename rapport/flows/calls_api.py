"""What became of the webhook calls of flows."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, select

from rapport.flows.tables import enrolments, flows, webhook_calls
from rapport.kit.jsonapi import AnyCall, Field, PageSize, Record, Resource, Row, listing
from rapport.kit.ratelimit import L
from rapport.profiles.tables import profiles


class WebhookCallAttributes(msgspec.Struct):
    """`status`: queued, in_flight, done or failed. `next_attempt`: of a queued call. `reason`: what the receiver
    answered, or why it could not be called."""

    flow_id: str | None
    flow_name: str | None
    profile_id: str | None
    url: str
    status: str
    attempts: int
    next_attempt: datetime | None
    reason: str | None


CALL = Resource("webhook-call", "/api/webhook-calls", attributes=WebhookCallAttributes)


def _all(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    flow = and_(flows.c.account_id == account, flows.c.id == webhook_calls.c.flow_id)
    run = and_(enrolments.c.account_id == account, enrolments.c.id == webhook_calls.c.enrolment_id)
    person = and_(profiles.c.account_id == account, profiles.c.id == enrolments.c.profile_id)
    return (
        select(
            webhook_calls,
            flows.c.public_id.label("flow_public_id"),
            flows.c.name.label("flow_name"),
            profiles.c.ulid.label("profile_ulid"),
        )
        .select_from(webhook_calls.outerjoin(flows, flow).outerjoin(enrolments, run).outerjoin(profiles, person))
        .where(webhook_calls.c.account_id == account)
    )


def _record(row: Row, call: AnyCall) -> Record:
    attributes = WebhookCallAttributes(
        row["flow_public_id"],
        row["flow_name"],
        row["profile_ulid"],
        row["url"],
        row["status"],
        row["attempts"],
        row["due"] if row["status"] == "queued" else None,
        row["answer"],
    )
    return Record(str(row["id"]), attributes, key=row["id"], resource=CALL)


def _of_flow(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = call.principal.account_id
    return webhook_calls.c.flow_id.in_(
        select(flows.c.id).where(flows.c.account_id == account, flows.c.public_id == value)
    )


def _of_profile(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = call.principal.account_id
    person = select(profiles.c.id).where(profiles.c.account_id == account, profiles.c.ulid == value)
    return webhook_calls.c.enrolment_id.in_(
        select(enrolments.c.id).where(enrolments.c.account_id == account, enrolments.c.profile_id.in_(person))
    )


get_webhook_calls = listing(
    "get_webhook_calls",
    CALL,
    scopes="flows:read",
    rate=L,
    select=_all,
    key=webhook_calls.c.id,
    record=_record,
    filters={
        "status": Field(webhook_calls.c.status, ("any", "equals"), choices=("queued", "in_flight", "done", "failed")),
        "flow_id": Field(None, ("equals",), translate=_of_flow),
        "profile_id": Field(None, ("equals",), translate=_of_profile),
    },
    sorts={"id": webhook_calls.c.id},
    default_sort="-id",
    page=PageSize(50, 100),
)
