"""A definition: groups of conditions, AND between groups and OR inside them (behaviour-people 4.2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, Generic, Protocol, TypeVar

from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import Timeframe

POINTER = "/data/attributes/definition"
MAX_CONDITIONS = 100


class Described(Protocol):
    """What a condition tells of itself without the database. Frozen and hashable."""

    @property
    def depends(self) -> Dependencies: ...

    @property
    def mentions(self) -> Sequence[Mention]:
        """The things it names (metrics, lists, segments …). Each must exist when the definition is accepted."""
        ...

    @property
    def timeframes(self) -> Collection[Timeframe]:
        """Its timeframes that move with time. Empty when the passing of time alone never changes an answer."""
        ...


C = TypeVar("C", bound=Described)


@dataclass(frozen=True)
class Definition(Generic[C]):
    groups: tuple[tuple[C, ...], ...]

    @cached_property
    def conditions(self) -> frozenset[C]:
        return frozenset(condition for group in self.groups for condition in group)

    @cached_property
    def depends(self) -> Dependencies:
        return reduce(Dependencies.__or__, (condition.depends for condition in self.conditions), Dependencies())

    @cached_property
    def moving(self) -> tuple[C, ...]:
        """Conditions whose answer time alone can change."""
        return tuple(condition for condition in self.conditions if condition.timeframes)

    def holds(self, answers: Mapping[C, bool]) -> bool:
        """Whether one profile meets the definition, given each condition's answer."""
        return all(any(answers[condition] for condition in group) for group in self.groups)


def read(
    definition: Any, condition: Callable[[Node, str], C], *, pointer: str, may_be_empty: bool, place: str
) -> Definition[C]:
    """A definition from its JSON. `condition` reads one condition, given its node and its place, which begins with
    `place`. Raises DefinitionError, pointing at the part that is wrong."""
    node = Node(definition, pointer)
    group_nodes = node["condition_groups"]
    node.only("condition_groups")
    groups = tuple(_group(group, condition, f"{place}/{number}") for number, group in enumerate(group_nodes.items()))
    if not groups and not may_be_empty:
        raise group_nodes.error("At least one group of conditions is needed.")
    if sum(map(len, groups)) > MAX_CONDITIONS:
        raise group_nodes.error(f"A definition can have at most {MAX_CONDITIONS} conditions.")
    return Definition(groups)


def _group(node: Node, condition: Callable[[Node, str], C], place: str) -> tuple[C, ...]:
    condition_nodes = node["conditions"]
    node.only("conditions")
    conditions = tuple(condition(item, f"{place}/{number}") for number, item in enumerate(condition_nodes.items()))
    if not conditions:
        raise condition_nodes.error("At least one condition is needed.")
    return conditions


def mentions(definition: Definition[C], pointer: str = POINTER) -> list[Mention]:
    """Everything the definition names, each with the pointer to its name."""
    return [
        replace(mention, pointer=f"{pointer}/condition_groups/{number}/conditions/{place}{mention.pointer}")
        for number, group in enumerate(definition.groups)
        for place, condition in enumerate(group)
        for mention in condition.mentions
    ]
