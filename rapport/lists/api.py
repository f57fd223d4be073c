"""Operations on lists and their members."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Select, select

from rapport.accounts.api import account_of
from rapport.inbox.person import Kind
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    ApiError,
    Body,
    Call,
    Field,
    Identifier,
    Identifiers,
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
    missing,
    not_found,
    operation,
    related,
)
from rapport.kit.ratelimit import LIST_CREATE, L, M, Rate, S
from rapport.lists import service
from rapport.lists.tables import list_members, lists
from rapport.lists.types import ListAttributes, ListCreate, ListUpdate
from rapport.profiles import api as profiles_api
from rapport.profiles import service as profile_service
from rapport.profiles.members import PAGE, member_filters, member_records, members
from rapport.profiles.records import PROFILE
from rapport.profiles.tables import profiles

LIST = Resource(
    type="list",
    path="/api/lists",
    attributes=ListAttributes,
    relationships={"profiles": ToMany("profile"), "tags": ToMany("tag"), "flow-triggers": ToMany("flow")},
    additional=("profile_count",),
    whole_seconds=True,
)
VERSIONS = Versions("list", "lists", "public_id")
_COUNT_RATE = ParameterRate("additional-fields[list]", ("profile_count",), Rate(1, 15))


def list_record(row: Row, call: AnyCall) -> Record:
    attributes = ListAttributes(row["name"], row["opt_in_process"], row["created"], row["updated"])
    return Record(row["public_id"], attributes, key=row["id"], resource=LIST, version=row["version"])


def _all(call: AnyCall) -> Select[Any]:
    return select(lists).where(lists.c.account_id == call.principal.account_id)


get_lists = listing(
    "get_lists",
    LIST,
    "/api/lists",
    scopes="lists:read",
    rate=L,
    filters={
        "name": Field(lists.c.name, ("any", "equals")),
        "id": Field(lists.c.public_id, ("any", "equals")),
        "created": Field(lists.c.created, ("greater-than",), datetime),
        "updated": Field(lists.c.updated, ("greater-than",), datetime),
    },
    sorts={"created": lists.c.created, "id": lists.c.public_id, "name": lists.c.name, "updated": lists.c.updated},
    default_sort="id",
    key=lists.c.id,
    page=PageSize(10, 10),
    select=_all,
    record=list_record,
)


def no_such_list(id: str) -> ApiError:
    """The recorded text: a list's id stands between backticks, a profile's does not (behaviour-people 5)."""
    return missing(f"A list with id `{id}` does not exist.")


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        row = await _list_of(call)
        record = list_record(row, call)
        if "profile_count" in call.additional:
            assert isinstance(record.attributes, ListAttributes)
            record.attributes.profile_count = await service.count(conn, call.principal.account_id, row["id"])
    return record


get_list = getting("get_list", LIST, scopes="lists:read", rate=L, load=_load, extra_rates=(_COUNT_RATE,))


@operation(
    "create_list",
    "POST",
    "/api/lists",
    scopes="lists:write",
    rate=LIST_CREATE,
    body=Body("list", ListCreate),
    answers=LIST,
    status=201,
)
async def create_list(call: Call[ListCreate]) -> Record:
    _check_name(call.body.name)
    account = account_of(call)
    process = call.body.opt_in_process or account.settings.get("opt_in_process")
    async with call.transaction() as conn:
        row = await service.create(conn, account.account_id, call.body.name, process, call.now)
    return list_record(row, call)


@operation(
    "update_list",
    "PATCH",
    "/api/lists/{id}",
    scopes="lists:write",
    rate=M,
    body=Body("list", ListUpdate),
    answers=LIST,
    versions=VERSIONS,
)
async def update_list(call: Call[ListUpdate]) -> Record:
    name, opt_in = call.body.name, call.body.opt_in_process
    if name is not UNSET:
        _check_name(name)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        row = await service.update(
            conn,
            call.principal.account_id,
            call.path["id"],
            name=None if name is UNSET else name,
            opt_in=None if opt_in is UNSET else opt_in,
            now=call.now,
        )
    if row is None:
        raise no_such_list(call.path["id"])
    return list_record(row, call)


def _check_name(name: str) -> None:
    if not name.strip():
        raise invalid("A list needs a name.", pointer="/data/attributes/name")


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        await hold_version(call, conn)
        if not await service.delete(conn, call.principal.account_id, call.path["id"]):
            raise no_such_list(call.path["id"])
    return True


delete_list = deleting("delete_list", LIST, scopes="lists:write", rate=M, delete=_delete, versions=VERSIONS)


async def _list_of(call: AnyCall) -> dict[str, Any]:
    """The list that the path names, or 404."""
    async with call.transaction() as conn:
        row = await service.by_public_id(conn, call.principal.account_id, call.path["id"])
    if row is None:
        raise no_such_list(call.path["id"])
    return row


async def _members(call: AnyCall) -> Select[Any]:
    row = await _list_of(call)
    return members(call.principal.account_id, list_members, list_members.c.list_id == row["id"])


get_profiles_for_list = related(
    "get_profiles_for_list",
    "get_profile_ids_for_list",
    LIST,
    "profiles",
    PROFILE,
    scopes="lists:read profiles:read",
    rate=L,
    select=_members,
    records=member_records,
    key=profiles.c.id,
    page=PAGE,
    filters=member_filters(list_members),
    sorts={"joined_group_at": list_members.c.joined},
    default_sort="-joined_group_at",
    extra_rates=(profiles_api.PREDICTIONS,),
)


class ByEmail(msgspec.Struct, forbid_unknown_fields=True):
    """A member named by its address instead of its id (an extension of source document 002)."""

    email: str


async def _profiles_named(call: Call[list[Identifier]]) -> list[int]:
    """The profiles a relationship body names. Raises 404 for the first that does not exist."""
    account = call.principal.account_id
    async with call.transaction() as conn:
        known = await service.profile_ids(
            conn, account, [identifier.id for identifier in call.body if isinstance(identifier.id, str)]
        )
        profile_ids: list[int] = []
        for identifier in call.body:
            ulid = identifier.id if isinstance(identifier.id, str) else None
            if ulid is None and isinstance(identifier.attributes, ByEmail):
                ulid = await profile_service.find_by_identifier(conn, account, Kind.EMAIL, identifier.attributes.email)
                known.update(await service.profile_ids(conn, account, [ulid] if ulid else []))
            if ulid is None or ulid not in known:
                raise not_found("profile", ulid or _shown(identifier))
            profile_ids.append(known[ulid])
    return profile_ids


def _shown(identifier: Identifier) -> str:
    return identifier.attributes.email if isinstance(identifier.attributes, ByEmail) else ""


_RELATIONSHIP = "/api/lists/{id}/relationships/profiles"
_WRITE = "lists:write profiles:write"


@operation(
    "add_profiles_to_list",
    "POST",
    _RELATIONSHIP,
    scopes=_WRITE,
    rate=M,
    stream=True,
    body=Identifiers("profile", maximum=1000, attributes=ByEmail),
    status=204,
)
async def add_profiles_to_list(call: Call[list[Identifier]]) -> None:
    row, members = await _list_of(call), await _profiles_named(call)
    async with call.transaction() as conn:
        await service.add(conn, call.principal.account_id, row["id"], members, call.now)


@operation(
    "remove_profiles_from_list",
    "DELETE",
    _RELATIONSHIP,
    scopes=_WRITE,
    rate=M,
    stream=True,
    body=Identifiers("profile", maximum=1000, attributes=ByEmail),
    status=204,
)
async def remove_profiles_from_list(call: Call[list[Identifier]]) -> None:
    row, members = await _list_of(call), await _profiles_named(call)
    async with call.transaction() as conn:
        await service.remove(conn, call.principal.account_id, row["id"], members)


async def _lists_of_profile(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    async with call.transaction() as conn:
        if await profile_service.by_ulid(conn, account, call.path["id"]) is None:
            raise not_found("profile", call.path["id"])
    return (
        select(lists)
        .join(list_members, (list_members.c.account_id == account) & (list_members.c.list_id == lists.c.id))
        .join(profiles, (profiles.c.account_id == account) & (profiles.c.id == list_members.c.profile_id))
        .where(lists.c.account_id == account, profiles.c.ulid == call.path["id"])
    )


get_lists_for_profile = related(
    "get_lists_for_profile",
    "get_list_ids_for_profile",
    PROFILE,
    "lists",
    LIST,
    scopes="lists:read profiles:read",
    rate=S,
    select=_lists_of_profile,
    record=list_record,
    key=lists.c.id,
    page=None,
    filters={},
    sorts={},
)


_OF_PROFILES = """
    SELECT l.*, m.profile_id FROM list_members m
    JOIN lists l ON l.account_id = m.account_id AND l.id = m.list_id
    WHERE m.account_id = %s AND m.profile_id = ANY(%s) ORDER BY l.id"""


async def load_lists(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    ulids = {record.key: record.id for record in records}
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _OF_PROFILES, (call.principal.account_id, list(ulids)))
    lists_by_profile: dict[str, list[Record]] = {}
    for row in rows:
        lists_by_profile.setdefault(ulids[row["profile_id"]], []).append(list_record(row, call))
    return lists_by_profile
