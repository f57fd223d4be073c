"""Estimates: how many profiles a definition matches, with a sample, before a segment is made (an extension)."""

from datetime import datetime
from typing import Any

import msgspec
from pyroaring import BitMap64

from rapport.accounts import service as accounts
from rapport.kit import db, ids
from rapport.kit.jsonapi import Body, Call, Record, Resource, operation
from rapport.kit.ratelimit import M
from rapport.segments import conditions, service
from rapport.segments.evaluation.sets import matching

SAMPLE = 10
_PEOPLE = """
    SELECT ulid AS id, email, phone_number, first_name, last_name FROM profiles p
    WHERE account_id = %s AND p.id = ANY(%s) ORDER BY p.id DESC"""


class Person(msgspec.Struct):
    """Enough of a profile to recognise somebody."""

    id: str
    email: str | None
    phone_number: str | None
    first_name: str | None
    last_name: str | None


class EstimateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`definition` as a segment has it (behaviour-people 4.2)."""

    definition: dict[str, Any]


class EstimateAttributes(msgspec.Struct):
    """`profile_count` at `as_of`, and the newest ten of them."""

    profile_count: int
    as_of: datetime
    sample: list[Person]


ESTIMATE = Resource("segment-estimate", "/api/segment-estimates", EstimateAttributes, self_link=False)


@operation(
    "estimate_segment",
    "POST",
    "/api/segment-estimates",
    scopes="segments:read profiles:read",
    rate=M,
    body=Body("segment-estimate", EstimateRequest),
    answers=ESTIMATE,
)
async def estimate_segment(call: Call[EstimateRequest]) -> Record:
    """Nothing is stored. A definition that can't be taken is refused as when a segment is made."""
    parsed = conditions.parse(call.body.definition)
    async with call.transaction() as conn:
        await service.check_names(conn, call.principal.account_id, parsed)
        account = await accounts.load(conn, call.principal.account_id)
        profiles = await matching(conn, account, parsed, now=call.now)
        sample = await _newest(conn, account.account_id, profiles)
    return Record(ids.ulid(call.now), EstimateAttributes(len(profiles), call.now, sample), resource=ESTIMATE)


async def _newest(conn: db.Connection, account_id: int, profiles: BitMap64) -> list[Person]:
    """The newest `SAMPLE` of the profiles: ids grow with time, and a bitmap gives its last members directly."""
    newest = list(profiles[-SAMPLE:]) if profiles else []
    return [Person(**row) for row in await db.dicts(conn, _PEOPLE, (account_id, newest))]
