"""Filters on one value, each a small SQL predicate (behaviour-people 4.2, 4.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from rapport.segments.conditions import timeframes
from rapport.segments.conditions.reading import Node
from rapport.segments.conditions.statement import Statement
from rapport.segments.conditions.timeframes import Timeframe
from rapport.segments.conditions.values import Value

# JSON's name -> SQL's
COMPARISONS = {
    "equals": "=",
    "not-equals": "<>",
    "greater-than": ">",
    "greater-than-or-equal": ">=",
    "less-than": "<",
    "less-than-or-equal": "<=",
}
_TESTS: dict[str, Callable[[str, str], str]] = {
    "equals": lambda text, wanted: f"{text} = {wanted}",
    "contains": lambda text, wanted: f"strpos({text}, {wanted}) > 0",
    "starts-with": lambda text, wanted: f"starts_with({text}, {wanted})",
    "ends-with": lambda text, wanted: f"right({text}, length({wanted})) = {wanted}",
}
_LATER = ("regex", "nregex", "phone-country-code-in", "phone-country-code-not-in")
_MOST_LENGTH = 1_000_000


class Filter(Protocol):
    """A test of a value. A value that can't be read as the filter's type matches neither it nor its negation."""

    @property
    def timeframe(self) -> Timeframe | None:
        """Set where time alone changes the answer."""
        ...

    def predicate(self, value: Value, statement: Statement) -> str: ...


@dataclass(frozen=True)
class _Timeless:
    @property
    def timeframe(self) -> Timeframe | None:
        return None


@dataclass(frozen=True)
class Text(_Timeless):
    test: str
    wanted: str
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        found = _TESTS[self.test](f"({value.text})", statement.add(self.wanted, "text"))
        return f"NOT ({found})" if self.negative else found


@dataclass(frozen=True)
class OneOf(_Timeless):
    wanted: tuple[str, ...]
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        found = f"({value.text}) = ANY({statement.add(list(self.wanted), 'text[]')})"
        return f"NOT ({found})" if self.negative else found


@dataclass(frozen=True)
class Number(_Timeless):
    operator: str
    wanted: Decimal

    def compare(self, number: str, statement: Statement) -> str:
        return f"{number} {COMPARISONS[self.operator]} {statement.add(self.wanted, 'numeric')}"

    def predicate(self, value: Value, statement: Statement) -> str:
        return self.compare(f"({value.number})", statement)

    def holds(self, number: int) -> bool:
        """Whether it holds for `number`: of nothing counted, 0."""
        return {
            "equals": number == self.wanted,
            "not-equals": number != self.wanted,
            "greater-than": number > self.wanted,
            "greater-than-or-equal": number >= self.wanted,
            "less-than": number < self.wanted,
            "less-than-or-equal": number <= self.wanted,
        }[self.operator]


@dataclass(frozen=True)
class Boolean(_Timeless):
    wanted: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        return f"({value.boolean}) = {statement.add(self.wanted, 'boolean')}"


@dataclass(frozen=True)
class Existence(_Timeless):
    is_set: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        return value.is_set if self.is_set else f"NOT {value.is_set}"


@dataclass(frozen=True)
class ListHas(_Timeless):
    """Whole elements: any or all of `wanted` (None stands for null)."""

    wanted: tuple[str | None, ...]
    everything: bool
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        wanted = statement.add(list(self.wanted), "text[]")
        found = f"SELECT FROM {value.elements} AS e WHERE e.element IS NOT DISTINCT FROM w.wanted"
        test = f"NOT EXISTS ({found})" if self.everything else f"EXISTS ({found})"
        # all = there is none that is missing
        some = f"EXISTS (SELECT FROM unnest({wanted}) AS w (wanted) WHERE {test})"
        return f"{value.is_list} AND {'' if self.everything == self.negative else 'NOT '}{some}"


@dataclass(frozen=True)
class ListHasPart(_Timeless):
    wanted: str
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        wanted = statement.add(self.wanted, "text")
        found = f"EXISTS (SELECT FROM {value.elements} AS e WHERE strpos(e.element, {wanted}) > 0)"
        return f"{value.is_list} AND {'NOT ' if self.negative else ''}{found}"


@dataclass(frozen=True)
class ListLength(_Timeless):
    operator: str
    wanted: int

    def predicate(self, value: Value, statement: Statement) -> str:
        return f"({value.length}) {COMPARISONS[self.operator]} {statement.add(self.wanted, 'bigint')}"


@dataclass(frozen=True)
class Within:
    """A date, within a timeframe."""

    timeframe: Timeframe

    def predicate(self, value: Value, statement: Statement) -> str:
        return self.timeframe.window(statement.now).predicate(f"({value.moment})", statement)


def of_profile(node: Node) -> Filter:
    """A filter on a profile's own field. Raises DefinitionError."""
    kind = node["type"].choice(("string", "numeric", "boolean", "existence", "list", "date"))
    if kind == "date":
        return Within(timeframes.read(node, timeframes.OF_VALUES))
    return _element(node) if kind == "list" else _READERS[kind](node)


def of_event(node: Node) -> Filter:
    """A filter on a property of an event: no dates there (behaviour-people 4.2). Raises DefinitionError."""
    kind = node["type"].choice(("string", "numeric", "boolean", "existence", "list"))
    return _elements(node) if kind == "list" else _READERS[kind](node)


def number(node: Node) -> Number:
    node.only("type", "operator", "value")
    node["type"].choice(("numeric",))
    return Number(node["operator"].choice(tuple(COMPARISONS)), node["value"].number())


def boolean(node: Node) -> Boolean:
    node.only("type", "operator", "value")
    node["type"].choice(("boolean",))
    node["operator"].choice(("equals",))
    return Boolean(node["value"].boolean())


def existence(node: Node) -> Existence:
    node.only("type", "operator")
    return Existence(node["operator"].choice(("is-set", "not-set")) == "is-set")


def text(node: Node) -> Filter:
    node.only("type", "operator", "value")
    node["type"].choice(("string",))
    names = (*_TESTS, *(f"not-{test}" for test in _TESTS), "in", "not-in", *_LATER)
    operator = node["operator"].choice(names)
    if operator in _LATER:
        raise node["operator"].error(f"The operator '{operator}' is not available yet.")
    test, negative = operator.removeprefix("not-"), operator.startswith("not-")
    if test == "in":
        return OneOf(node["value"].texts(), negative)
    # Equal to nothing is how an unset value is asked for.
    if test == "equals" and not node["value"].given:
        return Existence(negative)
    return Text(test, node["value"].text(), negative)


def _length(node: Node, operator: str) -> ListLength:
    return ListLength(operator.removeprefix("length-"), node["value"].integer(0, _MOST_LENGTH))


_LENGTHS = tuple(f"length-{name}" for name in COMPARISONS if name != "not-equals")


def _element(node: Node) -> Filter:
    node.only("type", "operator", "value")
    operator = node["operator"].choice(("contains", "not-contains", *_LENGTHS))
    if operator in _LENGTHS:
        return _length(node, operator)
    wanted = node["value"]
    if isinstance(wanted.value, bool) or not isinstance(wanted.value, str | int | None):
        raise wanted.error("A string, a whole number or null is needed here.")
    return ListHas((None if wanted.value is None else str(wanted.value),), False, operator == "not-contains")


def _elements(node: Node) -> Filter:
    node.only("type", "operator", "value")
    sets = ("contains-any", "contains-all", "not-contains-any", "not-contains-all")
    parts = ("contains-substring", "not-contains-substring")
    operator = node["operator"].choice((*sets, *parts, *_LENGTHS))
    if operator in _LENGTHS:
        return _length(node, operator)
    negative = operator.startswith("not-")
    if operator in parts:
        return ListHasPart(node["value"].text(), negative)
    return ListHas(node["value"].texts(), operator.endswith("all"), negative)


_READERS: dict[str, Callable[[Node], Filter]] = {
    "string": text,
    "numeric": number,
    "boolean": boolean,
    "existence": existence,
}
