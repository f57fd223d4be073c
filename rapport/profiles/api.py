"""Operations on profiles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select

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
    Row,
    conflict,
    getting,
    listing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import L, Rate
from rapport.profiles import consent, service
from rapport.profiles.checks import person_of, require_identifier
from rapport.profiles.records import PROFILE, profile_record
from rapport.profiles.tables import profiles, suppressions
from rapport.profiles.types import ProfileInput, ProfileMeta

_POINTER = "/data/attributes"
_LIMIT = 100_000
_PREDICTIONS = ParameterRate("additional-fields[profile]", ("predictive_analytics",), Rate(10, 150))


async def with_subscriptions(call: AnyCall, rows: Sequence[Row]) -> list[Row]:
    """The rows with `subscriptions` beside each, when it was asked for."""
    if "subscriptions" not in call.additional_of("profile"):
        return list(rows)

    async with call.transaction() as conn:
        found = await consent.subscriptions_of(conn, call.principal.account_id, [row["id"] for row in rows])
    return [{**row, "subscriptions": found[row["id"]]} for row in rows]


async def profile_records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    return [profile_record(row, call) for row in await with_subscriptions(call, rows)]


def _all(call: AnyCall) -> Select[Any]:
    return select(profiles).where(profiles.c.account_id == call.principal.account_id)


def _suppressed(op: str, value: Any, call: AnyCall) -> Any:
    return exists().where(
        suppressions.c.account_id == call.principal.account_id,
        suppressions.c.profile_id == profiles.c.id,
        suppressions.c.reason == _REASONS.get(value, value),
    )


# Words of older guides for the same reasons (behaviour-people 8).
_REASONS = {"SPAM_REPORT": "SPAM_COMPLAINT", "USER_INITIATED": "USER_SUPPRESSED", "BOUNCE": "HARD_BOUNCE"}

get_profiles = listing(
    "get_profiles",
    PROFILE,
    "/api/profiles",
    scopes="profiles:read",
    rate=L,
    filters={
        "id": Field(profiles.c.ulid, ("any", "equals")),
        "email": Field(profiles.c.email, ("any", "equals")),
        "phone_number": Field(profiles.c.phone_number, ("any", "equals")),
        "external_id": Field(profiles.c.external_id, ("any", "equals")),
        "created": Field(profiles.c.created, ("greater-than", "less-than"), datetime),
        "updated": Field(profiles.c.updated, ("greater-than", "less-than"), datetime),
        "subscriptions.email.marketing.suppression.reason": Field(None, ("equals",), translate=_suppressed),
        "properties": PropertiesField(profiles.c.properties),
    },
    sorts={
        "id": profiles.c.ulid,
        "created": profiles.c.created,
        "updated": profiles.c.updated,
        "email": profiles.c.email,
    },
    default_sort="id",
    key=profiles.c.id,
    page=PageSize(20, 100),
    select=_all,
    records=profile_records,
    extra_rates=(_PREDICTIONS,),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, call.principal.account_id, call.path["id"])
    return (await profile_records([row], call))[0] if row else None


get_profile = getting("get_profile", PROFILE, scopes="profiles:read", rate=L, load=_load, extra_rates=(_PREDICTIONS,))


@operation(
    "create_profile",
    "POST",
    "/api/profiles",
    scopes="profiles:write",
    rate=L,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    status=201,
    limit=_LIMIT,
)
async def create_profile(call: Call[ProfileInput]) -> Record:
    person = person_of(call.body, pointer=_POINTER, meta=call.meta)
    require_identifier(person, _POINTER)
    try:
        async with call.transaction() as conn:
            row = await service.create(conn, call.principal.account_id, person, call.now)
    except service.Duplicate as duplicate:
        raise _duplicate(duplicate) from duplicate
    return (await profile_records([row], call))[0]


@operation(
    "create_or_update_profile",
    "POST",
    "/api/profile-import",
    scopes="profiles:write",
    rate=L,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    status=201,
    limit=_LIMIT,
)
async def create_or_update_profile(call: Call[ProfileInput]) -> Answer:
    person = person_of(call.body, pointer=_POINTER, id=call.body_id, meta=call.meta)
    require_identifier(person, _POINTER)
    try:
        async with call.transaction() as conn:
            row, new = await service.import_(conn, call.principal.account_id, person, call.now)
    except service.Duplicate as duplicate:
        raise _duplicate(duplicate) from duplicate
    except service.Unknown as unknown:
        raise not_found("profile", str(unknown)) from unknown
    return Answer((await profile_records([row], call))[0], status=201 if new else 200)


@operation(
    "update_profile",
    "PATCH",
    "/api/profiles/{id}",
    scopes="profiles:write",
    rate=L,
    body=Body("profile", ProfileInput, meta=ProfileMeta),
    answers=PROFILE,
    limit=_LIMIT,
)
async def update_profile(call: Call[ProfileInput]) -> Record:
    person = person_of(call.body, pointer=_POINTER, meta=call.meta)
    try:
        async with call.transaction() as conn:
            row = await service.update(conn, call.principal.account_id, call.path["id"], person, call.now)
    except service.Duplicate as duplicate:
        raise _duplicate(duplicate) from duplicate
    except service.Unknown as unknown:
        raise not_found("profile", call.path["id"]) from unknown
    return (await profile_records([row], call))[0]


def _duplicate(duplicate: service.Duplicate) -> Exception:
    """Behaviour-people 1.3: the recorded body."""
    return conflict(
        "A profile already exists with one of these identifiers.",
        code="duplicate_profile",
        pointer=_POINTER,
        meta={"duplicate_profile_id": duplicate.ulid},
    )
