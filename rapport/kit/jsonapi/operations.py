"""Operations: one declaration each, from which routing, checks, limits and OpenAPI come."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any, TypedDict

from rapport.kit.ratelimit import Rate

from .bodies import AnyBody
from .call import AnyCall, Sort
from .documents import Record, Resource
from .fields import Field
from .revisions import NEWEST, OLDEST
from .versions import Versions

BODY_LIMIT = 5_000_000  # bytes, decompressed (behaviour-people 7.1)


@dataclass(frozen=True, slots=True)
class Empty:
    """No body; the operation's status."""


EMPTY = Empty()


@dataclass(frozen=True, slots=True)
class Document:
    """JSON that is answered as it is: a dict or a Struct."""

    content: Any


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that are answered as they are."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """A file that is answered as it is made; `size`: bytes in all, where that is known. What can be refused is refused
    before the first part is asked for."""

    parts: AsyncGenerator[bytes, None]
    media_type: str
    file_name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with something beside it: another status, headers, top-level meta, more included records.

    `next` is the cursor of a record that is answered in parts.
    """

    content: Any
    status: int | None = None
    headers: Sequence[tuple[str, str]] = ()
    meta: Mapping[str, Any] | None = None
    included: Sequence[Record] = ()
    next: str | None = None


def made_id(answer: Any) -> str | None:
    """The id of the one record that a handler answers."""
    content = answer.content if isinstance(answer, Answer) else answer
    return content.id if isinstance(content, Record) else None


Handler = Callable[[Any], Awaitable[Any]]
Loader = Callable[[AnyCall, Sequence[Record]], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class PageSize:
    """Records on a page: by default and at most. `documented`: whether the operation documents `page[size]`."""

    default: int
    maximum: int
    documented: bool = True


UNPAGED = PageSize(100, 100)


@dataclass(frozen=True)
class Parameter:
    """A query parameter beside the standard ones."""

    required: bool = False
    description: str = ""


@dataclass(frozen=True)
class ParameterRate:
    """A limit on top, shared by all operations that offer the parameter, when it holds one of the values (7.8)."""

    parameter: str
    values: tuple[str, ...]
    rate: Rate

    def applies(self, query: Mapping[str, str]) -> bool:
        sent = query.get(self.parameter)
        return sent is not None and any(value.strip() in self.values for value in sent.split(","))


@dataclass(eq=False)
class Operation:
    """See `operation` for the meaning of each."""

    id: str
    method: str
    path: str
    handler: Handler
    rate: Rate
    scopes: frozenset[str] = frozenset()
    body: AnyBody | None = None
    answers: Resource | None = None
    status: int = 200
    also_status: int | None = None
    many: bool = False
    identifiers: bool = False
    filters: Mapping[str, Field] | None = None
    sorts: tuple[str, ...] = ()
    default_sort: str | None = None
    page: PageSize = UNPAGED
    sized: bool = False
    includes: Mapping[str, Loader | None] = field(default_factory=dict)
    extra_rates: tuple[ParameterRate, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    since: str = OLDEST
    until: str = NEWEST
    raw: bool = False
    limit: int = BODY_LIMIT
    accepts: tuple[str, ...] | None = None
    raw_schema: Mapping[str, Any] | None = None
    permissions: frozenset[str] = frozenset()
    personal: bool = False
    stream: bool = False
    silent: bool = False
    versions: Versions | None = None

    def __post_init__(self) -> None:
        # what other rooms add is named in their records (`kit/rooms`), not written in here
        self.includes = MappingProxyType(self.includes)
        self.first_sort = read_sort(self.default_sort) if self.default_sort else None
        self.takes_body = self.raw or self.body is not None
        last = self.path.rsplit("/", 1)[-1]
        rule = getattr(self.body, "id", None)
        named = last[1:-1] if last.startswith("{") else None
        # some questions are posted, because they are long
        may_change = bool(self.permissions) or any(scope.endswith(":write") for scope in self.scopes)
        self.writes = may_change and self.method not in ("GET", "HEAD")
        self.is_audited = self.writes and not self.silent
        self.id_in_path = named if rule == "path" or (rule is None and self.method == "PATCH") else None

    def check_guarded(self) -> None:
        """Raises TypeError for one that is neither a read nor guarded by anything."""
        if not (self.scopes or self.permissions) and self.method not in ("GET", "HEAD"):
            raise TypeError(f"{self.id} writes and names neither a scope nor a permission")

    def serves(self, revision: str) -> bool:
        return self.since <= revision <= self.until

    async def __call__(self, call: AnyCall) -> Any:
        return await self.handler(call)


class Options(TypedDict, total=False):
    """What a regular operation may add to its declaration; see `operation`."""

    filters: Mapping[str, Field]
    default_sort: str
    page: PageSize | None
    includes: Mapping[str, Loader | None]
    extra_rates: Sequence[ParameterRate]
    parameters: Mapping[str, Parameter]
    since: str
    until: str
    permissions: str
    personal: bool
    stream: bool


def read_sort(text: str) -> Sort:
    return Sort(text.removeprefix("-"), text.startswith("-"))


def operation(
    id: str,
    method: str,
    path: str,
    *,
    rate: Rate,
    scopes: str = "",
    body: AnyBody | None = None,
    answers: Resource | None = None,
    status: int = 200,
    also_status: int | None = None,
    many: bool = False,
    identifiers: bool = False,
    filters: Mapping[str, Field] | None = None,
    sorts: Iterable[str] = (),
    default_sort: str | None = None,
    page: PageSize | None = None,
    includes: Mapping[str, Loader | None] | None = None,
    extra_rates: Sequence[ParameterRate] = (),
    parameters: Mapping[str, Parameter] | None = None,
    since: str = OLDEST,
    until: str = NEWEST,
    raw: bool = False,
    limit: int = BODY_LIMIT,
    accepts: Sequence[str] | None = None,
    raw_schema: Mapping[str, Any] | None = None,
    permissions: str = "",
    personal: bool = False,
    stream: bool = False,
    silent: bool = False,
    versions: Versions | None = None,
) -> Callable[[Handler], Operation]:
    """Declare the decorated `async (call) -> answer` as an operation.

    id, method, path: as in the reference; path parameters in braces.
    rate, extra_rates: limits, see `kit.ratelimit`. scopes: all needed, separated by spaces.
    body: `Body` or `Identifiers`; raw: the handler reads `call.raw` itself; accepts: media types other than JSON's;
    limit: bytes of the decompressed body; raw_schema: what a raw one holds, as OpenAPI describes it.
    answers, status, many, identifiers: what is answered: which resource, one or many, whole or identifiers only;
    also_status: another success, where an `Answer` may give one.
    filters, sorts, default_sort, page, includes, parameters: what the query string may ask for.
    versions: of what it changes, where a caller may name the one it has seen (`hold_version`).
    since, until: first and last revision served; several operations may share a route over different revisions.
    permissions: what a person needs besides the scopes, separated by spaces; personal: only a signed-in person may.
    stream: a store's own data, of which programs write much: only people's calls leave a line in the audit log.
    silent: changes what is seen by who calls alone: no call leaves a line.
    """

    def declare(handler: Handler) -> Operation:
        return Operation(
            id,
            method,
            path,
            handler,
            rate,
            scopes=frozenset(scopes.split()),
            body=body,
            answers=answers,
            status=status,
            also_status=also_status,
            many=many,
            identifiers=identifiers,
            filters=filters,
            sorts=tuple(sorts),
            default_sort=default_sort,
            page=page or UNPAGED,
            sized=page is not None and page.documented,
            includes=dict(includes or {}),
            extra_rates=tuple(extra_rates),
            parameters=parameters or {},
            since=since,
            until=until,
            raw=raw,
            limit=limit,
            accepts=None if accepts is None else tuple(accepts),
            raw_schema=raw_schema,
            permissions=frozenset(permissions.split()),
            personal=personal,
            stream=stream,
            silent=silent,
            versions=versions,
        )

    return declare


def operations_of(module: ModuleType) -> list[Operation]:
    """Every operation declared at the top of a module, once, in order."""
    declared = [operation for value in vars(module).values() for operation in _operations_in(value)]
    return list(dict.fromkeys(declared))


def _operations_in(value: Any) -> list[Operation]:
    if isinstance(value, Operation):
        return [value]
    if isinstance(value, tuple | list):
        return [item for item in value if isinstance(item, Operation)]
    return []
