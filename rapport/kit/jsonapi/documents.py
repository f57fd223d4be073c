"""Resources, records and the documents they are shown in (behaviour-people 7.6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

import msgspec

from .fieldsets import Tree, cut, field_names, tree

Json = dict[str, Any]


@dataclass(frozen=True)
class ToOne:
    """A relationship to one resource of this type. `path` where the URL's last part is not the relationship's name."""

    type: str
    path: str | None = None


@dataclass(frozen=True)
class ToMany(ToOne):
    """A relationship to any number of resources of this type."""


@dataclass(frozen=True)
class Resource:
    """A kind of thing the API shows: its type, where it lives, its attributes and relationships.

    `attributes` is the msgspec.Struct of what is answered, or `dict` where the shape is free.
    `additional` names attributes that are shown only with `additional-fields[type]`.
    `whole_seconds`: moments are shown without fractions when they are read, and with them when they are written
    (behaviour-people 1.2).
    """

    type: str
    path: str
    attributes: Any = dict
    relationships: Mapping[str, ToOne] = field(default_factory=dict)
    additional: tuple[str, ...] = ()
    self_link: bool = True
    whole_seconds: bool = False

    @cached_property
    def field_names(self) -> frozenset[str] | None:
        """What `fields[type]` may name: attributes with dotted parts, relationships, id. None when anything goes."""
        names = field_names(self.attributes)
        return None if names is None else names | frozenset(self.relationships) | frozenset(self.additional) | {"id"}


@dataclass(slots=True)
class Record:
    """One resource object to answer.

    `relationships`: name -> ids, records, an id, a record or None. A name left out is shown as links without data;
    records also go to `included` when the request includes the name. `key` is for include loaders, usually the inner
    id. `resource` may be left out where the operation's `answers` says it. `version`: answered as the header ETag
    where the record is answered alone.
    """

    id: str
    attributes: Any
    relationships: dict[str, Any] = field(default_factory=dict)
    resource: Resource | None = None
    key: Any = None
    meta: Mapping[str, Any] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a collection; `next` and `prev` are cursors."""

    records: Sequence[Record]
    next: str | None = None
    prev: str | None = None


@dataclass(frozen=True)
class View:
    """How this request wants records shown.

    readable: the paths of which there is a GET in the request's revision, with `{}` for every parameter.
    """

    origin: str
    method: str
    fields: Mapping[str, Sequence[str]]
    include: frozenset[str]
    readable: frozenset[str]
    identifiers: bool = False

    @cached_property
    def trees(self) -> dict[str, Tree]:
        return {kind: tree(names) for kind, names in self.fields.items()}


def show(record: Record, resource: Resource, view: View) -> Json:
    """A resource object, or only its identifier where the view says so."""
    if view.identifiers:
        return {"type": resource.type, "id": record.id}
    shown: Json = {"type": resource.type, "id": record.id, "attributes": _attributes(record, resource, view)}
    home = f"{view.origin}{resource.path}/{quote(record.id, safe=_ID_SAFE)}/"
    if resource.relationships:
        shown["relationships"] = _relationships(record, resource, home, view)
    if resource.self_link:
        shown["links"] = {"self": home}
    if record.meta:
        shown["meta"] = record.meta
    return shown


_ID_SAFE = ":$-_.~@!*,;=+()"


def _attributes(record: Record, resource: Resource, view: View) -> Json:
    attributes = msgspec.to_builtins(record.attributes, builtin_types=(datetime,), str_keys=True)
    wanted = view.trees.get(resource.type)
    if wanted is not None:
        attributes = cut(attributes, wanted)
    if resource.whole_seconds and view.method == "PATCH" and type(attributes.get("created")) is datetime:
        # it was not written now, so it is shown as it is read
        attributes["created"] = attributes["created"].replace(microsecond=0)
    stamp(attributes, whole_seconds=resource.whole_seconds and view.method == "GET")
    return attributes  # type: ignore[no-any-return]


def stamp(value: Any, *, whole_seconds: bool = False) -> None:
    """Write datetimes inside as ISO 8601 with +00:00, as the reference does; in place."""
    pairs: Iterable[Any] = value.items() if type(value) is dict else enumerate(value)
    for key, inner in pairs:
        if type(inner) is datetime:
            value[key] = iso(inner.replace(microsecond=0) if whole_seconds else inner)
        elif type(inner) is dict or type(inner) is list:
            stamp(inner, whole_seconds=whole_seconds)


def iso(moment: datetime) -> str:
    """`2026-03-18T11:17:53+00:00`; a naive datetime is taken as UTC."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC).isoformat()
    return moment.astimezone(UTC).isoformat()


def _relationships(record: Record, resource: Resource, home: str, view: View) -> Json:
    return {name: _relationship(record, resource, name, home, view) for name in resource.relationships}


def _relationship(record: Record, resource: Resource, name: str, home: str, view: View) -> Json:
    to = resource.relationships[name]
    shown: Json = {}
    if name in record.relationships:
        shown["data"] = _linkage(record.relationships[name], to.type)
    links = _links(f"{resource.path}/{{}}/", home, to.path or name, view)
    if links:
        shown["links"] = links
    return shown


def _links(path: str, home: str, last: str, view: View) -> Json:
    """Only what can be followed. Clients take the way to the records alone, but not that to the identifiers alone."""
    if path + last not in view.readable:
        return {}
    own = {"self": f"{home}relationships/{last}/"} if f"{path}relationships/{last}" in view.readable else {}
    return {**own, "related": f"{home}{last}/"}


def _linkage(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if isinstance(value, str | Record):
        return _identifier(value, kind)
    return [_identifier(target, kind) for target in value]


def _identifier(value: str | Record, kind: str) -> Json:
    if isinstance(value, str):
        return {"type": kind, "id": value}
    return {"type": value.resource.type if value.resource else kind, "id": value.id}


def related_records(record: Record, include: frozenset[str]) -> list[tuple[str, Record]]:
    """Records that sit in the included relationships, with the relationship's name."""
    related: list[tuple[str, Record]] = []
    for name in sorted(include & record.relationships.keys()):
        value = record.relationships[name]
        several = value if isinstance(value, list | tuple) else [value]
        related += [(name, target) for target in several if isinstance(target, Record)]
    return related


def show_included(records: Iterable[Record], view: View) -> list[Json]:
    """Each once; every record must name its resource."""
    shown: dict[tuple[str, str], Json] = {}
    for record in records:
        resource = record.resource
        if resource is None:
            raise LookupError(f"the included record {record.id} names no resource")
        shown.setdefault((resource.type, record.id), show(record, resource, view))
    return list(shown.values())
