"""DuckDB's dialect over the event lake, with the meaning that PostgreSQL's has.

The lake keeps an event's properties as VARIANT, in which three things are not as PostgreSQL has them: a number with a
point or an exponent is a double, a null is as good as absent, and numbers are written otherwise (1.10 as 1.1). So a
statement notes those events about which it is not sure (`uncertain`), and PostgreSQL is asked about whoever has one
of those.

A property is read in one of three ways. Where all its values are known to be of one kind (`kinds`), it is cast to that:
a shredded column gives it without putting the VARIANT together (12 ms for a million events against 60 to 170). `quick`
takes it as text, but does not tell a text from a list or an object written out. Where that matters (`odd`, `suspect`),
and for filters on lists, the exact way is taken instead.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from rapport.events.lake import kinds, query, relation
from rapport.events.lake.kinds import Kinds
from rapport.segments.sql.statement import Dialect, NotExpressible, Statement
from rapport.segments.sql.values import FALSE, NUMBER, TRUE, Value, quoted

# PostgreSQL's kinds of parameters -> DuckDB's. What is compared with a numeric is a double here, see `note_number`.
_KINDS = {
    "text": "VARCHAR", "bigint": "BIGINT", "numeric": "DOUBLE", "boolean": "BOOLEAN", "timestamptz": "TIMESTAMP",
    "text[]": "VARCHAR[]", "bigint[]": "BIGINT[]",
}  # fmt: skip
# A text that can be part of how a number is written.
_OF_NUMBERS = re.compile(r"[-+0-9.eE]+")
SPACES = "chr(32) || chr(9) || chr(10) || chr(13)"
# Decimal digits that a double keeps.
_DIGITS = 15
# Whole numbers of so many digits are exact however they came.
_WHOLE = f"^-?[0-9]{{1,{_DIGITS}}}$"
# How a double may be written; also what is a text of digits, which the quick way can't tell from one.
_FRACTION = "^-?[0-9]+([.]|e)"
# Whole numbers below this are doubles.
_EXACT = 2**53
_TEXTS: Kinds = frozenset({kinds.TEXT})
_NUMBERS: Kinds = frozenset({kinds.WHOLE, kinds.DOUBLE})
_TRUTHS: Kinds = frozenset({kinds.TRUTH})
# What a VARIANT calls the numbers that JSON has.
_NUMERIC = "('INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'FLOAT', 'DOUBLE')"
# The lake rounds values to twelve places.
_ROUNDING = 1e-12
_NO_LENGTH = "CAST(NULL AS BIGINT)"


class NotQuick(Exception):
    """The quick way cannot express it."""


@dataclass
class LakeStatement(Statement):
    """SQL over the relation `events e` of `events.lake.query`."""

    dialect: ClassVar[Dialect] = "duckdb"

    quick: bool = True
    # about these events PostgreSQL has to be asked
    uncertain: list[str] = field(default_factory=list)
    # the quick way may read any of these events wrongly, and of those that pass, these
    odd: list[str] = field(default_factory=list)
    suspect: list[str] = field(default_factory=list)
    # of properties, where it is known (`events.lake.kinds`)
    kinds: Mapping[str, Kinds] = field(default_factory=dict)

    def add(self, value: Any, kind: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = converted(value)
        return f"${name}::{_KINDS[kind]}"

    def event_property(self, name: str) -> Value:
        if name == "$value":
            return EventValue(statement=self)
        # the relation has another name for what has none
        variant = query.prop(name or relation.NAMELESS)
        known_kinds = self.kinds.get(name)
        if known_kinds is not None and self.quick:
            if known_kinds <= _TEXTS:
                return TextProperty(statement=self, name=name, variant=variant)
            if known_kinds <= _NUMBERS:
                return NumberProperty(statement=self, name=name, variant=variant)
            if known_kinds <= _TRUTHS:
                return TruthProperty(statement=self, name=name, variant=variant)
        return VariantProperty(statement=self, name=name, variant=variant)

    def day_of_year(self, moment: str) -> str:
        return f"strftime({moment}, '%m%d%H%M%S%f')"


def converted(value: Any) -> Any:
    """A parameter for DuckDB: times in UTC without a zone, doubles for decimals."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, kw_only=True)
class LakeValue(Value):
    """A value of an event. `statement`: the one it is part of, in which it notes where it is not exact."""

    statement: LakeStatement

    def passes(self, test: Callable[[str], str]) -> str:
        return test(f"({self.text})")

    def says(self, wanted: bool) -> str:
        return f"({self.boolean}) = {str(wanted).lower()}"

    @property
    @abstractmethod
    def boolean(self) -> str: ...

    @property
    def moment(self) -> str:
        raise NotExpressible


class NeverList(Value):
    """The methods of a value that is known to be no list."""

    @property
    def is_list(self) -> str:
        return "false"

    @property
    def length(self) -> str:
        return _NO_LENGTH

    def has(self, wanted: str, *, everything: bool) -> str:
        return "false"

    def has_part(self, wanted: str) -> str:
        return "false"


@dataclass(frozen=True, kw_only=True)
class LakeProperty(LakeValue):
    """A property of an event, by its name."""

    name: str

    @property
    @abstractmethod
    def words(self) -> str:
        """The value as text; null when it is absent or null."""

    @property
    def boolean(self) -> str:
        word = f"lower({self.words})"
        return f"CASE WHEN {word} IN ({quoted(TRUE)}) THEN true WHEN {word} IN ({quoted(FALSE)}) THEN false END"

    @property
    def is_set(self) -> str:
        return f"({self.words}) IS NOT NULL"

    def note_number(self, wanted: Decimal) -> None:
        """Doubles keep the order of decimals, but several decimals may be one double."""
        same = f"{self.number} = {self.statement.add(wanted, 'numeric')}"
        exact = len(wanted.as_tuple().digits) <= _DIGITS
        written = f"{same} AND NOT regexp_matches({self.words}, '{_WHOLE}')"
        self.statement.uncertain.append(written if exact else same)

    def note_boolean(self, wanted: bool) -> None:
        """A null counts as false, but an absent property as neither; here they look the same."""
        if not wanted:
            there = f"contains(variant_typeof(e.properties), {self.statement.add(self.name, 'text')})"
            self.statement.uncertain.append(f"{self.words} IS NULL AND {there}")


@dataclass(frozen=True, kw_only=True)
class VariantProperty(LakeProperty):
    """A property whose kinds of values are not known. `variant`: SQL of type VARIANT."""

    variant: str

    @property
    def json(self) -> str:
        """The exact way."""
        return f"({self.variant})::JSON"

    @property
    def words(self) -> str:
        return f"TRY_CAST({self.variant} AS VARCHAR)" if self.statement.quick else f"({self.json} ->> '$')"

    @property
    def text(self) -> str:
        if self.statement.quick:
            return self.words
        return f"CASE WHEN json_type({self.json}) NOT IN ('ARRAY', 'OBJECT') THEN {self.words} END"

    @property
    def number(self) -> str:
        return _variant_number(self.variant)

    @property
    def is_list(self) -> str:
        if self.statement.quick:
            raise NotQuick
        return f"coalesce(json_type({self.json}) = 'ARRAY', false)"

    @property
    def length(self) -> str:
        return f"CASE WHEN {self.is_list} THEN json_array_length({self.json}) END"

    @property
    def elements(self) -> str:
        """A list of texts."""
        simple = f"list_filter({self._items}, lambda x: json_type(x) NOT IN ('ARRAY', 'OBJECT'))"
        return f"list_transform({simple}, lambda x: x ->> '$')"

    @property
    def _items(self) -> str:
        return f"CASE WHEN {self.is_list} THEN json_extract({self.json}, '$[*]') ELSE [] END"

    def has(self, wanted: str, *, everything: bool) -> str:
        # Events are asked for texts only; null in a list is equal to none of them.
        return f"list_has_{'all' if everything else 'any'}({self.elements}, {wanted})"

    def has_part(self, wanted: str) -> str:
        return f"len(list_filter({self.elements}, lambda x: contains(x, {wanted}))) > 0"

    @property
    def is_set(self) -> str:
        return f"({self.variant}) IS NOT NULL"

    def note_text(self, *wanted: str | None) -> None:
        """Lists and objects look like texts to the quick way. How a double was written is forgotten; that matters only
        to a text that could be part of a number."""
        note_words(self, *wanted)
        if not self.statement.quick and numeric(wanted):
            doubles = f"len(list_filter({self._items}, lambda x: json_type(x) = 'DOUBLE')) > 0"
            self.statement.uncertain.append(f"json_type({self.json}) = 'DOUBLE' OR {doubles}")


def note_words(value: LakeProperty, *wanted: str | None) -> None:
    """Note where the quick way, which sees only the text, may misread a value that is compared with `wanted`."""
    if value.statement.quick:
        value.statement.suspect.append(f"ascii({value.words}) IN (91, 123)")
        if numeric(wanted):
            value.statement.odd.append(f"regexp_matches({value.words}, '{_FRACTION}')")


def _variant_number(variant: str) -> str:
    """SQL of a VARIANT as a number; a text that is written as a number is one."""
    words = f"({variant})::VARCHAR"
    digits = f"CASE WHEN regexp_matches({words}, '{NUMBER}') THEN TRY_CAST(trim({words}, {SPACES}) AS DOUBLE) END"
    kind = f"variant_typeof({variant})"
    return f"CASE WHEN {kind} IN {_NUMERIC} THEN ({variant})::DOUBLE WHEN {kind} = 'VARCHAR' THEN {digits} END"


def numeric(wanted: Iterable[str | None]) -> bool:
    """Whether one of the texts could be part of a written number."""
    return any(text is not None and _OF_NUMBERS.fullmatch(text) for text in wanted)


@dataclass(frozen=True, kw_only=True)
class TextProperty(NeverList, LakeProperty):
    """A property whose every value is a text."""

    variant: str

    @property
    def words(self) -> str:
        return f"({self.variant})::VARCHAR"

    @property
    def text(self) -> str:
        return self.words

    @property
    def number(self) -> str:
        return _variant_number(self.variant)

    @property
    def is_set(self) -> str:
        return f"({self.variant}) IS NOT NULL"

    def note_text(self, *wanted: str | None) -> None:
        """A text is a text."""

    def note_boolean(self, wanted: bool) -> None:
        """No value is null."""


@dataclass(frozen=True, kw_only=True)
class NumberProperty(LakeProperty):
    """A property whose every value is a number. How it was written is asked in the exact way."""

    variant: str

    @property
    def words(self) -> str:
        raise NotQuick

    @property
    def text(self) -> str:
        raise NotQuick

    @property
    def number(self) -> str:
        return f"({self.variant})::DOUBLE"

    @property
    def is_list(self) -> str:
        raise NotQuick

    @property
    def length(self) -> str:
        raise NotQuick

    def has(self, wanted: str, *, everything: bool) -> str:
        raise NotQuick

    def has_part(self, wanted: str) -> str:
        raise NotQuick

    @property
    def is_set(self) -> str:
        return f"({self.variant}) IS NOT NULL"

    def note_text(self, *wanted: str | None) -> None:
        raise NotQuick

    def note_number(self, wanted: Decimal) -> None:
        whole = self.statement.kinds[self.name] <= {kinds.WHOLE} and abs(wanted) < _EXACT
        if not whole or len(wanted.as_tuple().digits) > _DIGITS:
            self.statement.uncertain.append(f"{self.number} = {self.statement.add(wanted, 'numeric')}")

    def note_boolean(self, wanted: bool) -> None:
        raise NotQuick


@dataclass(frozen=True, kw_only=True)
class TruthProperty(NeverList, LakeProperty):
    """A property whose every value is true or false."""

    variant: str

    @property
    def words(self) -> str:
        return f"CASE WHEN {self.boolean} THEN 'true' ELSE 'false' END"

    @property
    def text(self) -> str:
        return f"CASE WHEN {self.is_set} THEN {self.words} END"

    @property
    def boolean(self) -> str:
        return f"({self.variant})::BOOLEAN"

    @property
    def number(self) -> str:
        return "NULL::DOUBLE"

    @property
    def is_set(self) -> str:
        return f"({self.variant}) IS NOT NULL"

    def note_text(self, *wanted: str | None) -> None:
        """No number is among them."""

    def note_number(self, wanted: Decimal) -> None:
        """No number is among them."""

    def note_boolean(self, wanted: bool) -> None:
        """No value is null."""


@dataclass(frozen=True, kw_only=True)
class EventValue(NeverList, LakeValue):
    """An event's value: a number in a column of its own, of which neither how it was written nor more than twelve
    places are kept."""

    @property
    def text(self) -> str:
        raise NotExpressible

    @property
    def boolean(self) -> str:
        raise NotExpressible

    @property
    def number(self) -> str:
        return "CAST(e.value AS DOUBLE)"

    @property
    def is_set(self) -> str:
        return "e.value IS NOT NULL"

    def note_text(self, *wanted: str | None) -> None:
        raise NotExpressible

    def note_number(self, wanted: Decimal) -> None:
        self.statement.uncertain.append(near(self.number, self.statement.add(wanted, "numeric"), "1"))

    def note_boolean(self, wanted: bool) -> None:
        raise NotExpressible


def near(number: str, wanted: str, events: str) -> str:
    """SQL: whether `number` is so near to `wanted` that rounding of that many values could decide the comparison."""
    return f"abs({number} - {wanted}) <= {_ROUNDING} * ({events} + abs({wanted}))"
