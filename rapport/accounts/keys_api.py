"""Operations on private keys: shown, named, disabled and enabled again (behaviour-rest 17.8)."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.accounts.auth import CACHE_SECONDS
from rapport.accounts.scopes import READ_ONLY, SCOPES
from rapport.accounts.types import Principal
from rapport.kit import clock, db, ids
from rapport.kit.jsonapi import AnyCall, Body, Call, Page, PageSize, Record, Resource, getting, operation, page_of
from rapport.kit.ratelimit import XS
from rapport.kit.refusals import NotThere

READ, WRITE = "credentials:read", "credentials:write"
Status = Literal["active", "disabled"]
_REDACTED, _LAST_USED = "redacted_key", "last_used"
# Nobody who asks for them expects pages.
_ALL_AT_ONCE = PageSize(10_000, 10_000, documented=False)
_COLUMNS = "id, name, last_four, scopes, created, disabled, used"
_EVERY = f"SELECT {_COLUMNS} FROM api_keys WHERE account_id = %s AND revoked IS NULL ORDER BY id"
_BY_ID = f"SELECT {_COLUMNS} FROM api_keys WHERE account_id = %s AND id = %s AND revoked IS NULL"
_UPDATE = f"""
    UPDATE api_keys SET name = coalesce(%(name)s, name),
        disabled = CASE %(status)s::text WHEN 'active' THEN NULL WHEN 'disabled' THEN coalesce(disabled, %(now)s)
                   ELSE disabled END
    WHERE account_id = %(account)s AND id = %(id)s AND revoked IS NULL RETURNING {_COLUMNS}"""


class KeyAttributes(msgspec.Struct, omit_defaults=True):
    """`scopes`: all that it may; `redacted_key`: what tells it from others; `last_used`: its last call, to the minute,
    null = none yet. Both are shown to who asks for them."""

    name: str
    status: Status
    scopes: list[str]
    created: datetime
    redacted_key: str | UnsetType = UNSET
    last_used: datetime | None | UnsetType = UNSET


class KeyUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Absent or null = left alone."""

    name: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] | None = None
    status: Status | None = None


API_KEY = Resource("api-key", "/api/api-keys", KeyAttributes, additional=(_REDACTED, _LAST_USED))


def _record(row: dict[str, Any], call: AnyCall) -> Record:
    attributes = KeyAttributes(
        row["name"], "disabled" if row["disabled"] else "active", _scopes(row["scopes"]), row["created"]
    )
    if _REDACTED in call.additional:
        attributes.redacted_key = f"pk_****{row['last_four']}"
    if _LAST_USED in call.additional:
        attributes.last_used = row["used"]
    return Record(public_id_of(row), attributes, resource=API_KEY)


def _scopes(stored: list[str] | None) -> list[str]:
    if stored is None:
        return sorted(SCOPES)
    return sorted(scope for scope in SCOPES if scope.endswith(":read")) if stored == [READ_ONLY] else stored


def public_id_of(row: dict[str, Any]) -> str:
    """The id of a key (`id`, `created`) as clients see it."""
    return ids.numbered_ulid(row["created"], row["id"])


@operation("get_api_keys", "GET", "/api/api-keys", scopes=READ, rate=XS, answers=API_KEY, many=True, page=_ALL_AT_ONCE)
async def get_api_keys(call: AnyCall) -> Page:
    """Those that are not revoked, the oldest first."""
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _EVERY, (call.principal.account_id,))
    return page_of(call, [_record(row, call) for row in rows])


async def row_of(conn: db.Connection, call: AnyCall) -> dict[str, Any]:
    """The key that the path names. Raises NotThere."""
    id = call.path["id"]
    number = ids.number_in_ulid(id)
    row = None if number is None else await db.one(conn, _BY_ID, (call.principal.account_id, number))
    if row is None or public_id_of(row) != id:
        raise NotThere(API_KEY.type, id)
    return row


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return _record(await row_of(conn, call), call)


get_api_key = getting("get_api_key", API_KEY, scopes=READ, rate=XS, load=_load)


@operation(
    "update_api_key",
    "PATCH",
    "/api/api-keys/{id}",
    scopes=WRITE,
    rate=XS,
    body=Body("api-key", KeyUpdate),
    answers=API_KEY,
)
async def update_api_key(call: Call[KeyUpdate]) -> Record:
    """A key that is disabled opens nothing any more when this is answered, in whichever process."""
    principal = call.principal
    assert isinstance(principal, Principal)
    async with call.transaction() as conn:
        row = await row_of(conn, call)
        parameters = {
            "account": principal.account_id,
            "id": row["id"],
            "name": call.body.name,
            "status": call.body.status,
            "now": clock.utcnow(),
        }
        changed = await db.one(conn, _UPDATE, parameters)
    if changed is None:
        raise NotThere(API_KEY.type, call.path["id"])
    principal.forget()
    if changed["disabled"] and not row["disabled"]:
        # what other processes found before the commit they have forgotten by then
        await asyncio.sleep(CACHE_SECONDS)
    return _record(changed, call)
