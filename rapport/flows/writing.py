"""Writing the actions of a flow and their messages, as they were read (`definition`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.flows import copies
from rapport.flows.action_types import KINDS
from rapport.flows.definition import Step
from rapport.flows.gate import GONE
from rapport.flows.plan import Action, Message
from rapport.kit import db, ids
from rapport.kit.refusals import Refused
from rapport.messages import outbox
from rapport.templates import service as templates

# Links name ids, so the ids have to be known before the first action is written.
_IDS = "SELECT nextval(pg_get_serial_sequence('flow_actions', 'id')) FROM generate_series(1, %s)"
_INSERT = """
    INSERT INTO flow_actions (account_id, id, flow_id, position, type, status, data, links, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_UPDATE = """
    UPDATE flow_actions SET position = coalesce(%s, position), status = %s, data = %s, links = %s, updated = %s
    WHERE account_id = %s AND id = %s"""
_INSERT_MESSAGE = """
    INSERT INTO flow_messages (account_id, public_id, flow_id, action_id, inner_id, name, channel, template_id, content,
        created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_UPDATE_MESSAGE = """
    UPDATE flow_messages SET name = %s, template_id = %s, content = %s, updated = %s
    WHERE account_id = %s AND id = %s"""
_DELETE_MESSAGES = "DELETE FROM flow_messages WHERE account_id = %s AND id = ANY(%s)"
_DELETE = "DELETE FROM flow_actions WHERE account_id = %s AND id = ANY(%s)"
_DELETE_COUNTS = "DELETE FROM flow_action_counts WHERE account_id = %s AND action_id = ANY(%s)"


async def numbers(conn: db.Connection, steps: Sequence[Step]) -> dict[str, int]:
    """Ids by name, of all actions and those inside them: new ones for those that have none."""
    parts = [part for step in steps for part in step.every]
    new = [part.name for part in parts if part.is_new]
    fresh = [row[0] for row in await db.rows(conn, _IDS, (len(new),))]
    return {part.name: int(part.name) for part in parts if not part.is_new} | dict(zip(new, fresh, strict=True))


async def insert(
    conn: db.Connection,
    account_id: int,
    flow_id: int,
    position: int,
    step: Step,
    ids_by_name: Mapping[str, int],
    now: datetime,
) -> int:
    """A new action. Returns its id. Raises Refused for a template that is not there."""
    number = ids_by_name[step.name]
    data, messages = _stored(step, ids_by_name)
    links = _links(step, ids_by_name)
    values = (account_id, number, flow_id, position, step.type, step.status, Jsonb(data), Jsonb(links), now, now)
    await db.execute(conn, _INSERT, values)
    for inner_id, part, message in messages:
        await _insert_message(conn, account_id, (flow_id, number, inner_id), part, message, now)
    return number


async def update(
    conn: db.Connection,
    account_id: int,
    action: Action,
    step: Step,
    ids_by_name: Mapping[str, int],
    now: datetime,
    *,
    position: int | None = None,
) -> None:
    """Data, status and links of an action that is there, by those of `step`. Raises Refused."""
    data, messages = _stored(step, ids_by_name)
    links = Jsonb(_links(step, ids_by_name))
    await db.execute(conn, _UPDATE, (position, step.status, Jsonb(data), links, now, account_id, action.id))
    there = {message.inner_id: message for message in action.messages}
    for inner_id, part, message in messages:
        held = there.pop(inner_id, None)
        if held is None:
            await _insert_message(conn, account_id, (action.flow_id, action.id, inner_id), part, message, now)
        else:
            await _update_message(conn, account_id, held, part, message, now)
    await _delete_messages(conn, account_id, {action.flow_id}, list(there.values()))


async def delete(conn: db.Connection, account_id: int, actions: Collection[Action]) -> None:
    """Actions with their messages. What is queued of those is not sent; what was sent stays on record."""
    numbers = [action.id for action in actions]
    flows = {action.flow_id for action in actions}
    await _delete_messages(conn, account_id, flows, [message for action in actions for message in action.messages])
    await db.execute(conn, _DELETE_COUNTS, (account_id, numbers))
    await db.execute(conn, _DELETE, (account_id, numbers))


def _links(step: Step, ids_by_name: Mapping[str, int]) -> dict[str, int | None]:
    return {way: None if target is None else ids_by_name[target] for way, target in step.links.items()}


# A message as it is stored: the id of the inner action that has it, the action itself as it was read, the message.
_Held = tuple[int | None, Step, dict[str, Any]]


def _stored(step: Step, ids_by_name: Mapping[str, int]) -> tuple[Any, list[_Held]]:
    """The data as it is stored: status, links and messages have places of their own."""
    if step.kind.data is None:
        return step.data, []
    data: dict[str, Any] = msgspec.to_builtins(step.data)
    data.pop("status", None)
    for branch in data.get("branches", ()):
        branch.pop("links")
    messages: list[_Held] = [(None, step, data.pop("message"))] if "message" in data else []
    if step.inner:
        inner = [_stored_inner(part, ids_by_name[part.name], messages) for part in step.inner]
        data["main_action"] = inner[0]
        _store_experiment(data["current_experiment"], inner[1:], ids_by_name)
    return data, messages


def _stored_inner(part: Step, number: int, messages: list[_Held]) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(part.data)
    messages.append((number, part, data.pop("message")))
    return {"id": str(number), "type": part.type, "links": part.links, "data": data}


def _store_experiment(
    experiment: dict[str, Any] | None, variations: list[dict[str, Any]], ids_by_name: Mapping[str, int]
) -> None:
    if experiment is not None:
        experiment["id"] = experiment["id"] or ids.short_id()
        experiment["variations"] = variations
        if experiment["allocations"]:
            experiment["allocations"] = {
                str(ids_by_name[name]): weight for name, weight in experiment["allocations"].items()
            }


async def _insert_message(
    conn: db.Connection,
    account_id: int,
    place: tuple[int, int, int | None],
    part: Step,
    message: dict[str, Any],
    now: datetime,
) -> None:
    """`place`: flow, action, inner action."""
    template_id = await _own_copy(conn, account_id, part, message, now)
    named = message.get("name") or message.get("subject_line") or part.type
    channel = KINDS[part.type].channel
    public_id = ids.short_id()
    content = Jsonb(message | {"id": public_id, "name": named})
    values = (account_id, public_id, *place, named, channel, template_id, content, now, now)
    await db.execute(conn, _INSERT_MESSAGE, values)


async def _update_message(
    conn: db.Connection, account_id: int, held: Message, part: Step, message: dict[str, Any], now: datetime
) -> None:
    template_id = held.template_id
    if message.get("template_id") != held.content.get("template_id"):
        template_id = await _own_copy(conn, account_id, part, message, now)
    named = message.get("name") or held.name
    content = Jsonb(message | {"id": held.public_id, "name": named})
    await db.execute(conn, _UPDATE_MESSAGE, (named, template_id, content, now, account_id, held.id))


async def _delete_messages(
    conn: db.Connection, account_id: int, flow_ids: Collection[int], messages: Sequence[Message]
) -> None:
    for message in messages:
        await outbox.cancel(conn, account_id, message_id=message.public_id, reason=GONE)
    await db.execute(conn, _DELETE_MESSAGES, (account_id, [message.id for message in messages]))
    named = [message.template_id for message in messages if message.template_id is not None]
    await copies.forget(conn, account_id, flow_ids, ids=named)


async def _own_copy(
    conn: db.Connection, account_id: int, part: Step, message: dict[str, Any], now: datetime
) -> int | None:
    """The flow's own copy of the template; the message names it from now on (1.1)."""
    if message.get("template_id") is None:
        return None
    copy = await templates.copy_of(conn, account_id, message["template_id"], now)
    if copy is None:
        detail = f"There is no template with id {message['template_id']}."
        raise Refused(detail, pointer=f"{part.pointer}/data/message/template_id")
    message["template_id"] = copy.public_id
    return copy.id
