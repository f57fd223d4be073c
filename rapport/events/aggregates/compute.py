"""The answer to a question, from a view of the event lake."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rapport.events.aggregates import dimensions
from rapport.events.aggregates.dimensions import Source
from rapport.events.aggregates.question import Place, Question, Test
from rapport.events.aggregates.types import AggregateRow
from rapport.events.lake.query import Events, Pool, view
from rapport.events.metrics import Metric

_MEASURES = {"count": "count(*)", "unique": "count(DISTINCT profile)", "sum_value": "coalesce(sum(value), 0)"}
# Every clock since 1990, when events begin, has differed from UTC by a multiple of a quarter of an hour.
_QUARTER_SECONDS = 900
# Buckets as quarters of an hour, so that an event finds its own by a number: cheaper than comparing moments, and
# right whatever the clock does at the bucket's ends.
_BUCKETS = """
    SELECT bucket, unnest(range(first, last)) AS quarter
    FROM (SELECT unnest(range(len($starts))) AS bucket, unnest($starts) AS first, unnest($ends) AS last)"""
# tenant-scope: a view of the lake holds one account's events
_FOUND = f"""
    SELECT b.bucket, e.profile, e.value{{columns}}
    FROM events e JOIN buckets b ON b.quarter = epoch_us(e.time) // ({_QUARTER_SECONDS} * 1000000){{sources}}
    {{where}}"""
_TOTAL = """
    WITH buckets AS ({buckets}), found AS MATERIALIZED ({found})
    SELECT bucket, {measures} FROM found GROUP BY bucket"""
# The rows of a page first, then their numbers by bucket.
_GROUPED = """
    WITH buckets AS ({buckets}), found AS MATERIALIZED ({found}),
    rows AS (SELECT {names}, {ranked} AS measure FROM found GROUP BY {names}),
    page AS (
        SELECT *, row_number() OVER (ORDER BY {order}) AS place FROM rows {after} ORDER BY {order} LIMIT {limit})
    SELECT place, {names}, measure::VARCHAR, bucket, {measures}
    FROM found JOIN page USING ({names}) GROUP BY place, {names}, measure, bucket ORDER BY place"""
_TESTS = {
    "equals": "{column} = {value}",
    "any": "{column} = {value}",
    "contains": "contains({column}, {value})",
    "starts-with": "starts_with({column}, {value})",
    "ends-with": "ends_with({column}, {value})",
}


async def answer(
    pool: Pool, account_id: int, metric: Metric, question: Question
) -> tuple[list[AggregateRow], str | None]:
    """The rows of one page, and the cursor of the next page (None: the last)."""
    names = question.dimensions
    async with (
        _source_files(pool, account_id, metric, question, dimensions.sources_of(names)) as files,
        view(
            pool,
            account_id,
            metrics=[metric.id],
            since=question.since,
            until=question.until,
            properties=dimensions.properties_of(names),
        ) as events,
    ):
        if not question.by:
            return [await _total(events, metric, question, files)], None
        return await _grouped(events, metric, question, files)


# ---- the query


async def _total(events: Events, metric: Metric, question: Question, files: "Files") -> AggregateRow:
    statement = _Statement(metric, question, files)
    query = _TOTAL.format(buckets=_BUCKETS, found=statement.matching(), measures=statement.measures())
    cells = await events.sql(query, statement.parameters)
    return await asyncio.to_thread(_row, question, (), [(bucket, numbers) for bucket, *numbers in cells])


async def _grouped(
    events: Events, metric: Metric, question: Question, files: "Files"
) -> tuple[list[AggregateRow], str | None]:
    statement = _Statement(metric, question, files)
    query = _GROUPED.format(
        buckets=_BUCKETS,
        found=statement.matching(),
        measures=statement.measures(),
        names=statement.names,
        ranked=statement.ranked(),
        order=statement.order(),
        after=statement.after(),
        limit=question.size + 1,
    )
    cells = await events.sql(query, statement.parameters)
    return await asyncio.to_thread(_page, question, cells)


class _Statement:
    """The parts of a query over one view, and the parameters they use."""

    def __init__(self, metric: Metric, question: Question, files: "Files") -> None:
        self._metric, self._question, self._files = metric, question, files
        starts = [int(start.timestamp()) // _QUARTER_SECONDS for start in (*question.dates, question.end)]
        self.parameters: dict[str, Any] = {"starts": starts[:-1], "ends": starts[1:]}

    @property
    def names(self) -> str:
        return ", ".join(f"d{at}" for at in range(len(self._question.by)))

    def matching(self) -> str:
        """SQL of the events that meet the conditions, each with its bucket and its dimensions."""
        columns = "".join(f", {self._column(name)} AS d{at}" for at, name in enumerate(self._question.by))
        tests = [self._test(test) for test in self._question.tests]
        where = f"WHERE {' AND '.join(tests)}" if tests else ""
        return _FOUND.format(columns=columns, sources=self._sources(), where=where)

    def measures(self) -> str:
        return ", ".join(_MEASURES[name] for name in self._question.measurements)

    def ranked(self) -> str:
        order = self._question.order
        return _MEASURES[order.name] if order and order.measured else "NULL"

    def order(self) -> str:
        return ", ".join(f"{column} {'DESC' if down else 'ASC'}" for column, down in self._keys())

    def after(self) -> str:
        """SQL that is true for rows after the last row of the page before."""
        place = self._question.after
        if place is None:
            return ""
        texts = {f"d{at}": self._add(text) for at, text in enumerate(place.dimensions)}
        measure = {} if place.measure is None else {"measure": f"{self._add(place.measure)}::DECIMAL(38, 12)"}
        values = {**texts, **measure}
        keys = self._keys()
        sides = []
        for at, (column, down) in enumerate(keys):
            same = [f"{before} = {values[before]}" for before, _ in keys[:at]]
            sides.append(" AND ".join([*same, f"{column} {'<' if down else '>'} {values[column]}"]))
        return f"WHERE ({') OR ('.join(sides)})"

    def _keys(self) -> list[tuple[str, bool]]:
        """Columns and whether they descend: the sort first, then every dimension."""
        order, by = self._question.order, self._question.by
        first = None if order is None else "measure" if order.measured else f"d{by.index(order.name)}"
        rest = [(f"d{at}", False) for at in range(len(by)) if f"d{at}" != first]
        return rest if order is None or first is None else [(first, order.descending), *rest]

    def _column(self, name: str) -> str:
        return dimensions.sql(name, self._metric.name)

    def _test(self, test: Test) -> str:
        column = self._column(test.dimension)
        if test.op == "has":
            return f"{column} <> ''"
        tests = [_TESTS[test.op].format(column=column, value=self._add(value)) for value in test.values]
        return f"({' OR '.join(tests)})" if tests else "false"

    def _add(self, value: str | None) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _sources(self) -> str:
        joins = []
        for source, file in self._files:
            at = [*dimensions.SOURCES].index(source)
            columns = ", ".join(["'event': 'BIGINT'", *(f"'{name}': 'VARCHAR'" for name in source.names)])
            rows = f"read_csv({self._add(str(file))}, header = false, auto_detect = false, columns = {{{columns}}})"
            joins.append(f" LEFT JOIN {rows} s{at} ON s{at}.event = e.id")
        return "".join(joins)


# ---- what comes back


def _row(question: Question, texts: Sequence[str], cells: Sequence[tuple[int, Sequence[Any]]]) -> AggregateRow:
    """A row of the answer; 0 where nothing happened."""
    measured: dict[str, list[Any]] = {}
    for at, name in enumerate(question.measurements):
        number = float if name == "sum_value" else int
        numbers: list[Any] = [number(0)] * len(question.dates)
        for bucket, numbers_of_bucket in cells:
            numbers[bucket] = number(numbers_of_bucket[at])
        measured[name] = numbers
    return AggregateRow(list(texts), measured)


def _page(question: Question, cells: Sequence[tuple[Any, ...]]) -> tuple[list[AggregateRow], str | None]:
    width = len(question.by)
    groups: dict[tuple[Any, ...], list[tuple[int, Sequence[Any]]]] = {}
    for _, *rest in cells:
        texts, measure, bucket, numbers = tuple(rest[:width]), rest[width], rest[width + 1], rest[width + 2 :]
        groups.setdefault((texts, measure), []).append((bucket, numbers))
    shown = list(groups)[: question.size]
    rows = [_row(question, key[0], groups[key]) for key in shown]
    more = len(groups) > question.size
    return rows, question.cursor(Place(shown[-1][1], shown[-1][0])) if more else None


# ---- what higher rooms know

Files = list[tuple[Source, Path]]


@asynccontextmanager
async def _source_files(
    pool: Pool, account_id: int, metric: Metric, question: Question, sources: Sequence[Source]
) -> AsyncIterator[Files]:
    """What each source knows about the events in range, written to files for DuckDB."""
    if not sources:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="rapport-aggregates-") as folder:
        files = [(source, Path(folder) / f"{at}.csv") for at, source in enumerate(sources)]
        for source, file in files:
            await _copy(pool, source, file, _scope(account_id, metric, question.since, question.until))
        yield files


def _scope(account_id: int, metric: Metric, since: datetime, until: datetime) -> dict[str, Any]:
    return {"account": account_id, "metric": metric.id, "since": since, "until": until}


async def _copy(pool: Pool, source: Source, file: Path, scope: dict[str, Any]) -> None:
    with file.open("wb") as out:
        async with (
            pool.connection() as conn,
            conn.cursor() as cursor,
            cursor.copy(f"COPY ({source.query}) TO STDOUT (FORMAT csv)", scope) as copy,
        ):
            async for block in copy:
                out.write(block)
