"""Sparse fieldsets: which names `fields[type]` may hold, and cutting attributes down to them."""

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

Tree = dict[str, Any]  # name -> None (all of it) or a Tree of the parts wanted
_MAX_DEPTH = 8


def field_names(kind: Any) -> frozenset[str] | None:
    """Attribute names of a Struct with the dotted names of what is nested in it; None for a free shape.

    A part of a free shape is written `name.*` here: anything below it may be asked for.
    """
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return None
    return frozenset(_names(kind, "", 0))


def _names(kind: type[msgspec.Struct], prefix: str, depth: int) -> Iterable[str]:
    for field in msgspec.structs.fields(kind):
        name = prefix + field.encode_name
        yield name
        inner = list(_alternatives(field.type))
        for alternative in inner:
            if isinstance(alternative, type) and issubclass(alternative, msgspec.Struct) and depth < _MAX_DEPTH:
                yield from _names(alternative, name + ".", depth + 1)
        if any(alternative is Any or alternative is dict for alternative in inner):
            yield name + ".*"


def _alternatives(kind: Any) -> Iterable[Any]:
    """The types a value may have, looking through unions and annotations."""
    origin = get_origin(kind)
    if origin is Union or origin is UnionType:
        for alternative in get_args(kind):
            yield from _alternatives(alternative)
    elif hasattr(kind, "__metadata__"):
        yield from _alternatives(get_args(kind)[0])
    else:
        yield origin or kind


def allows(names: frozenset[str], wanted: str) -> bool:
    """Is it a name, or below a free shape?"""
    if wanted in names:
        return True
    parts = wanted.split(".")
    return any(".".join(parts[:n]) + ".*" in names for n in range(1, len(parts)))


def tree(names: Iterable[str]) -> Tree:
    """`["email", "location.city"]` as {"email": None, "location": {"city": None}}."""
    root: Tree = {}
    for name in names:
        _grow(root, name.split("."))
    return root


def _grow(node: Tree, parts: list[str]) -> None:
    for part in parts[:-1]:
        below = node.setdefault(part, {})
        if below is None:  # all of it is wanted already
            return
        node = below
    node[parts[-1]] = None


def cut(attributes: Mapping[str, Any], wanted: Tree) -> dict[str, Any]:
    """Only what is wanted, in the order of the attributes. A part of what is null stays null."""
    return {name: _part(value, wanted[name]) for name, value in attributes.items() if name in wanted}


def _part(value: Any, below: Tree | None) -> Any:
    return cut(value, below) if below and isinstance(value, dict) else value
