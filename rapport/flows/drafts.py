"""Drafts of flows: a definition drawn beside the one that runs, kept as it is however much is missing in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from psycopg.types.json import Jsonb

from rapport.flows.definition import MAX_ACTIONS
from rapport.flows.plan import Flow
from rapport.kit import db
from rapport.kit.refusals import Refused

POINTER = "/data/attributes/definition"
MOST_BYTES = 2_000_000
_READ = "SELECT name, definition, version, updated FROM flow_drafts WHERE account_id = %s AND flow_id = %s"
_SAVE = """
    INSERT INTO flow_drafts AS d (account_id, flow_id, public_id, name, definition, version, updated)
    VALUES (%(account)s, %(flow)s, %(public)s, %(name)s, %(definition)s, 1, %(now)s)
    ON CONFLICT (account_id, flow_id) DO UPDATE SET name = excluded.name, definition = excluded.definition,
        version = d.version + 1, updated = excluded.updated"""


class FlowDraftAttributes(msgspec.Struct):
    """A flow as it is edited.

    definition: the draft, or what runs where there is none (`changed` false). status: of the flow. problems: what a
    publication would be refused for, the first of each kind, by its place in the definition.
    """

    name: str
    status: str
    changed: bool
    definition: dict[str, Any]
    problems: list["Problem"]
    updated: datetime


class Problem(msgspec.Struct):
    """pointer: JSON pointer below the definition."""

    pointer: str
    detail: str


class FlowDraftUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of a draft. Actions that the flow has keep their `id`; others have a `temporary_id`."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    definition: dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """`version` 0: never saved."""

    name: str
    definition: dict[str, Any]
    changed: bool
    version: int
    updated: datetime


async def load(conn: db.Connection, account_id: int, flow: Flow) -> Draft:
    row = await db.row(conn, _READ, (account_id, flow.id))
    if row is None:
        return Draft(flow.name, flow.definition, False, 0, flow.updated)
    name, definition, version, updated = row
    if definition is None:
        return Draft(flow.name, flow.definition, False, version, updated)
    return Draft(name, definition, True, version, updated)


async def save(conn: db.Connection, account_id: int, flow: Flow, body: FlowDraftUpdate, now: datetime) -> None:
    """Raises Refused for what is no definition at all."""
    _check_form(body.definition)
    await _write(conn, account_id, flow, body.name, Jsonb(body.definition), now)


async def clear(conn: db.Connection, account_id: int, flow: Flow, now: datetime) -> None:
    """What is drawn beside the flow is forgotten."""
    await _write(conn, account_id, flow, flow.name, None, now)


async def _write(
    conn: db.Connection, account_id: int, flow: Flow, name: str, definition: Jsonb | None, now: datetime
) -> None:
    values = {
        "account": account_id,
        "flow": flow.id,
        "public": flow.public_id,
        "name": name,
        "definition": definition,
        "now": now,
    }
    await db.execute(conn, _SAVE, values)


def _check_form(definition: dict[str, Any]) -> None:
    if len(msgspec.json.encode(definition)) > MOST_BYTES:
        raise Refused(f"A definition holds at most {MOST_BYTES:,} bytes.", pointer=POINTER)
    for name in ("triggers", "actions"):
        parts = definition.get(name, [])
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise Refused(f"'{name}' is a list of objects.", pointer=f"{POINTER}/{name}")
    if len(definition.get("actions", [])) > MAX_ACTIONS:
        raise Refused(f"A flow can have at most {MAX_ACTIONS} actions.", pointer=f"{POINTER}/actions")
