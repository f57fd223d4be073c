"""The query string: read once, checked against the operation, put on the call."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from .call import AnyCall, PageRequest, Sort
from .documents import Resource
from .errors import invalid
from .fields import check_conditions
from .fieldsets import allows
from .filters import Condition, parse_filter
from .operations import Operation, read_sort

Kinds = Mapping[str, "Kind"]
_NOTHING: Mapping[str, str] = {}
_MAX_CURSOR = 4_000


class Kind:
    """What is known of a resource type from all declarations: its field and additional-field names."""

    def __init__(self) -> None:
        self.names: frozenset[str] | None = frozenset()
        self.additional: frozenset[str] = frozenset()

    def learn(self, resource: Resource) -> None:
        """Several declarations may show one type with more or fewer attributes (list members have a join date)."""
        more = resource.field_names
        self.names = None if self.names is None or more is None else self.names | more
        self.additional |= frozenset(resource.additional)


def parse_query(raw: bytes) -> Mapping[str, str]:
    """Names and values, percent-decoded; the last of a repeated name counts. Raises ApiError 400."""
    if not raw:
        return _NOTHING
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise invalid("The query string is not percent-encoded UTF-8.", parameter="query") from None
    query = dict(pairs)
    for name, value in query.items():
        if "\x00" in value or "\x00" in name:
            raise invalid("The character NUL is not allowed.", parameter=name.replace("\x00", ""))
    return query


def read_query(call: AnyCall, query: Mapping[str, str], kinds: Kinds) -> None:
    """Everything a query string may ask for, onto the call. Raises ApiError 400."""
    operation = call.operation
    call.query = query
    _check_required(operation, query)
    if "include" in query:
        call.include = _include(operation, query["include"])
    if "sort" in query:
        call.sort = _sort(operation, query["sort"])
    if "filter" in query:
        call.filters = _filters(operation, query["filter"])
    if "page[size]" in query or "page[cursor]" in query:
        call.page = _page(operation, query)
    _read_fields(call, query, kinds)


def _check_required(operation: Operation, query: Mapping[str, str]) -> None:
    for name, parameter in operation.parameters.items():
        if parameter.required and not query.get(name):
            raise invalid(f"The query parameter '{name}' is required.", parameter=name)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _include(operation: Operation, text: str) -> frozenset[str]:
    for name in (names := _split(text)):
        if name not in operation.includes:
            raise invalid(f"'{name}' is not an allowed include parameter for this resource.", parameter="include")
    return frozenset(names)


def _sort(operation: Operation, text: str) -> Sort | None:
    if not text.strip():
        return operation.first_sort
    sort = read_sort(text.strip())
    if sort.name not in operation.sorts:
        allowed = f"  Allowed sorts are {', '.join(operation.sorts)}" if operation.sorts else ""
        raise invalid(f"'{sort.name}' is not an allowed sort parameter for this resource.{allowed}", parameter="sort")
    return sort


def _filters(operation: Operation, text: str) -> list[Condition]:
    if operation.filters is None:
        raise invalid("This operation takes no filter.", parameter="filter")
    return check_conditions(parse_filter(text), operation.filters)


def _page(operation: Operation, query: Mapping[str, str]) -> PageRequest:
    cursor = _cursor(query.get("page[cursor]"))
    if cursor is not None and len(cursor) > _MAX_CURSOR:
        raise invalid("Invalid cursor provided.", parameter="page[cursor]")
    return PageRequest(_size(operation, query.get("page[size]")), cursor)


def _cursor(sent: str | None) -> str | None:
    """A whole `next` link counts as its cursor: the official SDK cuts a link only where it is https, and then leaves
    the equals sign in front (behaviour-people 7.10)."""
    if not sent:
        return None
    for name in ("page[cursor]=", "page%5Bcursor%5D="):
        if name in sent:
            return sent.partition(name)[2].partition("&")[0] or None
    return sent.removeprefix("=") or None


def _size(operation: Operation, text: str | None) -> int:
    if text is None:
        return operation.page.default
    maximum = operation.page.maximum
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= maximum):
        raise invalid(f"The page size must be an integer from 1 to {maximum}.", parameter="page[size]")
    return int(text)


def _read_fields(call: AnyCall, query: Mapping[str, str], kinds: Kinds) -> None:
    fields: dict[str, tuple[str, ...]] = {}
    additional: dict[str, frozenset[str]] = {}
    for name, value in query.items():
        if name.startswith("fields[") and name.endswith("]"):
            fields[name[7:-1]] = tuple(_allowed_fields(name, _split(value), kinds.get(name[7:-1])))
        elif name.startswith("additional-fields[") and name.endswith("]"):
            additional[name[18:-1]] = frozenset(_allowed_additional(name, _split(value), kinds.get(name[18:-1])))
    for kind, names in fields.items():
        # A field asked for by name is shown even if its additional-fields parameter was forgotten.
        heads = {name.partition(".")[0] for name in names}
        if kind in kinds and (named_additional := heads & kinds[kind].additional):
            additional[kind] = additional.get(kind, frozenset()) | named_additional
    call.fields, call.additional_by_type = fields, additional


def _allowed_fields(parameter: str, names: list[str], kind: Kind | None) -> Iterable[str]:
    for name in names:
        if kind is not None and kind.names is not None and not allows(kind.names, name):
            raise invalid(f"'{name}' is not a valid field for the resource '{parameter[7:-1]}'.", parameter=parameter)
    return names


def _allowed_additional(parameter: str, names: list[str], kind: Kind | None) -> Iterable[str]:
    for name in names:
        if kind is not None and name not in kind.additional:
            text = f"'{name}' is not an additional field of the resource '{parameter[18:-1]}'."
            raise invalid(text, parameter=parameter)
    return names
