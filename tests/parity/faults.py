"""Ways to ask wrongly, each with what must be answered. One line a fault; the matrix comes from the declarations."""

import copy
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from rapport.kit.jsonapi import Body, Field, Identifiers, Operation
from rapport.kit.jsonapi.fields import PropertiesField

Json = dict[str, Any]
JSON = "application/vnd.api+json"


@dataclass(frozen=True)
class Asked:
    """A request that is right, before a fault is put in."""

    operation: Operation
    path: str
    body: Json | None = None
    content: bytes | None = None
    query: Json = field(default_factory=dict)
    headers: Json = field(default_factory=dict)
    method: str = ""

    def with_body(self, change: Callable[[Json], Any]) -> "Asked":
        changed = copy.deepcopy(self.body or {})
        change(changed)
        return replace(self, body=changed)

    def with_headers(self, **headers: str) -> "Asked":
        return replace(self, headers={**self.headers, **{key.replace("_", "-"): text for key, text in headers.items()}})

    def with_query(self, name: str, value: Any) -> "Asked":
        return replace(self, query={**self.query, name: value})

    def raw(self) -> bytes | None:
        if self.content is not None or self.body is None:
            return self.content
        return msgspec.json.encode(self.body)


@dataclass(frozen=True)
class Fault:
    """`applies` says to which operations, `spoil` makes the request wrong, `status` and `source` are the answer."""

    name: str
    applies: Callable[[Operation], bool]
    spoil: Callable[[Asked], Asked]
    status: int = 400
    code: str = "invalid"
    source: str | None = None


def _any(_: Operation) -> bool:
    return True


def _takes_json(one: Operation) -> bool:
    return one.takes_body and (one.accepts is None or JSON in one.accepts)


def _reads(one: Operation) -> bool:
    return one.method == "GET"


def _filters(one: Operation) -> bool:
    return _reads(one) and bool(one.filters)


def _takes_no_filter(one: Operation) -> bool:
    return _reads(one) and one.filters is None


def _typed(one: Operation) -> list[tuple[str, Field]]:
    """Filter fields with a type or an operator that something can be wrong for."""
    return [(name, kind) for name, kind in (one.filters or {}).items() if not isinstance(kind, PropertiesField)]


def _refused_operator(one: Operation) -> str | None:
    unusual = ("contains-all", "ends-with")
    return next((f"{op}({name},1)" for name, kind in _typed(one) for op in unusual if op not in kind.operators), None)


def _wrong_value(one: Operation) -> str | None:
    """A number where a text, a moment or a truth is wanted."""
    fields = [(name, kind) for name, kind in _typed(one) if kind.type not in (int, float)]
    return next((f"{op}({name},1)" for name, kind in fields for op in kind.operators if op not in ("has", "any")), None)


def _first(body: Json) -> Json:
    data = body["data"]
    found: Json = data[0] if isinstance(data, list) else data
    return found


def _has_closed_attributes(one: Operation) -> bool:
    if one.raw:
        return _takes_json(one)
    kind = one.body.attributes if isinstance(one.body, Body) else None
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _many(one: Operation) -> bool:
    return _reads(one) and one.many


def _sized(one: Operation) -> bool:
    return _many(one) and one.sized


def _shows_closed_attributes(one: Operation) -> bool:
    return _reads(one) and one.answers is not None and one.answers.attributes is not dict and not one.identifiers


def _too_large(asked: Asked) -> Asked:
    """Larger than allowed only once it is decompressed."""
    content = gzip.compress(b" " * (asked.operation.limit + 1))
    return replace(asked.with_headers(content_encoding="gzip"), content=content)


def _other_method(asked: Asked) -> Asked:
    """PUT is nobody's."""
    return replace(asked, method="PUT")


FAULTS: tuple[Fault, ...] = (
    Fault("bad JSON", _takes_json, lambda a: replace(a, content=b'{"data":'), source="/"),
    Fault("not UTF-8", _takes_json, lambda a: replace(a, content=b'{"data":{"type":"\xff"}}')),
    Fault("no body", _takes_json, lambda a: replace(a, content=b""), source="/data"),
    Fault("a list for a body", _takes_json, lambda a: replace(a, content=b"[]")),
    Fault("a number for data", _takes_json, lambda a: a.with_body(lambda b: b.update(data=5)), source="/data"),
    Fault(
        "wrong type of attributes",
        _has_closed_attributes,
        lambda a: a.with_body(lambda b: b["data"].update(attributes=5)),
        source="/data/attributes",
    ),
    Fault(
        "unknown attribute",
        _has_closed_attributes,
        lambda a: a.with_body(lambda b: b["data"].setdefault("attributes", {}).update(surely_unknown=1)),
        source="/data/attributes/surely_unknown",
    ),
    Fault("wrong resource type", _takes_json, lambda a: a.with_body(lambda b: _first(b).update(type="no-such-type"))),
    Fault(
        "id of another than the URL's",
        lambda one: one.id_in_path is not None,
        lambda a: a.with_body(lambda b: b["data"].update(id="NOPE01")),
        source="/data/id",
    ),
    Fault(
        "too many identifiers",
        lambda one: isinstance(one.body, Identifiers) and one.body.many,
        lambda a: a.with_body(lambda b: b.update(data=b["data"] * 1001)),
        source="/data",
    ),
    Fault("too large", _takes_json, _too_large, 413, "payload_too_large"),
    Fault(
        "wrong content type",
        _takes_json,
        lambda a: a.with_headers(content_type="text/csv"),
        415,
        "unsupported_media_type",
    ),
    Fault(
        "wrong content encoding",
        _takes_json,
        lambda a: a.with_headers(content_encoding="br"),
        415,
        "unsupported_media_type",
    ),
    Fault("broken gzip", _takes_json, lambda a: a.with_headers(content_encoding="gzip")),
    Fault("wrong method", _any, _other_method, 405, "method_not_allowed"),
    Fault("malformed revision", _any, lambda a: a.with_headers(revision="yesterday"), source="revision"),
    Fault("impossible revision", _any, lambda a: a.with_headers(revision="2026-13-45"), source="revision"),
    Fault(
        "retired revision",
        _any,
        lambda a: a.with_headers(revision="2020-01-01", x_klaviyo_revision_fall_forward_opt_out="1"),
        410,
        "gone",
    ),
    Fault(
        "no filter taken", lambda one: _reads(one) and one.filters is None, lambda a: a.with_query("filter", "has(x)")
    ),
    Fault("filter on unknown field", _filters, lambda a: a.with_query("filter", 'equals(surely_unknown,"x")')),
    Fault("filter without an end", _filters, lambda a: a.with_query("filter", "equals(id")),
    Fault("filter of no form", _filters, lambda a: a.with_query("filter", ")(")),
    Fault(
        "filter operator not allowed",
        lambda one: _filters(one) and _refused_operator(one) is not None,
        lambda a: a.with_query("filter", _refused_operator(a.operation)),
    ),
    Fault(
        "filter value of another type",
        lambda one: _filters(one) and _wrong_value(one) is not None,
        lambda a: a.with_query("filter", _wrong_value(a.operation)),
    ),
    Fault("unknown sort", _reads, lambda a: a.with_query("sort", "surely_unknown"), source="sort"),
    Fault("two sorts", _reads, lambda a: a.with_query("sort", "id,name"), source="sort"),
    Fault("unknown include", _reads, lambda a: a.with_query("include", "surely_unknown"), source="include"),
    Fault(
        "unknown field",
        _shows_closed_attributes,
        lambda a: a.with_query(f"fields[{_kind(a)}]", "surely_unknown"),
    ),
    Fault(
        "unknown additional field",
        lambda one: _reads(one) and one.answers is not None,
        lambda a: a.with_query(f"additional-fields[{_kind(a)}]", "surely_unknown"),
    ),
    Fault("cursor of nobody", _many, lambda a: a.with_query("page[cursor]", "nope"), source="page[cursor]"),
    Fault("page size 0", _sized, lambda a: a.with_query("page[size]", 0), source="page[size]"),
    Fault(
        "page size above the maximum",
        _sized,
        lambda a: a.with_query("page[size]", a.operation.page.maximum + 1),
        source="page[size]",
    ),
    Fault("page size that is no number", _sized, lambda a: a.with_query("page[size]", "ten"), source="page[size]"),
    Fault("NUL in the query", _reads, lambda a: a.with_query("filter", 'equals(id,"\x00")')),
)


def _kind(asked: Asked) -> str:
    assert asked.operation.answers is not None
    return asked.operation.answers.type
