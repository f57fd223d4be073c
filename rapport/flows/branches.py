"""Filters of the branches of a multi-branch split: their groups mix conditions on the profile with conditions on the
event that started the run (behaviour-messaging 1.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.flows import trigger_filter
from rapport.flows.trigger_filter import OtherCondition, PropertyCondition, TriggerFilter
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition, reader
from rapport.segments.grammar.nodes import Node

OF_EVENTS = ("metric-property", "custom-object-trigger-property")


@dataclass(frozen=True)
class Group:
    """Of these one must hold."""

    of_profile: tuple[Condition, ...]
    of_event: tuple[PropertyCondition | OtherCondition, ...]

    @property
    def definition(self) -> Definition | None:
        return Definition((self.of_profile,)) if self.of_profile else None

    @property
    def trigger_filter(self) -> TriggerFilter | None:
        return TriggerFilter((self.of_event,)) if self.of_event else None


def parse(
    definition: Mapping[str, Any],
    *,
    pointer: str = "",
    metric: str | None = None,
    types: Sequence[str] = OF_EVENTS,
    place: str = "",
) -> tuple[Group, ...]:
    """`types`: of conditions on the event that can stand here; `metric`: what they must be about. Raises
    DefinitionError."""
    node = Node(definition, pointer)
    groups = node["condition_groups"]
    node.only("condition_groups")
    return tuple(_group(group, metric, types, f"{place}/{at}") for at, group in enumerate(groups.items()))


def _group(node: Node, metric: str | None, types: Sequence[str], place: str) -> Group:
    conditions, of_profile = node["conditions"], reader(flow=True)
    node.only("conditions")
    profile, event = [], []
    for at, condition in enumerate(conditions.items()):
        if condition["type"].value in OF_EVENTS:
            if condition["type"].value not in types:
                raise condition["type"].error("This flow is not triggered by what the condition asks about.")
            event.append(trigger_filter.read(condition, metric, types))
        else:
            profile.append(of_profile(condition, f"{place}/{at}"))
    if not profile and not event:
        raise conditions.error("At least one condition is needed.")
    return Group(tuple(profile), tuple(event))


def of_profiles(groups: Sequence[Group]) -> Definition:
    """What the groups ask of profiles, for finding what they name."""
    return Definition(tuple(group.of_profile for group in groups))
