"""Imports that the server does: taken down with their file, corrected, checked, started, cancelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.events.refused import of_import
from rapport.imports import mapping
from rapport.imports.mapping import BadMapping
from rapport.imports.rows import KINDS, Looked
from rapport.imports.types import Options, options_of
from rapport.kit import db
from rapport.kit.jobs import CHANNEL
from rapport.kit.refusals import NotThere, Refused
from rapport.lists import service as lists

KIND = "file-import"
# Refused rows of one import that are kept; all of them are counted.
KEPT_REFUSALS = 50_000
SHOWN_REFUSALS = 20
_AT_REST = ("draft", "checked")
_OPEN = ("checking", "running")
_ORDERED = "Placed Order"
_INSERT = """
    INSERT INTO file_imports (account_id, ulid, file_name, stored_as, size, kind, status, columns, samples, mapping,
        options, created)
    VALUES (%(account)s, %(ulid)s, %(file_name)s, %(stored_as)s, %(size)s, %(kind)s, 'draft', %(columns)s,
        %(samples)s::jsonb, %(mapping)s::jsonb, %(options)s::jsonb, %(now)s) RETURNING *"""
_BY_ULID = "SELECT * FROM file_imports WHERE account_id = %s AND ulid = %s"
_HOLD = f"{_BY_ULID} FOR UPDATE"
# What was found before is about another mapping or other answers.
_UPDATE = """
    UPDATE file_imports SET mapping = %(mapping)s::jsonb, options = %(options)s::jsonb, status = 'draft', rows = 0,
        refused = 0, position = 0, counts = '{}'
    WHERE account_id = %(account)s AND id = %(id)s RETURNING *"""
_BEGIN = """
    UPDATE file_imports SET status = %(status)s, options = %(options)s::jsonb, rows = 0, refused = 0, position = 0,
        counts = '{}', problem = NULL, reader = NULL, reader_until = NULL,
        started = CASE WHEN %(status)s = 'running' THEN %(now)s END
    WHERE account_id = %(account)s AND id = %(id)s RETURNING *"""
_CANCEL = """
    UPDATE file_imports SET status = CASE status WHEN 'checking' THEN 'draft' ELSE 'cancelled' END,
        finished = CASE status WHEN 'checking' THEN NULL ELSE %(now)s::timestamptz END,
        samples = CASE status WHEN 'checking' THEN samples ELSE '[]' END
    WHERE account_id = %(account)s AND id = %(id)s RETURNING *"""
_FORGET_REFUSALS = "DELETE FROM file_import_refusals WHERE account_id = %s AND import_id = %s"
_REFUSALS = """
    SELECT line, reason FROM file_import_refusals WHERE account_id = %s AND import_id = %s ORDER BY line LIMIT %s"""
_RECORDED = "SELECT recorded FROM file_import_events WHERE account_id = %s AND import_id = %s"
Import = dict[str, Any]


async def create(
    conn: db.Connection,
    account_id: int,
    now: datetime,
    *,
    ulid: str,
    stored_as: str,
    file_name: str,
    size: int,
    kind: str,
    looked: Looked,
) -> Import:
    """A draft of an import, its columns recognised by their names."""
    options = Options(metric=_ORDERED if kind == "orders" else None)
    row = await db.one(
        conn,
        _INSERT,
        {
            "account": account_id,
            "ulid": ulid,
            "file_name": file_name,
            "stored_as": stored_as,
            "size": size,
            "kind": kind,
            "columns": list(looked.columns),
            "samples": _json(looked.samples),
            "mapping": _json(mapping.suggested(KINDS[kind], looked.columns, looked.nameless, looked.samples)),
            "options": _json(options),
            "now": now,
        },
    )
    assert row is not None
    return row


async def by_ulid(conn: db.Connection, account_id: int, ulid: str) -> Import:
    """Raises NotThere."""
    row = await db.one(conn, _BY_ULID, (account_id, ulid))
    if row is None:
        raise NotThere(KIND, ulid)
    return row


async def _held(conn: db.Connection, account_id: int, ulid: str) -> Import:
    row = await db.one(conn, _HOLD, (account_id, ulid))
    if row is None:
        raise NotThere(KIND, ulid)
    return row


async def update(
    conn: db.Connection, account_id: int, ulid: str, pairs: Mapping[str, str] | None, options: Options | None
) -> Import:
    """Correct the mapping or the answers; what is None stays. Raises NotThere, Refused."""
    row = await _held(conn, account_id, ulid)
    _check_at_rest(row)
    stated = options_of(row["options"]) if options is None else options
    if pairs is not None:
        row["mapping"] = _usable(row, pairs)
    await _check_lists(conn, account_id, stated)
    await db.execute(conn, _FORGET_REFUSALS, (account_id, row["id"]))
    parameters = {"account": account_id, "id": row["id"], "mapping": _json(row["mapping"]), "options": _json(stated)}
    updated = await db.one(conn, _UPDATE, parameters)
    assert updated is not None
    return updated


def _usable(row: Import, pairs: Mapping[str, str]) -> dict[str, str]:
    """The mapping with every column. Raises Refused for one that can't be used."""
    try:
        mapping.checked(KINDS[row["kind"]], pairs, row["columns"])
    except BadMapping as problem:
        raise Refused(str(problem), pointer="/data/attributes/mapping") from None
    return {column: pairs.get(column, mapping.SKIP) for column in row["columns"]}


async def _check_lists(conn: db.Connection, account_id: int, options: Options) -> None:
    pointer = "/data/attributes/options/list_ids"
    if options.list_ids and options.new_list is not None:
        raise Refused("Name lists that are there, or one that is to be made, not both.", pointer=pointer)
    for place, public_id in enumerate(options.list_ids):
        if await lists.by_public_id(conn, account_id, public_id) is None:
            raise Refused(f"List not found with id {public_id}.", pointer=f"{pointer}/{place}")


async def check(conn: db.Connection, account_id: int, ulid: str, now: datetime) -> Import:
    """Begin a dry run: the whole file is read, and nothing written. Raises NotThere, Refused."""
    row = await _held(conn, account_id, ulid)
    _check_at_rest(row)
    await _check_ready(conn, account_id, row, now)
    return await _begin(conn, account_id, row, "checking", options_of(row["options"]), now)


async def start(conn: db.Connection, account: Account, ulid: str) -> Import:
    """Begin the import itself; a list that is to be made is made now. Raises NotThere, Refused."""
    account_id, now = account.account_id, account.now()
    row = await _held(conn, account_id, ulid)
    _check_at_rest(row)
    await _check_ready(conn, account_id, row, now)
    options = options_of(row["options"])
    if options.new_list is not None and row["kind"] == "profiles":
        made = await lists.create(
            conn, account_id, options.new_list.strip(), account.settings.get("opt_in_process"), now
        )
        options = msgspec.structs.replace(options, list_ids=[made["public_id"]], new_list=None)
    return await _begin(conn, account_id, row, "running", options, now)


async def _begin(
    conn: db.Connection, account_id: int, row: Import, status: str, options: Options, now: datetime
) -> Import:
    await db.execute(conn, _FORGET_REFUSALS, (account_id, row["id"]))
    parameters = {
        "account": account_id,
        "id": row["id"],
        "status": status,
        "options": _json(options),
        "now": now,
    }
    begun = await db.one(conn, _BEGIN, parameters)
    await db.execute(conn, f"NOTIFY {CHANNEL}")
    assert begun is not None
    return begun


async def cancel(conn: db.Connection, account_id: int, ulid: str, now: datetime) -> Import:
    """Stop a dry run or an import; what was brought in until then stays. Raises NotThere, Refused."""
    row = await _held(conn, account_id, ulid)
    if row["status"] not in (*_OPEN, *_AT_REST):
        raise Refused(f"The import is {row['status']}: there is nothing to cancel.", status=409)
    cancelled = await db.one(conn, _CANCEL, {"account": account_id, "id": row["id"], "now": now})
    assert cancelled is not None
    return cancelled


async def recorded(conn: db.Connection, account_id: int, import_id: int) -> tuple[int, int]:
    """Of the events that were handed over: how many the pipeline has recorded by now, and how many it set aside."""
    row = await db.row(conn, _RECORDED, (account_id, import_id))
    return row[0] if row else 0, await of_import(conn, account_id, import_id)


async def first_refusals(conn: db.Connection, account_id: int, import_id: int) -> list[tuple[int, str]]:
    """(line, reason) of the first refused rows."""
    return [(line, reason) for line, reason in await db.rows(conn, _REFUSALS, (account_id, import_id, SHOWN_REFUSALS))]


def _check_at_rest(row: Import) -> None:
    if row["status"] not in _AT_REST:
        raise Refused(f"The import is {row['status']}; only one that is not under way can be changed.", status=409)


async def _check_ready(conn: db.Connection, account_id: int, row: Import, now: datetime) -> None:
    """Raises Refused for what is still to be answered."""
    _usable(row, row["mapping"])
    options = options_of(row["options"])
    if row["kind"] != "profiles":
        if not options.metric and "metric" not in row["mapping"].values():
            raise Refused(
                "Nothing says what happened: map a column to 'metric', or name the event.",
                pointer="/data/attributes/options/metric",
            )
        return
    await _check_lists(conn, account_id, options)
    if options.new_list is not None and not options.new_list.strip():
        raise Refused("The new list needs a name.", pointer="/data/attributes/options/new_list")
    _check_consent(options, row["mapping"], now)


def _check_consent(options: Options, pairs: Mapping[str, str], now: datetime) -> None:
    consent, pointer = options.consent, "/data/attributes/options/consent"
    if consent.status in ("from_columns", "unchanged"):
        return
    wanted = ["email"] if consent.status == "suppressed" else consent.channels
    if not wanted:
        raise Refused("Say which channels it is about.", pointer=f"{pointer}/channels")
    needed = {"email": "email", "sms": "phone_number"}
    if not any(needed[channel] in pairs.values() for channel in wanted):
        columns = " or ".join(needed[channel] for channel in wanted)
        raise Refused(f"No column holds {columns}, which this needs.", pointer="/data/attributes/mapping")
    if consent.status != "subscribed":
        return
    if consent.consented_at is None:
        raise Refused("Say when these people agreed.", pointer=f"{pointer}/consented_at")
    if consent.consented_at.tzinfo is None or consent.consented_at > now:
        raise Refused(
            "The date of the consent has a time zone and lies in the past.", pointer=f"{pointer}/consented_at"
        )
    if not (consent.source or "").strip():
        raise Refused("Say where these people agreed.", pointer=f"{pointer}/source")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
