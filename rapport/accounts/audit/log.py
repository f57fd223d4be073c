"""Lines of the audit log: written for every change that an operation declares, and read back."""

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, structs

from rapport.accounts.types import Principal
from rapport.accounts.users.people import User
from rapport.kit import clock, db
from rapport.kit.jsonapi import AnyCall

_WRITE = """
    INSERT INTO audit_log (account_id, time, user_id, actor, operation, kind, target, fields)
    VALUES (%(account)s, %(time)s, %(user)s, %(actor)s, %(operation)s, %(kind)s, %(target)s, %(fields)s) RETURNING id"""


class AuditLog:
    """Names who, what and which fields; never what stood in them. Times are the world's."""

    async def write(self, conn: db.Connection, call: AnyCall) -> int:
        principal = call.principal
        assert isinstance(principal, Principal)
        operation = call.operation
        kind = getattr(operation.body, "type", None)
        row = await db.row(
            conn,
            _WRITE,
            {
                "account": principal.account_id,
                "time": clock.utcnow(),
                "user": principal.user_id,
                "actor": principal.actor,
                "operation": operation.id,
                "kind": kind or (operation.answers.type if operation.answers else None),
                "target": next(iter(call.path.values()), None) or call.body_id,
                "fields": sorted(_fields(call)),
            },
        )
        return int(row[0]) if row else 0

    async def complete(self, conn: db.Connection, call: AnyCall, line: int, *, target: str | None, status: int) -> None:
        query = """UPDATE audit_log SET target = coalesce(%s, target), status = %s
                   WHERE account_id = %s AND id = %s"""
        await db.execute(conn, query, (target, status if status >= 400 else None, call.principal.account_id, line))


async def note(
    conn: db.Connection, account_id: int, user: User, operation: str, target: str, kind: str = "application"
) -> None:
    """A line of what somebody did on a page that is no operation of the API."""
    values = {
        "account": account_id,
        "time": clock.utcnow(),
        "user": user.user_id,
        "actor": user.actor,
        "operation": operation,
        "kind": kind,
        "target": target,
        "fields": [],
    }
    await db.execute(conn, _WRITE, values)


def _fields(call: AnyCall) -> Iterable[str]:
    """Names of what was sent."""
    body: Any = getattr(call, "body", None)
    if isinstance(body, dict):
        yield from map(str, body)
    elif hasattr(body, "__struct_fields__"):
        yield from (name for name, value in structs.asdict(body).items() if value is not UNSET and value is not None)
    yield from call.body_relationships
