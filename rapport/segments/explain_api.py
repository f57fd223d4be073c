"""Why a profile is in a segment or not, and when that changes (an extension)."""

from datetime import datetime
from typing import Any

import msgspec

from rapport.kit.jsonapi import AnyCall, Parameter, Record, Resource, not_found, operation
from rapport.kit.ratelimit import M
from rapport.profiles import service as profiles
from rapport.segments import service
from rapport.segments.explaining.explain import Explained, explain, picture
from rapport.segments.membership import inactivity


class ExplainedCondition(msgspec.Struct):
    """`condition`: as in the definition; `data`: the stored facts the answer rests on, by type of condition.

    `since`: from when on the answer has been the same without a break; null when stored data does not tell.
    `next_change`: when the answer flips if nothing new happens; null = not within what is known. `unknown_from`: the
    end of what is known; null = no end.
    """

    condition: dict[str, Any]
    holds: bool
    since: datetime | None
    next_change: datetime | None
    unknown_from: datetime | None
    data: dict[str, Any]


class ExplainedGroup(msgspec.Struct):
    """Holds when at least one of its conditions does."""

    holds: bool
    conditions: list[ExplainedCondition]


class ExplanationAttributes(msgspec.Struct):
    """`is_member` and `joined_group_at`: the stored membership; `holds`: what the definition gives at `as_of`. The
    times of change are those of the whole definition, as for a condition."""

    profile_id: str
    is_member: bool
    joined_group_at: datetime | None
    holds: bool
    as_of: datetime
    next_change: datetime | None
    unknown_from: datetime | None
    condition_groups: list[ExplainedGroup]


EXPLANATION = Resource("segment-explanation", "/api/segments", ExplanationAttributes, self_link=False)


@operation(
    "explain_segment",
    "GET",
    "/api/segments/{id}/explain",
    scopes="segments:read profiles:read",
    rate=M,
    answers=EXPLANATION,
    parameters={"profile": Parameter(required=True, description="The profile's id.")},
)
async def explain_segment(call: AnyCall) -> Record:
    """How one profile stands to a segment, condition by condition."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        segment = await service.by_public_id(conn, account_id, call.path["id"])
        if segment is None:
            raise not_found("segment", call.path["id"])
        await inactivity.note(conn, account_id, segment, call.now)
        ulid = call.query["profile"]
        profile = await profiles.by_ulid(conn, account_id, ulid)
        if profile is None:
            raise not_found("profile", ulid)
        # One picture of everything, although it takes many questions.
        async with picture(conn):
            explanation = await explain(conn, account_id, segment, profile, call.now)
    groups = [
        ExplainedGroup(group.holds, [_condition(condition) for condition in group.conditions])
        for group in explanation.groups
    ]
    attributes = ExplanationAttributes(
        ulid,
        explanation.joined is not None,
        explanation.joined,
        explanation.holds,
        call.now,
        explanation.next_change,
        explanation.unknown_from,
        groups,
    )
    return Record(segment["public_id"], attributes, resource=EXPLANATION)


def _condition(condition: Explained) -> ExplainedCondition:
    return ExplainedCondition(
        condition.written,
        condition.holds,
        condition.since,
        condition.next_change,
        condition.unknown_from,
        dict(condition.data),
    )
