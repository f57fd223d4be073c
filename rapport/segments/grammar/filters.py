"""Filters on one value, each a small SQL predicate (behaviour-people 4.2, 4.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from rapport.segments.grammar import regex, timeframes
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.regex import Pattern, RegexError
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql import phones
from rapport.segments.sql.statement import Statement, Unsaid, either
from rapport.segments.sql.values import Value

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
_PATTERNS = ("regex", "nregex")
_PHONES = ("phone-country-code-in", "phone-country-code-not-in")
# Any digit: how a number was written decides whether an expression matches it.
_DIGIT = "0"
_MOST_LENGTH = 1_000_000


class Filter(Protocol):
    """A test of a value. A value that can't be read as the filter's type matches neither it nor its negation."""

    @property
    def timeframe(self) -> Timeframe | None:
        """Set where time alone changes the answer."""
        ...

    def predicate(self, value: Value, statement: Statement) -> str:
        """SQL in the statement's dialect: see `statement` for what differs, and for what to do where it does."""
        ...


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
        value.mind_text(self.wanted)
        wanted = statement.add(self.wanted, "text")
        return _passes(value, lambda text: _TESTS[self.test](text, wanted), self.negative)


@dataclass(frozen=True)
class OneOf(_Timeless):
    wanted: tuple[str, ...]
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        value.mind_text(*self.wanted)
        wanted = statement.add(list(self.wanted), "text[]")
        return _passes(value, lambda text: statement.one_of(text, wanted), self.negative)


def _passes(value: Value, test: Callable[[str], str], negative: bool) -> str:
    """What has no text passes neither the test nor its opposite."""
    return f"NOT ({test(f'({value.text})')})" if negative else value.passes(test)


@dataclass(frozen=True)
class Matches(_Timeless):
    """A regular expression that the whole value matches."""

    pattern: Pattern
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        if statement.dialect == "spark":
            # Java's expressions, which mean other things by the same signs.
            raise Unsaid
        value.mind_text(_DIGIT)
        if statement.dialect == "duckdb":
            found = f"regexp_full_match({value.text}, {statement.add(self.pattern.re2, 'text')})"
        else:
            found = f"({value.text}) ~ {statement.add(self.pattern.postgres, 'text')}"
        return f"NOT ({found})" if self.negative else found


@dataclass(frozen=True)
class PhoneCountry(_Timeless):
    """ISO codes of countries. What is no phone number is neither in one of them nor outside."""

    wanted: tuple[str, ...]
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        number = f"({value.text})"
        found = either(phones.is_from(number, country, statement) for country in self.wanted)
        known = f"{number} ~ {statement.add(phones.NUMBER, 'text')}"
        return f"{known} AND {'NOT ' if self.negative else ''}({found})"


@dataclass(frozen=True)
class Number(_Timeless):
    operator: str
    wanted: Decimal

    def compare(self, number: str, statement: Statement) -> str:
        return f"{number} {COMPARISONS[self.operator]} {statement.add(self.wanted, 'numeric')}"

    def predicate(self, value: Value, statement: Statement) -> str:
        value.mind_number(self.wanted)
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
        value.mind_boolean(self.wanted)
        return value.says(self.wanted)


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
        value.mind_text(*self.wanted)
        found = value.has(statement.add(list(self.wanted), "text[]"), everything=self.everything)
        return f"{value.is_list} AND {'NOT ' if self.negative else ''}{found}"


@dataclass(frozen=True)
class ListHasPart(_Timeless):
    wanted: str
    negative: bool

    def predicate(self, value: Value, statement: Statement) -> str:
        value.mind_text(self.wanted)
        found = value.has_part(statement.add(self.wanted, "text"))
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
    names = (*_TESTS, *(f"not-{test}" for test in _TESTS), "in", "not-in", *_PATTERNS)
    operator = node["operator"].choice(names)
    if operator in _PATTERNS:
        return Matches(_pattern(node["value"]), operator == "nregex")
    test, negative = operator.removeprefix("not-"), operator.startswith("not-")
    if test == "in":
        return OneOf(node["value"].texts(), negative)
    # Equal to nothing is how an unset value is asked for.
    if test == "equals" and not node["value"].given:
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
        if item.text() not in phones.COUNTRIES:
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
