"""The audit log over the API: searched, and as one file."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, select

from rapport.accounts import roles
from rapport.accounts.audit.tables import audit_log
from rapport.accounts.users.tables import users
from rapport.kit import db, sheets_csv
from rapport.kit.jsonapi import Answer, AnyCall, Field, PageSize, Raw, Record, Resource, Row, listing, operation
from rapport.kit.ratelimit import S


class AuditAttributes(msgspec.Struct):
    """One change. `actor`: who, as they were called then; `user_id` is null for a key or an application. `operation`:
    of the API. `target`: the id of what was changed. `fields`: names of what was sent. `refused`: the status of the
    answer, where the change was taken back."""

    time: datetime
    actor: str
    user_id: str | None
    operation: str
    kind: str | None
    target: str | None
    fields: list[str]
    refused: int | None


AUDIT = Resource("audit-event", "/api/audit-events", AuditAttributes, self_link=False)
_MOST_ROWS = 100_000
_COLUMNS = ("time", "actor", "operation", "kind", "target", "fields", "refused")
_EXPORT = """
    SELECT time, actor, operation, kind, target, array_to_string(fields, ' '), status FROM audit_log
    WHERE account_id = %s ORDER BY id DESC LIMIT %s"""


def _select(call: AnyCall) -> Select[Any]:
    log = audit_log.c
    columns = (log.id, log.time, log.actor, log.operation, log.kind, log.target, log.fields, log.status)
    joined = audit_log.outerjoin(users, users.c.user_id == log.user_id)
    whose = users.c.public_id.label("user_public_id")
    return select(*columns, whose).select_from(joined).where(log.account_id == call.principal.account_id)


def _record(row: Row, _call: AnyCall) -> Record:
    attributes = AuditAttributes(
        row["time"],
        row["actor"],
        row["user_public_id"],
        row["operation"],
        row["kind"],
        row["target"],
        row["fields"],
        row["status"],
    )
    return Record(str(row["id"]), attributes)


get_audit_events = listing(
    "get_audit_events",
    AUDIT,
    rate=S,
    scopes="",
    permissions=roles.READ_AUDIT,
    personal=True,
    select=_select,
    key=audit_log.c.id,
    record=_record,
    filters={
        "time": Field(
            audit_log.c.time, ("greater-than", "greater-or-equal", "less-than", "less-or-equal"), type=datetime
        ),
        "operation": Field(audit_log.c.operation, ("equals", "any", "contains")),
        "actor": Field(audit_log.c.actor, ("equals", "contains")),
        "kind": Field(audit_log.c.kind, ("equals", "any")),
        "target": Field(audit_log.c.target, ("equals",)),
    },
    sorts={"id": audit_log.c.id},
    default_sort="-id",
    page=PageSize(50, 200),
)


@operation(
    "export_audit_events", "GET", "/api/audit-events-export", rate=S, permissions=roles.READ_AUDIT, personal=True
)
async def export_audit_events(call: AnyCall) -> Answer:
    """The newest 100,000 changes as CSV."""
    async with call.transaction() as conn:
        rows = await db.rows(conn, _EXPORT, (call.principal.account_id, _MOST_ROWS))
    file = sheets_csv.line(_COLUMNS) + b"".join(sheets_csv.line([_text(value) for value in row]) for row in rows)
    headers = [("Content-Disposition", 'attachment; filename="audit-log.csv"')]
    return Answer(Raw(file, "text/csv; charset=utf-8"), headers=headers)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
