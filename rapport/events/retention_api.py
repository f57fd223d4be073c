"""Operations of our own on how long events are kept."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.events import retention
from rapport.events.retention import Rule
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, Versions, getting, hold_version, operation
from rapport.kit.ratelimit import S
from rapport.kit.refusals import NotThere

KIND = "data-retention"
_PATH = "/api/data-retention"
_Months = Annotated[int, Meta(ge=1, le=120)]


class RetentionAttributes(msgspec.Struct):
    """Months after which events are deleted, null = never: `all_months` everybody's, `anonymous_months` those of people
    without e-mail address, phone number and external id. `deleted_events`: how many went so far."""

    all_months: int | None
    anonymous_months: int | None
    deleted_events: int
    last_deleted: datetime | None


class RetentionUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays; null = for ever."""

    all_months: _Months | None | UnsetType = UNSET
    anonymous_months: _Months | None | UnsetType = UNSET


RETENTION = Resource(KIND, _PATH, RetentionAttributes)
VERSIONS = Versions(KIND, "event_retention", "id", starts=True)


def _record(call: AnyCall, rule: Rule) -> Record:
    attributes = RetentionAttributes(rule.all_months, rule.anonymous_months, rule.deleted, rule.last_deleted)
    return Record(call.principal.public_id, attributes, resource=RETENTION, version=rule.version)


async def _load(call: AnyCall) -> Record | None:
    if call.path["id"] != call.principal.public_id:
        return None
    async with call.transaction() as conn:
        return _record(call, await retention.rule_of(conn, call.principal.account_id))


get_data_retention = getting("get_data_retention", RETENTION, scopes="accounts:read", rate=S, load=_load)


@operation(
    "update_data_retention",
    "PATCH",
    f"{_PATH}/{{id}}",
    scopes="accounts:write data-privacy:write",
    rate=S,
    body=Body(KIND, RetentionUpdate),
    answers=RETENTION,
    versions=VERSIONS,
)
async def update_data_retention(call: Call[RetentionUpdate]) -> Record:
    """What is older by the new rule is deleted in the background, for good."""
    if call.path["id"] != call.principal.public_id:
        raise NotThere(KIND, call.path["id"])
    account_id, body = call.principal.account_id, call.body
    async with call.transaction() as conn:
        await hold_version(call, conn)
        rule = await retention.rule_of(conn, account_id)
        all_months = rule.all_months if body.all_months is UNSET else body.all_months
        anonymous_months = rule.anonymous_months if body.anonymous_months is UNSET else body.anonymous_months
        await retention.change(conn, account_id, all_months, anonymous_months, call.now)
        return _record(call, await retention.rule_of(conn, account_id))
