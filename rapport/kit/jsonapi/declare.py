"""The regular operations of a resource: list, get, delete, and what is related to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from sqlalchemy.sql import ColumnElement

from rapport.kit.ratelimit import Rate

from .call import AnyCall
from .cursors import Cursor, bad_cursor, read_cursor
from .documents import Page, Record, Resource
from .errors import not_found
from .listing import RowReader, RowsReader, Selector, SqlListing
from .operations import Handler, Operation, Options, operation
from .versions import Versions

Load = Callable[[AnyCall], Awaitable[Record | None]]
LoadAll = Callable[[AnyCall], Awaitable[Sequence[Record]]]
Sorts = Mapping[str, ColumnElement[Any]]


def listing(
    id: str,
    answers: Resource,
    path: str | None = None,
    *,
    rate: Rate,
    scopes: str,
    select: Selector,
    key: ColumnElement[Any],
    record: RowReader | None = None,
    records: RowsReader | None = None,
    sorts: Sorts | None = None,
    **options: Unpack[Options],
) -> Operation:
    """`GET {path}`: a collection from SQL, filtered, sorted and paged.

    select: `(call) -> Select`, or async; holds the tenant condition, no order and no limit.
    key: a unique, non-null column of the select. sorts: name -> column.
    record: one row to a Record; records: a whole page at once.
    options: any of `operation`: filters, default_sort, page, includes, extra_rates, parameters, since, until.
    """
    if (record is None) == (records is None):
        raise TypeError(f"{id} needs either record or records")
    handler = SqlListing(select, key, sorts or {}, record, records)
    options.setdefault("filters", {})
    where = path or answers.path
    declare = operation(
        id, "GET", where, rate=rate, scopes=scopes, answers=answers, many=True, sorts=tuple(sorts or ()), **options
    )
    return declare(handler)


def getting(
    id: str,
    answers: Resource,
    path: str | None = None,
    *,
    rate: Rate,
    scopes: str,
    load: Load,
    **options: Unpack[Options],
) -> Operation:
    """`GET {path}/{id}`: `load` gives the record, or None for a 404."""

    async def get(call: AnyCall) -> Record:
        record = await load(call)
        if record is None:
            raise not_found(answers.type, _id(call))
        return record

    where = path or f"{answers.path}/{{id}}"
    return operation(id, "GET", where, rate=rate, scopes=scopes, answers=answers, **options)(get)


def deleting(
    id: str,
    kind: Resource,
    path: str | None = None,
    *,
    rate: Rate,
    scopes: str,
    delete: Callable[[AnyCall], Awaitable[bool]],
    status: int = 204,
    versions: Versions | None = None,
) -> Operation:
    """`DELETE {path}/{id}`: `delete` says whether there was something to delete; otherwise a 404."""

    async def remove(call: AnyCall) -> None:
        if not await delete(call):
            raise not_found(kind.type, _id(call))

    where = path or f"{kind.path}/{{id}}"
    return operation(id, "DELETE", where, rate=rate, scopes=scopes, status=status, versions=versions)(remove)


def _id(call: AnyCall) -> str:
    return next(reversed(call.path.values()), "")


def related(
    records_id: str | None,
    identifiers_id: str | None,
    parent: Resource,
    name: str,
    answers: Resource,
    *,
    rate: Rate,
    scopes: str,
    select: Selector,
    key: ColumnElement[Any],
    record: RowReader | None = None,
    records: RowsReader | None = None,
    sorts: Sorts | None = None,
    **options: Unpack[Options],
) -> tuple[Operation, ...]:
    """A to-many relationship from SQL, as records and as identifiers; leave out either with None.

    `select` reads the parent's id from `call.path["id"]` and raises not_found itself. Options as in `listing`.
    """
    handler = SqlListing(select, key, sorts or {}, record, records)
    options.setdefault("filters", {})
    where = _Relation(parent, name, answers, rate, scopes, many=True, sorts=tuple(sorts or ()))
    return where.operations(records_id, identifiers_id, handler, options)


def related_many(
    records_id: str | None,
    identifiers_id: str | None,
    parent: Resource,
    name: str,
    answers: Resource,
    *,
    rate: Rate,
    scopes: str,
    load: LoadAll,
    **options: Unpack[Options],
) -> tuple[Operation, ...]:
    """A to-many relationship from a loader that returns all of it; it is answered page by page all the same."""

    async def paged(call: AnyCall) -> Page:
        return page_of(call, await load(call))

    where = _Relation(parent, name, answers, rate, scopes, many=True)
    return where.operations(records_id, identifiers_id, paged, options)


def related_one(
    records_id: str | None,
    identifiers_id: str | None,
    parent: Resource,
    name: str,
    answers: Resource,
    *,
    rate: Rate,
    scopes: str,
    load: Load,
    **options: Unpack[Options],
) -> tuple[Operation, ...]:
    """A to-one relationship from a loader; None is answered as `data: null`."""
    where = _Relation(parent, name, answers, rate, scopes, many=False)
    return where.operations(records_id, identifiers_id, load, options)


@dataclass(frozen=True)
class _Relation:
    """The two routes of a relationship: its records, and their identifiers only."""

    parent: Resource
    name: str
    answers: Resource
    rate: Rate
    scopes: str
    many: bool
    sorts: tuple[str, ...] = ()

    def operations(
        self, records_id: str | None, identifiers_id: str | None, handler: Handler, options: Options
    ) -> tuple[Operation, ...]:
        declared = []
        if records_id is not None:
            declared.append(self._declare(records_id, self.name, False, handler, options))
        if identifiers_id is not None:
            own = options.copy()
            own.pop("includes", None)
            declared.append(self._declare(identifiers_id, f"relationships/{self.name}", True, handler, own))
        return tuple(declared)

    def _declare(self, id: str, last: str, identifiers: bool, handler: Handler, options: Options) -> Operation:
        declare = operation(
            id,
            "GET",
            f"{self.parent.path}/{{id}}/{last}",
            rate=self.rate,
            scopes=self.scopes,
            answers=self.answers,
            many=self.many,
            identifiers=identifiers,
            sorts=self.sorts,
            **options,
        )
        return declare(handler)


def page_of(call: AnyCall, records: Sequence[Record]) -> Page:
    """A page of a whole collection held in memory, in the order given; ids must be unique."""
    start, stop = _bounds(call, records)
    order = str(call.sort or "")
    shown = records[start:stop]
    after = Cursor(False, order, None, shown[-1].id).text() if shown and stop < len(records) else None
    before = Cursor(True, order, None, shown[0].id).text() if shown and start > 0 else None
    return Page(shown, next=after, prev=before)


def _bounds(call: AnyCall, records: Sequence[Record]) -> tuple[int, int]:
    size = call.page.size
    if call.page.cursor is None:
        return 0, size
    cursor = read_cursor(call.page.cursor, str(call.sort or ""))
    at = next((n for n, record in enumerate(records) if record.id == cursor.key), None)
    if at is None:
        raise bad_cursor()
    return (max(0, at - size), at) if cursor.backwards else (at + 1, at + 1 + size)
