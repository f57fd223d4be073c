"""What a brand is made of: kept, changed, deleted.

Whoever writes holds the account's row, so that there is one primary button at any time and nothing points at what is
gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.accounts import setting_versions
from rapport.images import service as images
from rapport.kit import db
from rapport.kit.refusals import NotThere, Refused

EMAIL_VERSIONS = setting_versions.versions_of("brand-email-default", "brand's e-mail defaults")
# Their lists have no pages.
MAXIMUM = 500
_HOLD = "SELECT FROM accounts WHERE account_id = %s FOR NO KEY UPDATE"
_PRIMARY = "SELECT id FROM brand_buttons WHERE account_id = %s AND is_primary"
_DEMOTE = """
    UPDATE brand_buttons SET is_primary = false, version = version + 1, updated = %(now)s
    WHERE account_id = %(account)s AND is_primary AND id IS DISTINCT FROM %(but)s"""
_PROMOTE_OLDEST = """
    UPDATE brand_buttons SET is_primary = true, version = version + 1, updated = %(now)s
    WHERE account_id = %(account)s AND id = (SELECT min(id) FROM brand_buttons WHERE account_id = %(account)s)"""


@dataclass(frozen=True)
class Kind:
    """One kind of thing that an account has several of. `json`: columns that hold JSON; `pointer`: the column of the
    e-mail defaults that may point at one; `has_primary`: one of them is the primary one."""

    type: str
    table: str
    json: frozenset[str] = frozenset()
    pointer: str | None = None
    has_primary: bool = False


LOGO = Kind("brand-logo", "brand_logos", pointer="logo_id")
COLOR = Kind("brand-color", "brand_colors", json=frozenset({"colors"}))
BUTTON = Kind(
    "brand-button",
    "brand_buttons",
    json=frozenset({"style", "border", "spacing", "text"}),
    pointer="button_id",
    has_primary=True,
)
SOCIAL_GROUP = Kind(
    "brand-social-group", "brand_social_groups", json=frozenset({"social_links"}), pointer="social_group_id"
)


async def hold(conn: db.Connection, account_id: int) -> None:
    """Nobody else writes the account's brand until the transaction ends."""
    await db.execute(conn, _HOLD, (account_id,))


async def every(conn: db.Connection, account_id: int, kind: Kind) -> list[dict[str, Any]]:
    """Oldest first."""
    return await db.dicts(conn, f"SELECT * FROM {kind.table} WHERE account_id = %s ORDER BY id", (account_id,))


async def some(conn: db.Connection, account_id: int, kind: Kind, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Those of these ids that are there, by id."""
    query = f"SELECT * FROM {kind.table} WHERE account_id = %s AND id = ANY(%s::bigint[])"
    return {row["id"]: row for row in await db.dicts(conn, query, (account_id, list(ids)))}


async def by_id(conn: db.Connection, account_id: int, kind: Kind, id: str) -> dict[str, Any]:
    """`id` as the API was given it. Raises NotThere."""
    query = f"SELECT * FROM {kind.table} WHERE account_id = %s AND id = %s"
    row = await db.one(conn, query, (account_id, int(id))) if images.is_id(id) else None
    if row is None:
        raise NotThere(kind.type, id)
    return row


async def create(
    conn: db.Connection, account_id: int, kind: Kind, values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """`values`: by column, as JSON. Raises Refused where there are too many."""
    await hold(conn, account_id)
    count = await db.row(conn, f"SELECT count(*) FROM {kind.table} WHERE account_id = %s", (account_id,))
    if count and count[0] >= MAXIMUM:
        raise Refused(f"An account has at most {MAXIMUM} of these. Delete one that is not needed any more.", status=409)
    stored = _stored(kind, values)
    if kind.has_primary:
        is_first = await db.row(conn, _PRIMARY, (account_id,)) is None
        stored["is_primary"] = is_first or bool(values.get("is_primary"))
        if stored["is_primary"]:
            await _demote(conn, account_id, None, now)
    row = {"account_id": account_id, **stored, "created": now, "updated": now}
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    query = f"INSERT INTO {kind.table} ({names}) VALUES ({places}) RETURNING *"
    (inserted,) = await db.dicts(conn, query, tuple(row.values()))
    return inserted


async def update(
    conn: db.Connection, account_id: int, kind: Kind, row: Mapping[str, Any], values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Set the columns named, of a row that was read after `hold`. Raises Refused for the primary button that is to be
    so no more."""
    stored = _stored(kind, values)
    if stored.get("is_primary"):
        await _demote(conn, account_id, row["id"], now)
    elif stored.get("is_primary") is False and row["is_primary"]:
        raise Refused(
            "One button is always the primary one. Make another one primary instead.",
            pointer="/data/attributes/is_primary",
            status=409,
        )
    changes = {**stored, "updated": now}
    columns = ", ".join(f"{name} = %s" for name in changes)
    query = f"""
        UPDATE {kind.table} SET {columns}, version = version + 1 WHERE account_id = %s AND id = %s RETURNING *"""
    (updated,) = await db.dicts(conn, query, (*changes.values(), account_id, row["id"]))
    return updated


async def delete(conn: db.Connection, account_id: int, kind: Kind, row: Mapping[str, Any], now: datetime) -> None:
    """A row that was read after `hold`. Where the e-mail defaults point at it, they point at nothing."""
    await db.execute(conn, f"DELETE FROM {kind.table} WHERE account_id = %s AND id = %s", (account_id, row["id"]))
    if kind.pointer is not None:
        query = f"UPDATE brand_email_defaults SET {kind.pointer} = NULL WHERE account_id = %s AND {kind.pointer} = %s"
        if await db.execute(conn, query, (account_id, row["id"])):
            await setting_versions.move(conn, account_id, EMAIL_VERSIONS, now)
    if kind.has_primary and row["is_primary"]:
        await db.execute(conn, _PROMOTE_OLDEST, {"account": account_id, "now": now})


async def _demote(conn: db.Connection, account_id: int, but: int | None, now: datetime) -> None:
    """No button is the primary one but this."""
    await db.execute(conn, _DEMOTE, {"account": account_id, "but": but, "now": now})


def _stored(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """A null for what is primary says nothing."""
    said = {name: value for name, value in values.items() if name != "is_primary" or value is not None}
    return {name: Jsonb(value) if name in kind.json and value is not None else value for name, value in said.items()}
