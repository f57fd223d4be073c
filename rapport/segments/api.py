"""Operations on segments and their members."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType
from sqlalchemy import Select, select

from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    ParameterRate,
    Record,
    Resource,
    Row,
    ToMany,
    Versions,
    deleting,
    getting,
    hold_version,
    invalid,
    listing,
    not_found,
    operation,
    related,
)
from rapport.kit.ratelimit import DEFINITIONS, L, Rate, S
from rapport.profiles import api as profiles_api
from rapport.profiles import service as profile_service
from rapport.profiles.members import PAGE, member_filters, member_records, members
from rapport.profiles.records import PROFILE
from rapport.profiles.tables import profiles
from rapport.segments import service
from rapport.segments.membership import inactivity
from rapport.segments.tables import segment_members, segments
from rapport.segments.types import SegmentAttributes, SegmentCreate, SegmentUpdate

SEGMENT = Resource(
    type="segment",
    path="/api/segments",
    attributes=SegmentAttributes,
    relationships={"profiles": ToMany("profile"), "tags": ToMany("tag"), "flow-triggers": ToMany("flow")},
    additional=("profile_count",),
    whole_seconds=True,
)
VERSIONS = Versions("segment", "segments", "public_id")
T = TypeVar("T")
_COUNT_RATE = ParameterRate("additional-fields[segment]", ("profile_count",), Rate(1, 15))


def segment_record(row: Row, call: AnyCall) -> Record:
    attributes = SegmentAttributes(
        name=row["name"],
        definition=row["definition"],
        created=row["created"],
        updated=row["updated"],
        is_active=row["is_active"],
        # Inactive segments are not processed (behaviour-people 4.1).
        is_processing=row["is_active"] and row["built"] is None,
        is_starred=row["is_starred"],
    )
    return Record(row["public_id"], attributes, key=row["id"], resource=SEGMENT, version=row["version"])


def _all(call: AnyCall) -> Select[Any]:
    return select(segments).where(segments.c.account_id == call.principal.account_id)


get_segments = listing(
    "get_segments",
    SEGMENT,
    "/api/segments",
    scopes="segments:read",
    rate=L,
    filters={
        "name": Field(segments.c.name, ("any", "equals")),
        "id": Field(segments.c.public_id, ("any", "equals")),
        "created": Field(segments.c.created, ("greater-than",), datetime),
        "updated": Field(segments.c.updated, ("greater-than",), datetime),
        "is_active": Field(segments.c.is_active, ("any", "equals"), bool),
        "is_starred": Field(segments.c.is_starred, ("equals",), bool),
    },
    sorts={
        "created": segments.c.created,
        "id": segments.c.public_id,
        "name": segments.c.name,
        "updated": segments.c.updated,
    },
    default_sort="id",
    key=segments.c.id,
    page=PageSize(10, 10),
    select=_all,
    record=segment_record,
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await service.by_public_id(conn, call.principal.account_id, call.path["id"])
        if row is None:
            return None
        await inactivity.note(conn, call.principal.account_id, row, call.now)
        record = segment_record(row, call)
        if "profile_count" in call.additional:
            assert isinstance(record.attributes, SegmentAttributes)
            record.attributes.profile_count = await service.count(conn, call.principal.account_id, row["id"])
    return record


get_segment = getting("get_segment", SEGMENT, scopes="segments:read", rate=L, load=_load, extra_rates=(_COUNT_RATE,))


@operation(
    "create_segment",
    "POST",
    "/api/segments",
    scopes="segments:write",
    rate=DEFINITIONS,
    body=Body("segment", SegmentCreate),
    answers=SEGMENT,
    status=201,
)
async def create_segment(call: Call[SegmentCreate]) -> Record:
    _check_name(call.body.name)
    async with call.transaction() as conn:
        row = await service.create(
            conn,
            call.principal.account_id,
            call.body.name,
            call.body.definition,
            is_starred=call.body.is_starred,
            now=call.now,
        )
    return segment_record(row, call)


@operation(
    "update_segment",
    "PATCH",
    "/api/segments/{id}",
    scopes="segments:write",
    rate=DEFINITIONS,
    body=Body("segment", SegmentUpdate),
    answers=SEGMENT,
    versions=VERSIONS,
)
async def update_segment(call: Call[SegmentUpdate]) -> Record:
    if call.body.name is not UNSET:
        _check_name(call.body.name)
    async with call.transaction() as conn:
        await service.lock(conn, call.principal.account_id)
        await hold_version(call, conn)
        row = await service.update(
            conn,
            call.principal.account_id,
            call.path["id"],
            now=call.now,
            name=_or_none(call.body.name),
            definition=_or_none(call.body.definition),
            is_starred=_or_none(call.body.is_starred),
            is_active=_or_none(call.body.is_active),
        )
    if row is None:
        raise not_found("segment", call.path["id"])
    return segment_record(row, call)


def _or_none(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value


def _check_name(name: str) -> None:
    if not name.strip():
        raise invalid("A segment needs a name.", pointer="/data/attributes/name")


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        await service.lock_to_delete(conn, call.principal.account_id)
        await hold_version(call, conn)
        return await service.delete(conn, call.principal.account_id, call.path["id"])


delete_segment = deleting("delete_segment", SEGMENT, scopes="segments:write", rate=S, delete=_delete, versions=VERSIONS)


async def _members(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    async with call.transaction() as conn:
        row = await service.by_public_id(conn, account, call.path["id"])
        if row is None:
            raise not_found("segment", call.path["id"])
        await inactivity.note(conn, account, row, call.now)
    return members(account, segment_members, segment_members.c.segment_id == row["id"])


get_profiles_for_segment = related(
    "get_profiles_for_segment",
    "get_profile_ids_for_segment",
    SEGMENT,
    "profiles",
    PROFILE,
    scopes="profiles:read segments:read",
    rate=L,
    select=_members,
    records=member_records,
    key=profiles.c.id,
    page=PAGE,
    filters=member_filters(segment_members),
    sorts={"joined_group_at": segment_members.c.joined},
    default_sort="-joined_group_at",
    extra_rates=(profiles_api.PREDICTIONS,),
)


async def _segments_of_profile(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    async with call.transaction() as conn:
        if await profile_service.by_ulid(conn, account, call.path["id"]) is None:
            raise not_found("profile", call.path["id"])
    return (
        select(segments)
        .join(
            segment_members,
            (segment_members.c.account_id == account) & (segment_members.c.segment_id == segments.c.id),
        )
        .join(profiles, (profiles.c.account_id == account) & (profiles.c.id == segment_members.c.profile_id))
        .where(segments.c.account_id == account, profiles.c.ulid == call.path["id"])
    )


get_segments_for_profile = related(
    "get_segments_for_profile",
    "get_segment_ids_for_profile",
    PROFILE,
    "segments",
    SEGMENT,
    scopes="profiles:read segments:read",
    rate=S,
    select=_segments_of_profile,
    record=segment_record,
    key=segments.c.id,
    page=None,
    filters={},
    sorts={},
)


_OF_PROFILES = """
    SELECT s.*, m.profile_id FROM segment_members m
    JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
    WHERE m.account_id = %s AND m.profile_id = ANY(%s) ORDER BY s.id"""


async def load_segments(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    ulids = {record.key: record.id for record in records}
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _OF_PROFILES, (call.principal.account_id, list(ulids)))
    by_profile: dict[str, list[Record]] = {}
    for row in rows:
        by_profile.setdefault(ulids[row["profile_id"]], []).append(segment_record(row, call))
    return by_profile
