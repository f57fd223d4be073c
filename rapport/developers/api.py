"""The last calls of each key: an extension, for developers who ask why something does not arrive."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, Text, cast, func, select

from rapport.accounts.tables import api_keys
from rapport.developers.tables import api_calls
from rapport.kit.jsonapi import AnyCall, Field, PageSize, Record, Resource, Row, listing
from rapport.kit.ratelimit import M


class ApiCallAttributes(msgspec.Struct):
    """One call. key: "public", the number of a private key, or "app:" and that of an application; key_name: what it is
    called. path: without its query. code, source, detail: of what was refused, why, and where in what was sent.
    duration_ms: until it was answered."""

    key: str
    key_name: str
    created_at: datetime
    method: str
    path: str
    status: int
    code: str | None
    source: str | None
    detail: str | None
    duration_ms: int


CALL = Resource("api-call", "/api/api-calls", ApiCallAttributes, self_link=False)


def _listed(call: AnyCall) -> Select[Any]:
    account_id = call.principal.account_id
    name = (
        select(func.concat(api_keys.c.name, " …", api_keys.c.last_four))
        .where(api_keys.c.account_id == account_id, cast(api_keys.c.id, Text) == api_calls.c.key)
        .scalar_subquery()
    )
    return select(api_calls, name.label("key_name")).where(api_calls.c.account_id == account_id)


def _record(row: Row, call: AnyCall) -> Record:
    attributes = ApiCallAttributes(
        key=row["key"],
        key_name=row["key_name"] or _named(row["key"]),
        created_at=row["at"],
        method=row["method"],
        path=row["path"],
        status=row["status"],
        code=row["code"],
        source=row["source"],
        detail=row["detail"],
        duration_ms=row["milliseconds"],
    )
    return Record(str(row["id"]), attributes, key=row["id"], resource=CALL)


def _named(key: str) -> str:
    return "Public key" if key == "public" else "Application" if key.startswith("app:") else "A key that is gone"


get_api_calls = listing(
    "get_api_calls",
    CALL,
    scopes="accounts:read",
    rate=M,
    select=_listed,
    key=api_calls.c.id,
    record=_record,
    filters={
        "key": Field(api_calls.c.key, ("any", "equals")),
        "status": Field(api_calls.c.status, ("equals", "greater-or-equal", "less-than"), int),
    },
    sorts={"id": api_calls.c.id},
    default_sort="-id",
    page=PageSize(50, 200),
)
