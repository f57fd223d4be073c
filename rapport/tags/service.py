"""What can be done with tags and their groups (behaviour-messaging 8.8)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from rapport.kit import db, locks
from rapport.kit.refusals import NotThere, Refused

MAX_TAGS, MAX_GROUPS, MAX_ON_ONE = 500, 50, 100
DEFAULT_NAME = "Default"
# Writers of an account's tags wait for each other, so that limits and exclusive groups hold.
_LOCKED = "SELECT pg_advisory_xact_lock(%s, %s)"
_GROUP = "id, public_id, name, exclusive, is_default, created"
_TAG = "id, public_id, group_id, name, created"
_DEFAULT = f"SELECT {_GROUP} FROM tag_groups WHERE account_id = %s AND is_default"
_MAKE_DEFAULT = """
    INSERT INTO tag_groups (account_id, public_id, name, exclusive, is_default, created)
    VALUES (%s, %s, %s, false, true, %s) ON CONFLICT DO NOTHING"""
_INSERT_GROUP = f"""
    INSERT INTO tag_groups (account_id, public_id, name, exclusive, is_default, created)
    VALUES (%s, %s, %s, %s, false, %s) RETURNING {_GROUP}"""
_FIND_GROUP = f"SELECT {_GROUP} FROM tag_groups WHERE account_id = %s AND public_id = %s"
_RENAME_GROUP = "UPDATE tag_groups SET name = %s WHERE account_id = %s AND public_id = %s"
_DELETE_GROUP = (
    """DELETE FROM tag_links WHERE account_id = %(account)s
       AND tag_id IN (SELECT id FROM tags WHERE account_id = %(account)s AND group_id = %(group)s)""",
    "DELETE FROM tags WHERE account_id = %(account)s AND group_id = %(group)s",
    "DELETE FROM tag_groups WHERE account_id = %(account)s AND id = %(group)s",
)
_COUNT_GROUPS = "SELECT count(*) FROM tag_groups WHERE account_id = %s"
_COUNT_TAGS = "SELECT count(*) FROM tags WHERE account_id = %s"
_INSERT = f"""
    INSERT INTO tags (account_id, public_id, group_id, name, created) VALUES (%s, %s, %s, %s, %s) RETURNING {_TAG}"""
_FIND = f"SELECT {_TAG} FROM tags WHERE account_id = %s AND public_id = %s"
_RENAME = "UPDATE tags SET name = %s WHERE account_id = %s AND public_id = %s"
_DELETE = (
    "DELETE FROM tag_links WHERE account_id = %(account)s AND tag_id = %(tag)s",
    "DELETE FROM tags WHERE account_id = %(account)s AND id = %(tag)s",
)
_LINK = """
    INSERT INTO tag_links (account_id, kind, resource_id, tag_id)
    SELECT %s, %s, resource_id, %s FROM unnest(%s::bigint[]) AS resource_id ON CONFLICT DO NOTHING"""
# Things that would hold more tags than allowed, or a second one of an exclusive group.
_TOO_MANY = """
    SELECT resource_id FROM tag_links WHERE account_id = %s AND kind = %s AND resource_id = ANY(%s) AND tag_id <> %s
    GROUP BY resource_id HAVING count(*) >= %s LIMIT 1"""
_TAKEN = """
    SELECT t.name FROM tag_links l
    JOIN tags t ON t.account_id = l.account_id AND t.id = l.tag_id
    JOIN tag_groups g ON g.account_id = t.account_id AND g.id = t.group_id AND g.exclusive
    WHERE l.account_id = %s AND l.kind = %s AND l.resource_id = ANY(%s) AND g.id = %s AND t.id <> %s LIMIT 1"""
_UNLINK = "DELETE FROM tag_links WHERE account_id = %s AND kind = %s AND tag_id = %s AND resource_id = ANY(%s)"
_FORGET = "DELETE FROM tag_links WHERE account_id = %s AND kind = %s AND resource_id = ANY(%s)"
_OF = """
    SELECT l.resource_id, t.id, t.public_id, t.group_id, t.name, t.created FROM tag_links l
    JOIN tags t ON t.account_id = l.account_id AND t.id = l.tag_id
    WHERE l.account_id = %s AND l.kind = %s AND l.resource_id = ANY(%s) ORDER BY t.name, t.id"""
_GROUPS_BY_ID = f"SELECT {_GROUP} FROM tag_groups WHERE account_id = %s AND id = ANY(%s)"


async def default_group(conn: db.Connection, account_id: int, now: datetime) -> dict[str, Any]:
    """The group a tag goes to when none is named; made when it is first asked for."""
    row = await db.one(conn, _DEFAULT, (account_id,))
    if row is None:
        await db.execute(conn, _MAKE_DEFAULT, (account_id, str(uuid4()), DEFAULT_NAME, now))
        row = await db.one(conn, _DEFAULT, (account_id,))
    assert row is not None
    return row


async def create_group(
    conn: db.Connection, account_id: int, name: str, now: datetime, *, exclusive: bool
) -> dict[str, Any]:
    """Raises Refused above the limit of groups."""
    await _lock(conn, account_id)
    await default_group(conn, account_id, now)
    await _check_count(conn, account_id, _COUNT_GROUPS, MAX_GROUPS, "tag groups")
    row = await db.one(conn, _INSERT_GROUP, (account_id, str(uuid4()), name, exclusive, now))
    assert row is not None
    return row


async def group(conn: db.Connection, account_id: int, public_id: str) -> dict[str, Any] | None:
    return await db.one(conn, _FIND_GROUP, (account_id, public_id))


async def groups_by_id(conn: db.Connection, account_id: int, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in await db.dicts(conn, _GROUPS_BY_ID, (account_id, list(ids)))}


async def rename_group(conn: db.Connection, account_id: int, public_id: str, name: str) -> bool:
    return bool(await db.execute(conn, _RENAME_GROUP, (name, account_id, public_id)))


async def delete_group(conn: db.Connection, account_id: int, public_id: str) -> bool:
    """The group with its tags and all they hang on. Raises Refused for the default group."""
    await _lock(conn, account_id)
    group_row = await group(conn, account_id, public_id)
    if group_row is None:
        return False
    if group_row["is_default"]:
        raise Refused("The default tag group can't be deleted.")
    for statement in _DELETE_GROUP:
        await db.execute(conn, statement, {"account": account_id, "group": group_row["id"]})
    return True


async def create(
    conn: db.Connection, account_id: int, name: str, now: datetime, *, group_id: str | None = None
) -> dict[str, Any]:
    """A tag in the group with this public id, else in the default group. Raises NotThere, Refused."""
    await _lock(conn, account_id)
    home = await group(conn, account_id, group_id) if group_id else await default_group(conn, account_id, now)
    if home is None:
        raise NotThere("tag-group", str(group_id))
    await _check_count(conn, account_id, _COUNT_TAGS, MAX_TAGS, "tags")
    row = await db.one(conn, _INSERT, (account_id, str(uuid4()), home["id"], name, now))
    assert row is not None
    return row


async def by_public_id(conn: db.Connection, account_id: int, public_id: str) -> dict[str, Any] | None:
    return await db.one(conn, _FIND, (account_id, public_id))


async def rename(conn: db.Connection, account_id: int, public_id: str, name: str) -> bool:
    return bool(await db.execute(conn, _RENAME, (name, account_id, public_id)))


async def delete(conn: db.Connection, account_id: int, public_id: str) -> bool:
    await _lock(conn, account_id)
    tag = await by_public_id(conn, account_id, public_id)
    if tag is None:
        return False
    for statement in _DELETE:
        await db.execute(conn, statement, {"account": account_id, "tag": tag["id"]})
    return True


async def link(
    conn: db.Connection,
    account_id: int,
    tag: dict[str, Any],
    kind: str,
    resources: Sequence[int],
    *,
    pointer: str = "/data",
) -> None:
    """Hang a tag on things (internal ids). Raises Refused, at `pointer`: then on none of them."""
    await _lock(conn, account_id)
    things = sorted(set(resources))
    if await db.row(conn, _TOO_MANY, (account_id, kind, things, tag["id"], MAX_ON_ONE)):
        raise Refused(f"No more than {MAX_ON_ONE} tags are allowed on one {kind}.", pointer=pointer)
    conflicting_tag = await db.row(conn, _TAKEN, (account_id, kind, things, tag["group_id"], tag["id"]))
    if conflicting_tag:
        detail = f"A {kind} can hold only one tag of this tag group, and one of them holds '{conflicting_tag[0]}'."
        raise Refused(detail, pointer=pointer)
    await db.execute(conn, _LINK, (account_id, kind, tag["id"], things))


async def unlink(
    conn: db.Connection, account_id: int, tag: dict[str, Any], kind: str, resources: Sequence[int]
) -> None:
    await db.execute(conn, _UNLINK, (account_id, kind, tag["id"], list(resources)))


async def put_on(conn: db.Connection, account_id: int, kind: str, resource: int, public_ids: Sequence[str]) -> None:
    """Hang tags on a thing that is made with them. Raises NotThere for a tag, Refused against a rule."""
    for public_id in dict.fromkeys(public_ids):
        tag = await by_public_id(conn, account_id, public_id)
        if tag is None:
            raise NotThere("tag", public_id)
        await link(conn, account_id, tag, kind, [resource], pointer="/data/relationships/tags/data")


async def forget(conn: db.Connection, account_id: int, kind: str, resource: int) -> None:
    """A thing was deleted: no tag hangs on it any more."""
    await db.execute(conn, _FORGET, (account_id, kind, [resource]))


async def tags_of(
    conn: db.Connection, account_id: int, kind: str, resources: Collection[int]
) -> dict[int, list[dict[str, Any]]]:
    """The tags of each thing, by name."""
    tags_by_thing: dict[int, list[dict[str, Any]]] = {id: [] for id in resources}
    for row in await db.dicts(conn, _OF, (account_id, kind, list(resources))):
        tags_by_thing[row["resource_id"]].append(row)
    return tags_by_thing


async def _lock(conn: db.Connection, account_id: int) -> None:
    await db.execute(conn, _LOCKED, (locks.TAGS, account_id))


async def _check_count(conn: db.Connection, account_id: int, query: str, maximum: int, what: str) -> None:
    counted = await db.row(conn, query, (account_id,))
    if counted and counted[0] >= maximum:
        raise Refused(f"An account can have at most {maximum} {what}.")
