"""Operations of universal content (behaviour-rest 13.1)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Select
from sqlalchemy import select as sql_select

from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    Versions,
    deleting,
    getting,
    hold_version,
    invalid,
    listing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import M
from rapport.templates import universal
from rapport.templates.api import RATE, READ, TEMPLATE, WRITE, bad_template, template_records
from rapport.templates.contents import BadTemplate
from rapport.templates.tables import templates, universal_content
from rapport.templates.universal import UniversalContent
from rapport.templates.universal_types import (
    UniversalContentAttributes,
    UniversalContentClone,
    UniversalContentCreate,
    UniversalContentUpdate,
)

TYPE = "template-universal-content"
UNIVERSAL = Resource(TYPE, f"/api/{TYPE}", attributes=UniversalContentAttributes)
VERSIONS = Versions(TYPE, "universal_content", "ulid")
_RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
_columns = universal_content.c


def _record(content: UniversalContent) -> Record:
    attributes = UniversalContentAttributes(content.name, content.definition, content.created, content.updated)
    return Record(content.ulid, attributes, key=content.id, resource=UNIVERSAL, version=content.version)


def _row_record(row: Row, call: AnyCall) -> Record:
    return _record(UniversalContent(**{name: row[name] for name in UniversalContent.__dataclass_fields__}))


def _own(call: AnyCall) -> Select[Any]:
    return sql_select(universal_content).where(_columns.account_id == call.principal.account_id)


get_all_universal_content = listing(
    "get_all_universal_content",
    UNIVERSAL,
    scopes=READ,
    rate=RATE,
    select=_own,
    key=_columns.id,
    record=_row_record,
    filters={
        "id": Field(_columns.ulid, ("any", "equals")),
        "name": Field(_columns.name, ("any", "equals")),
        "created": Field(_columns.created, _RANGE, datetime),
        "updated": Field(_columns.updated, _RANGE, datetime),
        "definition.content_type": Field(_columns.definition["content_type"].astext, ("equals",)),
        "definition.type": Field(_columns.definition["type"].astext, ("equals",)),
    },
    sorts={
        "created": _columns.created,
        "id": _columns.ulid,
        "name": _columns.name,
        "updated": _columns.updated,
    },
    default_sort="id",
    page=PageSize(20, 100),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        content = await universal.find(conn, call.principal.account_id, call.path["id"])
    return _record(content) if content else None


get_universal_content = getting("get_universal_content", UNIVERSAL, scopes=READ, rate=RATE, load=_load)


@operation(
    "create_universal_content",
    "POST",
    UNIVERSAL.path,
    scopes=WRITE,
    rate=RATE,
    body=Body(TYPE, UniversalContentCreate),
    answers=UNIVERSAL,
    status=201,
)
async def create_universal_content(call: Call[UniversalContentCreate]) -> Record:
    definition = await _checked(call, call.body.definition)
    async with call.transaction() as conn:
        account_id = call.principal.account_id
        return _record(await universal.create(conn, account_id, call.now, call.body.name, definition))


async def _checked(call: AnyCall, definition: Any) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(definition)
    try:
        await universal.check(call.principal.account_id, data)
    except BadTemplate as error:
        raise bad_template(error, error.part) from None
    return data


@operation(
    "update_universal_content",
    "PATCH",
    f"{UNIVERSAL.path}/{{id}}",
    scopes=WRITE,
    rate=RATE,
    body=Body(TYPE, UniversalContentUpdate),
    answers=UNIVERSAL,
    versions=VERSIONS,
)
async def update_universal_content(call: Call[UniversalContentUpdate]) -> Record:
    body = call.body
    changes: dict[str, Any] = {} if body.name is UNSET else {"name": body.name}
    if body.definition is not UNSET:
        changes["definition"] = await _checked(call, body.definition)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        content = await universal.find(conn, call.principal.account_id, call.path["id"])
        if content is None:
            raise not_found(TYPE, call.path["id"])
        return _record(await universal.update(conn, call.principal.account_id, content, call.now, changes))


async def _showing(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        if await universal.find(conn, call.principal.account_id, call.path["id"]) is None:
            raise not_found(TYPE, call.path["id"])
    shows = templates.c.universal.has_key(call.path["id"])
    return sql_select(templates).where(templates.c.account_id == call.principal.account_id, shows)


# Of the library, and those that messages have: whoever changes universal content sees what that reaches.
get_templates_for_universal_content = listing(
    "get_templates_for_universal_content",
    TEMPLATE,
    f"{UNIVERSAL.path}/{{id}}/templates",
    scopes=READ,
    rate=RATE,
    select=_showing,
    key=templates.c.id,
    records=template_records,
    page=PageSize(10, 10),
)


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        await hold_version(call, conn)
        return await universal.delete(conn, call.principal.account_id, call.path["id"])


delete_universal_content = deleting(
    "delete_universal_content", UNIVERSAL, scopes=WRITE, rate=RATE, delete=_delete, versions=VERSIONS
)


@operation(
    "clone_universal_content",
    "POST",
    f"{UNIVERSAL.path}-clone",
    scopes=WRITE,
    rate=M,
    body=Body(TYPE, UniversalContentClone),
    answers=UNIVERSAL,
    status=201,
    since="2026-10-15",
)
async def clone_universal_content(call: Call[UniversalContentClone]) -> Record:
    body = call.body
    if call.body_id is not None and call.body_id != body.id:
        raise invalid("'id' in the attributes must be that of the resource.", pointer="/data/attributes/id")
    async with call.transaction() as conn:
        content = await universal.find(conn, call.principal.account_id, body.id)
        if content is None:
            raise not_found(TYPE, body.id)
        name = body.name or content.name
        return _record(await universal.create(conn, call.principal.account_id, call.now, name, content.definition))
