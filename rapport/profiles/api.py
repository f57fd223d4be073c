"""Operations on profiles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import Select, select

from rapport.kit.jsonapi import (
    Answer,
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    ParameterRate,
    PropertiesField,
    Record,
    Resource,
    Row,
    Sort,
    ToMany,
    Versions,
    getting,
    hold_version,
    invalid,
    listing,
    operation,
)
from rapport.kit.ratelimit import L, M, Rate
from rapport.profiles import consent, service
from rapport.profiles.checks import person_of, require_identifier
from rapport.profiles.filters import IDENTIFIERS, SUPPRESSION_SORTS, SUPPRESSIONS
from rapport.profiles.records import PROFILE, profile_record
from rapport.profiles.tables import profiles
from rapport.profiles.types import ProfileInput, ProfileMeta

_POINTER = "/data/attributes"
_LIMIT = 100_000
VERSIONS = Versions("profile", "profiles", "ulid")
# The reference names the values in the singular, in which no request has them.
_GROUPS = ParameterRate("include", ("lists", "segments", "list", "segment"), Rate(1, 15))
PREDICTIONS = ParameterRate("additional-fields[profile]", ("predictive_analytics",), Rate(10, 150))


async def with_subscriptions(call: AnyCall, rows: Sequence[Row]) -> list[Row]:
    """The rows with `subscriptions` beside each, when it was asked for."""
    if "subscriptions" not in call.additional_of("profile"):
        return list(rows)

    async with call.transaction() as conn:
        subscriptions = await consent.subscriptions_of(conn, call.principal.account_id, [row["id"] for row in rows])
    return [{**row, "subscriptions": subscriptions[row["id"]]} for row in rows]


async def profile_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    return [profile_record(row, call) for row in await with_subscriptions(call, rows)]


def _all(call: AnyCall) -> Select[Any]:
    """With a filter on `updated` and no order of its own, a listing runs by `updated` (behaviour-people 1.10)."""
    if not call.query.get("sort") and any(condition.field == "updated" for condition in call.filters):
        call.sort = Sort("updated", False)
    return select(profiles).where(profiles.c.account_id == call.principal.account_id)


get_profiles = listing(
    "get_profiles",
    PROFILE,
    "/api/profiles",
    scopes="profiles:read",
    rate=L,
    filters={
        "id": Field(profiles.c.ulid, ("any", "equals")),
        **IDENTIFIERS,
        "external_id": Field(profiles.c.external_id, ("any", "equals")),
        "created": Field(profiles.c.created, ("greater-than", "less-than"), datetime),
        "updated": Field(profiles.c.updated, ("greater-than", "less-than"), datetime),
        **SUPPRESSIONS,
        "properties": PropertiesField(profiles.c.properties),
    },
    sorts={
        "id": profiles.c.ulid,
        "created": profiles.c.created,
        "updated": profiles.c.updated,
        "email": profiles.c.email,
        **SUPPRESSION_SORTS,
    },
    default_sort="id",
    key=profiles.c.id,
    page=PageSize(20, 100),
    select=_all,
    records=profile_records,
    extra_rates=(PREDICTIONS,),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, call.principal.account_id, call.path["id"])
    return (await profile_records([row], call))[0] if row else None


get_profile = getting(
    "get_profile", PROFILE, scopes="profiles:read", rate=L, load=_load, extra_rates=(PREDICTIONS, _GROUPS)
)


def _without_exchange_id(body: ProfileInput) -> ProfileInput:
    """An exchange id names somebody who is there; what is created or named by its id has none in its body."""
    if body.kx is not UNSET:
        raise invalid("'_kx' is not a valid field for the resource 'profile'.", pointer=f"{_POINTER}/_kx")
    return body


@operation(
    "create_profile",
    "POST",
    "/api/profiles",
    scopes="profiles:write",
    rate=L,
    stream=True,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    status=201,
    limit=_LIMIT,
)
async def create_profile(call: Call[ProfileInput]) -> Record:
    person = person_of(_without_exchange_id(call.body), pointer=_POINTER, meta=call.meta)
    require_identifier(person, _POINTER)
    async with call.transaction() as conn:
        row = await service.create(conn, call.principal.account_id, person, call.now)
    return (await profile_records([row], call))[0]


@operation(
    "create_or_update_profile",
    "POST",
    "/api/profile-import",
    scopes="profiles:write",
    rate=L,
    stream=True,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    status=201,
    also_status=200,
    limit=_LIMIT,
)
async def create_or_update_profile(call: Call[ProfileInput]) -> Answer:
    person = person_of(call.body, pointer=_POINTER, id=call.body_id, meta=call.meta)
    require_identifier(person, _POINTER)
    async with call.transaction() as conn:
        row, new = await service.import_(conn, call.principal.account_id, person, call.now)
    return Answer((await profile_records([row], call))[0], status=201 if new else 200)


@operation(
    "update_profile",
    "PATCH",
    "/api/profiles/{id}",
    scopes="profiles:write",
    rate=L,
    stream=True,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    limit=_LIMIT,
    versions=VERSIONS,
)
async def update_profile(call: Call[ProfileInput]) -> Record:
    person = person_of(_without_exchange_id(call.body), pointer=_POINTER, meta=call.meta)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        row = await service.update(conn, call.principal.account_id, call.path["id"], person, call.now)
    return (await profile_records([row], call))[0]


# A merge is answered with the destination, of which nothing is told (1.6).
_MERGED = Resource("profile", PROFILE.path)


@operation(
    "merge_profiles",
    "POST",
    "/api/profile-merge",
    scopes="profiles:write",
    rate=M,
    body=Body("profile-merge", relationships={"profiles": ToMany("profile")}),
    answers=PROFILE,
    status=202,
)
async def merge_profiles(call: Call[None]) -> Record:
    """Done when it is answered, unless events wait to be recorded: then it is done after those. `Prefer: wait` is
    answered when it is done."""
    into, source = _merged_pair(call)
    async with call.transaction() as conn:
        await service.merge_into(conn, call.principal.account_id, into, source, call.now)
    return Record(into, {}, resource=_MERGED)


def _merged_pair(call: Call[None]) -> tuple[str, str]:
    """The destination's id and the source's. Raises ApiError 400 unless there is one of each."""
    sources = call.body_relationships.get("profiles", [])
    pointer = "/data/relationships/profiles/data"
    if not call.body_id:
        raise invalid("'id' is required: the profile to merge into.", pointer="/data/id")
    if len(sources) != 1:
        raise invalid(f"Exactly one profile can be merged at a time; {len(sources)} were given.", pointer=pointer)
    if sources[0] == call.body_id:
        raise invalid("A profile can't be merged into itself.", pointer=f"{pointer}/0/id")
    return call.body_id, sources[0]
