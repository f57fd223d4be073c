"""Keys made and revoked by people, in the web app. No key makes another: whoever finds one would keep a way in."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rapport.accounts import roles, service
from rapport.accounts.keys_api import WRITE, public_id_of, row_of
from rapport.accounts.scopes import READ_ONLY, SCOPES, unknown
from rapport.accounts.users.api import held, person
from rapport.kit import clock, crypto, db
from rapport.kit.jsonapi import EMPTY, AnyCall, Body, Call, Empty, Record, Resource, operation
from rapport.kit.ratelimit import XS
from rapport.kit.refusals import Refused

_SCOPES = "/data/attributes/scopes"


class NewKeyAttributes(msgspec.Struct):
    """`private_key`: shown this once. `scopes`: null = all there are or will be."""

    name: str
    private_key: str
    scopes: list[str] | None
    expires: datetime | None


class KeyCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`scopes`: null = full access; the one word read-only stands for every read scope. `expires`: null = never."""

    name: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
    scopes: list[str] | None = None
    expires: datetime | None = None


NEW_KEY = Resource("new-api-key", "/api/api-keys", NewKeyAttributes, self_link=False)


def _check(asked: KeyCreate, held_by: frozenset[str], now: datetime) -> None:
    """Nobody makes a key that may more than they. Raises Refused."""
    scopes = asked.scopes
    if scopes is not None and (not scopes or unknown(scopes)):
        names = ", ".join(unknown(scopes)) or "none"
        raise Refused(f"A key has scopes such as lists:read, or read-only alone; not: {names}.", pointer=_SCOPES)
    given = SCOPES if scopes is None or scopes == [READ_ONLY] else frozenset(scopes)
    if not given <= held_by:
        lacking = ", ".join(sorted(given - held_by))
        raise Refused(f"Your role does not hold what this key would: {lacking}.", status=403)
    if asked.expires is not None and (asked.expires.tzinfo is None or asked.expires <= now):
        raise Refused("A key expires at a time to come, with its zone.", pointer="/data/attributes/expires")


@operation(
    "create_api_key",
    "POST",
    "/api/api-keys",
    scopes=WRITE,
    permissions=roles.SELF,
    personal=True,
    rate=XS,
    status=201,
    body=Body("new-api-key", KeyCreate),
    answers=NEW_KEY,
)
async def create_api_key(call: Call[KeyCreate]) -> Record:
    """The key itself is in this answer and nowhere else: only its hash is kept."""
    asked = call.body
    _check(asked, held(call), clock.utcnow())
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        key = await service.create_key(conn, account_id, name=asked.name, scopes=asked.scopes, expires=asked.expires)
        query = "SELECT id, created FROM api_keys WHERE account_id = %s AND hash = %s"
        row = await db.one(conn, query, (account_id, crypto.key_hash(key)))
    assert row is not None
    return Record(public_id_of(row), NewKeyAttributes(asked.name, key, asked.scopes, asked.expires))


@operation(
    "revoke_api_key",
    "DELETE",
    "/api/api-keys/{id}",
    scopes=WRITE,
    permissions=roles.SELF,
    personal=True,
    rate=XS,
    status=204,
)
async def revoke_api_key(call: AnyCall) -> Empty:
    """For good: every process refuses it within a second."""
    async with call.transaction() as conn:
        row = await row_of(conn, call)
        await service.revoke_key(conn, call.principal.account_id, row["id"])
    person(call).forget()
    return EMPTY
