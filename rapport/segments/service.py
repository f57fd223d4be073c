"""Segments: made, changed, deleted, counted. A worker builds them (`membership/build`), the pipeline keeps them up to
date."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db, ids, locks
from rapport.kit.refusals import Refused
from rapport.segments import conditions
from rapport.segments.conditions import Definition, DefinitionError, distance
from rapport.segments.conditions.definition import parse_stored, resolve
from rapport.segments.grammar.definition import POINTER, mentions
from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.membership.locks import LOCK_ACCOUNT
from rapport.segments.membership.members import CHUNK
from rapport.tags import service as tags

MAX_PROCESSING = 5
# Two definitions of one account are never changed at once: each could be free of cycles alone.
_LOCK = f"SELECT pg_advisory_xact_lock({locks.SEGMENT_DEFINITIONS}, %s)"
# Builders wake on it.
CHANNEL = "rapport_segments"
_NOTIFY = f"NOTIFY {CHANNEL}"
_COLUMNS = "id, public_id, name, definition, is_active, is_starred, built, used, created, updated, version"
_INSERT = f"""
    INSERT INTO segments (account_id, public_id, name, definition, is_starred, used, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"""
_BY_PUBLIC_ID = f"SELECT {_COLUMNS} FROM segments WHERE account_id = %s AND public_id = %s"
_COUNT = "SELECT count(*) FROM segment_members WHERE account_id = %s AND segment_id = %s"
_PROCESSING = "SELECT count(*) FROM segments WHERE account_id = %s AND built IS NULL AND is_active"
# `built` goes where the members have to be found anew, and `building` with it: a build under way is outdated.
_UPDATE = f"""
    UPDATE segments SET
        name = coalesce(%(name)s, name), definition = coalesce(%(definition)s, definition),
        is_starred = coalesce(%(is_starred)s, is_starred), is_active = coalesce(%(is_active)s, is_active),
        built = CASE WHEN %(anew)s THEN NULL ELSE built END,
        building = CASE WHEN %(anew)s THEN NULL ELSE building END, used = %(now)s, updated = %(now)s,
        version = version + 1
    WHERE account_id = %(account)s AND id = %(id)s RETURNING {_COLUMNS}"""
_DEFINITIONS = "SELECT public_id, definition FROM segments WHERE account_id = %s"
_ANEW = "UPDATE segments SET built = NULL, building = NULL WHERE account_id = %s AND public_id = ANY(%s)"
_DELETE_MEMBERS = "DELETE FROM segment_members WHERE account_id = %s AND segment_id = %s RETURNING profile_id"
_DELETE_TOUCHED = "DELETE FROM segment_touched WHERE account_id = %s AND segment_id = %s"
_DELETE_BUILD = "DELETE FROM segment_builds WHERE account_id = %s AND segment_id = %s"
_DELETE_SIZES = "DELETE FROM segment_sizes WHERE account_id = %s AND segment_id = %s"
_DELETE = "DELETE FROM segments WHERE account_id = %s AND id = %s"


async def create(
    conn: db.Connection, account_id: int, name: str, definition: dict[str, Any], *, is_starred: bool, now: datetime
) -> dict[str, Any]:
    """A new segment, which a worker builds. Raises DefinitionError; Refused where as many wait for their
    first build as may at once (behaviour-people 4.1)."""
    parsed = conditions.parse(definition)
    # Whoever deletes what it names has either seen this definition, or is through and the name is gone.
    await db.execute(conn, _LOCK, (account_id,))
    await check_names(conn, account_id, parsed)
    processing = await db.row(conn, _PROCESSING, (account_id,))
    if processing and processing[0] >= MAX_PROCESSING:
        raise Refused(f"No more than {MAX_PROCESSING} segments can be processing at once; try again when one is done.")
    while True:
        try:
            async with conn.transaction():
                values = (account_id, ids.short_id(), name, Jsonb(definition), is_starred, now, now, now)
                row = await db.one(conn, _INSERT, values)
        except psycopg.errors.UniqueViolation:
            continue
        assert row is not None
        await db.execute(conn, _NOTIFY)
        return row


async def by_public_id(conn: db.Connection, account_id: int, public_id: str) -> dict[str, Any] | None:
    return await db.one(conn, _BY_PUBLIC_ID, (account_id, public_id))


async def count(conn: db.Connection, account_id: int, segment_id: int) -> int:
    row = await db.row(conn, _COUNT, (account_id, segment_id))
    return row[0] if row else 0


async def lock(conn: db.Connection, account_id: int) -> None:
    """Keep others from changing the account's definitions until the transaction ends; may be taken again. Whoever
    locks a segment's row takes this first."""
    await db.execute(conn, _LOCK, (account_id,))


async def lock_to_delete(conn: db.Connection, account_id: int) -> None:
    """Waits for a batch of the pipeline under way, which could still write a membership."""
    await db.execute(conn, LOCK_ACCOUNT, (account_id,))
    await lock(conn, account_id)


async def update(
    conn: db.Connection,
    account_id: int,
    public_id: str,
    *,
    now: datetime,
    name: str | None = None,
    definition: dict[str, Any] | None = None,
    is_starred: bool | None = None,
    is_active: bool | None = None,
) -> dict[str, Any] | None:
    """Change the fields that are not None; returns None when there is no such segment. Raises DefinitionError."""
    await lock(conn, account_id)
    row = await by_public_id(conn, account_id, public_id)
    if row is None:
        return None
    if definition is not None:
        parsed = conditions.parse(definition)
        await check_names(conn, account_id, parsed)
        await _check_cycles(conn, account_id, public_id, parsed)
    reactivated = is_active is True and not row["is_active"]
    values = {
        "account": account_id,
        "id": row["id"],
        "name": name,
        "is_starred": is_starred,
        "is_active": is_active,
        "definition": None if definition is None else Jsonb(definition),
        "now": now,
        "anew": definition is not None or reactivated,
    }
    await db.execute(conn, _NOTIFY)
    return await db.one(conn, _UPDATE, values)


async def delete(conn: db.Connection, account_id: int, public_id: str) -> bool:
    """Delete a segment and its memberships. Segments that depend on it are rebuilt, as it has no member any more."""
    await lock_to_delete(conn, account_id)
    row = await by_public_id(conn, account_id, public_id)
    if row is None:
        return False
    members = [member[0] for member in await db.rows(conn, _DELETE_MEMBERS, (account_id, row["id"]))]
    for statement in (_DELETE_SIZES, _DELETE_TOUCHED, _DELETE_BUILD):
        await db.execute(conn, statement, (account_id, row["id"]))
    await db.execute(conn, _DELETE, (account_id, row["id"]))
    await tags.forget(conn, account_id, "segment", row["id"])
    await build_anew(conn, account_id, lambda depends: public_id in depends.groups)
    chunks = (members[start : start + CHUNK] for start in range(0, len(members), CHUNK))
    await inbox.append(
        conn, account_id, [Change(chunk, ["segment"], group=row["id"], joined=False) for chunk in chunks]
    )
    return True


async def build_anew(conn: db.Connection, account_id: int, asks: Callable[[Dependencies], bool]) -> None:
    """Rebuild the segments whose dependencies `asks` is true for: for changes that concern all profiles at once."""
    await db.execute(conn, _LOCK, (account_id,))
    definitions = await _definitions(conn, account_id)
    dependents = [name for name, other in definitions.items() if asks(other.depends)]
    if dependents:
        await db.execute(conn, _ANEW, (account_id, dependents))
        await db.execute(conn, _NOTIFY)


async def mapped_anew(conn: db.Connection, account_id: int, purpose: str) -> None:
    """Rebuild the segments that depend on a purpose, after another metric was mapped to it."""
    await build_anew(conn, account_id, lambda depends: purpose in depends.purposes)


async def _definitions(conn: db.Connection, account_id: int) -> dict[str, Definition]:
    return {row[0]: parse_stored(row[0], row[1]) for row in await db.rows(conn, _DEFINITIONS, (account_id,))}


async def check_names(conn: db.Connection, account_id: int, parsed: Definition) -> None:
    """Raises DefinitionError at the first name of something that does not exist."""
    names = await resolve(conn, account_id, parsed.depends)
    for mention in mentions(parsed):
        if not names.has(mention):
            raise DefinitionError(mention.pointer, _missing(mention))
    await distance.check(conn, parsed.groups, POINTER)


def _missing(mention: Mention) -> str:
    if mention.kind == "purpose":
        return f"A custom metric is mapped to '{mention.public_id}'; a condition can only add up a plain one."
    kind = "list or segment" if mention.kind == "group" else mention.kind
    return f"A {kind} with id {mention.public_id} does not exist."


async def _check_cycles(conn: db.Connection, account_id: int, public_id: str, parsed: Definition) -> None:
    """Raises DefinitionError at the condition through which the segment would depend on itself."""
    definitions = {**await _definitions(conn, account_id), public_id: parsed}
    for mention in mentions(parsed):
        if mention.kind == "group" and _reaches(mention.public_id, public_id, definitions):
            raise DefinitionError(mention.pointer, "The segment would depend on itself.")


def _reaches(start: str, goal: str, definitions: dict[str, Definition]) -> bool:
    waiting, seen = [start], set[str]()
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name in definitions and name not in seen:
            seen.add(name)
            waiting.extend(definitions[name].depends.groups)
    return False
