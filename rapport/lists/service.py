"""Lists and who is on them. A membership gives no consent (behaviour-people 5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from rapport.inbox import service as inbox
from rapport.inbox.types import Change
from rapport.kit import db, ids
from rapport.tags import service as tags

DEFAULT_OPT_IN = "double_opt_in"
_COLUMNS = "id, public_id, name, opt_in_process, created, updated, version"
_INSERT = f"""
    INSERT INTO lists (account_id, public_id, name, opt_in_process, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"""
_BY_PUBLIC_ID = f"SELECT {_COLUMNS} FROM lists WHERE account_id = %s AND public_id = %s"
_COUNT = "SELECT count(*) FROM list_members WHERE account_id = %s AND list_id = %s"
_UPDATE = f"""
    UPDATE lists SET name = coalesce(%s, name), opt_in_process = coalesce(%s, opt_in_process), updated = %s,
        version = version + 1
    WHERE account_id = %s AND public_id = %s RETURNING {_COLUMNS}"""
_ADD = """
    INSERT INTO list_members (account_id, list_id, profile_id, joined)
    SELECT %s, %s, profile_id, %s FROM unnest(%s::bigint[]) AS profile_id
    ON CONFLICT DO NOTHING RETURNING profile_id"""
_REMOVE = """
    DELETE FROM list_members WHERE account_id = %s AND list_id = %s AND profile_id = ANY(%s) RETURNING profile_id"""
_MEMBERS = "SELECT profile_id FROM list_members WHERE account_id = %s AND list_id = %s"
_DELETE_MEMBERS = "DELETE FROM list_members WHERE account_id = %s AND list_id = %s"
_DELETE = "DELETE FROM lists WHERE account_id = %s AND id = %s"
_FIND_PROFILES = "SELECT ulid, id FROM profiles WHERE account_id = %s AND ulid = ANY(%s)"

# When profiles are folded: a membership of both keeps the destination's date, the union remains (1.6).
MOVES = (
    """INSERT INTO list_members (account_id, list_id, profile_id, joined)
       SELECT account_id, list_id, %(into)s, joined FROM list_members
       WHERE account_id = %(account)s AND profile_id = %(source)s ON CONFLICT DO NOTHING""",
    "DELETE FROM list_members WHERE account_id = %(account)s AND profile_id = %(source)s",
)


async def create(conn: db.Connection, account_id: int, name: str, opt_in: str | None, now: datetime) -> dict[str, Any]:
    """`opt_in` None = double opt-in."""
    while True:
        try:
            async with conn.transaction():
                row = await db.one(
                    conn, _INSERT, (account_id, ids.short_id(), name, opt_in or DEFAULT_OPT_IN, now, now)
                )
        except psycopg.errors.UniqueViolation:
            continue
        assert row is not None
        return row


async def by_public_id(conn: db.Connection, account_id: int, public_id: str) -> dict[str, Any] | None:
    return await db.one(conn, _BY_PUBLIC_ID, (account_id, public_id))


async def count(conn: db.Connection, account_id: int, list_id: int) -> int:
    row = await db.row(conn, _COUNT, (account_id, list_id))
    return row[0] if row else 0


async def update(
    conn: db.Connection, account_id: int, public_id: str, *, name: str | None, opt_in: str | None, now: datetime
) -> dict[str, Any] | None:
    return await db.one(conn, _UPDATE, (name, opt_in, now, account_id, public_id))


async def delete(conn: db.Connection, account_id: int, public_id: str) -> bool:
    """Delete the list; its profiles and their consent stay."""
    row = await by_public_id(conn, account_id, public_id)
    if row is None:
        return False
    members = [member_row[0] for member_row in await db.rows(conn, _MEMBERS, (account_id, row["id"]))]
    await db.execute(conn, _DELETE_MEMBERS, (account_id, row["id"]))
    await db.execute(conn, _DELETE, (account_id, row["id"]))
    await tags.forget(conn, account_id, "list", row["id"])
    if members:
        await inbox.append(conn, account_id, [_left_deleted(members, row)])
    return True


def _left_deleted(members: list[int], row: dict[str, Any]) -> Change:
    return Change(members, ["list"], group=row["id"], joined=False, group_public_id=row["public_id"])


async def add(
    conn: db.Connection, account_id: int, list_id: int, profiles: Sequence[int], now: datetime, *, quiet: bool = False
) -> list[int]:
    """Put profiles on a list; who is there keeps the date of joining. Returns the new ones.

    `quiet`: starts no flow (a historical import).
    """
    joined = [row[0] for row in await db.rows(conn, _ADD, (account_id, list_id, now, sorted(set(profiles))))]
    if joined:
        change = Change(joined, ["list"], group=list_id, joined=True, quiet=quiet, at=now)
        await inbox.append(conn, account_id, [change])
    return joined


async def remove(conn: db.Connection, account_id: int, list_id: int, profiles: Sequence[int]) -> list[int]:
    left = [row[0] for row in await db.rows(conn, _REMOVE, (account_id, list_id, list(profiles)))]
    if left:
        await inbox.append(conn, account_id, [Change(left, ["list"], group=list_id, joined=False)])
    return left


async def profile_ids(conn: db.Connection, account_id: int, ulids: Sequence[str]) -> dict[str, int]:
    """ULID -> bigint id, of those that exist."""
    return {row[0]: row[1] for row in await db.rows(conn, _FIND_PROFILES, (account_id, list(ulids)))}
