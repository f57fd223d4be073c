"""Universal content: a block or section that many templates show, and that is changed in all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.kit import compute, db, ids
from rapport.templates import rendering
from rapport.templates.contents import DRAW_SECONDS, POINTER, BadTemplate
from rapport.templates.language import TemplateSyntaxError

_COLUMNS = "id, ulid, name, definition, created, updated, version"
_FIND = f"SELECT {_COLUMNS} FROM universal_content WHERE account_id = %s AND ulid = %s"
_INSERT = f"""
    INSERT INTO universal_content (account_id, ulid, name, definition, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"""
_UPDATE = f"""
    UPDATE universal_content SET name = %s, definition = %s, updated = %s, version = version + 1
    WHERE account_id = %s AND id = %s RETURNING {_COLUMNS}"""
_DELETE = "DELETE FROM universal_content WHERE account_id = %s AND ulid = %s"


@dataclass(frozen=True)
class UniversalContent:
    id: int
    ulid: str
    name: str
    definition: dict[str, Any]
    created: datetime
    updated: datetime
    version: int


async def find(conn: db.Connection, account_id: int, ulid: str) -> UniversalContent | None:
    row = await db.row(conn, _FIND, (account_id, ulid))
    return UniversalContent(*row) if row else None


async def check(account_id: int, definition: Mapping[str, Any]) -> None:
    """Raises BadTemplate for the first text in it that is no template. Takes a while: not inside a transaction."""
    try:
        fault = await compute.run(
            account_id, DRAW_SECONDS, rendering.part_fault, msgspec.json.encode(definition), POINTER
        )
    except compute.NOT_ANSWERED:
        fault = POINTER, TemplateSyntaxError("It takes too long to read.")
    if fault is not None:
        raise BadTemplate(*fault)


async def create(
    conn: db.Connection, account_id: int, now: datetime, name: str, definition: Mapping[str, Any]
) -> UniversalContent:
    """Of a definition that passed `check`."""
    row = await db.row(conn, _INSERT, (account_id, ids.ulid(now), name, Jsonb(definition), now, now))
    return _known(row)


async def update(
    conn: db.Connection, account_id: int, content: UniversalContent, now: datetime, changes: Mapping[str, Any]
) -> UniversalContent:
    """Apply `changes` (name, and a definition that passed `check`). Templates see the new version by themselves."""
    name, definition = changes.get("name", content.name), changes.get("definition", content.definition)
    return _known(await db.row(conn, _UPDATE, (name, Jsonb(definition), now, account_id, content.id)))


async def delete(conn: db.Connection, account_id: int, ulid: str) -> bool:
    """False when there is none. Templates show nothing in its place."""
    return bool(await db.execute(conn, _DELETE, (account_id, ulid)))


def _known(row: tuple[Any, ...] | None) -> UniversalContent:
    assert row is not None
    return UniversalContent(*row)
