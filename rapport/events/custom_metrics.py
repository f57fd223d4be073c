"""Custom metrics: several metrics, filtered, as one (behaviour-people 3.5, behaviour-messaging 6.6)."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from rapport.events.custom_metrics_definition import Definition
from rapport.kit import db
from rapport.kit.refusals import Refused

# What the largest plan of the reference allows (3.5).
MAX_CUSTOM_METRICS = 50

_KNOWN = "SELECT public_id FROM metrics WHERE account_id = %s AND public_id = ANY(%s)"
# Creating them one after the other keeps the limit exact.
_LOCK = "SELECT 1 FROM accounts WHERE account_id = %s FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) FROM custom_metrics WHERE account_id = %s"
_INSERT = """
    INSERT INTO custom_metrics (account_id, public_id, name, definition, created, updated)
    VALUES (%s, %s, %s, %s::jsonb, %s, %s) RETURNING *"""
_UPDATE = """
    UPDATE custom_metrics SET name = coalesce(%s, name), definition = coalesce(%s::jsonb, definition), updated = %s
    WHERE account_id = %s AND public_id = %s RETURNING *"""
_DELETE = "DELETE FROM custom_metrics WHERE account_id = %s AND public_id = %s RETURNING id"
# What was mapped to it is mapped to nothing from then on.
_UNMAP = """
    UPDATE mapped_metrics SET custom_metric_id = NULL, updated = %s WHERE account_id = %s AND custom_metric_id = %s"""
_BY_PUBLIC_ID = "SELECT * FROM custom_metrics WHERE account_id = %s AND public_id = %s"
_ENCODER = msgspec.json.Encoder()


def new_id() -> str:
    """32 hexadecimal digits, so that it is never taken for a metric's id."""
    return secrets.token_hex(16)


async def known_metrics(conn: db.Connection, account_id: int, public_ids: Iterable[str]) -> set[str]:
    return {row[0] for row in await db.rows(conn, _KNOWN, (account_id, list(public_ids)))}


async def create(
    conn: db.Connection, account_id: int, name: str, definition: Definition, now: datetime
) -> dict[str, Any]:
    """Raises Refused for a name that is taken, and where there are as many as there may be."""
    await db.execute(conn, _LOCK, (account_id,))
    if (await db.rows(conn, _COUNT, (account_id,)))[0][0] >= MAX_CUSTOM_METRICS:
        raise Refused(f"An account has at most {MAX_CUSTOM_METRICS} custom metrics.", pointer=None)
    row = await _written(conn, name, _INSERT, (account_id, new_id(), name, _text(definition), now, now))
    assert row is not None
    return row


async def update(
    conn: db.Connection,
    account_id: int,
    public_id: str,
    name: str | None,
    definition: Definition | None,
    now: datetime,
) -> dict[str, Any] | None:
    """An argument of None leaves its column unchanged. Returns None when there is no such custom metric.

    Raises Refused for a name that is taken.
    """
    text = None if definition is None else _text(definition)
    return await _written(conn, name, _UPDATE, (name, text, now, account_id, public_id))


async def _written(
    conn: db.Connection, name: str | None, query: str, parameters: tuple[Any, ...]
) -> dict[str, Any] | None:
    try:
        async with conn.transaction():
            return await db.one(conn, query, parameters)
    except psycopg.errors.UniqueViolation as error:
        detail = f"A custom metric named '{name}' exists already."
        raise Refused(detail, pointer="/data/attributes/name") from error


async def delete(conn: db.Connection, account_id: int, public_id: str, now: datetime) -> bool:
    row = await db.row(conn, _DELETE, (account_id, public_id))
    if row is not None:
        await db.execute(conn, _UNMAP, (now, account_id, row[0]))
    return row is not None


async def by_public_id(conn: db.Connection, account_id: int, public_id: str) -> dict[str, Any] | None:
    return await db.one(conn, _BY_PUBLIC_ID, (account_id, public_id))


def _text(definition: Definition) -> str:
    return _ENCODER.encode(definition).decode()
