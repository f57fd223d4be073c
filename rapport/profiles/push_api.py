"""Operations on push tokens (behaviour-people 6.6), and of profiles on theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, and_, select

from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    ToOne,
    deleting,
    getting,
    invalid,
    listing,
    not_found,
    operation,
    related,
    related_one,
)
from rapport.kit.ratelimit import L, M, S
from rapport.profiles import api as profiles_api
from rapport.profiles import push, service
from rapport.profiles.checks import event_person
from rapport.profiles.push_types import PushTokenAttributes, PushTokenInput
from rapport.profiles.records import PROFILE
from rapport.profiles.tables import profiles, push_tokens

PUSH_TOKEN = Resource(
    type="push-token",
    path="/api/push-tokens",
    attributes=PushTokenAttributes,
    relationships={"profile": ToOne("profile")},
)
_LIMIT = 100_000
_READ = "profiles:read push-tokens:read"
_OF_PROFILES = "SELECT * FROM push_tokens WHERE account_id = %s AND profile_id = ANY(%s) ORDER BY id"


def token_of(sent: PushTokenInput, pointer: str) -> push.Token:
    """The token of a request. `pointer` leads to its attributes. Raises ApiError 400 for a vendor nobody knows."""
    if sent.vendor.lower() not in push.VENDORS:
        raise invalid(f"'{sent.vendor[:40]}' is not a vendor: apns or fcm is.", pointer=f"{pointer}/vendor")
    device = msgspec.to_builtins(sent.device_metadata) if sent.device_metadata else {}
    return push.Token(
        sent.token,
        sent.platform,
        sent.vendor,
        sent.enablement_status or "AUTHORIZED",
        sent.background or "AVAILABLE",
        {name: value for name, value in device.items() if value is not None},
    )


@operation(
    "create_push_token",
    "POST",
    "/api/push-tokens",
    scopes="profiles:write push-tokens:write",
    rate=L,
    stream=True,
    body=Body("push-token", PushTokenInput),
    status=202,
    limit=_LIMIT,
)
async def create_push_token(call: Call[PushTokenInput]) -> None:
    pointer = "/data/attributes"
    token, profile = token_of(call.body, pointer), call.body.profile.data
    where = f"{pointer}/profile/data/attributes"
    if profile.meta and not profile.attributes.meta:
        profile.attributes.meta = profile.meta
    person = event_person(profile.attributes, pointer=where, id=profile.id)
    async with call.transaction() as conn:
        profile_row, _ = await service.upsert(conn, call.principal.account_id, person, call.now)
        await push.register(conn, call.principal.account_id, profile_row["id"], token, call.now)


def _record(row: Row, call: AnyCall) -> Record:
    attributes = PushTokenAttributes(
        created=row["created"],
        token=row["token"],
        enablement_status=row["enablement_status"],
        platform=row["platform"],
        vendor=push.VENDORS[row["vendor"]],
        background=row["background"],
        recorded_date=row["recorded"],
        metadata=row["device"],
    )
    shown: dict[str, Any] = {"profile": row["ulid"]} if "ulid" in row else {}
    return Record(row["token"], attributes, shown, key=row["profile_id"], resource=PUSH_TOKEN)


def _all(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    return (
        select(push_tokens, profiles.c.ulid)
        .join(profiles, and_(profiles.c.account_id == account, profiles.c.id == push_tokens.c.profile_id))
        .where(push_tokens.c.account_id == account)
    )


async def _profiles_of(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    async with call.transaction() as conn:
        rows = await service.by_ids(conn, call.principal.account_id, [record.key for record in records])
    record_by_profile = {record.key: record for record in await profiles_api.profile_records(rows, call)}
    return {record.id: record_by_profile.get(record.key) for record in records}


get_push_tokens = listing(
    "get_push_tokens",
    PUSH_TOKEN,
    scopes=_READ,
    rate=M,
    filters={
        "id": Field(push_tokens.c.token, ("equals",)),
        "profile.id": Field(profiles.c.ulid, ("equals",)),
        "enablement_status": Field(push_tokens.c.enablement_status, ("equals",)),
        "platform": Field(push_tokens.c.platform, ("equals",)),
    },
    key=push_tokens.c.id,
    page=PageSize(20, 100),
    select=_all,
    record=_record,
    includes={"profile": _profiles_of},
)


async def _load(call: AnyCall) -> Record | None:
    query, parameters = db.compiled(_all(call).where(push_tokens.c.token == call.path["id"]))
    async with call.transaction() as conn:
        row = await db.one(conn, query, parameters)
    return _record(row, call) if row else None


get_push_token = getting(
    "get_push_token", PUSH_TOKEN, scopes=_READ, rate=M, load=_load, includes={"profile": _profiles_of}
)


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return bool(await push.unregister(conn, call.principal.account_id, [call.path["id"]], call.now))


delete_push_token = deleting("delete_push_token", PUSH_TOKEN, scopes="push-tokens:write", rate=S, delete=_delete)


async def _profile(call: AnyCall) -> Record | None:
    token = await _load(call)
    if token is None:
        raise not_found("push-token", call.path["id"])
    return (await _profiles_of(call, [token]))[token.id]


get_profile_for_push_token = related_one(
    "get_profile_for_push_token",
    "get_profile_id_for_push_token",
    PUSH_TOKEN,
    "profile",
    PROFILE,
    scopes=_READ,
    rate=M,
    load=_profile,
)


async def _tokens_of_profile(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        if await service.by_ulid(conn, call.principal.account_id, call.path["id"]) is None:
            raise not_found("profile", call.path["id"])
    return _all(call).where(profiles.c.ulid == call.path["id"])


get_push_tokens_for_profile = related(
    "get_push_tokens_for_profile",
    "get_push_token_ids_for_profile",
    PROFILE,
    "push-tokens",
    PUSH_TOKEN,
    scopes="profiles:read",
    rate=M,
    select=_tokens_of_profile,
    record=_record,
    key=push_tokens.c.id,
    page=None,
)


async def load_push_tokens(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    ulids = {record.key: record.id for record in records}
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _OF_PROFILES, (call.principal.account_id, list(ulids)))
    tokens_by_profile: dict[str, list[Record]] = {}
    for row in rows:
        tokens_by_profile.setdefault(ulids[row["profile_id"]], []).append(_record(row, call))
    return tokens_by_profile
