"""Events of some people read into memory, so that many conditions count and add them up without asking again.

In: slices of the log, each with the conditions whose tests its events may pass. Out: a `Log` for each metric. Times,
values, and whether an event passes each test come over as bytes; a test is the condition's own SQL, so there is no
second meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.evaluation import columns
from rapport.segments.evaluation.loaded_events import Log, Span
from rapport.segments.evaluation.masks import Column, Mask, People
from rapport.segments.sql import predicates, values
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.values import JsonValue, Value

# Queries in one statement; beyond, planning it takes longer than another.
_MOST_QUERIES = 10
# Of so many events, it is worth asking what share of all they are.
_MANY = 20_000
# From it on, all are read.
_SHARE = 0.5
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


@dataclass(frozen=True)
class Slice:
    """A part of the log to read: events of one metric, of some people, within a window, with whether each passes the
    event filters of `tests`. Values are read only with `sums`."""

    metric: int
    among: Mask
    span: Span
    tests: Sequence[MetricCondition]
    sums: bool


# Of the events of one metric: profile, time, value, and whether an event passes each test.
_Arrays = list["np.ndarray[Any, Any]"]


async def read(scope: Scope, people: People, slices: Sequence[Slice], often: Mapping[int, Column]) -> dict[int, Log]:
    """The events of all slices, by metric id. Slices of one metric have the same tests and share no event. `often`: by
    metric id, how many events each person has."""
    by_metric: dict[int, list[_Arrays]] = {}
    for queries in columns.chunks(await _queries(scope, slices, often), _MOST_QUERIES):
        for metric, arrays in await _ask(scope, people, queries):
            by_metric.setdefault(metric, []).append(arrays)
    return {metric: _log(people, several) for metric, several in by_metric.items()}


@dataclass(frozen=True)
class _Query:
    """One read of the log: metrics with their tests, some people or everybody (None), a window."""

    metrics: Mapping[int, Sequence[MetricCondition]]
    among: Mask | None
    span: Span
    sums: bool

    @property
    def width(self) -> int:
        return max(map(len, self.metrics.values()))


async def _queries(scope: Scope, slices: Sequence[Slice], often: Mapping[int, Column]) -> Sequence[_Query]:
    """One query a span. It reads by person; where these people have most of the account's events it reads all of them,
    which takes half as long per event."""
    by_span: dict[Span, list[Slice]] = {}
    for part in slices:
        by_span.setdefault(part.span, []).append(part)
    # over all time, as is what the account has: whoever did most of that did most within a window too
    events = {span: sum(int(often[part.metric][part.among].sum()) for part in some) for span, some in by_span.items()}
    most = _SHARE * await _logged(scope) if max(events.values(), default=0) >= _MANY else inf
    queries: list[_Query] = []
    for span, some in by_span.items():
        if events[span] >= max(_MANY, most):
            sums = any(part.sums for part in some)
            queries.append(_Query({part.metric: part.tests for part in some}, None, span, sums))
        else:
            queries += [_Query({part.metric: part.tests}, part.among, span, part.sums) for part in some]
    return queries


async def _logged(scope: Scope) -> float:
    """Events of the account, as PostgreSQL estimates them."""
    row = await columns.row(scope, _LOGGED, scope.statement())
    return float(row[0][0]["Plan"]["Plan Rows"])


async def _ask(scope: Scope, people: People, queries: Sequence[_Query]) -> list[tuple[int, _Arrays]]:
    """All of them in one statement; the arrays of each metric."""
    statement = _OfEvents(scope.now, scope.statement().parameters)
    width = max(query.width for query in queries)
    texts = [_text(scope, people, query, width, statement) for query in queries]
    tests = {metric: len(some) for query in queries for metric, some in query.metrics.items()}
    rows = await columns.rows(scope, " UNION ALL ".join(texts), statement)
    return [(row[0], _arrays(row[1:], tests[row[0]])) for row in rows]


def _arrays(row: Sequence[bytes], tests: int) -> _Arrays:
    profiles, times = columns.column(row[0]), columns.column(row[1])
    amounts = np.zeros(len(times), dtype=np.int64) if row[2] is None else columns.column(row[2])
    return [profiles, times, amounts, *(np.frombuffer(part, dtype=bool) for part in row[3 : 3 + tests])]


def _text(scope: Scope, people: People, query: _Query, width: int, statement: "_OfEvents") -> str:
    statement.begin()
    value = _VALUE.format(value=columns.whole("e.value")) if query.sums else _NOT_ASKED
    tests = [_TEST.format(test=_test(query.metrics, place, statement)) for place in range(query.width)]
    selected = [value, *tests, *[_NOT_ASKED] * (width - len(tests))]
    of, among = _ALL, ""
    if query.among is not None:
        of, among = _SOME, scope.about(people.chosen(query.among)).restricted("e.profile_id", statement)
    return _EVENTS.format(
        columns="".join(f", {column}" for column in selected),
        properties=statement.taken,
        window=predicates.between(*query.span, "e.time", statement),
        of=of.format(among=among, metrics=statement.add([*query.metrics], "bigint[]")),
    )


def _test(metrics: Mapping[int, Sequence[MetricCondition]], place: int, statement: Statement) -> str:
    """The test in this place of each metric that has so many."""
    tests = {metric: some[place].passes(statement) for metric, some in metrics.items() if some[place:]}
    if len(metrics) == 1:
        return next(iter(tests.values()))
    return f"CASE e.metric_id {' '.join(f'WHEN {metric} THEN {test}' for metric, test in tests.items())} END"


def _log(people: People, several: Sequence[_Arrays]) -> Log:
    profiles, times, amounts, *passing = (np.concatenate(column) for column in zip(*several, strict=True))
    places, own = people.known_places(profiles)
    if len(own) < len(profiles):
        times, amounts, *passing = (column[own] for column in (times, amounts, *passing))
    return Log(people, places, times, amounts, passing)


@dataclass
class _OfEvents(Statement):
    """Takes properties as columns of their own."""

    _columns: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Another relation, of which nothing is taken yet."""
        self._columns.clear()

    def event_property(self, name: str) -> Value:
        if name == "$value":
            return values.column("e.value")
        column = self._columns.setdefault(name, f"p{len(self._columns)}")
        return JsonValue(json=f"e.{column}", words=f"e.{column}_words")

    @property
    def taken(self) -> str:
        """SQL of the columns it selects: each property as JSON and as text."""
        members = {
            column: values.member("e.properties", self.add(name, "text")) for name, column in self._columns.items()
        }
        return "".join(f", {value.json} AS {name}, {value.words} AS {name}_words" for name, value in members.items())
