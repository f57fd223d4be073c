"""What can be said of a profile, and how it is applied (behaviour-people 1.2, 1.3)."""

from typing import Any

import msgspec

from rapport.inbox.person import Changes
from rapport.profiles import location
from rapport.profiles.location import Place

# Columns of a profile that a writer can set, identifiers included.
COLUMNS = (
    "email", "phone_number", "external_id", "anonymous_id", "first_name", "last_name", "organization", "locale",
    "title", "image", "location", "located", "properties",
)  # fmt: skip
PLAIN = ("first_name", "last_name", "organization", "locale", "title", "image")


def apply(row: dict[str, Any], changes: Changes) -> bool:
    """Apply `changes` to the values of a profile, in place. True when anything is different afterwards."""
    before = _encoded(row)
    row.update(changes.set)
    row["location"], row["located"] = location.changed(Place(row["location"], row["located"]), changes.location)
    row["properties"] = _properties(row["properties"], changes)
    return _encoded(row) != before


def _encoded(value: Any) -> bytes:
    """For comparing as JSON does, to which true, 1 and 1.0 are three things; to Python they are one."""
    return msgspec.json.encode(value)


def _properties(current: dict[str, Any], changes: Changes) -> dict[str, Any]:
    merged = dict(current)
    for key, value in changes.properties.items():
        merged[key] = merged_value(merged.get(key), value)
    for key, value in changes.append.items():
        merged[key] = _appended(merged.get(key), value)
    for key, value in changes.unappend.items():
        if isinstance(merged.get(key), list):
            merged[key] = _without(merged[key], _as_list(value))
    for key in changes.unset:
        merged.pop(key, None)
    return merged


def merged_value(current: Any, new: Any) -> Any:
    """An object merges key by key into an object; anything else replaces (behaviour-messaging 1.20)."""
    if isinstance(current, dict) and isinstance(new, dict):
        return {**current, **new}
    return new


def _appended(current: Any, value: Any) -> list[Any]:
    """A list without the value gets it; a property that is no list becomes one."""
    kept = [] if current is None else _as_list(current)
    for item in _without(_as_list(value), kept):
        kept += _without([item], kept)
    return kept


def _without(items: list[Any], removed: list[Any]) -> list[Any]:
    known = {_encoded(item) for item in removed}
    return [item for item in items if _encoded(item) not in known]


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
