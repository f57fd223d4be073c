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
_OLDEST = "SELECT min(id) FROM brand_buttons WHERE account_id = %s"
_DEMOTE = "UPDATE brand_buttons SET is_primary = false WHERE account_id = %s AND is_primary AND id <> %s"
_PROMOTE = "UPDATE brand_buttons SET is_primary = true WHERE account_id = %s AND id = %s"


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
    stored = _stored(kind, {name: value for name, value in values.items() if name != "is_primary"})
    row = {"account_id": account_id, **stored, "created": now, "updated": now}
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    query = f"INSERT INTO {kind.table} ({names}) VALUES ({places}) RETURNING id"
    inserted = await db.row(conn, query, tuple(row.values()))
    assert inserted is not None
    if kind.has_primary and (values.get("is_primary") or await db.row(conn, _PRIMARY, (account_id,)) is None):
        await _promote(conn, account_id, inserted[0])
    return await by_id(conn, account_id, kind, str(inserted[0]))


async def update(
    conn: db.Connection, account_id: int, kind: Kind, id: str, values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Set the columns named. Raises NotThere; Refused for the primary button that is to be so no more."""
    await hold(conn, account_id)
    row = await by_id(conn, account_id, kind, id)
    if kind.has_primary and values.get("is_primary"):
        await _promote(conn, account_id, row["id"])
    elif kind.has_primary and values.get("is_primary") is False and row["is_primary"]:
        raise Refused(
            "One button is always the primary one. Make another one primary instead.",
            pointer="/data/attributes/is_primary",
            status=409,
        )
    stored = _stored(kind, {name: value for name, value in values.items() if name != "is_primary"})
    changes = {**stored, "updated": now}
    columns = ", ".join(f"{name} = %s" for name in changes)
    query = f"UPDATE {kind.table} SET {columns} WHERE account_id = %s AND id = %s"
    await db.execute(conn, query, (*changes.values(), account_id, row["id"]))
    return await by_id(conn, account_id, kind, id)


async def delete(conn: db.Connection, account_id: int, kind: Kind, id: str, now: datetime) -> None:
    """Where the e-mail defaults point at it, they point at nothing. Raises NotThere."""
    await hold(conn, account_id)
    row = await by_id(conn, account_id, kind, id)
    await db.execute(conn, f"DELETE FROM {kind.table} WHERE account_id = %s AND id = %s", (account_id, row["id"]))
    if kind.pointer is not None:
        query = f"UPDATE brand_email_defaults SET {kind.pointer} = NULL WHERE account_id = %s AND {kind.pointer} = %s"
        if await db.execute(conn, query, (account_id, row["id"])):
            await setting_versions.move(conn, account_id, EMAIL_VERSIONS, now)
    if kind.has_primary and row["is_primary"]:
        oldest = await db.row(conn, _OLDEST, (account_id,))
        await _promote(conn, account_id, oldest[0] if oldest else None)


async def _promote(conn: db.Connection, account_id: int, id: int | None) -> None:
    """Make this button the primary one, and the one before it not."""
    if id is not None:
        await db.execute(conn, _DEMOTE, (account_id, id))
        await db.execute(conn, _PROMOTE, (account_id, id))


def _stored(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if name in kind.json and value is not None else value for name, value in values.items()}
