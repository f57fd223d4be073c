"""Filters on lists and mappings. What is no list is a list of one."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import re2
from django.utils.html import conditional_escape

from rapport.templates.language.budget import MAX_ITEMS, check_length, current
from rapport.templates.language.errors import TemplateRenderError
from rapport.templates.language.registry import filter_tag, safe

_MAX_PATTERN = 1_000


def _items(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value in ("", None) else [value]


def _get(item: Any, name: Any) -> Any:
    """`item[name]` for mappings (any key) and lists (an index), else None."""
    if isinstance(item, Mapping):
        return item.get(name, item.get(str(name)))
    if isinstance(item, (list, tuple)) and str(name).isdecimal() and int(name) < len(item):
        return item[int(name)]
    return None


@filter_tag("lookup")
def lookup(value: Any, name: Any) -> Any:
    """The value under a key with any name; nothing where there is none."""
    found_value = _get(value, name)
    return "" if found_value is None else found_value


@filter_tag("compact")
def compact(values: Any) -> list[Any]:
    """Without empty elements."""
    return [value for value in _items(values) if value not in (None, "")]


@filter_tag("concat")
def concat(values: Any, others: Any) -> Any:
    """Two lists, or two texts, one after the other."""
    if isinstance(values, str) and isinstance(others, str):
        return values + others
    return _items(values) + _items(others)


@filter_tag("join")
def join(values: Any, separator: Any, autoescape: bool = True) -> str:
    """One text; in HTML the elements are escaped."""
    escape: Callable[[Any], str] = conditional_escape if autoescape else str
    parts = [escape(value) for value in _items(values)]
    check_length(sum(map(len, parts)) + len(parts) * len(str(separator)))
    joined = escape(separator).join(parts)
    return safe(joined) if autoescape else joined


join.needs_autoescape = True  # type: ignore[attr-defined]


@filter_tag("list_to_string")
def list_to_string(values: Any) -> str:
    """Joined with a comma and a space."""
    return ", ".join(str(value) for value in _items(values))


@filter_tag("map")
def map_key(values: Any, name: Any) -> list[Any]:
    """What each element has under `name`."""
    return [_get(value, name) for value in _items(values)]


def _condition(argument: Any) -> tuple[str, str | None]:
    """`"key=value"`, `"key|value"` or `"key:value"`; without a value: any that is not empty."""
    key, separator, value = re.match(r"([^=|:]*)([=|:]?)(.*)", str(argument), re.DOTALL).groups()  # type: ignore[union-attr]
    return key.strip(), value.strip() if separator else None


def _matches(item: Any, key: str, value: str | None) -> bool:
    found_value = _get(item, key)
    return bool(found_value) if value is None else found_value is not None and str(found_value) == value


@filter_tag("dictfilter", "list_where")
def list_where(values: Any, argument: Any) -> list[Any]:
    """The elements whose key has a value: `"category=Shoes"`."""
    key, value = _condition(argument)
    return [item for item in _items(values) if _matches(item, key, value)]


@filter_tag("reverse")
def reverse(values: Any) -> Any:
    """Backwards, a text too."""
    return values[::-1] if isinstance(values, str) else _items(values)[::-1]


def _rank(value: Any, *, fold: bool = False) -> tuple[int, Any]:
    """A key that orders numbers before texts before nothing and never fails."""
    if isinstance(value, (int, float)):
        return 0, value
    text = "" if value is None else str(value)
    return (1 if text else 2), text.casefold() if fold else text


@filter_tag("sort")
def sort(values: Any, key: Any = None) -> list[Any]:
    """In order, by a key of its elements where one is given."""
    return sorted(_items(values), key=lambda value: _rank(value if key is None else _get(value, key)))


@filter_tag("sort_natural")
def sort_natural(values: Any, key: Any = None) -> list[Any]:
    """In order whatever the case."""
    return sorted(_items(values), key=lambda value: _rank(value if key is None else _get(value, key), fold=True))


@filter_tag("uniq")
def uniq(values: Any) -> list[Any]:
    """Each element once, in the order of first appearance."""
    first: dict[str, Any] = {}
    for value in _items(values):
        first.setdefault(repr(value), value)
    return list(first.values())


@filter_tag("random")
def random(values: Any) -> Any:
    """One element; the same each time a message is rendered for a recipient, so that links keep their targets."""
    items = _items(values)
    return items[current().choose(len(items))] if items else ""


@filter_tag("split")
def split(value: Any, separator: Any = " ") -> list[str]:
    """The parts between separators."""
    return str(value).split(str(separator) or None)


@filter_tag("resplit")
def resplit(value: Any, pattern: Any) -> list[str]:
    """The parts between matches of a regular expression in RE2's syntax, whose time grows with the text alone."""
    return [part or "" for part in _pattern(str(pattern)).split(str(value), maxsplit=MAX_ITEMS)]


def _quiet() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


@lru_cache(256)
def _pattern(source: str) -> Any:
    """A compiled pattern. RE2 has no look-around and no back references, which are what lets a search explode."""
    if len(source) > _MAX_PATTERN:
        raise TemplateRenderError(f"The pattern of 'resplit' is longer than {_MAX_PATTERN} characters.")
    try:
        return re2.compile(source, options=_quiet())  # type: ignore[no-untyped-call]
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise TemplateRenderError(f"The pattern of 'resplit' is wrong: {reason}.") from error
