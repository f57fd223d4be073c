"""Filters on one value (behaviour-people 4.2, 4.6), which `sql.predicates` says to a database.

A value that can't be read as the filter's type matches neither the filter nor its negation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from phonenumbers import SUPPORTED_REGIONS

from rapport.segments.grammar import regex, timeframes
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.regex import Pattern, RegexError
from rapport.segments.grammar.timeframes import Timeframe

COMPARISONS = (
    "equals",
    "not-equals",
    "greater-than",
    "greater-than-or-equal",
    "less-than",
    "less-than-or-equal",
)
_TESTS = ("equals", "contains", "starts-with", "ends-with")
_PATTERNS = ("regex", "nregex")
_PHONES = ("phone-country-code-in", "phone-country-code-not-in")
# ISO codes of countries that have a numbering plan.
_PHONE_COUNTRIES = frozenset(SUPPORTED_REGIONS)
_MOST_LENGTH = 1_000_000


@dataclass(frozen=True)
class _Timeless:
    @property
    def timeframe(self) -> Timeframe | None:
        """The timeframe, for filters whose answer time alone changes; else None."""
        return None


@dataclass(frozen=True)
class Text(_Timeless):
    """`test`: equals, contains, starts-with or ends-with."""

    test: str
    wanted: str
    negative: bool


@dataclass(frozen=True)
class OneOf(_Timeless):
    wanted: tuple[str, ...]
    negative: bool


@dataclass(frozen=True)
class Matches(_Timeless):
    """A regular expression that the whole value matches."""

    pattern: Pattern
    negative: bool


@dataclass(frozen=True)
class PhoneCountry(_Timeless):
    """ISO codes of countries. A value that is no phone number matches neither the filter nor its negation."""

    wanted: tuple[str, ...]
    negative: bool


@dataclass(frozen=True)
class Number(_Timeless):
    """`operator`: one of COMPARISONS."""

    operator: str
    wanted: Decimal

    def holds(self, number: int) -> bool:
        """Whether the comparison is true for `number`; 0 where nothing is counted."""
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


@dataclass(frozen=True)
class Existence(_Timeless):
    is_set: bool


@dataclass(frozen=True)
class ListHas(_Timeless):
    """A list that contains any or all of `wanted` as whole elements (None stands for null)."""

    wanted: tuple[str | None, ...]
    everything: bool
    negative: bool


@dataclass(frozen=True)
class ListHasPart(_Timeless):
    """A list with an element that contains a text."""

    wanted: str
    negative: bool


@dataclass(frozen=True)
class ListLength(_Timeless):
    """`operator`: one of COMPARISONS."""

    operator: str
    wanted: int


@dataclass(frozen=True)
class Within:
    """A date that lies in a timeframe."""

    timeframe: Timeframe


Filter = (
    Text | OneOf | Matches | PhoneCountry | Number | Boolean | Existence | ListHas | ListHasPart | ListLength | Within
)


def of_profile(node: Node) -> Filter:
    """A filter on a profile's own field. Raises DefinitionError."""
    kind = node["type"].choice(("string", "numeric", "boolean", "existence", "list", "date"))
    if kind == "date":
        return Within(timeframes.read(node, timeframes.OF_VALUES))
    if kind == "string" and node["operator"].value in _PHONES:
        return _phone(node)
    return _element(node) if kind == "list" else _READERS[kind](node)


def of_event(node: Node) -> Filter:
    """A filter on a property of an event: no dates there (behaviour-people 4.2). Raises DefinitionError."""
    kind = node["type"].choice(("string", "numeric", "boolean", "existence", "list"))
    return _elements(node) if kind == "list" else _READERS[kind](node)


def number(node: Node) -> Number:
    node.only("type", "operator", "value")
    node["type"].choice(("numeric",))
    return Number(node["operator"].choice(COMPARISONS), node["value"].number())


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
    names = (*_TESTS, *(f"not-{test}" for test in _TESTS), "in", "not-in", *_PATTERNS)
    operator = node["operator"].choice(names)
    if operator in _PATTERNS:
        return Matches(_pattern(node["value"]), operator == "nregex")
    test, negative = operator.removeprefix("not-"), operator.startswith("not-")
    if test == "in":
        return OneOf(node["value"].texts(), negative)
    # Equal to nothing is how an unset value is asked for.
    if test == "equals" and not node["value"].is_set:
        return Existence(negative)
    return Text(test, node["value"].text(), negative)


def one_of(node: Node) -> OneOf:
    """`in` a list of texts."""
    node.only("type", "operator", "value")
    node["type"].choice(("string",))
    node["operator"].choice(("in",))
    return OneOf(node["value"].texts(), False)


def _pattern(node: Node) -> Pattern:
    try:
        return regex.pattern(node.text())
    except RegexError as error:
        raise node.error(str(error)) from None


def _phone(node: Node) -> PhoneCountry:
    node.only("type", "operator", "value")
    wanted = tuple(sorted(set(node["value"].texts())))
    for item in node["value"].items():
        if item.text() not in _PHONE_COUNTRIES:
            raise item.error("A country's code of two letters is needed here, such as US or GB.")
    return PhoneCountry(wanted, node["operator"].value == "phone-country-code-not-in")


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
