"""What happens to the people inside a flow whose steps change (behaviour-messaging 1.7)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.flows import changes
from rapport.flows.plan import Action, Flow
from rapport.kit import db

_REMOVED = """
    INSERT INTO removed_flow_actions (account_id, flow_id, action_id, next_id)
    SELECT %s, %s, * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT (account_id, action_id) DO NOTHING"""
# Who waits for a step that is gone moves on at once.
_MOVE = """
    UPDATE enrolments e SET action_id = n.next_id, waiting = false, due = %(now)s,
        finished = CASE WHEN n.next_id IS NULL THEN %(now)s END, left_early = n.leaves
    FROM unnest(%(removed)s::bigint[], %(nexts)s::bigint[], %(leave)s::boolean[]) AS n (action_id, next_id, leaves)
    WHERE e.account_id = %(account)s AND e.flow_id = %(flow)s AND e.action_id = n.action_id
    RETURNING e.profile_id, e.action_id"""
_PASS = """
    UPDATE enrolments e SET yes_at = n.split FROM unnest(%(delays)s::bigint[], %(splits)s::bigint[]) AS n (delay, split)
    WHERE e.account_id = %(account)s AND e.flow_id = %(flow)s AND e.action_id = n.delay AND e.waiting"""
# So many that nobody makes them by hand; a circle can't be.
_MOST = 1000
_NEXT = """
    WITH RECURSIVE way AS (
        SELECT action_id AS removed, next_id, 1 AS step FROM removed_flow_actions
        WHERE account_id = %(account)s AND action_id = ANY(%(actions)s)
        UNION ALL
        SELECT w.removed, r.next_id, w.step + 1 FROM way w
        JOIN removed_flow_actions r ON r.account_id = %(account)s AND r.action_id = w.next_id
        WHERE w.step < %(most)s)
    SELECT DISTINCT ON (removed) removed, next_id FROM way ORDER BY removed, step DESC"""


@dataclass(frozen=True)
class Landing:
    """Where whoever waits at a removed step goes: to an action, to the end, or out of the flow."""

    next_id: int | None
    leaves: bool = False


def landings(flow: Flow, removed: Collection[int]) -> dict[int, Landing]:
    """By removed action: the following one that stays. Where that is a split, with no delay before it, they leave the
    flow."""
    return {id: _landing(flow, removed, flow.actions[id]) for id in removed}


def _landing(flow: Flow, removed: Collection[int], action: Action) -> Landing:
    """What follows a removed split follows its first side."""
    following = first_way(action)
    while following is not None and following in removed:
        following = first_way(flow.actions[following])
    if following is not None and following in flow.actions and flow.actions[following].kind.is_split:
        return Landing(None, leaves=True)
    return Landing(following)


def first_way(action: Action) -> int | None:
    """The first side that leads on."""
    return next((target for target in action.links.values() if target is not None), None)


async def remove(
    conn: db.Connection, account_id: int, flow: Flow, landing: Mapping[int, Landing], now: datetime
) -> None:
    """Move those who wait at removed steps. Before their rows are deleted: an engine that holds the people may still
    want to write into those."""
    if not landing:
        return
    removed = list(landing)
    nexts = [landing[id].next_id for id in removed]
    await db.execute(conn, _REMOVED, (account_id, flow.id, removed, nexts))
    parameters = {
        "account": account_id,
        "flow": flow.id,
        "removed": removed,
        "nexts": nexts,
        "leave": [landing[id].leaves for id in removed],
        "now": now,
    }
    ended: dict[int, list[int]] = defaultdict(list)
    for profile, action in await db.rows(conn, _MOVE, parameters):
        if action is None:
            ended[flow.id].append(profile)
    await changes.enqueue(conn, account_id, ended)


async def let_pass(conn: db.Connection, account_id: int, flow_id: int, splits: Mapping[int, int]) -> None:
    """Who waits in a delay that a split was put behind takes its first side, unasked. `splits`: by delay."""
    if splits:
        parameters = {
            "account": account_id,
            "flow": flow_id,
            "delays": list(splits),
            "splits": list(splits.values()),
        }
        await db.execute(conn, _PASS, parameters)


async def replacements(conn: db.Connection, account_id: int, actions: Collection[int]) -> dict[int, int | None]:
    """Where the way goes on from actions that are gone; those of which nothing is known are left out."""
    parameters = {"account": account_id, "actions": list(actions), "most": _MOST}
    return dict(await db.rows(conn, _NEXT, parameters))
