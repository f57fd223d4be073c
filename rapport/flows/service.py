"""Flows: make, change, delete, count."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import activation, appointments, changes, experiments, plan, reviews, writing
from rapport.flows.action_types import ActionInput, ListUpdate
from rapport.flows.checking import POINTER
from rapport.flows.definition import Drawn, Step, filters_of, read_step
from rapport.flows.plan import Action, Flow, Message
from rapport.flows.trigger_types import GroupTrigger, MetricTrigger, Trigger
from rapport.kit import db, ids
from rapport.kit.refusals import Refused
from rapport.messages import outbox
from rapport.segments import service as segments
from rapport.segments.conditions.definition import Definition, parse, resolve
from rapport.segments.grammar.definition import mentions
from rapport.segments.grammar.dependencies import Thing
from rapport.tags import service as tags

ARCHIVED = "An archived flow is restored first."
_INSERT = """
    INSERT INTO flows (account_id, public_id, name, status, trigger_kind, trigger_ref, trigger, profile_filter,
        reentry_criteria, entry_action_id, created, updated)
    VALUES (%s, %s, %s, 'draft', %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
_ID = "SELECT id FROM flows WHERE account_id = %s AND public_id = %s"
_FLOW_OF_ACTION = "SELECT flow_id FROM flow_actions WHERE account_id = %s AND id = %s"
_MESSAGE = "SELECT flow_id, action_id FROM flow_messages WHERE account_id = %s AND public_id = %s"
_STATUS = """
    UPDATE flows SET status = %(status)s, updated = %(now)s,
        opened = CASE WHEN %(status)s = 'draft' THEN NULL ELSE coalesce(opened, %(now)s) END
    WHERE account_id = %(account)s AND id = %(flow)s"""
_ACTIONS_STATUS = """
    UPDATE flow_actions SET status = %s, updated = %s WHERE account_id = %s AND flow_id = %s AND status IS NOT NULL"""
_ARCHIVE = "UPDATE flows SET archived = %s, updated = %s WHERE account_id = %s AND id = %s"
_DELETE = (
    "DELETE FROM enrolments WHERE account_id = %(account)s AND flow_id = %(flow)s",
    """UPDATE webhook_calls SET status = 'failed', answer = 'The flow was deleted.'
       WHERE account_id = %(account)s AND flow_id = %(flow)s AND status = 'queued'""",
    """DELETE FROM flow_action_counts WHERE account_id = %(account)s
       AND action_id IN (SELECT id FROM flow_actions WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
    """DELETE FROM templates WHERE account_id = %(account)s AND NOT reusable
       AND id IN (SELECT template_id FROM flow_messages WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
    "DELETE FROM flow_appointments WHERE account_id = %(account)s AND flow_id = %(flow)s",
    "DELETE FROM removed_flow_actions WHERE account_id = %(account)s AND flow_id = %(flow)s",
    "DELETE FROM flow_drafts WHERE account_id = %(account)s AND flow_id = %(flow)s",
    """DELETE FROM templates WHERE account_id = %(account)s AND NOT reusable AND public_id IN
       (SELECT unnest(template_ids) FROM flow_versions WHERE account_id = %(account)s AND flow_id = %(flow)s)""",
    "DELETE FROM flow_versions WHERE account_id = %(account)s AND flow_id = %(flow)s",
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
    return None if flow is None or number not in flow.actions else (flow, flow.actions[number])


async def find_message(conn: db.Connection, account_id: int, public_id: str) -> tuple[Action, Message] | None:
    """A message, with the action that holds it."""
    row = await db.row(conn, _MESSAGE, (account_id, public_id))
    flow = (await plan.load(conn, account_id, row[:1])).get(row[0]) if row else None
    action = None if row is None or flow is None else flow.actions.get(row[1])
    for message in () if action is None else action.messages:
        if action is not None and message.public_id == public_id:
            return action, message
    return None


async def create(conn: db.Connection, account: Account, name: str, drawn: Drawn, now: datetime) -> Flow:
    """A new flow, in draft. Raises Refused for a list, segment, metric, flow or template that is not there, and for an
    action that can't be live but says it is."""
    reference = await check(conn, account.account_id, drawn)
    ids_by_name = await writing.numbers(conn, drawn.steps)
    flow_id = await _insert(conn, account.account_id, name, drawn, reference, ids_by_name, now)
    for position, step in enumerate(drawn.steps):
        await writing.insert(conn, account.account_id, flow_id, position, step, ids_by_name, now)
    return (await plan.load(conn, account.account_id, [flow_id]))[flow_id]


async def check(conn: db.Connection, account_id: int, drawn: Drawn) -> int | None:
    """What the database knows about a definition. Returns the internal id of what triggers it. Raises Refused."""
    reference = await _reference(conn, account_id, drawn.trigger)
    if drawn.profile_filter is not None:
        whole = parse(drawn.profile_filter, flow=True)
        await _check_names(conn, account_id, whole, f"{POINTER}/profile_filter")
    for step in drawn.steps:
        await check_step(conn, account_id, step)
    return reference


async def check_step(conn: db.Connection, account_id: int, step: Step) -> None:
    """What the database knows about an action, and whether it can be what it says. Raises Refused."""
    for definition, pointer in filters_of(step):
        await _check_names(conn, account_id, definition, pointer)
    listed = step.data.list_id if isinstance(step.data, ListUpdate) else None
    if listed is not None and await db.row(conn, _REFERENCES["list"], (account_id, listed)) is None:
        raise Refused(f"There is no list with id {listed}.", pointer=f"{step.pointer}/data/list_id")
    if step.status in ("live", "manual"):
        for reason in activation.of_step(step):
            raise Refused(reason, pointer=f"{step.pointer}/data/status")


async def _check_names(conn: db.Connection, account_id: int, parsed: Definition, pointer: str) -> None:
    """Raises Refused for a flow that does not exist. Lists and metrics may be created later."""
    names = await resolve(conn, account_id, parsed.depends)
    for mention in mentions(parsed, pointer):
        if mention.kind == changes.WHAT and not names.has(mention):
            raise Refused(f"A flow with id {mention.public_id} does not exist.", pointer=mention.pointer)


async def _reference(conn: db.Connection, account_id: int, trigger: Trigger) -> int | None:
    if not isinstance(trigger, GroupTrigger | MetricTrigger) or trigger.id is None:
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
    entry = None if drawn.entry is None else ids_by_name[drawn.entry]
    values = (name, drawn.trigger.type, reference, *stored(drawn), entry, now, now)
    return int(await _with_short_id(conn, _INSERT, account_id, values))


def stored(drawn: Drawn) -> tuple[Jsonb, Jsonb | None, Jsonb | None]:
    """Trigger, filter and re-entry as they are stored."""
    reentry = {} if drawn.reentry is None else msgspec.to_builtins(drawn.reentry)
    trigger = Jsonb(msgspec.to_builtins(drawn.trigger))
    return trigger, _json(drawn.profile_filter), _json(reentry if drawn.reentry_given else None)


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


async def set_status(conn: db.Connection, account: Account, flow: Flow, status: str, now: datetime) -> Flow:
    """Set the status of the flow and of all its actions (1.1). Raises Refused when it can't be what is asked for."""
    account_id = account.account_id
    if status != "draft":
        if flow.archived:
            raise Refused(ARCHIVED, pointer="/data/attributes/status")
        for problem in activation.problems(flow):
            raise Refused(problem.detail, pointer="/data/attributes/status")
    await _write_status(conn, account_id, flow, status, now)
    await db.execute(conn, _ACTIONS_STATUS, (status, now, account_id, flow.id))
    for action in flow.actions.values():
        if action.kind.is_test:
            await experiments.turned(conn, account, action, status, now)
    return await load(conn, account_id, flow.id)


async def load(conn: db.Connection, account_id: int, flow_id: int) -> Flow:
    """A flow that is there."""
    return (await plan.load(conn, account_id, [flow_id]))[flow_id]


async def archive(conn: db.Connection, account: Account, flow: Flow, archived: bool, now: datetime) -> Flow:
    """An archived flow is in draft, and so it is when it is restored. Who is inside stays: they pass the steps, which
    do nothing, and are through where they next would wait. What is queued already is sent."""
    if archived != flow.archived:
        if archived and flow.status != "draft":
            flow = await set_status(conn, account, flow, "draft", now)
        await db.execute(conn, _ARCHIVE, (archived, now, account.account_id, flow.id))
    return await load(conn, account.account_id, flow.id)


async def update_action(
    conn: db.Connection, account: Account, flow: Flow, action: Action, step: Step, now: datetime
) -> Action:
    """Replace an action's data and status by those of `step`; its type and links stay. Raises Refused.

    Those who wait in a delay leave it when they would have left it (1.7, vector F11): `due` is theirs already.
    """
    account_id = account.account_id
    await check_step(conn, account_id, step)
    if step.status in ("live", "manual"):
        if flow.archived:
            raise Refused(ARCHIVED, pointer=f"{POINTER}/data/status")
        for problem in activation.of_trigger(flow):
            raise Refused(problem.detail, pointer=f"{POINTER}/data/status")
    ids_by_name = await writing.numbers(conn, [step]) | {id: int(id) for id in flow.known}
    await writing.update(conn, account_id, action, step, ids_by_name, now)
    await experiments.changed(conn, account, action, (await load(conn, account_id, flow.id)).actions[action.id], now)
    changed_flow = await derive_status(conn, account_id, flow.id, now)
    return changed_flow.actions[action.id]


async def derive_status(conn: db.Connection, account_id: int, flow_id: int, now: datetime) -> Flow:
    """A flow is what the most active of its actions is (1.6); one without any that has a status stays as it is."""
    flow = await load(conn, account_id, flow_id)
    statuses = {action.status for action in flow.actions.values() if action.status is not None}
    status = next((each for each in ("live", "manual") if each in statuses), "draft") if statuses else flow.status
    await _write_status(conn, account_id, flow, status, now)
    return await load(conn, account_id, flow_id)


async def _write_status(conn: db.Connection, account_id: int, flow: Flow, status: str, now: datetime) -> None:
    """Nobody enters for what came to pass while the flow was off."""
    if status != flow.status and "draft" in (status, flow.status):
        await appointments.forget(conn, account_id, flow.id)
    await db.execute(conn, _STATUS, {"status": status, "now": now, "account": account_id, "flow": flow.id})


def read_action(flow: Flow, action: Action, action_input: ActionInput) -> Step:
    """The new version of an action, checked on its own. Raises Refused."""
    _check_same(action, action_input)
    known = {str(action.id): action.type, **action.inner}
    step = read_step(action_input, str(action.id), POINTER, trigger=flow.typed_trigger, known=known)
    return replace(step, links={way: None if to is None else str(to) for way, to in action.links.items()})


def _check_same(action: Action, action_input: ActionInput) -> None:
    if action_input.type != action.type:
        raise Refused(f"This is an action of type '{action.type}', which can't be changed.", pointer=f"{POINTER}/type")
    if action_input.id != str(action.id):
        raise Refused("'id' is required and must be the id in the URL.", pointer=f"{POINTER}/id")
    if action_input.links is not None and action_input.links != action.definition["links"]:
        raise Refused("The links of an action are changed with the flow's draft.", pointer=f"{POINTER}/links")


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
    queued = await reviews.waiting(conn, account_id, flow.id)
    steps = [
        {
            "action_id": str(id),
            "waiting": waiting.get(id, 0),
            "done": done.get(id, 0),
            "needs_review": sum(queued.get(message.public_id, 0) for message in action.messages),
        }
        for id, action in flow.actions.items()
    ]
    return {"entered": total[0], "active": total[1], "finished": total[0] - total[1], "steps": steps}
