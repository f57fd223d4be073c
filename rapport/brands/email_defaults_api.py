"""Operations on what new e-mails look like (behaviour-rest 1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from psycopg.types.json import Jsonb

from rapport.accounts import setting_versions
from rapport.brands import api, defaults, service
from rapport.brands.api import READ, WRITE
from rapport.brands.email_types import EmailDefaultAttributes, EmailDefaultUpdate
from rapport.brands.service import Kind
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Loader,
    Page,
    Record,
    Resource,
    ToOne,
    getting,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import M, S
from rapport.kit.refusals import NotThere, Refused

# Relationship -> what it points at.
_POINTS = {
    "brand-button": (service.BUTTON, api.BUTTON),
    "brand-logo": (service.LOGO, api.LOGO),
    "brand-social-group": (service.SOCIAL_GROUP, api.SOCIAL_GROUP),
}
_TO_ONE = {name: ToOne(name) for name in _POINTS}
EMAIL_DEFAULT = Resource(
    "brand-email-default", "/api/brand-email-defaults", EmailDefaultAttributes, relationships=_TO_ONE
)
_LOAD = """
    SELECT body, header, footer, button_id, logo_id, social_group_id FROM brand_email_defaults WHERE account_id = %s"""
# A field that is sent replaces the stored one, whatever it holds.
_MERGE = """
    INSERT INTO brand_email_defaults AS d (account_id, body, header, footer, updated)
    VALUES (%(account)s, %(body)s, %(header)s, %(footer)s, %(now)s)
    ON CONFLICT (account_id) DO UPDATE SET body = d.body || excluded.body, header = d.header || excluded.header,
        footer = d.footer || excluded.footer, updated = excluded.updated"""


async def _record(conn: db.Connection, call: AnyCall) -> Record:
    account_id = call.principal.account_id
    version = await setting_versions.version_of(conn, account_id, service.EMAIL_VERSIONS)
    row = await db.one(conn, _LOAD, (account_id,)) or {}
    blocks = {name: usual | row.get(name, {}) for name, usual in defaults.EMAIL.items()}
    relations = {name: _text(row.get(kind.pointer or "")) for name, (kind, _) in _POINTS.items()}
    attributes = msgspec.convert(blocks, EmailDefaultAttributes)
    return Record(call.principal.public_id, attributes, relations, EMAIL_DEFAULT, version=version)


def _text(id: int | None) -> str | None:
    return None if id is None else str(id)


def _loading(name: str, kind: Kind, resource: Resource) -> Loader:
    async def load(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Any]:
        ids = [int(id) for record in records if (id := record.relationships[name]) is not None]
        async with call.transaction() as conn:
            rows = await service.some(conn, call.principal.account_id, kind, ids)
        return {record.id: api.record_of(resource, row) for record in records for row in rows.values()}

    return load


_INCLUDES: dict[str, Loader | None] = {name: _loading(name, *target) for name, target in _POINTS.items()}


@operation(
    "get_brand_email_defaults",
    "GET",
    "/api/brand-email-defaults",
    scopes=READ,
    rate=M,
    answers=EMAIL_DEFAULT,
    many=True,
    includes=_INCLUDES,
)
async def get_brand_email_defaults(call: AnyCall) -> Page:
    async with call.transaction() as conn:
        return page_of(call, [await _record(conn, call)])


async def _load(call: AnyCall) -> Record | None:
    if call.path["id"] != call.principal.public_id:
        return None
    async with call.transaction() as conn:
        return await _record(conn, call)


get_brand_email_default = getting(
    "get_brand_email_default", EMAIL_DEFAULT, scopes=READ, rate=M, load=_load, includes=_INCLUDES
)


@operation(
    "update_brand_email_default",
    "PATCH",
    "/api/brand-email-defaults/{id}",
    scopes=WRITE,
    rate=S,
    body=Body("brand-email-default", EmailDefaultUpdate, relationships=_TO_ONE),
    answers=EMAIL_DEFAULT,
    versions=service.EMAIL_VERSIONS,
)
async def update_brand_email_default(call: Call[EmailDefaultUpdate]) -> Record:
    """Blocks are merged field by field; a relationship of null points at nothing."""
    if call.path["id"] != call.principal.public_id:
        raise NotThere(EMAIL_DEFAULT.type, call.path["id"])
    account_id = call.principal.account_id
    parameters: dict[str, Any] = {"account": account_id, "now": call.now}
    for name in defaults.EMAIL:
        block = getattr(call.body, name)
        parameters[name] = Jsonb({} if block is UNSET else msgspec.to_builtins(block))
    async with call.transaction() as conn:
        await service.hold(conn, account_id)
        await hold_version(call, conn)
        before = await _record(conn, call)
        await db.execute(conn, _MERGE, parameters)
        for name, id in call.body_relationships.items():
            await _point(conn, account_id, name, id)
        after = await _record(conn, call)
        if after == before:
            return after
        await setting_versions.move(conn, account_id, service.EMAIL_VERSIONS, call.now)
        return await _record(conn, call)


async def _point(conn: db.Connection, account_id: int, name: str, id: str | None) -> None:
    """Raises Refused for an id of nothing."""
    kind = _POINTS[name][0]
    try:
        row = None if id is None else await service.by_id(conn, account_id, kind, id)
    except NotThere as error:
        detail = f"There is no {name} with id {id}."
        raise Refused(detail, pointer=f"/data/relationships/{name}/data/id") from error
    query = f"UPDATE brand_email_defaults SET {kind.pointer} = %s WHERE account_id = %s"
    await db.execute(conn, query, (row and row["id"], account_id))
