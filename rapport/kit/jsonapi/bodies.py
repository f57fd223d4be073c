"""Request bodies: the JSON:API envelope around what an operation declares, decoded in one go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from .documents import ToMany, ToOne
from .errors import ApiError, bad_json, invalid

T = TypeVar("T")
IdRule = Literal["path", "optional"]


class Identifier(msgspec.Struct):
    """A resource identifier as a client sent it."""

    type: str
    id: str | UnsetType = UNSET
    attributes: Any = UNSET


class _One(msgspec.Struct):
    data: Identifier | None


class _Many(msgspec.Struct):
    data: list[Identifier]


@dataclass(frozen=True)
class Parsed:
    """What a body held: attributes, data.id, relationships by name (ids), meta."""

    value: Any
    id: str | None = None
    relationships: Mapping[str, Any] = field(default_factory=dict)
    meta: Any = None


def decode_json(raw: bytes, decoder: "msgspec.json.Decoder[T]", kind: str = "request") -> T:
    """Decode bytes from a client. Raises ApiError 400 for bad JSON, wrong types and the character NUL."""
    if not raw:
        raise invalid("The request needs a body with 'data'.", pointer="/data")
    try:
        value = decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bad_json(error, kind) from None
    if b"\\u0000" in raw:
        _refuse_nul(raw)
    return value


_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _refuse_nul(raw: bytes) -> None:
    """PostgreSQL stores no NUL in text or jsonb; an escaped backslash before u0000 is not one."""
    if _ESCAPED_NUL.search(raw):
        raise invalid("The request body holds the character NUL (\\u0000), which cannot be stored.", pointer="/data")


@dataclass(frozen=True)
class Body:
    """One resource of `type`: its attributes as a Struct (or `dict`, or None for none at all), meta and relationships.

    With `id="path"`, the default on PATCH of a path that ends in {id}, data.id is required and must equal the path's.
    """

    type: str
    attributes: Any = None
    meta: Any = None
    relationships: Mapping[str, ToOne] = field(default_factory=dict)
    id: IdRule | None = None

    @cached_property
    def envelope(self) -> Any:
        """The Struct of the whole body."""
        data: list[Any] = [("type", str), ("id", str | UnsetType, UNSET)]
        if self.attributes is not None:
            data.append(("attributes", self.attributes) if self.needs_attributes else self._optional_attributes)
        if self.meta is not None:
            data.append(("meta", self.meta | UnsetType, UNSET))
        if self.relationships:
            data.append(("relationships", self._relationships_type | UnsetType, UNSET))
        inner = msgspec.defstruct(_name(self.type, "Data"), sorted(data, key=len))
        return msgspec.defstruct(_name(self.type, "Request"), [("data", inner)])

    @property
    def _optional_attributes(self) -> tuple[str, Any, Any]:
        return ("attributes", self.attributes | UnsetType, UNSET)

    @cached_property
    def needs_attributes(self) -> bool:
        """Must `attributes` be sent? Not where each has a default."""
        if self.attributes is None:
            return False
        kind = self.attributes
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return any(field.required for field in msgspec.structs.fields(kind))
        return (get_origin(kind) or kind) is not dict

    @cached_property
    def _relationships_type(self) -> Any:
        fields = [
            (f"r{n}", (_Many if isinstance(to, ToMany) else _One) | UnsetType, UNSET)
            for n, to in enumerate(self.relationships.values())
        ]
        names = {f"r{n}": name for n, name in enumerate(self.relationships)}
        return msgspec.defstruct(_name(self.type, "Relationships"), fields, rename=names, forbid_unknown_fields=True)

    @cached_property
    def _decoder(self) -> "msgspec.json.Decoder[Any]":
        return msgspec.json.Decoder(self.envelope)

    def parse(self, raw: bytes, path_id: str | None) -> Parsed:
        """Raises ApiError 400. `path_id` is the id data.id must equal, where there is one."""
        data = decode_json(raw, self._decoder, self.type).data
        if data.type != self.type:
            raise wrong_type(data.type, self.type, "/data/type")
        id = None if data.id is UNSET else data.id
        if path_id is not None:
            _check_id(id, path_id)
        meta = getattr(data, "meta", UNSET)
        return Parsed(self._value(data), id, self._linked(data), None if meta is UNSET else meta)

    def _value(self, data: Any) -> Any:
        if self.attributes is None:
            return None
        value = data.attributes
        return self._empty() if value is UNSET else value

    def _empty(self) -> Any:
        return self.attributes() if isinstance(self.attributes, type) else {}

    def _linked(self, data: Any) -> dict[str, Any]:
        sent = getattr(data, "relationships", UNSET)
        if sent is UNSET:
            return {}
        linked: dict[str, Any] = {}
        for n, (name, to) in enumerate(self.relationships.items()):
            linkage = getattr(sent, f"r{n}")
            if linkage is not UNSET:
                linked[name] = _ids(linkage.data, to.type, f"/data/relationships/{name}/data")
        return linked


def _check_id(id: str | None, path_id: str) -> None:
    if id is None:
        raise invalid("'id' is required and must be the id in the URL.", pointer="/data/id")
    if id != path_id:
        raise invalid(f"The id '{id}' in the body is not the id '{path_id}' in the URL.", pointer="/data/id")


def _ids(data: Any, kind: str, pointer: str) -> Any:
    if data is None:
        return None
    if isinstance(data, list):
        return [_id(identifier, kind, f"{pointer}/{n}") for n, identifier in enumerate(data)]
    return _id(data, kind, pointer)


def _id(identifier: Identifier, kind: str, pointer: str) -> str:
    if identifier.type != kind:
        raise wrong_type(identifier.type, kind, f"{pointer}/type")
    if identifier.id is UNSET:
        raise invalid("'id' is required.", pointer=f"{pointer}/id")
    return identifier.id


def wrong_type(sent: str, wanted: str, pointer: str) -> ApiError:
    return invalid(f"'{sent}' is not the resource type expected here, which is '{wanted}'.", pointer=pointer)


@dataclass(frozen=True)
class Identifiers(Generic[T]):
    """The body of a relationship endpoint: identifiers of `type`, or one (which may be null) with `many=False`.

    With `attributes` (a Struct), an identifier may name its resource by them in place of an id.
    """

    type: str
    many: bool = True
    maximum: int = 1000
    attributes: Any = None

    @cached_property
    def envelope(self) -> Any:
        identifier_type: Any = Identifier
        if self.attributes is not None:
            fields = [("attributes", self.attributes | UnsetType, UNSET)]
            identifier_type = msgspec.defstruct(_name(self.type, "Identifier"), fields, bases=(Identifier,))
        data: Any = list[identifier_type] if self.many else identifier_type | None
        return msgspec.defstruct(_name(self.type, "Linkage"), [("data", data)])

    @cached_property
    def _decoder(self) -> "msgspec.json.Decoder[Any]":
        return msgspec.json.Decoder(self.envelope)

    def parse(self, raw: bytes, path_id: str | None) -> Parsed:
        """Raises ApiError 400 for wrong types, missing ids and more identifiers than allowed."""
        data = decode_json(raw, self._decoder, self.type).data
        if self.many and len(data) > self.maximum:
            raise invalid(f"At most {self.maximum} identifiers are allowed, {len(data)} were sent.", pointer="/data")
        for pointer, identifier in self._each(data):
            self._check(identifier, pointer)
        return Parsed(data)

    def _each(self, data: Any) -> list[tuple[str, Identifier]]:
        if self.many:
            return [(f"/data/{n}", identifier) for n, identifier in enumerate(data)]
        return [] if data is None else [("/data", data)]

    def _check(self, identifier: Identifier, pointer: str) -> None:
        if identifier.type != self.type:
            raise wrong_type(identifier.type, self.type, f"{pointer}/type")
        if identifier.id is UNSET and (self.attributes is None or identifier.attributes is UNSET):
            raise invalid("'id' is required.", pointer=f"{pointer}/id")


AnyBody = Body | Identifiers[Any]


def _name(kind: str, suffix: str) -> str:
    return "".join(part.capitalize() for part in kind.split("-")) + suffix
