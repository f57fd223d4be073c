"""A draft beside the definition that people are in: edited freely, shown with what it does to them, then published."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import activation, appointments, experiments, moving, service, writing
from rapport.flows.checking import POINTER, converted
from rapport.flows.definition import Drawn, Step, read
from rapport.flows.moving import Landing
from rapport.flows.plan import Flow
from rapport.flows.types import DefinitionInput
from rapport.kit import db
from rapport.kit.refusals import Refused

_FIND = "SELECT name, definition, version, updated FROM flow_drafts WHERE account_id = %s AND flow_id = %s"
_WRITE = """
    INSERT INTO flow_drafts AS d (account_id, flow_id, public_id, name, definition, updated)
    VALUES (%(account)s, %(flow)s, %(public_id)s, %(name)s, %(definition)s, %(now)s)
    ON CONFLICT (account_id, flow_id) DO UPDATE SET name = excluded.name, definition = excluded.definition,
        updated = excluded.updated, version = d.version + 1"""
_CLEAR = """
    UPDATE flow_drafts SET definition = NULL, version = version + 1, updated = %s
    WHERE account_id = %s AND flow_id = %s AND definition IS NOT NULL"""
_WAITING = """
    SELECT action_id, count(*) FROM enrolments
    WHERE account_id = %s AND flow_id = %s AND action_id IS NOT NULL GROUP BY action_id"""
_PUBLISH = """
    UPDATE flows SET name = %(name)s, trigger_kind = %(kind)s, trigger_ref = %(ref)s, trigger = %(trigger)s,
        profile_filter = %(filter)s, reentry_criteria = %(reentry)s, entry_action_id = %(entry)s, updated = %(now)s,
        -- with another trigger it begins anew
        opened = CASE WHEN opened IS NULL OR (trigger_kind, trigger_ref) IS NOT DISTINCT FROM (%(kind)s, %(ref)s)
                      THEN opened ELSE %(now)s END
    WHERE account_id = %(account)s AND id = %(flow)s"""
_DELAYS = ("time-delay", "countdown-delay", "target-date")
Outcome = Literal["moves_on", "completes", "leaves", "passes"]


class Draft(msgspec.Struct):
    """`is_begun` false: it is the flow as it is. Versions go on when a draft was published or put aside, so that who
    still has an older one open is told; 0: there never was one."""

    name: str
    definition: dict[str, Any]
    version: int
    updated: datetime
    is_begun: bool = True


class Effect(msgspec.Struct):
    """What publishing does to those who wait at a step: `moves_on` to another, `completes` the flow, `leaves` it before
    its end, or `passes` a new split on its first side without being asked (behaviour-messaging 1.7)."""

    action_id: str
    people: int
    outcome: Outcome
    next_action_id: str | None
    text: str


async def find(conn: db.Connection, account_id: int, flow: Flow) -> Draft:
    row = await db.row(conn, _FIND, (account_id, flow.id))
    if row is None:
        return Draft(flow.name, flow.definition, 0, flow.updated, False)
    if row[1] is None:
        return Draft(flow.name, flow.definition, row[2], row[3], False)
    return Draft(*row)


async def write(
    conn: db.Connection, account_id: int, flow: Flow, name: str | None, definition: dict[str, Any], now: datetime
) -> None:
    """Whatever it says: a draft may be half done."""
    parameters = {
        "account": account_id,
        "flow": flow.id,
        "public_id": flow.public_id,
        "name": name or (await find(conn, account_id, flow)).name,
        "definition": Jsonb(definition),
        "now": now,
    }
    await db.execute(conn, _WRITE, parameters)


async def discard(conn: db.Connection, account_id: int, flow: Flow, now: datetime) -> bool:
    """False where none was begun."""
    return bool(await db.execute(conn, _CLEAR, (now, account_id, flow.id)))


def drawn_of(flow: Flow, definition: dict[str, Any]) -> Drawn:
    """The draft, as far as it can be checked without the database. Raises Refused."""
    return read(converted(definition, DefinitionInput, POINTER), flow.known)


async def problem(conn: db.Connection, account_id: int, flow: Flow, definition: dict[str, Any]) -> Refused | None:
    """The first thing that keeps a draft from being published."""
    try:
        await service.check(conn, account_id, drawn_of(flow, definition))
    except Refused as refused:
        return refused
    return None


def _removed(flow: Flow, drawn: Drawn) -> list[int]:
    kept = {step.name for step in drawn.steps}
    return [id for id in flow.actions if str(id) not in kept]


def _landings(flow: Flow, drawn: Drawn) -> dict[int, Landing]:
    return moving.landings(flow, _removed(flow, drawn))


def _inserted_splits(drawn: Drawn) -> list[tuple[Step, Step]]:
    """Delays that are there, each with the new split behind it."""
    by_name = {step.name: step for step in drawn.steps}
    return [
        (delay, split)
        for delay in drawn.steps
        if delay.type in _DELAYS and not delay.is_new
        for split in (by_name.get(str(delay.links["next"])),)
        if split is not None and split.is_new and split.type == "conditional-split"
    ]


async def impact(conn: db.Connection, account_id: int, flow: Flow, drawn: Drawn) -> list[Effect]:
    """What publishing a draft does to the people inside. Nobody is in a step that is not named."""
    waiting = dict(await db.rows(conn, _WAITING, (account_id, flow.id)))
    effects = [
        _effect(flow, id, waiting[id], landing) for id, landing in _landings(flow, drawn).items() if waiting.get(id)
    ]
    for delay, _ in _inserted_splits(drawn):
        if people := waiting.get(int(delay.name)):
            text = f"{_number(people)} at a delay before a new split: they take its first side without being asked."
            effects.append(Effect(delay.name, people, "passes", None, text))
    return effects


def _number(people: int) -> str:
    return f"{people:,} wait" if people > 1 else "One waits"


def _effect(flow: Flow, id: int, people: int, landing: Landing) -> Effect:
    head = f"{_number(people)} at a step you removed:"
    if landing.leaves:
        return Effect(str(id), people, "leaves", None, f"{head} they leave the flow, because a split follows it.")
    if landing.next_id is None:
        return Effect(str(id), people, "completes", None, f"{head} nothing follows it, so they are through.")
    following = flow.actions[landing.next_id]
    name = following.message.name if following.message is not None else following.type
    return Effect(str(id), people, "moves_on", str(landing.next_id), f"{head} they go on at once, to “{name}”.")


async def publish(conn: db.Connection, account: Account, flow: Flow, name: str, drawn: Drawn, now: datetime) -> Flow:
    """The draft takes the place of the definition. The caller holds the flow (`versions.kept`) and has checked the
    templates. Raises Refused."""
    account_id = account.account_id
    reference = await service.check(conn, account_id, drawn)
    numbers = await writing.numbers(conn, drawn.steps)
    landing = _landings(flow, drawn)
    await moving.remove(conn, account_id, flow, landing, now)
    splits = {int(delay.name): numbers[split.name] for delay, split in _inserted_splits(drawn)}
    await moving.let_pass(conn, account_id, flow.id, splits)
    await _write_flow(conn, account_id, flow, name, drawn, (reference, numbers), now)
    for position, step in enumerate(drawn.steps):
        if step.is_new:
            await writing.insert(conn, account_id, flow.id, position, step, numbers, now)
        else:
            action = flow.actions[int(step.name)]
            drawn_step = experiments.carried(action, step)
            await writing.update(conn, account_id, action, drawn_step, numbers, now, position=position)
    await writing.delete(conn, account_id, [flow.actions[id] for id in landing])
    await discard(conn, account_id, flow, now)
    return await _settle(conn, account, flow, now)


async def _write_flow(
    conn: db.Connection,
    account_id: int,
    flow: Flow,
    name: str,
    drawn: Drawn,
    known: tuple[int | None, dict[str, int]],
    now: datetime,
) -> None:
    reference, numbers = known
    trigger, profile_filter, reentry = service.stored(drawn)
    values = {
        "account": account_id,
        "flow": flow.id,
        "name": name,
        "kind": drawn.trigger.type,
        "ref": reference,
        "trigger": trigger,
        "filter": profile_filter,
        "reentry": reentry,
        "entry": None if drawn.entry is None else numbers[drawn.entry],
        "now": now,
    }
    await db.execute(conn, _PUBLISH, values)


async def _settle(conn: db.Connection, account: Account, before: Flow, now: datetime) -> Flow:
    """What follows from the new definition: its tests, its status, its dates. Raises Refused when it is live and can't
    be."""
    after = await service.load(conn, account.account_id, before.id)
    for id, action in after.actions.items():
        if id in before.actions:
            await experiments.changed(conn, account, before.actions[id], action, now)
        elif action.kind.is_test:
            await experiments.turned(conn, account, action, str(action.status), now)
    after = await service.derive_status(conn, account.account_id, before.id, now)
    if after.status != "draft":
        if after.archived:
            acting = next(str(action.id) for action in after.actions.values() if action.acts)
            raise Refused(service.ARCHIVED, pointer=f"{_place(after, acting)}/data/status")
        for found in activation.of_trigger(after):
            raise Refused(found.detail, pointer=_place(after, found.action_id))
    if after.trigger != before.trigger:
        await appointments.forget(conn, account.account_id, before.id)
    return after


def _place(flow: Flow, action: str | None) -> str:
    if action is None:
        return f"{POINTER}/triggers/0"
    return f"{POINTER}/actions/{list(flow.actions).index(int(action))}"
