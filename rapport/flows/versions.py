"""Versions of a flow: what it was after each change that those inside felt, who made it, and what it changed.

A change is made within `kept`, which holds the flow. What changed without anybody's doing, as when a test ends by
itself, is a version of nobody's: `follow` keeps it at once unless somebody holds the flow, and then `kept` does. A flow
that was there before versions were kept has its first one before the first change.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.flows import copies, plan
from rapport.flows.action_types import KINDS
from rapport.flows.differences import Difference, State, differences
from rapport.flows.plan import Flow
from rapport.kit import db, ids

# Of a flow; older ones are forgotten.
KEPT = 200
_LOCK = "SELECT id FROM flows WHERE account_id = %s AND id = %s FOR NO KEY UPDATE"
_TRY = f"{_LOCK} SKIP LOCKED"
_NEWEST = """
    SELECT number, name, status, archived, definition FROM flow_versions
    WHERE account_id = %s AND flow_id = %s ORDER BY number DESC LIMIT 1"""
_INSERT = """
    INSERT INTO flow_versions (account_id, flow_id, number, ulid, created, user_id, actor, name, status, archived,
        definition, changes, template_ids)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_FORGET = "DELETE FROM flow_versions WHERE account_id = %s AND flow_id = %s AND number <= %s RETURNING template_ids"
_FIND = """
    SELECT name, definition FROM flow_versions WHERE account_id = %s AND flow_id = %s AND ulid = %s"""


@dataclass(frozen=True)
class By:
    """Who made a change, as the audit log calls them. `user_id`: of a person."""

    actor: str
    user_id: int | None = None


@asynccontextmanager
async def kept(conn: db.Connection, account_id: int, flow_id: int, by: By, now: datetime) -> AsyncIterator[Flow]:
    """One change of a flow at a time: gives the flow as it is now, and keeps a version of what it then is."""
    await db.rows(conn, _LOCK, (account_id, flow_id))
    flow = await _load(conn, account_id, flow_id)
    await _keep(conn, account_id, flow, None, _last_change(flow))
    yield flow
    await _keep(conn, account_id, await _load(conn, account_id, flow_id), by, now)


async def begin(conn: db.Connection, account_id: int, flow: Flow, by: By, now: datetime) -> None:
    """The first version of a flow that was just made."""
    await _insert(conn, account_id, flow, 1, [Difference("begun", "The flow was made")], by, now)


async def follow(conn: db.Connection, account_id: int, flow_id: int, now: datetime) -> None:
    """Keep what changed without anybody's doing. Never waits: the caller holds people of the flow."""
    if await db.rows(conn, _TRY, (account_id, flow_id)):
        await _keep(conn, account_id, await _load(conn, account_id, flow_id), None, now)


async def find(conn: db.Connection, account_id: int, flow: Flow, id: str) -> tuple[str, dict[str, Any]] | None:
    """Name and definition."""
    row = await db.row(conn, _FIND, (account_id, flow.id, id))
    return None if row is None else (row[0], row[1])


async def _load(conn: db.Connection, account_id: int, flow_id: int) -> Flow:
    return (await plan.load(conn, account_id, [flow_id]))[flow_id]


def _last_change(flow: Flow) -> datetime:
    return max([flow.updated, *(action.updated for action in flow.actions.values())])


async def _keep(conn: db.Connection, account_id: int, flow: Flow, by: By | None, now: datetime) -> None:
    """Nothing where it is as the newest version has it."""
    row = await db.row(conn, _NEWEST, (account_id, flow.id))
    if row is None:
        await _insert(conn, account_id, flow, 1, [Difference("begun", "As it was before versions were kept")], by, now)
        return
    before, after = State(*row[1:]), _state(flow)
    if before != after:
        changes = differences(before, after)
        await _insert(conn, account_id, flow, row[0] + 1, changes, by, now)
        await _forget(conn, account_id, flow.id, row[0] + 1 - KEPT)


def _state(flow: Flow) -> State:
    return State(flow.name, flow.status, flow.archived, flow.definition)


async def _insert(
    conn: db.Connection,
    account_id: int,
    flow: Flow,
    number: int,
    changes: list[Difference],
    by: By | None,
    now: datetime,
) -> None:
    who = (None, None) if by is None else (by.user_id, by.actor)
    state = _state(flow)
    kept_state = (state.name, state.status, state.archived, Jsonb(state.definition))
    named = sorted(_templates(state.definition))
    values = (account_id, flow.id, number, ids.ulid(now), now, *who, *kept_state)
    await db.execute(conn, _INSERT, (*values, Jsonb(msgspec.to_builtins(changes)), named))


async def _forget(conn: db.Connection, account_id: int, flow_id: int, up_to: int) -> None:
    rows = await db.rows(conn, _FORGET, (account_id, flow_id, up_to)) if up_to > 0 else []
    await copies.forget(conn, account_id, [flow_id], public_ids={template for row in rows for template in row[0]})


def _messages(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of all steps, those inside tests too."""
    for action in definition["actions"]:
        for part in (action, *_inside(action)):
            data = part.get("data")
            if isinstance(data, dict) and isinstance(data.get("message"), dict):
                yield data["message"]


def _templates(definition: Mapping[str, Any]) -> set[str]:
    return {str(message["template_id"]) for message in _messages(definition) if message.get("template_id")}


def _inside(action: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The actions that a test compares, the main one first."""
    data = action.get("data")
    if not isinstance(data, dict) or "main_action" not in data:
        return []
    return [data["main_action"], *((data.get("current_experiment") or {}).get("variations") or ())]


# ---- bringing one back


def as_draft(flow: Flow, definition: dict[str, Any]) -> dict[str, Any]:
    """An older definition of a flow as one that can be published now: steps that are gone come back as new ones, in
    draft. Whether a step that is still there acts stays as it is: bringing a version back turns nothing on or off."""
    actions = [_brought_back(flow, action) for action in definition["actions"]]
    return definition | {"actions": actions}


def _brought_back(flow: Flow, action: dict[str, Any]) -> dict[str, Any]:
    back, kind = _renewed(flow, action), KINDS[action["type"]]
    if not isinstance(data := back.get("data"), dict):
        return back
    data = dict(data)
    there = flow.actions.get(int(back["id"])) if "id" in back else None
    if kind.has_status:
        data["status"] = "draft" if there is None else there.status
    if kind.is_test:
        data = _test(flow, data, None if there is None else there.answered_data)
    return back | {"data": data}


def _renewed(flow: Flow, action: dict[str, Any]) -> dict[str, Any]:
    """One that is gone is called by its old id, as links do that lead to it, but as a new one."""
    if flow.known.get(str(action["id"])) == action["type"]:
        return action
    renewed = {"temporary_id": str(action["id"]), **{key: value for key, value in action.items() if key != "id"}}
    data = renewed.get("data")
    if isinstance(data, dict) and isinstance(message := data.get("message"), dict):
        bare = {key: value for key, value in message.items() if key != "id"}
        renewed["data"] = data | {"message": bare}
    return renewed


def _test(flow: Flow, data: dict[str, Any], now: dict[str, Any] | None) -> dict[str, Any]:
    """The test that is there goes on as it is; another one is still to begin."""
    experiment = data.get("current_experiment")
    data["main_action"] = _renewed(flow, data["main_action"])
    if experiment is None:
        return data
    current = (now or {}).get("current_experiment") or {}
    experiment = experiment | {"variations": [_renewed(flow, each) for each in experiment["variations"]]}
    if now is not None and current.get("id") == experiment.get("id"):
        data["experiment_status"] = now["experiment_status"]
        experiment["started"] = current.get("started")
    else:
        data["experiment_status"] = "draft"
        experiment |= {"id": None, "started": None}
    return data | {"current_experiment": experiment}
