"""Operations on what an account uses (behaviour-rest 16)."""

from datetime import datetime

import msgspec

from rapport.accounts.api import account_of
from rapport.billing import usage
from rapport.billing.usage import Unit, Usage
from rapport.kit.jsonapi import AnyCall, Field, Page, Record, Resource, getting, operation, page_of
from rapport.kit.ratelimit import M

SCOPE = "usage:read"


class UsageAttributes(msgspec.Struct):
    """`usage_max`: 0 = no limit. The period ends right before `period_end`."""

    usage_used: float
    usage_max: int
    unit: Unit
    period_start: datetime
    period_end: datetime
    as_of: datetime


USAGE = Resource("billing-usage", "/api/billing-usage", UsageAttributes)


def _record(counted: Usage, call: AnyCall) -> Record:
    attributes = UsageAttributes(counted.used, counted.maximum, counted.unit, counted.start, counted.end, call.now)
    return Record(counted.id, attributes, resource=USAGE)


@operation(
    "list_billing_usage",
    "GET",
    "/api/billing-usage",
    scopes=SCOPE,
    rate=M,
    answers=USAGE,
    many=True,
    filters={"id": Field(None, ("any",))},
)
async def list_billing_usage(call: AnyCall) -> Page:
    wanted = [id for id in usage.KINDS if all(id in condition.value for condition in call.filters)]  # type: ignore[operator]
    async with call.transaction() as conn:
        counted = [await usage.usage_of(conn, account_of(call), id) for id in wanted]
    return page_of(call, [_record(one, call) for one in counted if one is not None])


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        counted = await usage.usage_of(conn, account_of(call), call.path["id"])
    return None if counted is None else _record(counted, call)


get_billing_usage = getting("get_billing_usage", USAGE, scopes=SCOPE, rate=M, load=_load)
