"""Many conditions about some profiles in few questions: what a batch of the pipeline asks for all segments at once.

The totals say at once about whom the log need be asked at all, which of most metrics is nobody. What is left of one
metric is one reading of these profiles' events: their times and whether they pass each filter come over as bytes and
are counted here; sums, which have to be exact, are a FILTER each. Conditions on profiles are one reading of those. What
an event or a profile is tested by is the condition's own SQL, so there is no second meaning.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from pyroaring import BitMap64

from rapport.segments.conditions.metric import MetricCondition
from rapport.segments.conditions.properties import PropertyCondition
from rapport.segments.conditions.scope import Condition, Scope, bitmap
from rapport.segments.conditions.statement import Statement
from rapport.segments.conditions.totals import Totals

# Conditions in one statement; beyond, planning it takes longer than another reading.
_MOST = 40
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
T = TypeVar("T")
_TOTALS = """
    SELECT metric_id, string_agg(int8send(profile_id), ''), string_agg(int8send(count), ''),
           string_agg(int8send((extract(epoch FROM last) * 1000000)::bigint), '')
    FROM event_totals e WHERE account_id = %(account)s{among} AND metric_id = ANY({metrics}) GROUP BY metric_id"""
_SUMS = """
    SELECT {found} FROM event_totals m WHERE m.account_id = %(account)s AND m.metric_id = {metric}{among}"""
_EVENTS = """
    SELECT {found} FROM (
        SELECT e.profile_id, {measures} FROM events e
        WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among}{window} GROUP BY e.profile_id) AS m"""
_TIMES = """
    SELECT string_agg(int8send(e.profile_id), ''), string_agg(timestamptz_send(e.time), ''){flags} FROM events e
    WHERE e.account_id = %(account)s AND e.metric_id = {metric}{among}{window}"""
_FLAG = ", string_agg(boolsend(coalesce({test}, false)), '')"
_PROFILES = "SELECT {found} FROM profiles p WHERE p.account_id = %(account)s{among}"
Asked = Mapping[Condition, BitMap64]


async def together(scope: Scope, asked: Asked) -> dict[Condition, BitMap64]:
    """Each condition's answer about its profiles, who are taken to exist. Conditions of other kinds are left out."""
    metrics = {one: of for one, of in asked.items() if isinstance(one, MetricCondition) and one.timeframe is not None}
    properties = {one: of for one, of in asked.items() if isinstance(one, PropertyCondition)}
    return {**await _metrics(scope, metrics), **await _properties(scope, properties)}


async def _properties(scope: Scope, asked: Mapping[PropertyCondition, BitMap64]) -> dict[Condition, BitMap64]:
    found: dict[Condition, BitMap64] = {}
    for some in _parts(asked.items()):
        among = scope.about(_union(of for _, of in some))
        statement = among.statement()
        tests = [condition.test(statement) for condition, _ in some]
        query = _PROFILES.format(found=_found("p.id", tests), among=among.restricted("p.id", statement))
        sets = await _sets(scope, query, statement)
        found |= {condition: one & of for (condition, of), one in zip(some, sets, strict=True)}
    return found


async def _metrics(scope: Scope, asked: Mapping[MetricCondition, BitMap64]) -> dict[Condition, BitMap64]:
    totals = await _totals(scope, asked)
    differ: dict[MetricCondition, BitMap64] = {}
    # by metric, way of reading, and whether it reaches back for ever, which opens every partition of the log
    left: dict[tuple[int, Reading, bool], list[tuple[MetricCondition, BitMap64]]] = {}
    for condition, of in asked.items():
        metric = scope.names.metrics.get(condition.metric, 0)
        if metric not in totals:
            differ[condition] = BitMap64()
            continue
        known, unknown = condition.by_totals(totals[metric], scope.now)
        differ[condition] = known & of
        if unknown := unknown & of:
            back = condition.span(scope.now)[0] is None
            left.setdefault((metric, _reading(condition), back), []).append((condition, unknown))
    for (metric, read, _), some in left.items():
        for part in _parts(some):
            for (condition, of), one in zip(part, await read(scope, metric, part), strict=True):
                differ[condition] = differ[condition] | (one & of)
    return {one: asked[one] - found if one.idle else found for one, found in differ.items()}


async def _totals(scope: Scope, asked: Mapping[MetricCondition, BitMap64]) -> dict[int, Totals]:
    metrics = sorted({scope.names.metrics[one.metric] for one in asked if one.metric in scope.names.metrics})
    if not metrics:
        return {}
    among = scope.about(_union(asked.values()))
    statement = among.statement()
    query = _TOTALS.format(
        among=among.restricted("profile_id", statement), metrics=statement.add(metrics, "bigint[]")
    )  # fmt: skip
    cursor = await scope.conn.execute(query, statement.parameters, binary=True)
    return {row[0]: Totals(*(np.frombuffer(part, dtype=">i8") for part in row[1:])) for row in await cursor.fetchall()}


Some = Sequence[tuple[MetricCondition, BitMap64]]


Reading = Callable[[Scope, int, Some], Awaitable[list[BitMap64]]]


def _reading(condition: MetricCondition) -> Reading:
    if condition.is_plain:
        return _read_sums
    assert condition.timeframe is not None
    return _read_events if condition.measurement == "sum" or condition.timeframe.yearly else _read_times


async def _read_times(scope: Scope, metric: int, some: Some) -> list[BitMap64]:
    among = scope.about(_union(of for _, of in some))
    statement = among.statement()
    filters = list(dict.fromkeys(condition.filters for condition, _ in some if condition.filters))
    tests = {one.filters: one.filtered(statement) for one, _ in some if one.filters}
    query = _TIMES.format(
        flags="".join(_FLAG.format(test=tests[one]) for one in filters), metric=statement.add(metric, "bigint"),
        among=among.restricted("e.profile_id", statement), window=_window(scope, some, statement),
    )  # fmt: skip
    # tenant-scope: `query` holds the condition
    cursor = await scope.conn.execute(query, statement.parameters, binary=True)
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return [BitMap64() for _ in some]
    profiles, times = (np.frombuffer(part, dtype=">i8").astype(np.int64) for part in row[:2])
    passing = {one: np.frombuffer(part, dtype=bool) for one, part in zip(filters, row[2:], strict=True)}
    events = Log(profiles, times)
    return [
        events.measured(condition, condition.span(scope.now), passing.get(condition.filters)) for condition, _ in some
    ]


class Log:
    """Events of some profiles, column by column. `times`: microseconds since 2000."""

    def __init__(self, profiles: "np.ndarray[Any, Any]", times: "np.ndarray[Any, Any]") -> None:
        self._ids, self._places = np.unique(profiles, return_inverse=True)
        self._times = times

    def measured(
        self, condition: MetricCondition, span: tuple[datetime | None, datetime | None],
        passing: "np.ndarray[Any, Any] | None",
    ) -> BitMap64:  # fmt: skip
        """Whose number of events in the span, of those that pass, makes them differ from who has none."""
        inside = np.ones(len(self._times), dtype=bool) if passing is None else passing.copy()
        if span[0] is not None:
            inside &= self._times >= _since_2000(span[0])
        if span[1] is not None:
            inside &= self._times < _since_2000(span[1])
        counts = np.bincount(self._places[inside], minlength=len(self._ids))
        differing = [n for n in np.unique(counts).tolist() if condition.measure.holds(n) != condition.idle]
        return bitmap(self._ids[np.isin(counts, differing)])


def _since_2000(moment: datetime) -> int:
    return (moment - _POSTGRES_EPOCH) // timedelta(microseconds=1)


async def _read_sums(scope: Scope, metric: int, some: Some) -> list[BitMap64]:
    among = scope.about(_union(of for _, of in some))
    statement = among.statement()
    found = _found("m.profile_id", [condition.differs("m.sum", statement) for condition, _ in some])
    query = _SUMS.format(
        found=found, metric=statement.add(metric, "bigint"), among=among.restricted("m.profile_id", statement)
    )
    return await _sets(scope, query, statement)


async def _read_events(scope: Scope, metric: int, some: Some) -> list[BitMap64]:
    among = scope.about(_union(of for _, of in some))
    statement = among.statement()
    # What several conditions measure alike is measured once.
    named: dict[object, str] = {}
    measures = []
    for condition, _ in some:
        if condition.measured not in named:
            named[condition.measured] = f"m{len(named)}"
            measures.append(f"{condition.measures(statement)} AS {named[condition.measured]}")
    tests = [condition.differs(f"m.{named[condition.measured]}", statement) for condition, _ in some]
    query = _EVENTS.format(
        found=_found("m.profile_id", tests), measures=", ".join(measures), metric=statement.add(metric, "bigint"),
        among=among.restricted("e.profile_id", statement), window=_window(scope, some, statement),
    )  # fmt: skip
    return await _sets(scope, query, statement)


def _window(scope: Scope, some: Some, statement: Statement) -> str:
    """From the earliest start to the latest end, so that no partition is opened for nothing."""
    starts, ends = zip(*(condition.span(scope.now) for condition, _ in some), strict=True)
    window = ""
    if None not in starts:
        window += f" AND e.time >= {statement.add(min(starts), 'timestamptz')}"
    if None not in ends:
        window += f" AND e.time < {statement.add(max(ends), 'timestamptz')}"
    return window


def _found(id: str, tests: Iterable[str]) -> str:
    return ", ".join(f"string_agg(int8send({id}), '') FILTER (WHERE {test})" for test in tests)


async def _sets(scope: Scope, query: str, statement: Statement) -> list[BitMap64]:
    # tenant-scope: `query` holds the condition
    cursor = await scope.conn.execute(query, statement.parameters, binary=True)
    row = await cursor.fetchone()
    assert row is not None
    return [bitmap(np.frombuffer(part, dtype=">i8")) if part else BitMap64() for part in row]


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    return BitMap64.union(BitMap64(), *sets)


def _parts(some: Iterable[T]) -> Iterable[list[T]]:
    items = list(some)
    return (items[start : start + _MOST] for start in range(0, len(items), _MOST))
