"""Operations on imports of files."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from msgspec import UNSET
from sqlalchemy import Select, select

from rapport.accounts.api import account_of
from rapport.imports import service
from rapport.imports.mapping import SKIP
from rapport.imports.rows import KINDS
from rapport.imports.service import KIND
from rapport.imports.tables import file_imports
from rapport.imports.types import ImportAttributes, ImportUpdate, RefusedRow, counts_of, options_of
from rapport.kit import db, sheets_csv
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Resource,
    Row,
    Streamed,
    getting,
    listing,
    operation,
    permission_denied,
)
from rapport.kit.ratelimit import L, M

READ, WRITE = "profiles:read", "profiles:write"
IMPORT = Resource(KIND, "/api/imports", ImportAttributes)
CSV = "text/csv; charset=utf-8"
_REFUSALS = """
    SELECT line, reason, cells FROM file_import_refusals
    WHERE account_id = %s AND import_id = %s AND line > %s ORDER BY line LIMIT %s"""
_A_PART = 2000


def import_record(
    row: Mapping[str, Any],
    refused: list[tuple[int, str]] | None = None,
    recorded: tuple[int | None, int | None] = (None, None),
) -> Record:
    """A row of `file_imports`, the first of its refused rows, and its events that were recorded and set aside."""
    attributes = ImportAttributes(
        file_name=row["file_name"],
        kind=row["kind"],
        status=row["status"],
        size=row["size"],
        position=row["position"],
        rows=row["rows"],
        refused=row["refused"],
        counts=counts_of(row["counts"]),
        columns=row["columns"],
        samples=row["samples"],
        mapping=row["mapping"],
        targets=list(KINDS[row["kind"]].targets),
        options=options_of(row["options"]),
        refused_rows=[RefusedRow(line, reason) for line, reason in refused or ()],
        recorded=recorded[0],
        set_aside=recorded[1],
        problem=row["problem"],
        created_at=row["created"],
        started_at=row["started"],
        finished_at=row["finished"],
    )
    return Record(row["ulid"], attributes, key=row["id"], resource=IMPORT)


def _listed(call: AnyCall) -> Select[Any]:
    return select(file_imports).where(file_imports.c.account_id == call.principal.account_id)


def _record(row: Row, call: AnyCall) -> Record:
    return import_record(row)


get_imports = listing(
    "get_imports",
    IMPORT,
    scopes=READ,
    rate=L,
    select=_listed,
    key=file_imports.c.id,
    record=_record,
    filters={"status": Field(file_imports.c.status, ("any", "equals"))},
    sorts={"created": file_imports.c.created},
    default_sort="-created",
    page=PageSize(20, 100),
)


async def _load(call: AnyCall) -> Record:
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, account_id, call.path["id"])
        refused = await service.first_refusals(conn, account_id, row["id"])
        return import_record(row, refused, await service.recorded(conn, account_id, row["id"]))


get_import = getting("get_import", IMPORT, scopes=READ, rate=L, load=_load)


@operation(
    "update_import",
    "PATCH",
    "/api/imports/{id}",
    scopes=WRITE,
    rate=M,
    body=Body(KIND, ImportUpdate),
    answers=IMPORT,
)
async def update_import(call: Call[ImportUpdate]) -> Record:
    """Correct what its columns are, or what is said of its people; what was checked before has to be checked again."""
    pairs, options = call.body.mapping, call.body.options
    async with call.transaction() as conn:
        row = await service.update(
            conn,
            call.principal.account_id,
            call.path["id"],
            None if pairs is UNSET else pairs,
            None if options is UNSET else options,
        )
    return import_record(row)


@operation("check_import", "POST", "/api/imports/{id}/check", scopes=WRITE, rate=M, answers=IMPORT, status=202)
async def check_import(call: AnyCall) -> Record:
    """A dry run in the background: the whole file is read and counted, and nothing is written."""
    async with call.transaction() as conn:
        row = await service.check(conn, call.principal.account_id, call.path["id"], call.now)
    return import_record(row)


@operation("start_import", "POST", "/api/imports/{id}/start", scopes=WRITE, rate=M, answers=IMPORT, status=202)
async def start_import(call: AnyCall) -> Record:
    """Begin to bring the file in, in the background. Beside profiles:write it needs lists:write where there is a list,
    subscriptions:write where consent may change, and events:write for events and orders."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        _check_scopes(call, await service.by_ulid(conn, account_id, call.path["id"]))
        row = await service.start(conn, account_of(call), call.path["id"])
    return import_record(row)


@operation("cancel_import", "POST", "/api/imports/{id}/cancel", scopes=WRITE, rate=M, answers=IMPORT)
async def cancel_import(call: AnyCall) -> Record:
    """Stop it. What was brought in until then stays."""
    async with call.transaction() as conn:
        row = await service.cancel(conn, call.principal.account_id, call.path["id"], call.now)
    return import_record(row)


@operation("get_import_refused_rows", "GET", "/api/imports/{id}/refused-rows", scopes=READ, rate=M)
async def get_import_refused_rows(call: AnyCall) -> Streamed:
    """The refused rows as CSV: their line, the reason, and what they hold."""
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, call.principal.account_id, call.path["id"])
    return Streamed(_refusals(call, row), CSV, f"refused-rows-{row['ulid']}.csv")


async def _refusals(call: AnyCall, row: Row) -> AsyncGenerator[bytes, None]:
    yield sheets_csv.line(["line", "reason", *row["columns"]])
    last = 0
    while True:
        async with call.transaction() as conn:
            parameters = (call.principal.account_id, row["id"], last, _A_PART)
            refusals = await db.rows(conn, _REFUSALS, parameters)
        for last, reason, cells in refusals:
            yield sheets_csv.line([str(last), reason, *(cells or [""] * len(row["columns"]))])
        if len(refusals) < _A_PART:
            return


def _check_scopes(call: AnyCall, row: Row) -> None:
    """Raises ApiError 403."""
    held = call.principal.scopes
    if held == "full":
        return
    options = options_of(row["options"])
    needed = {"events:write"} if row["kind"] != "profiles" else set()
    if row["kind"] == "profiles" and (options.list_ids or options.new_list):
        needed.add("lists:write")
    if row["kind"] == "profiles" and _may_change_consent(row["mapping"], options.consent.status):
        needed.add("subscriptions:write")
    if lacking := needed - set(held):
        raise permission_denied(f"This import needs the scope {', '.join(sorted(lacking))}, which this key lacks.")


def _may_change_consent(pairs: Mapping[str, str], status: str) -> bool:
    if status == "from_columns":
        return any(target.endswith("_consent") for target in pairs.values() if target != SKIP)
    return status != "unchanged"
