"""Flows: make, change, delete, count."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import changes, plan
from rapport.flows.definition import POINTER, Drawn, Step, filters_of, read_step
from rapport.flows.plan import Action, Flow
from rapport.flows.types import KINDS, ActionInput, GroupTrigger, MetricTrigger, SendEmail, Trigger
from rapport.kit import db, ids
from rapport.kit.refusals import Refused
from rapport.messages import outbox
from rapport.segments import service as segments
from rapport.segments.conditions.definition import parse, resolve
from rapport.segments.grammar.definition import mentions
from rapport.segments.grammar.dependencies import Thing
from rapport.tags import service as tags
from rapport.templates import service as templates

_INSERT = """
    INSERT INTO flows (account_id, public_id, name, status, trigger_kind, trigger_ref, trigger, profile_filter,
        reentry_criteria, entry_action_id, created, updated)
    VALUES (%s, %s, %s, 'draft', %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
# Links name ids, so the ids have to be known before the first action is written.
_ACTION_IDS = "SELECT nextval(pg_get_serial_sequence('flow_actions', 'id')) FROM generate_series(1, %s)"
_INSERT_ACTION = """
    INSERT INTO flow_actions (account_id, id, flow_id, position, type, status, data, links, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_INSERT_MESSAGE = """
    INSERT INTO flow_messages (account_id, public_id, flow_id, action_id, name, channel, template_id, content,
        created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_ID = "SELECT id FROM flows WHERE account_id = %s AND public_id = %s"
_FLOW_OF_ACTION = "SELECT flow_id FROM flow_actions WHERE account_id = %s AND id = %s"
_MESSAGE = "SELECT flow_id, action_id FROM flow_messages WHERE account_id = %s AND public_id = %s"
_STATUS = "UPDATE flows SET status = %s, updated = %s WHERE account_id = %s AND id = %s"
_ACTIONS_STATUS = """
    UPDATE flow_actions SET status = %s, updated = %s WHERE account_id = %s AND flow_id = %s AND status IS NOT NULL"""
_UPDATE_ACTION = "UPDATE flow_actions SET status = %s, data = %s, updated = %s WHERE account_id = %s AND id = %s"
_UPDATE_MESSAGE = """
    UPDATE flow_messages SET name = %s, template_id = %s, content = %s, updated = %s
    WHERE account_id = %s AND action_id = %s"""
_TOUCH = "UPDATE flows SET updated = %s WHERE account_id = %s AND id = %s"
_DELETE = (
    "DELETE FROM enrolments WHERE account_id = %(account)s AND flow_id = %(flow)s",
    """UPDATE webhook_calls SET status = 'failed', answer = 'The flow was deleted.'
       WHERE account_id = %(account)s AND flow_id = %(flow)s AND status = 'queued'""",
    """DELETE FROM flow_action_counts WHERE account_id = %(account)s
       AND action_id IN (SELECT id FROM flow_actions WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
    """DELETE FROM templates WHERE account_id = %(account)s AND NOT reusable
       AND id IN (SELECT template_id FROM flow_messages WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
    "DELETE FROM flow_messages WHERE account_id = %(account)s AND flow_id = %(flow)s",
    "DELETE FROM flow_actions WHERE account_id = %(account)s AND flow_id = %(flow)s",
    "DELETE FROM flows WHERE account_id = %(account)s AND id = %(flow)s",
)
_REFERENCES = {
    "list": "SELECT id FROM lists WHERE account_id = %s AND public_id = %s",
    "segment": "SELECT id FROM segments WHERE account_id = %s AND public_id = %s",
}
_METRIC = "SELECT id, service, name FROM metrics WHERE account_id = %s AND public_id = %s"
# Their events come by the thousand with every campaign, and flows that answer flows would run for ever (1.3).
_NO_TRIGGERS = {("klaviyo", "Opened Email"), ("klaviyo", "Clicked Email")}


async def find(conn: db.Connection, account_id: int, public_id: str) -> Flow | None:
    row = await db.row(conn, _ID, (account_id, public_id))
    return None if row is None else (await plan.load(conn, account_id, row)).get(row[0])


async def find_action(conn: db.Connection, account_id: int, id: str) -> tuple[Flow, Action] | None:
    """An action by its internal id, with its flow."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 19 else 0
    row = await db.row(conn, _FLOW_OF_ACTION, (account_id, number))
    flow = (await plan.load(conn, account_id, row)).get(row[0]) if row else None
    return None if flow is None else (flow, flow.actions[number])


async def find_message(conn: db.Connection, account_id: int, public_id: str) -> tuple[Flow, Action] | None:
    """The action that holds a message, with its flow."""
    row = await db.row(conn, _MESSAGE, (account_id, public_id))
    flow = (await plan.load(conn, account_id, row[:1])).get(row[0]) if row else None
    return None if row is None or flow is None else (flow, flow.actions[row[1]])


async def create(conn: db.Connection, account: Account, name: str, drawn: Drawn, now: datetime) -> Flow:
    """A new flow, in draft. Raises Refused for a list, segment, metric, flow or template that is not there."""
    reference = await _reference(conn, account.account_id, drawn.trigger)
    if drawn.profile_filter is not None:
        await _check_names(conn, account.account_id, drawn.profile_filter, f"{POINTER}/profile_filter")
    for step in drawn.steps:
        await _check_step(conn, account.account_id, step)
    numbers = [row[0] for row in await db.rows(conn, _ACTION_IDS, (len(drawn.steps),))]
    ids_by_name = {step.name: number for step, number in zip(drawn.steps, numbers, strict=True)}
    flow_id = await _insert(conn, account.account_id, name, drawn, reference, ids_by_name, now)
    for position, step in enumerate(drawn.steps):
        await _insert_step(conn, account.account_id, flow_id, position, step, ids_by_name, now)
    return (await plan.load(conn, account.account_id, [flow_id]))[flow_id]


async def _check_step(conn: db.Connection, account_id: int, step: Step) -> None:
    for definition, pointer in filters_of(step):
        await _check_names(conn, account_id, definition, pointer)


async def _check_names(conn: db.Connection, account_id: int, definition: dict[str, Any], pointer: str) -> None:
    """Raises Refused for a flow that does not exist. Lists and metrics may be created later."""
    parsed = parse(definition, flow=True)
    names = await resolve(conn, account_id, parsed.depends)
    for mention in mentions(parsed, pointer):
        if mention.kind == changes.WHAT and not names.has(mention):
            raise Refused(f"A flow with id {mention.public_id} does not exist.", pointer=mention.pointer)


async def _reference(conn: db.Connection, account_id: int, trigger: Trigger) -> int | None:
    if trigger.id is None:
        return None
    pointer = f"{POINTER}/triggers/0/id"
    if isinstance(trigger, GroupTrigger):
        row = await db.row(conn, _REFERENCES[trigger.type], (account_id, trigger.id))
    else:
        row = await db.row(conn, _METRIC, (account_id, trigger.id))
        if row and tuple(row[1:]) in _NO_TRIGGERS:
            raise Refused(f"{row[2]} can't trigger a flow.", pointer=pointer)
    if row is None:
        raise Refused(f"There is no {trigger.type} with id {trigger.id}.", pointer=pointer)
    return int(row[0])


async def _insert(
    conn: db.Connection,
    account_id: int,
    name: str,
    drawn: Drawn,
    reference: int | None,
    ids_by_name: Mapping[str, int],
    now: datetime,
) -> int:
    reentry = {} if drawn.reentry is None else msgspec.to_builtins(drawn.reentry)
    values = (
        name,
        drawn.trigger.type,
        reference,
        Jsonb(msgspec.to_builtins(drawn.trigger)),
        _json(drawn.profile_filter),
        _json(reentry if drawn.reentry_given else None),
        None if drawn.entry is None else ids_by_name[drawn.entry],
        now,
        now,
    )
    return int(await _with_short_id(conn, _INSERT, account_id, values))


async def _with_short_id(conn: db.Connection, statement: str, account_id: int, values: tuple[Any, ...]) -> Any:
    """Runs an INSERT whose second parameter is a six-character id, again when that id is taken."""
    while True:
        try:
            async with conn.transaction():
                row = await db.row(conn, statement, (account_id, ids.short_id(), *values))
        except psycopg.errors.UniqueViolation:
            continue
        assert row is not None
        return row[0]


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(value)


async def _insert_step(
    conn: db.Connection,
    account_id: int,
    flow_id: int,
    position: int,
    step: Step,
    ids_by_name: Mapping[str, int],
    now: datetime,
) -> None:
    number = ids_by_name[step.name]
    data, message = _split(step)
    links = {key: None if target is None else ids_by_name[target] for key, target in step.links.items()}
    values = (account_id, number, flow_id, position, step.type, step.status, Jsonb(data), Jsonb(links), now, now)
    await db.execute(conn, _INSERT_ACTION, values)
    if message is not None:
        template_id = await _own_copy(conn, account_id, step, message, now)
        public_id = ids.short_id()
        channel = KINDS[step.type].channel
        named = message.get("name") or message.get("subject_line") or step.type
        content = Jsonb(message | {"id": public_id, "name": named})
        held = (account_id, public_id, flow_id, number, named, channel, template_id, content, now, now)
        await db.execute(conn, _INSERT_MESSAGE, held)


def _split(step: Step) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The data as it is stored: status and message have places of their own."""
    data: dict[str, Any] = msgspec.to_builtins(step.data)
    data.pop("status", None)
    return data, data.pop("message", None)


async def _own_copy(
    conn: db.Connection, account_id: int, step: Step, message: dict[str, Any], now: datetime
) -> int | None:
    """The flow's own copy of the template; the message names it from now on (1.1)."""
    if not isinstance(step.data, SendEmail) or step.data.message.template_id is None:
        return None
    copy = await templates.copy_of(conn, account_id, step.data.message.template_id, now)
    if copy is None:
        detail = f"There is no template with id {step.data.message.template_id}."
        raise Refused(detail, pointer=f"{step.pointer}/data/message/template_id")
    message["template_id"] = copy.public_id
    return copy.id


async def set_status(conn: db.Connection, account_id: int, public_id: str, status: str, now: datetime) -> Flow | None:
    """Set the status of the flow and of all its actions (1.1)."""
    flow = await find(conn, account_id, public_id)
    if flow is None:
        return None
    await db.execute(conn, _STATUS, (status, now, account_id, flow.id))
    await db.execute(conn, _ACTIONS_STATUS, (status, now, account_id, flow.id))
    return (await plan.load(conn, account_id, [flow.id]))[flow.id]


async def update_action(
    conn: db.Connection, account: Account, flow: Flow, action: Action, step: Step, now: datetime
) -> Action:
    """Replace an action's data and status by those of `step`; its type and links stay. Raises Refused.

    Those who wait in a delay leave it when they would have left it (1.7, vector F11): `due` is theirs already.
    """
    await _check_step(conn, account.account_id, step)
    data, message = _split(step)
    values = (step.status, Jsonb(data), now, account.account_id, action.id)
    await db.execute(conn, _UPDATE_ACTION, values)
    if message is not None:
        await _update_message(conn, account.account_id, action, step, message, now)
    await db.execute(conn, _TOUCH, (now, account.account_id, flow.id))
    return (await plan.load(conn, account.account_id, [flow.id]))[flow.id].actions[action.id]


def read_action(flow: Flow, action: Action, action_input: ActionInput) -> Step:
    """The new version of an action, checked on its own. Raises Refused."""
    _check_same(action, action_input)
    return read_step(action_input, str(action.id), POINTER, trigger=_trigger_of(flow))


def _trigger_of(flow: Flow) -> Trigger:
    if flow.trigger_kind == "metric":
        return msgspec.convert(flow.trigger, MetricTrigger)
    return msgspec.convert(flow.trigger, GroupTrigger)


def _check_same(action: Action, action_input: ActionInput) -> None:
    if action_input.type != action.type:
        raise Refused(f"This is an action of type '{action.type}', which can't be changed.", pointer=f"{POINTER}/type")
    if action_input.id != str(action.id):
        raise Refused("'id' is required and must be the id in the URL.", pointer=f"{POINTER}/id")
    if action_input.links is not None and action_input.links != action.definition["links"]:
        raise Refused("Links can't be changed yet.", pointer=f"{POINTER}/links")


async def _update_message(
    conn: db.Connection, account_id: int, action: Action, step: Step, message: dict[str, Any], now: datetime
) -> None:
    held = action.message
    assert held is not None
    template_id = held.template_id
    if message.get("template_id") != held.content.get("template_id"):
        template_id = await _own_copy(conn, account_id, replace(step, pointer=POINTER), message, now)
    named = message.get("name") or held.name
    content = Jsonb(message | {"id": held.public_id, "name": named})
    await db.execute(conn, _UPDATE_MESSAGE, (named, template_id, content, now, account_id, action.id))


async def delete(conn: db.Connection, account_id: int, public_id: str) -> bool:
    """Delete a flow: its runs end, queued messages are not sent, sent ones stay on record (1.6). Segments that depend
    on it are rebuilt."""
    row = await db.row(conn, _ID, (account_id, public_id))
    if row is None:
        return False
    await outbox.cancel(conn, account_id, flow_id=row[0])
    for statement in _DELETE:
        await db.execute(conn, statement, {"account": account_id, "flow": row[0]})
    await tags.forget(conn, account_id, "flow", row[0])
    gone = Thing(changes.WHAT, public_id)
    await segments.build_anew(conn, account_id, lambda depends: gone in depends.things)
    return True


_ENTERED = """
    SELECT count(*), count(*) FILTER (WHERE action_id IS NOT NULL) FROM enrolments
    WHERE account_id = %s AND flow_id = %s"""
_WAITING = """
    SELECT action_id, count(*) FROM enrolments
    WHERE account_id = %s AND flow_id = %s AND action_id IS NOT NULL GROUP BY action_id"""
_DONE = "SELECT action_id, done FROM flow_action_counts WHERE account_id = %s AND action_id = ANY(%s)"


async def overview(conn: db.Connection, account_id: int, flow: Flow) -> dict[str, Any]:
    """Runs in all (entered, active, finished), and by step: who stands there (waiting), who passed it (done)."""
    total = await db.row(conn, _ENTERED, (account_id, flow.id))
    assert total is not None
    waiting = dict(await db.rows(conn, _WAITING, (account_id, flow.id)))
    done = dict(await db.rows(conn, _DONE, (account_id, list(flow.actions))))
    steps = [{"action_id": str(id), "waiting": waiting.get(id, 0), "done": done.get(id, 0)} for id in flow.actions]
    return {"entered": total[0], "active": total[1], "finished": total[0] - total[1], "steps": steps}
