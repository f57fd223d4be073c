"""What many conditions ask of some people, read from the database at once.

The totals of all metrics are one reading. The log is another: times, values, and whether an event passes what a
condition asks of it come over as bytes, and are counted in memory. Conditions on profiles are a reading of those. What
an event or a profile is tested by is the condition's own SQL, so there is no second meaning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar, cast

import numpy as np

from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.evaluation.loaded_events import Log
from rapport.segments.evaluation.loaded_totals import INEXACT, LARGE, PARTS, Totals
from rapport.segments.evaluation.masks import Column, Mask, People
from rapport.segments.grammar.timeframes import Window
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.values import Value

# Tests in one statement; beyond, planning it takes longer than another reading.
_MOST = 40
_MOST_PARTS = 10
# Of so many events, it is worth asking what share of all they are.
_MANY = 20_000
# From it on, all are read.
_SHARE = 0.5
_TOTALS = """
    SELECT string_agg(int8send(metric_id), ''), string_agg(int8send(profile_id), ''), string_agg(int8send(count), ''),
           string_agg(timestamptz_send(last), ''), string_agg(int8send({sum}), '')
    FROM event_totals e WHERE account_id = %(account)s{among} AND metric_id = ANY({metrics})"""
_EVENTS = """
    SELECT e.metric_id, string_agg(int8send(e.profile_id), ''), string_agg(timestamptz_send(e.time), ''){columns} FROM (
        SELECT e.metric_id, e.profile_id, e.time, e.value{properties} FROM events e
        WHERE e.account_id = %(account)s AND {window} AND {of}) AS e GROUP BY e.metric_id"""
# Person by person: properties are taken out of an event once, whatever number of tests ask for them (OFFSET 0 sees to
# that). All of it: as the pages lie (a sum keeps the metric out of the search in an index), and by several processes.
_SOME, _ALL = "e.metric_id = ANY({metrics}){among} OFFSET 0", "e.metric_id + 0 = ANY({metrics})"
_LOGGED = "EXPLAIN (FORMAT JSON) SELECT FROM events e WHERE e.account_id = %(account)s"
_TEST = "string_agg(boolsend(coalesce({test}, false)), '')"
_VALUE = "string_agg(int8send({value}), '')"
_NOT_ASKED = "NULL::bytea"
_WHOLE = (
    "CASE WHEN {number} IS NULL THEN 0 "
    f"WHEN abs({{number}}) < {LARGE} AND min_scale({{number}}) <= {len(str(PARTS)) - 1} "
    f"THEN ({{number}} * {PARTS})::bigint ELSE '{INEXACT}'::bigint END"
)
_PROFILES = "SELECT {found} FROM profiles p WHERE p.account_id = %(account)s{among}"
# No profile's id.
_WITHOUT = 0
_KEYED = f"""
    SELECT string_agg(int8send(p.id), ''), {{found}} FROM (
        SELECT p.id, p.properties FROM profiles p
        WHERE p.account_id = %(account)s{{among}} AND p.properties ?| {{keys}}
        UNION ALL SELECT {_WITHOUT}, '{{{{}}}}'::jsonb) AS p"""
_FOUND = "string_agg(int8send(p.id), '') FILTER (WHERE {test})"
T = TypeVar("T")


async def totals(scope: Scope, people: People, metrics: Sequence[int], *, sums: bool) -> dict[int, Totals]:
    """By metric; without those that nobody of them ever did. Without `sums`, those are 0."""
    if not metrics:
        return {}
    among = scope.about(people.chosen(people.everybody))
    statement = among.statement()
    query = _TOTALS.format(
        sum=_WHOLE.format(number="e.sum") if sums else "0",
        among=among.restricted("profile_id", statement),
        metrics=statement.add(metrics, "bigint[]"),
    )
    row = await _row(scope, query, statement)
    if not row[0]:
        return {}
    of, profiles, *columns = [_column(part) for part in row]
    return {metric: _totals(people, of == metric, profiles, columns) for metric in np.unique(of).tolist()}


def _totals(people: People, own: Mask, profiles: Column, columns: Sequence[Column]) -> Totals:
    places = people.places(profiles[own])

    def spread(column: Column) -> Column:
        found = np.zeros(len(people.ids), dtype=np.int64)
        found[places] = column[own]
        return found

    count, last, total = columns
    return Totals(people, spread(count), spread(total), spread(last))


async def of_profiles(
    scope: Scope, people: People, asked: Mapping[int, tuple[PropertyCondition, Mask]]
) -> dict[int, Mask]:
    """Who meets each condition, of those it is asked about at least."""
    keyed = [number for number, (condition, _) in asked.items() if condition.column == "properties"]
    others = [number for number in asked if number not in keyed]
    found: dict[int, Mask] = {}
    for numbers, read in ((keyed, _by_keys), (others, _by_columns)):
        for part in parts(numbers):
            some = [asked[number] for number in part]
            among = people.union(mask for _, mask in some)
            found |= zip(part, await read(scope, people, among, [condition for condition, _ in some]), strict=True)
    return found


async def _by_columns(scope: Scope, people: People, among: Mask, conditions: Sequence[PropertyCondition]) -> list[Mask]:
    some = scope.about(people.chosen(among))
    statement = some.statement()
    query = _PROFILES.format(found=_found(conditions, statement), among=some.restricted("p.id", statement))
    row = await _row(scope, query, statement)
    return [people.having(_column(part)) if part else people.nobody for part in row]


async def _by_keys(scope: Scope, people: People, among: Mask, conditions: Sequence[PropertyCondition]) -> list[Mask]:
    """Only those are tested who have any of the properties at all; the others as somebody without any."""
    some = scope.about(people.chosen(among))
    statement = some.statement()
    keys = sorted({condition.key for condition in conditions if condition.key is not None})
    query = _KEYED.format(
        found=_found(conditions, statement),
        among=some.restricted("p.id", statement),
        keys=statement.add(keys, "text[]"),
    )
    tested, *found = [_column(part) if part else np.zeros(0, np.int64) for part in await _row(scope, query, statement)]
    others = among & ~people.having(tested[tested != _WITHOUT])
    return [people.having(ids[ids != _WITHOUT]) | (others if _WITHOUT in ids else people.nobody) for ids in found]


def _found(conditions: Sequence[PropertyCondition], statement: Statement) -> str:
    return ", ".join(_FOUND.format(test=condition.test(statement)) for condition in conditions)


@dataclass(frozen=True)
class Part:
    """Of the log: events of one metric, of some people, within a window, with whether they pass the tests of these
    conditions. Without `sums`, their values are not asked for."""

    metric: int
    among: Mask
    window: Window
    tests: Sequence[MetricCondition]
    sums: bool


async def of_events(scope: Scope, people: People, asked: Sequence[Part], often: Mapping[int, Column]) -> dict[int, Log]:
    """By metric, the events of all its parts, which have the same tests, and of which no two hold the same event.
    `often`: by metric, how many times each of the people did it."""
    found: dict[int, list[list[Any]]] = {}
    for some in parts(await _readings(scope, people, asked, often), _MOST_PARTS):
        for metric, columns in await _columns(scope, people, some):
            found.setdefault(metric, []).append(columns)
    return {metric: _log(people, several) for metric, several in found.items()}


@dataclass(frozen=True)
class _Reading:
    """Of the log: metrics, each with its tests, of some people or everybody (None), within a window."""

    metrics: Mapping[int, Sequence[MetricCondition]]
    among: Mask | None
    window: Window
    sums: bool

    @property
    def width(self) -> int:
        return max(map(len, self.metrics.values()))


async def _readings(
    scope: Scope, people: People, asked: Sequence[Part], often: Mapping[int, Column]
) -> Sequence[_Reading]:
    """Person by person; but where these did most of what the account has, all of it, which takes half as long an
    event."""
    windows: dict[Window, list[Part]] = {}
    for part in asked:
        windows.setdefault(part.window, []).append(part)
    # over all time, as is what the account has: whoever did most of that did most within a window too
    wanted = {window: sum(int(often[one.metric][one.among].sum()) for one in some) for window, some in windows.items()}
    most = _SHARE * await _logged(scope) if max(wanted.values(), default=0) >= _MANY else inf
    found: list[_Reading] = []
    for window, some in windows.items():
        if wanted[window] >= max(_MANY, most):
            sums = any(one.sums for one in some)
            found.append(_Reading({one.metric: one.tests for one in some}, None, window, sums))
        else:
            found += [_Reading({one.metric: one.tests}, one.among, window, one.sums) for one in some]
    return found


async def _logged(scope: Scope) -> float:
    """Events of the account, as PostgreSQL estimates them."""
    row = await _row(scope, _LOGGED, scope.statement())
    return float(row[0][0]["Plan"]["Plan Rows"])


async def _columns(scope: Scope, people: People, asked: Sequence[_Reading]) -> list[tuple[int, list[Any]]]:
    """By metric: profile, time, value, and whether an event passes each test."""
    statement = _OfEvents(scope.now, scope.statement().parameters)
    width = max(one.width for one in asked)
    texts = [_text(scope, people, one, width, statement) for one in asked]
    tests = {metric: len(some) for one in asked for metric, some in one.metrics.items()}
    rows = await _rows(scope, " UNION ALL ".join(texts), statement)
    return [(row[0], _read(row[1:], tests[row[0]])) for row in rows]


def _read(row: Sequence[bytes], tests: int) -> list[Any]:
    profiles, times = _column(row[0]), _column(row[1])
    values = np.zeros(len(times), dtype=np.int64) if row[2] is None else _column(row[2])
    return [profiles, times, values, *(np.frombuffer(part, dtype=bool) for part in row[3 : 3 + tests])]


def _text(scope: Scope, people: People, reading: _Reading, width: int, statement: "_OfEvents") -> str:
    statement.begin()
    value = _VALUE.format(value=_WHOLE.format(number="e.value")) if reading.sums else _NOT_ASKED
    tests = [_TEST.format(test=_test(reading.metrics, place, statement)) for place in range(reading.width)]
    columns = [value, *tests, *[_NOT_ASKED] * (width - len(tests))]
    of, among = _ALL, ""
    if reading.among is not None:
        of, among = _SOME, scope.about(people.chosen(reading.among)).restricted("e.profile_id", statement)
    return _EVENTS.format(
        columns="".join(f", {column}" for column in columns),
        properties=statement.taken,
        window=reading.window.predicate("e.time", statement),
        of=of.format(among=among, metrics=statement.add([*reading.metrics], "bigint[]")),
    )


def _test(metrics: Mapping[int, Sequence[MetricCondition]], place: int, statement: Statement) -> str:
    """The test in this place of each metric that has so many."""
    tests = {metric: some[place].passes(statement) for metric, some in metrics.items() if some[place:]}
    if len(metrics) == 1:
        return next(iter(tests.values()))
    return f"CASE e.metric_id {' '.join(f'WHEN {metric} THEN {test}' for metric, test in tests.items())} END"


def _log(people: People, several: Sequence[Sequence[Any]]) -> Log:
    profiles, times, values, *passing = (np.concatenate(column) for column in zip(*several, strict=True))
    places, own = people.found(profiles)
    if len(own) < len(profiles):
        times, values, *passing = (column[own] for column in (times, values, *passing))
    return Log(people, places, times, values, passing)


@dataclass
class _OfEvents(Statement):
    """Takes properties as columns of their own."""

    _columns: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Another relation, of which nothing is taken yet."""
        self._columns.clear()

    def event_property(self, name: str) -> Value:
        if name == "$value":
            return Value.of("e.value")
        column = self._columns.setdefault(name, f"p{len(self._columns)}")
        return Value(f"e.{column}", f"e.{column}_words")

    @property
    def taken(self) -> str:
        """SQL that takes them, each as it is and as text."""
        members = {
            column: Value.member("e.properties", self.add(name, "text")) for name, column in self._columns.items()
        }
        return "".join(f", {one.json} AS {name}, {one.words} AS {name}_words" for name, one in members.items())


async def _row(scope: Scope, query: str, statement: Statement) -> tuple[Any, ...]:
    return (await _rows(scope, query, statement))[0]


async def _rows(scope: Scope, query: str, statement: Statement) -> list[tuple[Any, ...]]:
    # tenant-scope: `query` holds the condition
    cursor = await scope.conn.execute(query, statement.parameters, binary=True)
    return cast(list[tuple[Any, ...]], await cursor.fetchall())


def _column(part: bytes) -> Column:
    return np.frombuffer(part, dtype=">i8").astype(np.int64)


def parts(some: Sequence[T], most: int = _MOST) -> Iterable[Sequence[T]]:
    """As many as go into one statement."""
    return (some[start : start + most] for start in range(0, len(some), most))
