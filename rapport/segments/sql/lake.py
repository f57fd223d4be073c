"""Events asked of the event lake, in DuckDB's SQL, with the meaning that PostgreSQL's has.

The lake keeps an event's properties as VARIANT, in which three things are not as PostgreSQL has them: a number with a
point or an exponent is a double, a null is as good as absent, and numbers are written otherwise (1.10 as 1.1). So a
statement takes note of the events about which it can't be sure (`doubts`), and whoever has one of those is asked of
PostgreSQL again.

A property is read in one of three ways. Where all its values are known to be of one kind (`kinds`), it is cast to that:
a shredded column gives it without putting the VARIANT together (12 ms for a million events against 60 to 170). `quick`
takes it as text, but does not tell a text from a list or an object written out. Where that matters (`odd`, `suspect`),
and for filters on lists, the exact way is taken instead.
"""

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from typing import Any, ClassVar, Protocol, runtime_checkable

import duckdb
import numpy as np
from pyroaring import BitMap64

from rapport.events.lake import kinds, query, relation
from rapport.events.lake.kinds import Kinds
from rapport.events.lake.query import Events
from rapport.segments.sql.scope import Condition, Scanned, Scope, bitmap
from rapport.segments.sql.statement import Dialect, Statement, Unsaid, either, every
from rapport.segments.sql.values import FALSE, NUMBER, TRUE, Value, quoted

# PostgreSQL's kinds of parameters -> DuckDB's. What is compared with a numeric is a double here, see `mind_number`.
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
# Rows that are in no file cross from PostgreSQL as text: beyond so many it answers sooner itself.
MOST_OPEN = 200_000


class NotQuick(Exception):
    """The quick way can't say it."""


@dataclass
class LakeStatement(Statement):
    """SQL over the relation `events e` of `events.lake.query`."""

    dialect: ClassVar[Dialect] = "duckdb"

    quick: bool = True
    # about these events PostgreSQL has to be asked
    doubts: list[str] = field(default_factory=list)
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
            return MoneyValue("e.value", "", statement=self)
        told = self.kinds.get(name)
        if told is not None and self.quick:
            if told <= _TEXTS:
                return TextValue.named(name, self)
            if told <= _NUMBERS:
                return NumberValue.named(name, self)
            if told <= _TRUTHS:
                return TruthValue.named(name, self)
        return LakeValue.named(name, self)

    def day_of_year(self, moment: str) -> str:
        return f"strftime({moment}, '%m%d%H%M%S%f')"


def converted(value: Any) -> Any:
    """A parameter as a scan takes it: moments in UTC without a zone, doubles for decimals."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True)
class LakeValue(Value):
    """A property of an event. `json`: SQL of type JSON, `words`: as text; both null when it is absent or null."""

    # SQL of type VARIANT
    variant: str = ""
    name: str = ""
    statement: LakeStatement = field(kw_only=True)

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "LakeValue":
        # the relation has another name for what has none
        variant = query.prop(name or relation.NAMELESS)
        exact = f"({variant})::JSON"
        words = f"TRY_CAST({variant} AS VARCHAR)" if statement.quick else f"({exact} ->> '$')"
        return cls(exact, words, None, variant, name, statement=statement)

    @property
    def text(self) -> str:
        if self.statement.quick:
            return self.words
        return f"CASE WHEN json_type({self.json}) NOT IN ('ARRAY', 'OBJECT') THEN {self.words} END"

    def passes(self, test: Callable[[str], str]) -> str:
        return test(f"({self.text})")

    @property
    def number(self) -> str:
        """A number is one in a text as well."""
        words = f"({self.variant})::VARCHAR"
        digits = f"CASE WHEN regexp_matches({words}, '{NUMBER}') THEN TRY_CAST(trim({words}, {SPACES}) AS DOUBLE) END"
        kind = f"variant_typeof({self.variant})"
        return f"CASE WHEN {kind} IN {_NUMERIC} THEN ({self.variant})::DOUBLE WHEN {kind} = 'VARCHAR' THEN {digits} END"

    def says(self, wanted: bool) -> str:
        return f"({self.boolean}) = {str(wanted).lower()}"

    @property
    def boolean(self) -> str:
        word = f"lower({self.words})"
        return f"CASE WHEN {word} IN ({quoted(TRUE)}) THEN true WHEN {word} IN ({quoted(FALSE)}) THEN false END"

    @property
    def moment(self) -> str:
        raise Unsaid

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
    def is_list(self) -> str:
        if self.statement.quick:
            raise NotQuick
        return f"coalesce(json_type({self.json}) = 'ARRAY', false)"

    @property
    def is_set(self) -> str:
        return f"({self.variant or self.words}) IS NOT NULL"

    def mind_text(self, *wanted: str | None) -> None:
        """Lists and objects look like texts to the quick way. How a double was written is forgotten; that matters only
        to a text that could be part of a number."""
        if self.statement.quick:
            self.statement.suspect.append(f"ascii({self.words}) IN (91, 123)")
            if numeric(wanted):
                self.statement.odd.append(f"regexp_matches({self.words}, '{_FRACTION}')")
        elif numeric(wanted):
            doubles = f"len(list_filter({self._items}, lambda x: json_type(x) = 'DOUBLE')) > 0"
            self.statement.doubts.append(f"json_type({self.json}) = 'DOUBLE' OR {doubles}")

    def mind_number(self, wanted: Decimal) -> None:
        """Doubles are in the order of the decimals they stand for, but several decimals are one double."""
        same = f"{self.number} = {self.statement.add(wanted, 'numeric')}"
        exact = len(wanted.as_tuple().digits) <= _DIGITS
        self.statement.doubts.append(f"{same} AND NOT regexp_matches({self.words}, '{_WHOLE}')" if exact else same)

    def mind_boolean(self, wanted: bool) -> None:
        """A null is false, but what is absent is neither."""
        if not wanted:
            there = f"contains(variant_typeof(e.properties), {self.statement.add(self.name, 'text')})"
            self.statement.doubts.append(f"{self.words} IS NULL AND {there}")


def numeric(wanted: Iterable[str | None]) -> bool:
    """Whether one of these texts could be part of how a number is written."""
    return any(one is not None and _OF_NUMBERS.fullmatch(one) for one in wanted)


@dataclass(frozen=True)
class TextValue(LakeValue):
    """A property whose every value is a text."""

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "TextValue":
        variant = query.prop(name)
        return cls("", f"({variant})::VARCHAR", None, variant, name, statement=statement)

    @property
    def is_list(self) -> str:
        return "false"

    def mind_text(self, *wanted: str | None) -> None:
        """A text is a text."""

    def mind_boolean(self, wanted: bool) -> None:
        """No value is null."""


@dataclass(frozen=True)
class NumberValue(LakeValue):
    """A property whose every value is a number. How it was written is asked in the exact way."""

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "NumberValue":
        variant = query.prop(name)
        return cls("", "", None, variant, name, statement=statement)

    @property
    def number(self) -> str:
        return f"({self.variant})::DOUBLE"

    @property
    def is_set(self) -> str:
        return f"({self.variant}) IS NOT NULL"

    def mind_number(self, wanted: Decimal) -> None:
        whole = self.statement.kinds[self.name] <= {kinds.WHOLE} and abs(wanted) < _EXACT
        if not whole or len(wanted.as_tuple().digits) > _DIGITS:
            self.statement.doubts.append(f"{self.number} = {self.statement.add(wanted, 'numeric')}")

    @property
    def text(self) -> str:
        raise NotQuick

    @property
    def boolean(self) -> str:
        raise NotQuick

    def mind_text(self, *wanted: str | None) -> None:
        raise NotQuick

    def mind_boolean(self, wanted: bool) -> None:
        raise NotQuick


@dataclass(frozen=True)
class TruthValue(LakeValue):
    """A property whose every value is true or false."""

    @classmethod
    def named(cls, name: str, statement: LakeStatement) -> "TruthValue":
        variant = query.prop(name)
        return cls(
            "", f"CASE WHEN ({variant})::BOOLEAN THEN 'true' ELSE 'false' END", None, variant, name, statement=statement
        )

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
    def is_list(self) -> str:
        return "false"

    def mind_text(self, *wanted: str | None) -> None:
        """No number is among them."""

    def mind_number(self, wanted: Decimal) -> None:
        """No number is among them."""

    def mind_boolean(self, wanted: bool) -> None:
        """No value is null."""


@dataclass(frozen=True)
class MoneyValue(LakeValue):
    """An event's value: a number in a column of its own, of which neither how it was written nor more than twelve
    places are kept."""

    @property
    def number(self) -> str:
        return "CAST(e.value AS DOUBLE)"

    @property
    def is_set(self) -> str:
        return "e.value IS NOT NULL"

    @property
    def is_list(self) -> str:
        return "false"

    @property
    def text(self) -> str:
        raise Unsaid

    @property
    def boolean(self) -> str:
        raise Unsaid

    def mind_text(self, *wanted: str | None) -> None:
        raise Unsaid

    def mind_boolean(self, wanted: bool) -> None:
        raise Unsaid

    def mind_number(self, wanted: Decimal) -> None:
        self.statement.doubts.append(near(self.number, self.statement.add(wanted, "numeric"), "1"))


def near(number: str, wanted: str, events: str) -> str:
    """SQL: so near to `wanted` that what was rounded away of so many values could decide."""
    return f"abs({number} - {wanted}) <= {_ROUNDING} * ({events} + abs({wanted}))"


@dataclass(frozen=True)
class Scan:
    """Who scans the lake: how a view is opened (as `query.view`), and the dialect that it is asked in."""

    view: Callable[..., AbstractAsyncContextManager[Scanned]]
    statement: type[LakeStatement]


_scan = Scan(query.view, LakeStatement)


def use(scan: Scan) -> None:
    """Told by the composition root, where it is not DuckDB in this process."""
    global _scan
    _scan = scan


@dataclass(frozen=True)
class Measured:
    """`found`: who passes for sure, `doubtful`: about whom PostgreSQL has to be asked."""

    found: BitMap64
    doubtful: BitMap64


@dataclass(frozen=True)
class Measurement:
    """A test of each profile's events of one metric. `test` and `doubt`: SQL made for a statement, over aggregates in
    which `{passing}` stands for FILTER (…) of the events that count; `where`: holds for those."""

    metric: int
    where: Callable[[LakeStatement], str]
    test: Callable[[LakeStatement], str]
    doubt: Callable[[LakeStatement], str]


# tenant-scope: a view of the lake holds one account's events
_MEASURED = """
    SELECT e.profile AS profile, {again} AS again, {doubtful} AS doubtful
    FROM {rows} GROUP BY e.profile HAVING ({test}) OR {again} OR {doubtful}"""
# Where nobody else need be looked at, those that pass are all there are.
_PASSING = "events e WHERE e.metric = {metric} AND ({passing})"
# What is asked of an event is worked out once, however often it is used.
_LOOKED_AT = """(
        SELECT e.profile, e.value, ({passing}) AS passing, ({again}) AS again, ({doubtful}) AS doubtful
        FROM events e WHERE e.metric = {metric}) AS e
    WHERE e.passing OR e.again OR e.doubtful"""


async def measured(
    events: Scanned, now: datetime, measurement: Measurement, properties: Collection[str] = ()
) -> Measured:
    """The profiles whose events of the metric pass; `properties`: what it looks at. Raises Unsaid."""
    told = await kinds.kinds(events, sorted(properties)) if isinstance(events, Events) and properties else {}
    for quick in (True, False):
        statement = _scan.statement(now, quick=quick, kinds=told)
        try:
            asked = _asked(statement, measurement)
            found = await events.numpy(asked, statement.parameters)
        except NotQuick:
            continue
        except duckdb.Error:
            # A cast that is only tried fails all the same on an object with two keys that differ in case only.
            if quick:
                continue
            raise
        if not (quick and np.any(found["again"])):
            doubtful = np.asarray(found["doubtful"], dtype=bool)
            profiles = np.asarray(found["profile"])
            return Measured(bitmap(profiles[~doubtful]), bitmap(profiles[doubtful]))
    raise Unsaid


def _asked(statement: LakeStatement, measurement: Measurement) -> str:
    passing = measurement.where(statement)
    test, doubt = measurement.test(statement), measurement.doubt(statement)
    metric, doubtful = int(measurement.metric), either(statement.doubts)
    suspect = every([passing, either(statement.suspect)]) if statement.suspect else "false"
    if not statement.doubts and not statement.odd:
        rows = _PASSING.format(metric=metric, passing=passing)
        doubt = doubt.replace("{passing}", "")
        test = test.replace("{passing}", "")
        return _MEASURED.format(rows=rows, test=test, again=_any(either(statement.suspect)), doubtful=f"({doubt})")
    again = either([*statement.odd, suspect])
    rows = _LOOKED_AT.format(metric=metric, passing=passing, again=again, doubtful=doubtful)
    only = " FILTER (WHERE e.passing)"
    return _MEASURED.format(
        rows=rows,
        test=test.replace("{passing}", only),
        again=_any("e.again"),
        doubtful=f"({_any('e.doubtful')} OR {doubt.replace('{passing}', only)})",
    )


def _any(test: str) -> str:
    return "false" if test == "false" else f"coalesce(bool_or({test}), false)"


@dataclass(frozen=True)
class Part:
    """Events that are scanned: of these metrics, with `since` <= time < `until` (None = from ever, for ever), and which
    of their properties are looked at."""

    metrics: frozenset[int]
    since: datetime | None
    until: datetime | None
    properties: frozenset[str]

    def __or__(self, other: "Part") -> "Part":
        since = None if self.since is None or other.since is None else min(self.since, other.since)
        until = None if self.until is None or other.until is None else max(self.until, other.until)
        return Part(self.metrics | other.metrics, since, until, self.properties | other.properties)


@runtime_checkable
class Scanning(Protocol):
    """A condition that asks the lake."""

    def scanned(self, scope: Scope) -> Part | None:
        """What it scans; None where it asks PostgreSQL anyway."""
        ...


@asynccontextmanager
async def shared(scope: Scope, conditions: Iterable[Condition]) -> AsyncIterator[Scope]:
    """The scope with one view for all of the conditions that scan; without one where nothing is scanned, or the lake
    holds too little of it."""
    parts = [part for one in conditions if isinstance(one, Scanning) and (part := one.scanned(scope)) is not None]
    if not parts:
        yield scope
        return
    async with opened(scope, reduce(Part.__or__, parts)) as events:
        yield replace(scope, events=events)


@asynccontextmanager
async def opened(scope: Scope, part: Part) -> AsyncIterator[Scanned | None]:
    """A view of these events over the lake, as the open transaction sees them, or the one that is shared; None where
    the lake holds too little of them, so that PostgreSQL answers sooner."""
    if scope.events is not None:
        yield scope.events
        return
    metrics, since, until = sorted(part.metrics), part.since, part.until
    if not await query.mostly_sealed(scope.conn, scope.account_id, metrics, since, until, most=MOST_OPEN):
        yield None
        return
    named = sorted(part.properties) or False
    async with _scan.view(
        scope.conn, scope.account_id, metrics=metrics, since=since, until=until, properties=named
    ) as events:
        yield events
