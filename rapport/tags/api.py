"""Operations on tags and tag groups; `relations` has those between tags and what they hang on."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    ToMany,
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
from rapport.kit.ratelimit import S
from rapport.tags import service
from rapport.tags.tables import tag_groups, tags
from rapport.tags.types import GroupAttributes, GroupCreate, GroupUpdate, TagAttributes, TagWrite

TAG = Resource(
    "tag",
    "/api/tags",
    TagAttributes,
    relationships={
        "tag-group": ToOne("tag-group"),
        "lists": ToMany("list"),
        "segments": ToMany("segment"),
        "campaigns": ToMany("campaign"),
        "flows": ToMany("flow"),
    },
)
GROUP = Resource("tag-group", "/api/tag-groups", GroupAttributes, relationships={"tags": ToMany("tag")})
READ, WRITE = "tags:read", "tags:read tags:write"
_TEXT = ("contains", "ends-with", "equals", "starts-with")


def tag_record(row: Row, call: AnyCall) -> Record:
    """A row of `tags`, keyed by its group's id."""
    return Record(row["public_id"], TagAttributes(row["name"]), key=row["group_id"], resource=TAG)


def group_record(row: Row, call: AnyCall) -> Record:
    attributes = GroupAttributes(row["name"], row["exclusive"], row["is_default"])
    return Record(row["public_id"], attributes, key=row["id"], resource=GROUP)


async def _load_groups(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record]:
    async with call.transaction() as conn:
        group_by_id = await service.groups_by_id(conn, call.principal.account_id, {record.key for record in records})
    return {record.id: group_record(group_by_id[record.key], call) for record in records}


def _all(call: AnyCall) -> Select[Any]:
    return select(tags).where(tags.c.account_id == call.principal.account_id)


get_tags = listing(
    "get_tags",
    TAG,
    scopes=READ,
    rate=S,
    select=_all,
    key=tags.c.id,
    record=tag_record,
    filters={"name": Field(tags.c.name, _TEXT)},
    sorts={"id": tags.c.public_id, "name": tags.c.name},
    default_sort="id",
    page=PageSize(50, 50),
    includes={"tag-group": _load_groups},
)


async def tag_of(call: AnyCall) -> dict[str, Any]:
    """The tag that the path names, or 404."""
    async with call.transaction() as conn:
        row = await service.by_public_id(conn, call.principal.account_id, call.path["id"])
    if row is None:
        raise not_found("tag", call.path["id"])
    return row


async def _load(call: AnyCall) -> Record:
    return tag_record(await tag_of(call), call)


get_tag = getting("get_tag", TAG, scopes=READ, rate=S, load=_load, includes={"tag-group": _load_groups})


@operation(
    "create_tag",
    "POST",
    "/api/tags",
    scopes=WRITE,
    rate=S,
    answers=TAG,
    status=201,
    body=Body("tag", TagWrite, relationships={"tag-group": ToOne("tag-group")}),
)
async def create_tag(call: Call[TagWrite]) -> Record:
    name, group = _checked(call.body.name, "tag"), call.body_relationships.get("tag-group")
    async with call.transaction() as conn:
        row = await service.create(conn, call.principal.account_id, name, call.now, group_id=group)
    return tag_record(row, call)


@operation("update_tag", "PATCH", "/api/tags/{id}", scopes=WRITE, rate=S, body=Body("tag", TagWrite), status=204)
async def update_tag(call: Call[TagWrite]) -> None:
    """The name; a tag stays in its group."""
    name = _checked(call.body.name, "tag")
    async with call.transaction() as conn:
        if not await service.rename(conn, call.principal.account_id, call.path["id"], name):
            raise not_found("tag", call.path["id"])


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await service.delete(conn, call.principal.account_id, call.path["id"])


delete_tag = deleting("delete_tag", TAG, scopes=WRITE, rate=S, delete=_delete)


def _checked(name: str, kind: str) -> str:
    if not name.strip():
        raise invalid(f"A {kind} needs a name.", pointer="/data/attributes/name")
    return name


# ---- groups ----------------------------------------------------------------------------------------------------------
async def _all_groups(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        await service.default_group(conn, call.principal.account_id, call.now)
    return select(tag_groups).where(tag_groups.c.account_id == call.principal.account_id)


get_tag_groups = listing(
    "get_tag_groups",
    GROUP,
    scopes=READ,
    rate=S,
    select=_all_groups,
    key=tag_groups.c.id,
    record=group_record,
    filters={
        "name": Field(tag_groups.c.name, _TEXT),
        "exclusive": Field(tag_groups.c.exclusive, ("equals",), bool),
        "default": Field(tag_groups.c.is_default, ("equals",), bool),
    },
    sorts={"id": tag_groups.c.public_id, "name": tag_groups.c.name},
    default_sort="id",
    page=PageSize(25, 25),
)


async def _group_of(call: AnyCall) -> dict[str, Any]:
    """The tag group that the path names, or 404."""
    async with call.transaction() as conn:
        row = await service.group(conn, call.principal.account_id, call.path["id"])
    if row is None:
        raise not_found("tag-group", call.path["id"])
    return row


async def _load_group(call: AnyCall) -> Record:
    return group_record(await _group_of(call), call)


get_tag_group = getting("get_tag_group", GROUP, scopes=READ, rate=S, load=_load_group)


@operation(
    "create_tag_group",
    "POST",
    "/api/tag-groups",
    scopes=WRITE,
    rate=S,
    body=Body("tag-group", GroupCreate),
    answers=GROUP,
    status=201,
)
async def create_tag_group(call: Call[GroupCreate]) -> Record:
    name = _checked(call.body.name, "tag group")
    async with call.transaction() as conn:
        row = await service.create_group(
            conn, call.principal.account_id, name, call.now, exclusive=call.body.exclusive is True
        )
    return group_record(row, call)


@operation(
    "update_tag_group",
    "PATCH",
    "/api/tag-groups/{id}",
    scopes=WRITE,
    rate=S,
    body=Body("tag-group", GroupUpdate),
    status=204,
)
async def update_tag_group(call: Call[GroupUpdate]) -> None:
    """The name; `exclusive` and `default` stay as they were made."""
    name = _checked(call.body.name, "tag group")
    async with call.transaction() as conn:
        if not await service.rename_group(conn, call.principal.account_id, call.path["id"], name):
            raise not_found("tag-group", call.path["id"])


async def _delete_group(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await service.delete_group(conn, call.principal.account_id, call.path["id"])


delete_tag_group = deleting("delete_tag_group", GROUP, scopes=WRITE, rate=S, delete=_delete_group)


async def _group_of_tag(call: AnyCall) -> Record:
    row = await tag_of(call)
    async with call.transaction() as conn:
        group_by_id = await service.groups_by_id(conn, call.principal.account_id, [row["group_id"]])
    return group_record(group_by_id[row["group_id"]], call)


get_tag_group_for_tag = related_one(
    "get_tag_group_for_tag",
    "get_tag_group_id_for_tag",
    TAG,
    "tag-group",
    GROUP,
    scopes=READ,
    rate=S,
    load=_group_of_tag,
)


async def _tags_of_group(call: AnyCall) -> Select[Any]:
    row = await _group_of(call)
    return _all(call).where(tags.c.group_id == row["id"])


get_tags_for_tag_group = related(
    "get_tags_for_tag_group",
    "get_tag_ids_for_tag_group",
    GROUP,
    "tags",
    TAG,
    scopes=READ,
    rate=S,
    select=_tags_of_group,
    key=tags.c.id,
    record=tag_record,
    page=None,
)
