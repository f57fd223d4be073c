"""The request as a handler sees it."""

from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

import psycopg

from .filters import Condition

if TYPE_CHECKING:
    from .operations import Operation

B = TypeVar("B")
Connection = psycopg.AsyncConnection[Any]
Scopes = frozenset[str] | Literal["full", "read-only"]


class Principal(Protocol):
    """Who asks: the account, and what the key may do. `now` is the account's time, aware.

    `counted_as`: whose requests are counted together against the rate limits.
    """

    @property
    def account_id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def key_id(self) -> Any: ...
    @property
    def scopes(self) -> Scopes: ...
    @property
    def counted_as(self) -> Hashable: ...
    def now(self) -> datetime: ...


class Pool(Protocol):
    """What is needed of a psycopg pool."""

    def connection(self) -> AbstractAsyncContextManager[Connection]: ...


class Audit(Protocol):
    """Where lines about changes are written."""

    async def write(self, conn: Connection, call: "AnyCall") -> int:
        """A line about the call, in the transaction of what it changes. Returns the line's number."""
        ...

    async def complete(self, conn: Connection, call: "AnyCall", line: int, *, target: str | None, status: int) -> None:
        """What was only known at the end: the id of what was made, or that it was refused after all."""
        ...


@dataclass(frozen=True, slots=True)
class Sort:
    name: str
    descending: bool

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


@dataclass(frozen=True, slots=True)
class PageRequest:
    size: int
    cursor: str | None


class Call(Generic[B]):
    """One request to one operation, checked: what was asked, by whom, and a way to the database."""

    __slots__ = (
        "_connection",
        "_pool",
        "additional_by_type",
        "address",
        "audit",
        "audit_line",
        "base_url",
        "body",
        "body_id",
        "body_relationships",
        "fields",
        "filters",
        "headers",
        "include",
        "meta",
        "now",
        "operation",
        "origin",
        "page",
        "path",
        "principal",
        "query",
        "raw",
        "readable",
        "request_id",
        "revision",
        "sort",
        "url",
    )

    body: B

    def __init__(self, operation: "Operation", principal: Principal, path: dict[str, str], pool: Pool | None) -> None:
        self.operation, self.principal, self.path = operation, principal, path
        self._pool = pool
        self._connection: Connection | None = None
        self.now = principal.now()
        self.query: Mapping[str, str] = {}
        self.headers: Mapping[str, str] = {}
        self.filters: list[Condition] = []
        self.sort: Sort | None = operation.first_sort
        self.page = PageRequest(operation.page.default, None)
        self.include: frozenset[str] = frozenset()
        self.fields: Mapping[str, tuple[str, ...]] = {}
        self.additional_by_type: Mapping[str, frozenset[str]] = {}
        self.raw = b""
        # paths of which there is a GET in this revision, with `{}` for every parameter
        self.readable: frozenset[str] = frozenset()
        self.body_id: str | None = None
        self.body_relationships: Mapping[str, Any] = {}
        self.meta: Any = None
        # the client's address, where the application asks for it
        self.revision = self.request_id = self.address = ""
        # how everybody reaches the installation
        self.base_url = ""
        # how this caller says to have reached it: for the links of the answer alone
        self.origin = self.url = ""
        # who is told of what this call changes, until it was, and the number of the line
        self.audit: Audit | None = None
        self.audit_line = 0

    @property
    def additional(self) -> frozenset[str]:
        """Additional fields asked for on the type the operation answers."""
        answers = self.operation.answers
        return self.additional_of(answers.type) if answers else frozenset()

    def additional_of(self, kind: str) -> frozenset[str]:
        """Additional fields asked for on any type."""
        return self.additional_by_type.get(kind, frozenset())

    @property
    def pool(self) -> Pool:
        """For work with connections of its own, such as a view of the event lake; never inside a transaction."""
        if self._pool is None:
            raise RuntimeError("this application was built without a pool")
        return self._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: committed at the end of the block, rolled back when it raises.

        Inside an open one it is the same connection and the same transaction. A GET, which only reads, gets a
        connection that commits each statement by itself when the application was given such a pool.
        """
        if self._connection is not None:
            yield self._connection
            return
        async with self.pool.connection() as conn:
            self._connection = conn
            try:
                yield conn
                await self._leave_line(conn)
            finally:
                self._connection = None

    async def _leave_line(self, conn: Connection) -> None:
        """With the first transaction that is committed, in it."""
        if self.audit is not None and not self.audit_line:
            self.audit_line = await self.audit.write(conn, self)


AnyCall = Call[Any]
