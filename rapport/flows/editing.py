"""One action put into a flow, or taken out of it (`create_flow_action`, `delete_flow_action`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import activation, moving, service, writing
from rapport.flows.action_types import KINDS
from rapport.flows.checking import POINTER
from rapport.flows.definition import MAX_ACTIONS, Step, new_step
from rapport.flows.plan import Action, Flow
from rapport.kit import db
from rapport.kit.refusals import Refused

ANCHOR = "/data/attributes/anchor-action/data"
_ENTRY = "UPDATE flows SET entry_action_id = %s, updated = %s WHERE account_id = %s AND id = %s"
_LINKS = "UPDATE flow_actions SET links = %s, updated = %s WHERE account_id = %s AND id = %s"
_MAKE_ROOM = """
    UPDATE flow_actions SET position = position + 1 WHERE account_id = %s AND flow_id = %s AND position >= %s"""
_POSITIONS = "SELECT id, position FROM flow_actions WHERE account_id = %s AND flow_id = %s"


@dataclass(frozen=True)
class Place:
    """Where a new action goes. `ways`: the links that will lead to it, as (action, way); `is_entry`: the flow begins
    with it. `next_id`: what follows it."""

    ways: tuple[tuple[int, str], ...]
    is_entry: bool
    next_id: int | None


def after(flow: Flow, anchor: Mapping[str, Any], temporary_id: str) -> Place:
    """Behind a link of an action that is there. `anchor`: {id, attributes: {definition: {type, and the one link}}}.
    Raises Refused."""
    id, definition = str(anchor.get("id")), (anchor.get("attributes") or {}).get("definition") or {}
    action = flow.actions.get(int(id)) if id.isascii() and id.isdigit() else None
    if action is None:
        raise Refused(f"There is no action '{id}' in this flow.", pointer=f"{ANCHOR}/id")
    at = f"{ANCHOR}/attributes/definition"
    if definition.get("type") != action.type:
        raise Refused(f"The action is of type '{action.type}'.", pointer=f"{at}/type")
    links = _anchor_links(action, definition)
    if len(links) != 1:
        raise Refused("Exactly one link of the action must be named.", pointer=f"{at}/links")
    way, target = next(iter(links.items()))
    if way not in action.links:
        raise Refused(f"The action has no link '{way}'.", pointer=f"{at}/links")
    if target != temporary_id:
        raise Refused("The link must name the temporary_id of the new action.", pointer=f"{at}/links")
    return Place(((action.id, way),), False, action.links[way])


def _anchor_links(action: Action, definition: Mapping[str, Any]) -> dict[str, Any]:
    if action.type != "multi-branch-split":
        return dict(definition.get("links") or {})
    branches = (definition.get("data") or {}).get("branches") or []
    return {str(branch.get("branch_id")): (branch.get("links") or {}).get("next") for branch in branches}


def ahead_of(flow: Flow, next_id: Any) -> Place:
    """Before an action that is there: whatever led to that leads to the new one. Raises Refused."""
    action = flow.actions.get(int(next_id)) if str(next_id).isascii() and str(next_id).isdigit() else None
    if action is None:
        raise Refused(f"There is no action '{next_id}' in this flow.", pointer=f"{POINTER}/links/next")
    ways = tuple((each.id, way) for each in flow.actions.values() for way, to in each.links.items() if to == action.id)
    return Place(ways, flow.entry_action_id == action.id, action.id)


def first(flow: Flow) -> Place:
    """Raises Refused when the flow has actions already."""
    if flow.actions:
        detail = "The flow has actions: name one with anchor-action, or with a link."
        raise Refused(detail, pointer="/data/relationships/flow")
    return Place((), True, None)


def following_of(definition: Mapping[str, Any]) -> str | None:
    """The action that the new one is put before, by its id."""
    links = definition.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    return None if following is None else str(following)


def read(flow: Flow, definition: Mapping[str, Any]) -> tuple[Step, str | None]:
    """The new action, in draft where it has a status, and the branch of a split through which the flow goes on. Raises
    Refused."""
    kind = KINDS.get(str(definition.get("type")))
    if kind is not None and not kind.insertable:
        detail = f"An action of type '{definition['type']}' can't be put into a flow; change the flow's draft instead."
        raise Refused(detail, pointer=f"{POINTER}/type")
    bare = {name: value for name, value in definition.items() if name != "links"}
    joined = None
    if isinstance(data := bare.get("data"), dict):
        data = dict(data)
        if kind is not None and kind.has_status:
            data["status"] = "draft"
        if isinstance(branches := data.get("branches"), list):
            joined = next((str(each.get("branch_id")) for each in branches if _is_joined(each)), None)
            data["branches"] = [_without_joined(each) for each in branches]
        bare["data"] = data
    step = new_step(bare, POINTER, flow.typed_trigger)
    if any(target is not None for target in step.links.values()):
        raise Refused("The branches of a new split lead nowhere yet.", pointer=f"{POINTER}/data/branches")
    return step, joined


def _is_joined(branch: Any) -> bool:
    return isinstance(branch, dict) and bool(branch.get("joined"))


def _without_joined(branch: Any) -> Any:
    return {key: value for key, value in branch.items() if key != "joined"} if isinstance(branch, dict) else branch


async def insert(
    conn: db.Connection,
    account: Account,
    flow: Flow,
    place: Place,
    new: tuple[Step, str | None],
    *,
    allow_live: bool,
    now: datetime,
) -> Action:
    """Put a new action into its place. Raises Refused."""
    step, joined = new
    account_id = account.account_id
    if len(flow.actions) >= MAX_ACTIONS:
        raise Refused(f"A flow can have at most {MAX_ACTIONS} actions.", pointer=POINTER)
    _check_live(flow, step, allow_live)
    await service.check_step(conn, account_id, step)
    way = joined if joined in step.links else next(iter(step.links))
    step = replace(step, links=step.links | {str(way): None if place.next_id is None else str(place.next_id)})
    numbers = await writing.numbers(conn, [step]) | {id: int(id) for id in flow.known}
    position = await _position(conn, account_id, flow, place)
    number = await writing.insert(conn, account_id, flow.id, position, step, numbers, now)
    for from_id, from_way in place.ways:
        links = flow.actions[from_id].links | {from_way: number}
        flow = replace(flow, actions={**flow.actions, from_id: replace(flow.actions[from_id], links=links)})
        await db.execute(conn, _LINKS, (Jsonb(links), now, account_id, from_id))
    entry = number if place.is_entry else flow.entry_action_id
    await db.execute(conn, _ENTRY, (entry, now, account_id, flow.id))
    return (await service.load(conn, account_id, flow.id)).actions[number]


def _check_live(flow: Flow, step: Step, allow_live: bool) -> None:
    """What has no status of its own is as live as its flow."""
    if flow.status == "draft" or step.kind.has_status:
        return
    if not allow_live:
        detail = "The flow is live, and so the action will be: say so with allow_live_action."
        raise Refused(detail, pointer="/data/attributes/allow_live_action")
    for reason in activation.of_step(step):
        raise Refused(reason, pointer=f"{POINTER}/type")


async def _position(conn: db.Connection, account_id: int, flow: Flow, place: Place) -> int:
    """Behind the first action that leads to it."""
    positions = dict(await db.rows(conn, _POSITIONS, (account_id, flow.id)))
    position = min((positions[id] + 1 for id, _ in place.ways), default=0)
    await db.execute(conn, _MAKE_ROOM, (account_id, flow.id, position))
    return position


async def remove(conn: db.Connection, account: Account, flow: Flow, action: Action, now: datetime) -> None:
    """Take an action out of its flow: what led to it leads to what followed it. Raises Refused for a split of which
    several sides lead on."""
    account_id = account.account_id
    onward = {target for target in action.links.values() if target is not None}
    if len(onward) > 1:
        raise Refused("Several sides of this split lead on: take the actions of all but one away first.", pointer=None)
    following = next(iter(onward), None)
    await moving.remove(conn, account_id, flow, moving.landings(flow, [action.id]), now)
    for other in flow.actions.values():
        if action.id in other.links.values():
            links = {way: following if target == action.id else target for way, target in other.links.items()}
            await db.execute(conn, _LINKS, (Jsonb(links), now, account_id, other.id))
    entry = following if flow.entry_action_id == action.id else flow.entry_action_id
    await db.execute(conn, _ENTRY, (entry, now, account_id, flow.id))
    await writing.delete(conn, account_id, [action])
    await service.derive_status(conn, account_id, flow.id, now)
