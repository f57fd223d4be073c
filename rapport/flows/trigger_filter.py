"""Trigger filters: conditions on the top-level properties of the one event that started a run.

The predicates are those of segments; here they are asked of events in hand instead of the log
(behaviour-messaging 1.4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from rapport.kit import db
from rapport.segments.grammar import filters
from rapport.segments.grammar.filters import Filter
from rapport.segments.grammar.nodes import Node
from rapport.segments.sql import predicates
from rapport.segments.sql.statement import Statement, either, every
from rapport.segments.sql.values import Value

_MATCHING = """
    SELECT e.id FROM unnest(%(ids)s::bigint[], %(properties)s::text[]::jsonb[], %(values)s::text[]::numeric[])
        AS e (id, properties, value)
    WHERE {where}"""


@dataclass(frozen=True)
class Happened:
    """An event as a filter sees it: its properties as JSON text, its value as decimal text."""

    id: int
    properties: str
    value: str | None

    @cached_property
    def for_templates(self) -> Mapping[str, Any]:
        """What templates see as `event`: the properties and `$value`. Decoded once for all actions."""
        properties: dict[str, Any] = msgspec.json.decode(self.properties)
        return properties if self.value is None else {"$value": float(self.value), **properties}


@dataclass(frozen=True)
class Between:
    """A number from `start` to `end`, both included: what the filters of segments don't have."""

    start: Decimal
    end: Decimal

    def predicate(self, value: Value, statement: Statement) -> str:
        start, end = statement.add(self.start, "numeric"), statement.add(self.end, "numeric")
        return f"({value.number}) BETWEEN {start} AND {end}"


@dataclass(frozen=True)
class PropertyCondition:
    field: str
    filter: Filter | Between

    def predicate(self, statement: Statement) -> str:
        value = statement.event_property(self.field)
        if isinstance(self.filter, Between):
            return self.filter.predicate(value, statement)
        return predicates.of_filter(self.filter, value, statement)


@dataclass(frozen=True)
class OtherCondition:
    """About something that no event of this version carries (a price, stock, an object, the output of an action). No
    flow that has one can be live."""

    type: str

    def predicate(self, statement: Statement) -> str:
        return "false"


@dataclass(frozen=True)
class TriggerFilter:
    groups: tuple[tuple[PropertyCondition | OtherCondition, ...], ...]

    def predicate(self, statement: Statement) -> str:
        return every(either(condition.predicate(statement) for condition in group) for group in self.groups)


# Fields that a condition of each type has beside `type` and `filter`.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "metric-property": ("metric_id", "field"),
    "price-drop-property": ("metric_id", "field"),
    "low-inventory-property": ("metric_id", "field"),
    "custom-object-property": ("custom_object_label", "field"),
    "custom-object-trigger-property": ("property_id",),
    "action-output": ("output_config_id", "field"),
}
_NUMBERED = ("property_id", "output_config_id")
_MOST_ID = 2**53


def parse(
    definition: Mapping[str, Any],
    *,
    pointer: str,
    metric: str | None = None,
    types: Sequence[str] = ("metric-property",),
) -> TriggerFilter:
    """`metric`: public id the conditions must be about. `types`: of conditions that can stand here. Raises
    DefinitionError."""
    node = Node(definition, pointer)
    groups = node["condition_groups"]
    node.only("condition_groups")
    return TriggerFilter(tuple(_group(group, metric, types) for group in groups.items()))


def _group(node: Node, metric: str | None, types: Sequence[str]) -> tuple[PropertyCondition | OtherCondition, ...]:
    conditions = node["conditions"]
    node.only("conditions")
    group = tuple(read(condition, metric, types) for condition in conditions.items())
    if not group:
        raise conditions.error("At least one condition is needed.")
    return group


def read(node: Node, metric: str | None, types: Sequence[str]) -> PropertyCondition | OtherCondition:
    """One condition. Raises DefinitionError."""
    type = node["type"].text()
    if type not in types:
        raise node["type"].error(f"Only conditions of type {' or '.join(map(repr, types))} are available here.")
    node.only("type", "filter", *_FIELDS[type])
    if type == "metric-property":
        if metric is not None and node["metric_id"].text() != metric:
            raise node["metric_id"].error("A trigger filter can only ask about the metric that triggers the flow.")
        return PropertyCondition(node["field"].text(), _filter(node["filter"]))
    for name in _FIELDS[type]:
        if name in _NUMBERED:
            node[name].integer(0, _MOST_ID)
        elif name != "metric_id" or node[name].is_set:
            node[name].text()
    _filter(node["filter"])
    return OtherCondition(type)


def _filter(node: Node) -> Filter | Between:
    if node["type"].value == "numeric" and node["operator"].value == "between":
        node.only("type", "operator", "start", "end")
        return Between(node["start"].number(), node["end"].number())
    return filters.of_profile(node)


async def passing(
    conn: db.Connection, event_filter: TriggerFilter, events: Sequence[Happened], now: datetime
) -> set[int]:
    """Ids of the events that pass."""
    statement = Statement(now)
    where = event_filter.predicate(statement)
    parameters = statement.parameters | {
        "ids": [event.id for event in events],
        "properties": [event.properties for event in events],
        "values": [event.value for event in events],
    }
    return {row[0] for row in await db.rows(conn, _MATCHING.format(where=where), parameters)}
