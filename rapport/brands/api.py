"""Operations on what a brand has several of: logos, colours, buttons, groups of social links (behaviour-rest 1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import select

from rapport.brands import service
from rapport.brands.service import Kind
from rapport.brands.types import (
    ButtonAttributes,
    ButtonCreate,
    ButtonUpdate,
    ColorAttributes,
    ColorWrite,
    LogoAttributes,
    LogoWrite,
    SocialGroupAttributes,
    SocialGroupCreate,
    SocialGroupUpdate,
)
from rapport.images import service as images_service
from rapport.images.api import image_record
from rapport.images.tables import images
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Loader,
    Operation,
    Page,
    PageSize,
    Record,
    Resource,
    Row,
    ToOne,
    Versions,
    deleting,
    fetch,
    getting,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import M, S
from rapport.kit.refusals import Refused

READ, WRITE = "brands:read", "brands:write"
IMAGE = "image"
# Nobody who asks for them expects pages.
ALL_AT_ONCE = PageSize(service.MAXIMUM, service.MAXIMUM, documented=False)

LOGO = Resource("brand-logo", "/api/brand-logos", LogoAttributes, relationships={IMAGE: ToOne("image")})
COLOR = Resource("brand-color", "/api/brand-colors", ColorAttributes)
BUTTON = Resource("brand-button", "/api/brand-buttons", ButtonAttributes)
SOCIAL_GROUP = Resource("brand-social-group", "/api/brand-social-groups", SocialGroupAttributes)


def record_of(resource: Resource, row: Row) -> Record:
    """A row of any of the four."""
    names = resource.attributes.__struct_fields__
    attributes = msgspec.convert({name: row[name] for name in names}, resource.attributes)
    relations = {IMAGE: _text(row["image_id"])} if IMAGE in resource.relationships else {}
    return Record(str(row["id"]), attributes, relations, resource, row["id"], version=row["version"])


def _text(id: int | None) -> str | None:
    return None if id is None else str(id)


async def load_images(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    """The image of each logo."""
    ids = [int(id) for record in records if (id := record.relationships[IMAGE]) is not None]
    mine = (images.c.account_id == call.principal.account_id) & images.c.id.in_(ids)
    async with call.transaction() as conn:
        rows = await fetch(conn, select(images).where(mine))
    image_by_id = {str(row["id"]): image_record(row, call) for row in rows}
    return {record.id: image_by_id.get(record.relationships[IMAGE]) for record in records}


async def _values(conn: db.Connection, call: AnyCall) -> dict[str, Any]:
    """What a body sets, by column. Raises Refused for an image that is not there.

    A logo keeps its image where null is sent for it (behaviour-rest 1).
    """
    fields = {name: getattr(call.body, name) for name in call.body.__struct_fields__}
    values = {name: msgspec.to_builtins(value) for name, value in fields.items() if value is not UNSET}
    image_id = call.body_relationships.get(IMAGE)
    if image_id is not None:
        image = await images_service.by_id(conn, call.principal.account_id, image_id)
        if image is None:
            raise Refused(f"There is no image with id {image_id}.", pointer=f"/data/relationships/{IMAGE}/data/id")
        values["image_id"] = image["id"]
    return values


def _operations(
    kind: Kind,
    resource: Resource,
    create: type[msgspec.Struct],
    update: type[msgspec.Struct],
    includes: Mapping[str, Loader | None] | None = None,
) -> tuple[Operation, ...]:
    """List, get, create, update and delete of one kind."""
    name, relationships = kind.type.replace("-", "_"), dict(resource.relationships)
    includes, versions = includes or {}, Versions(kind.type, kind.table, "id")

    async def hold(call: AnyCall, conn: db.Connection) -> Row:
        """What the path names, to be changed. Raises NotThere; ApiError 412."""
        await service.hold(conn, call.principal.account_id)
        row = await service.by_id(conn, call.principal.account_id, kind, call.path["id"])
        await hold_version(call, conn)
        return row

    @operation(
        f"get_{name}s",
        "GET",
        resource.path,
        scopes=READ,
        rate=M,
        answers=resource,
        many=True,
        includes=includes,
        page=ALL_AT_ONCE,
    )
    async def listed(call: AnyCall) -> Page:
        async with call.transaction() as conn:
            rows = await service.every(conn, call.principal.account_id, kind)
        return page_of(call, [record_of(resource, row) for row in rows])

    async def load(call: AnyCall) -> Record:
        async with call.transaction() as conn:
            return record_of(resource, await service.by_id(conn, call.principal.account_id, kind, call.path["id"]))

    @operation(
        f"create_{name}",
        "POST",
        resource.path,
        scopes=WRITE,
        rate=S,
        body=Body(kind.type, create, relationships=relationships),
        answers=resource,
        status=201,
    )
    async def created(call: AnyCall) -> Record:
        async with call.transaction() as conn:
            values = await _values(conn, call)
            return record_of(resource, await service.create(conn, call.principal.account_id, kind, values, call.now))

    @operation(
        f"update_{name}",
        "PATCH",
        f"{resource.path}/{{id}}",
        scopes=WRITE,
        rate=S,
        body=Body(kind.type, update, relationships=relationships),
        answers=resource,
        versions=versions,
    )
    async def updated(call: AnyCall) -> Record:
        async with call.transaction() as conn:
            row, values = await hold(call, conn), await _values(conn, call)
            row = await service.update(conn, call.principal.account_id, kind, row, values, call.now)
        return record_of(resource, row)

    async def delete(call: AnyCall) -> bool:
        async with call.transaction() as conn:
            row = await hold(call, conn)
            await service.delete(conn, call.principal.account_id, kind, row, call.now)
        return True

    return (
        listed,
        getting(f"get_{name}", resource, scopes=READ, rate=M, load=load, includes=includes),
        created,
        updated,
        deleting(f"delete_{name}", resource, scopes=WRITE, rate=S, delete=delete, versions=versions),
    )


logos = _operations(service.LOGO, LOGO, LogoWrite, LogoWrite, {IMAGE: load_images})
colors = _operations(service.COLOR, COLOR, ColorWrite, ColorWrite)
buttons = _operations(service.BUTTON, BUTTON, ButtonCreate, ButtonUpdate)
social_groups = _operations(service.SOCIAL_GROUP, SOCIAL_GROUP, SocialGroupCreate, SocialGroupUpdate)
