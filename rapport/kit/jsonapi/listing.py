"""Listings from SQL: filter, sort and page a select by keyset, both ways.

A page is found by the sort value and key of its neighbour, so page 10,000 costs what page 1 costs. Where the sort
column may be null, rows with and without a value are two ranges read one after the other: one condition over both could
not be answered from an index. Order is PostgreSQL's own: nulls last ascending, first descending.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Select, and_, literal, tuple_
from sqlalchemy.dialects.postgresql import psycopg as dialect_module
from sqlalchemy.sql import ColumnElement

from .call import AnyCall, Connection, Sort
from .cursors import Cursor, bad_cursor, read_cursor
from .documents import Page, Record
from .errors import invalid
from .fields import Clause, clauses

Row = dict[str, Any]
Selector = Callable[[AnyCall], Select[Any] | Awaitable[Select[Any]]]
RowReader = Callable[[Row, AnyCall], Record]
RowsReader = Callable[[Sequence[Row], AnyCall], Awaitable[Sequence[Record]]]
_DIALECT = dialect_module.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
_SORT, _KEY = "page_sort", "page_key"


def sql_of(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """A select as psycopg's text and parameters."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


async def fetch(conn: Connection, statement: Select[Any]) -> list[Row]:
    """Rows of a select as dicts keyed by column label."""
    text, parameters = sql_of(statement)
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(text, parameters)
        return await cursor.fetchall()


@dataclass(frozen=True)
class Order:
    """The columns a listing is ordered by. Without a sort, or sorted by the key itself, only the key orders."""

    sort: ColumnElement[Any] | None
    key: ColumnElement[Any]
    descending: bool

    @property
    def nullable(self) -> bool:
        return self.sort is not None and bool(getattr(self.sort, "nullable", True))

    def apply(self, statement: Select[Any], backwards: bool) -> Select[Any]:
        columns = [self.key] if self.sort is None else [self.sort, self.key]
        down = self.descending != backwards
        return statement.order_by(*(column.desc() if down else column.asc() for column in columns))

    def ranges(self, cursor: Cursor) -> list[Clause]:
        """The ranges that follow the cursor in reading direction, in order."""
        down = self.descending != cursor.backwards
        key = literal(cursor.key, self.key.type)
        if self.sort is None:
            return [_beyond(self.key, key, down)]
        if not self.nullable:
            return [self._beyond_pair(cursor, key, down)]
        nulls, values = self.sort.is_(None), self.sort.is_not(None)
        if cursor.value is None:
            among_nulls = and_(nulls, _beyond(self.key, key, down))
            return [among_nulls, values] if down else [among_nulls]
        rest = self._beyond_pair(cursor, key, down)
        return [rest] if down else [rest, nulls]

    def _beyond_pair(self, cursor: Cursor, key: ColumnElement[Any], down: bool) -> Clause:
        assert self.sort is not None
        if cursor.value is None:
            raise bad_cursor()
        return _beyond(tuple_(self.sort, self.key), tuple_(literal(cursor.value, self.sort.type), key), down)


def _beyond(left: Any, right: Any, down: bool) -> Clause:
    clause: Clause = left < right if down else left > right
    return clause


@dataclass(frozen=True)
class SqlListing:
    """The handler of a listing: `select` plus what the request asks for."""

    select: Selector
    key: ColumnElement[Any]
    sorts: Mapping[str, ColumnElement[Any]]
    record: RowReader | None = None
    records: RowsReader | None = None

    async def __call__(self, call: AnyCall) -> Page:
        statement = await self._statement(call)
        order = self._order(call.sort)
        cursor = self._cursor(call)
        statement = statement.add_columns(order.key.label(_KEY))
        if order.sort is not None:
            statement = statement.add_columns(order.sort.label(_SORT))
        rows = await _read(call, statement, order, cursor)
        return await self._page(call, rows, cursor)

    async def _statement(self, call: AnyCall) -> Select[Any]:
        selected = self.select(call)
        statement: Select[Any] = await selected if inspect.isawaitable(selected) else selected
        return statement.where(*clauses(call.filters, call.operation.filters or {}, call))

    def _order(self, sort: Sort | None) -> Order:
        if sort is None:
            return Order(None, self.key, False)
        column = self.sorts[sort.name]
        return Order(None if column is self.key else column, self.key, sort.descending)

    def _cursor(self, call: AnyCall) -> Cursor | None:
        return None if call.page.cursor is None else read_cursor(call.page.cursor, str(call.sort or ""))

    async def _page(self, call: AnyCall, rows: list[Row], cursor: Cursor | None) -> Page:
        """`rows` are in reading direction, one more than the page when there are more."""
        more = len(rows) > call.page.size
        rows = rows[: call.page.size]
        backwards = cursor is not None and cursor.backwards
        if backwards:
            rows.reverse()
        before = more if backwards else cursor is not None
        after = True if backwards else more
        links = [_neighbour(call, rows, cursor, way) if there else None for way, there in ((0, after), (1, before))]
        return Page(await self._records(rows, call), next=links[0], prev=links[1])

    async def _records(self, rows: list[Row], call: AnyCall) -> Sequence[Record]:
        if self.records is not None:
            return await self.records(rows, call)
        assert self.record is not None
        return [self.record(row, call) for row in rows]


def _neighbour(call: AnyCall, rows: list[Row], cursor: Cursor | None, backwards: int) -> str | None:
    """The cursor of the page after the last row, or before the first. An empty page points back where it came from."""
    order = str(call.sort or "")
    if rows:
        row = rows[0] if backwards else rows[-1]
        return Cursor(bool(backwards), order, _plain(row.get(_SORT)), _plain(row[_KEY])).text()
    if cursor is not None and cursor.backwards != bool(backwards):
        return Cursor(bool(backwards), order, cursor.value, cursor.key).text()
    return None


def _plain(value: Any) -> Any:
    """As JSON holds it without loss: the database casts the text back to the column's type."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


async def _read(call: AnyCall, statement: Select[Any], order: Order, cursor: Cursor | None) -> list[Row]:
    wanted = call.page.size + 1
    statement = order.apply(statement, cursor is not None and cursor.backwards)
    parts = [statement] if cursor is None else [statement.where(condition) for condition in order.ranges(cursor)]
    rows: list[Row] = []
    try:
        async with call.transaction() as conn:
            for part in parts:
                if len(rows) < wanted:
                    rows += await fetch(conn, part.limit(wanted - len(rows)))
    except psycopg.DataError:
        # A cursor or filter value that PostgreSQL cannot hold in the column's type, such as an integer beyond 64 bits.
        raise bad_cursor() if cursor else invalid("A filter value is out of range.", parameter="filter") from None
    return rows
