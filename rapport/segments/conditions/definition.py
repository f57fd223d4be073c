"""A definition: groups of conditions, AND between groups and OR inside them (behaviour-people 4.2)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

from rapport.events import mapped_metrics
from rapport.events.metrics import Metric
from rapport.kit import db
from rapport.kit.rooms import Point
from rapport.segments.conditions import (
    consent,
    distance,
    funnel,
    membership,
    metric,
    permissions,
    predictive,
    properties,
    region,
    sample,
)
from rapport.segments.grammar.errors import DefinitionError
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql.scope import Condition, Dependencies, Group, Mention, Names, Thing

POINTER = "/data/attributes/definition"
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


def parse(definition: Any, *, pointer: str = POINTER, flow: bool = False, place: str = "") -> Definition:
    """A definition as it came in JSON. Raises DefinitionError at the part that can't be taken.

    `flow` allows what only flows can ask (the timeframe operator flow-start, no groups at all);
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


_READERS: Mapping[str, Callable[[Node, bool, str], Condition]] = {
    "profile-metric": lambda node, flow, place: metric.read(node, flow=flow),
    "profile-property": lambda node, flow, place: properties.read(node),
    "profile-group-membership": lambda node, flow, place: membership.read(node),
    "profile-marketing-consent": lambda node, flow, place: consent.read(node),
    "profile-predictive-analytics": lambda node, flow, place: predictive.read(node),
    "profile-has-custom-object": lambda node, flow, place: _no_custom_objects(node),
    "profile-sample": lambda node, flow, place: sample.read(node, place),
    "profile-metric-funnel": lambda node, flow, place: funnel.read(node),
    "profile-permissions": lambda node, flow, place: permissions.read(node),
    "profile-region": lambda node, flow, place: region.read(node),
    "profile-postal-code-distance": lambda node, flow, place: distance.read(node),
}


@dataclass(frozen=True)
class Extension:
    """Conditions that a room above adds. `readers`: by type. `kind`: of what they name, which is also the kind of
    Change that concerns them, its own id being the change's `group`. `query`: (public id, own id) of those there are,
    given the account and an array of public ids."""

    readers: Mapping[str, Callable[[Node, bool, str], Condition]]
    kind: str
    query: str


EXTENSIONS: Point[Extension] = Point("types of conditions")


def _no_custom_objects(node: Node) -> Condition:
    """Raises DefinitionError, whatever it asks for."""
    node.only("type", "object_type_id", "object_type_relationship_id", "filter", "filters")
    raise node["object_type_id"].error("There are no custom objects in this installation.")


def _condition(node: Node, flow: bool, place: str) -> Condition:
    readers = dict(_READERS)
    for extension in EXTENSIONS:
        readers.update(extension.readers)
    return readers[node["type"].choice(tuple(readers))](node, flow, place)


def mentions(definition: Definition, pointer: str = POINTER) -> list[Mention]:
    """Everything the definition names, each with the pointer to its name."""
    return [
        replace(mention, pointer=f"{pointer}/condition_groups/{number}/conditions/{place}{mention.pointer}")
        for number, group in enumerate(definition.groups)
        for place, condition in enumerate(group)
        for mention in condition.mentions
    ]


async def resolve(conn: db.Connection, account_id: int, depends: Dependencies) -> Names:
    """The database's own ids of what is depended on; what is not there is left out."""
    metrics, groups = sorted(depends.metrics), sorted(depends.groups)
    found = await db.rows(conn, _METRICS, (account_id, metrics)) if metrics else []
    members = await db.rows(conn, _GROUPS, (account_id, groups, account_id, groups)) if groups else []
    things = {thing: own for added in EXTENSIONS for thing, own in await _things(conn, account_id, added, depends)}
    purposes = await _purposes(conn, account_id, depends.purposes) if depends.purposes else {}
    return Names(dict(found), {row[0]: Group(row[1], row[2]) for row in members}, things, purposes)


async def _purposes(conn: db.Connection, account_id: int, purposes: Collection[str]) -> dict[str, Metric | None]:
    rows = await mapped_metrics.mapped(conn, account_id, sorted(purposes))
    served = [row["purpose"] for row in rows if row["metric_id"] or row["custom_metric_id"]]
    return {purpose: await mapped_metrics.metric_of(conn, account_id, purpose) for purpose in served}


async def _things(
    conn: db.Connection, account_id: int, extension: Extension, depends: Dependencies
) -> list[tuple[Thing, int]]:
    wanted = sorted(thing.public_id for thing in depends.things if thing.kind == extension.kind)
    if not wanted:
        return []
    # tenant-scope: an extension's `query` holds the condition
    found = await db.rows(conn, extension.query, (account_id, wanted))
    return [(Thing(extension.kind, public_id), own) for public_id, own in found]


__all__ = ["EXTENSIONS", "Definition", "DefinitionError", "Extension", "Mention", "mentions", "parse", "resolve"]
