"""A definition: groups of conditions, AND between groups and OR inside them (behaviour-people 4.2).

It is boolean algebra over sets of profile ids, one set for each condition. This is the only evaluator: segments,
filters and splits of flows, and audiences all come here.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Any

from pyroaring import BitMap64

from rapport.accounts.types import Account
from rapport.kit import db
from rapport.segments.conditions import consent, membership, metric, properties, sample
from rapport.segments.conditions.errors import DefinitionError
from rapport.segments.conditions.membership import MembershipCondition
from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.reading import Node
from rapport.segments.conditions.scope import Condition, Dependencies, Group, Names, Scope

MAX_CONDITIONS = 100
_METRICS = "SELECT public_id, id FROM metrics WHERE account_id = %s AND public_id = ANY(%s)"
_GROUPS = """
    SELECT public_id, 'list', id FROM lists WHERE account_id = %s AND public_id = ANY(%s)
    UNION ALL SELECT public_id, 'segment', id FROM segments WHERE account_id = %s AND public_id = ANY(%s)"""


@dataclass(frozen=True)
class Definition:
    groups: tuple[tuple[Condition, ...], ...]

    @cached_property
    def conditions(self) -> frozenset[Condition]:
        return frozenset(condition for group in self.groups for condition in group)

    @cached_property
    def depends(self) -> Dependencies:
        return reduce(Dependencies.__or__, (condition.depends for condition in self.conditions), Dependencies())

    @cached_property
    def moving(self) -> tuple[Condition, ...]:
        """Conditions that time alone can change."""
        return tuple(condition for condition in self.conditions if condition.timeframes)


@dataclass(frozen=True)
class Mention:
    """A metric, list or segment that a definition names, and where."""

    kind: str
    public_id: str
    pointer: str


def parse(
    definition: Any, *, pointer: str = "/data/attributes/definition", flow: bool = False, place: str = ""
) -> Definition:
    """A definition as it came in JSON. Raises DefinitionError at the part that can't be taken.

    `flow` allows what only flows can ask (the timeframe operator flow-start, profile-sample, no groups at all);
    `place` tells one split from another, so that their samples are independent.
    """
    groups = Node(definition, pointer)["condition_groups"]
    Node(definition, pointer).only("condition_groups")
    found = tuple(_group(group, flow, f"{place}/{number}") for number, group in enumerate(groups.items()))
    if not found and not flow:
        raise groups.error("At least one group of conditions is needed.")
    if sum(map(len, found)) > MAX_CONDITIONS:
        raise groups.error(f"A definition can have at most {MAX_CONDITIONS} conditions.")
    return Definition(found)


def _group(node: Node, flow: bool, place: str) -> tuple[Condition, ...]:
    conditions = node["conditions"]
    node.only("conditions")
    found = tuple(_condition(one, flow, f"{place}/{number}") for number, one in enumerate(conditions.items()))
    if not found:
        raise conditions.error("At least one condition is needed.")
    return found


# Types that are known and not there yet are told apart from types that are no types.
_LATER = (
    "profile-metric-funnel", "profile-permissions", "profile-postal-code-distance", "profile-region",
    "profile-predictive-analytics", "profile-has-custom-object",
)  # fmt: skip
_READERS: Mapping[str, Callable[[Node, bool, str], Condition]] = {
    "profile-metric": lambda node, flow, place: metric.read(node, flow=flow),
    "profile-property": lambda node, flow, place: properties.read(node),
    "profile-group-membership": lambda node, flow, place: membership.read(node),
    "profile-marketing-consent": lambda node, flow, place: consent.read(node),
}
_FLOW_READERS: Mapping[str, Callable[[Node, bool, str], Condition]] = {
    **_READERS,
    "profile-sample": lambda node, flow, place: sample.read(node, place),
}


def _condition(node: Node, flow: bool, place: str) -> Condition:
    readers = _FLOW_READERS if flow else _READERS
    if node["type"].value in _LATER:
        raise node.error(f"Conditions of type '{node['type'].value}' are not available yet.")
    return readers[node["type"].choice((*readers, *_LATER))](node, flow, place)


def mentions(definition: Definition, pointer: str = "/data/attributes/definition") -> list[Mention]:
    """Every metric, list and segment the definition names, each with the pointer to its name."""
    found = []
    for number, group in enumerate(definition.groups):
        for place, condition in enumerate(group):
            at = f"{pointer}/condition_groups/{number}/conditions/{place}"
            if isinstance(condition, MetricCondition):
                found.append(Mention("metric", condition.metric, f"{at}/metric_id"))
            if isinstance(condition, MembershipCondition):
                found.append(Mention("group", condition.group, f"{at}/group_ids/0"))
    return found


async def resolve(conn: db.Connection, account_id: int, depends: Dependencies) -> Names:
    """The database's own ids of what is depended on; what is not there is left out."""
    metrics, groups = sorted(depends.metrics), sorted(depends.groups)
    found = await db.rows(conn, _METRICS, (account_id, metrics)) if metrics else []
    members = await db.rows(conn, _GROUPS, (account_id, groups, account_id, groups)) if groups else []
    return Names(dict(found), {row[0]: Group(row[1], row[2]) for row in members})


async def matching(
    conn: db.Connection,
    account: Account,
    definition: Definition,
    *,
    now: datetime,
    among: Collection[int] | None = None,
    since: Mapping[int, datetime] | None = None,
) -> BitMap64:
    """Profile ids that meet `definition` at `now`: of `among`, or of everybody.

    `since`: when each profile entered the flow, for the timeframe operator flow-start.
    """
    names = await resolve(conn, account.account_id, definition.depends)
    scope = Scope(conn, account.account_id, now, names, None if among is None else list(among), since)
    return await combine(definition, scope, lambda condition: condition.matching(scope))


async def combine(definition: Definition, scope: Scope, ask: Callable[[Condition], Awaitable[BitMap64]]) -> BitMap64:
    """The algebra: `ask` gives each condition's set."""
    if not definition.groups:
        return await scope.everybody()
    found: BitMap64 | None = None
    for group in definition.groups:
        anyone = BitMap64()
        for condition in group:
            anyone |= await ask(condition)
        found = anyone if found is None else found & anyone
        if not found:
            break
    assert found is not None
    return found


__all__ = ["Definition", "DefinitionError", "Mention", "combine", "matching", "mentions", "parse", "resolve"]
