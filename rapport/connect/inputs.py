"""Inputs as they are sent, checked and converted by their types."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.connect.action import CONNECTION, Action, Input
from rapport.connect.casing import snake_keys
from rapport.connect.failures import BadInput

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_LONGEST_SECONDS, _DEEPEST = 3600.0, 100


@dataclass(frozen=True)
class File:
    """Contents of a file. content_type: None where nobody said."""

    content: bytes
    content_type: str | None = None


def checked(action: Action, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Values by key. null and "" count as not sent. Raises BadInput, whose text names the input."""
    _check_writable(sent)
    known = {name: entry for entry in action.inputs for name in (entry.label, entry.key)}
    values: dict[str, Any] = {}
    for name, value in sent.items():
        entry = known.get(name) or _dotted(action, name)
        if entry is None:
            raise BadInput(name, f"{action.name} has no input '{name[:80]}'. It has: {_listed(action)}.")
        if entry.type == CONNECTION:
            raise BadInput(name, "The connection is not an input here: name host and credential beside the inputs.")
        if value is None or value == "":
            continue
        if name in known:
            values[entry.key] = converted(entry, value)
        else:
            values.setdefault(entry.key, {})[name.partition(".")[2]] = value
    for entry in action.inputs:
        if entry.key not in values and entry.default is not None:
            values[entry.key] = entry.default
        if entry.required and entry.type != CONNECTION and entry.key not in values:
            raise BadInput(entry.key, f"'{entry.key}' ({entry.label}) is needed. {entry.note}".strip())
    return values


def _check_writable(sent: Mapping[str, Any]) -> None:
    """What no JSON can hold is refused by the input it came in."""
    for name, value in sent.items():
        try:
            json.dumps({name: value}, ensure_ascii=False, allow_nan=False, default=_length).encode()
        except RecursionError:
            raise BadInput(name[:80], "This input is nested too deeply.") from None
        except (ValueError, TypeError):
            shown = name[:80].encode("ascii", "replace").decode()
            raise BadInput(shown, f"'{shown}' holds what JSON can't hold: half characters, NaN or infinity.") from None
        if _depth(value) > _DEEPEST:
            raise BadInput(name[:80], f"'{name[:80]}' is nested more than {_DEEPEST} deep.")


def _length(value: Any) -> int:
    """For contents of files, which are bytes."""
    return len(value)


def _depth(value: Any) -> int:
    deep, level = 0, [value]
    while level and deep <= _DEEPEST:
        entries = [
            entry.values() if isinstance(entry, dict) else entry for entry in level if isinstance(entry, dict | list)
        ]
        level, deep = [inner for entry in entries for inner in entry], deep + 1
    return deep


def _dotted(action: Action, name: str) -> Input | None:
    """`klaviyo_custom.color`: one entry of a free object."""
    parent, dot, rest = name.partition(".")
    fits = (entry for entry in action.inputs if entry.type == "properties" and entry.key == parent)
    return next(fits, None) if dot and rest else None


def _listed(action: Action) -> str:
    return ", ".join(entry.key for entry in action.inputs if entry.type != CONNECTION) or "none"


def converted(entry: Input, value: Any) -> Any:
    """A value as the action wants it. Raises BadInput."""
    try:
        return _BY_TYPE[entry.type](value, entry)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(entry.key, f"'{entry.key}' ({entry.label}) {error}") from None


def _text(value: Any, _entry: Input) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a text.")
    return str(value)


def _number(value: Any, _entry: Input) -> int | float:
    if isinstance(value, bool):
        raise ValueError("must be a number.")
    try:
        number = float(value)
        finite = number - number == 0
    except (ValueError, TypeError):
        finite = False
    if not finite:
        raise ValueError("must be a number.")
    return int(number) if number.is_integer() else number


def _seconds(value: Any, entry: Input) -> float:
    seconds = float(_number(value, entry))
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError(f"must be more than 0 and at most {_LONGEST_SECONDS:g} seconds.")
    return seconds


def _boolean(value: Any, _entry: Input) -> bool:
    text = str(value).strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError("must be true or false.")
    return text in _TRUE


def _json(value: Any) -> Any:
    """Objects and lists may be sent as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        decoded = json.loads(value)
        _check_writable({"": decoded})
    except (ValueError, RecursionError, BadInput):
        raise ValueError("is no JSON that can be sent.") from None
    return decoded


def _object(value: Any, _entry: Input) -> dict[str, Any]:
    value = _json(value)
    if not isinstance(value, dict):
        raise ValueError("must be an object.")
    return dict(_snaked(value))


def _properties(value: Any, _entry: Input) -> dict[str, Any]:
    value = _json(value)
    if not isinstance(value, dict):
        raise ValueError("must be an object.")
    return dict(value)


def _array(value: Any, _entry: Input) -> list[Any]:
    value = _json(value)
    if not isinstance(value, list):
        raise ValueError("must be an array.")
    return list(_snaked(value))


def _snaked(value: Any) -> Any:
    try:
        return snake_keys(value)
    except RecursionError:
        raise ValueError("is nested too deeply.") from None


def _list(value: Any, _entry: Input) -> list[str]:
    if isinstance(value, str):
        value = _json(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",")]
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise ValueError("must be a list of texts.")
    return [entry for entry in value if entry]


def _time(value: Any, _entry: Input) -> str:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be a time such as 2024-07-10T14:48:00Z.") from None
    return str(value)


def _choice(value: Any, entry: Input) -> str:
    wanted = str(value).strip().lower()
    fits = [choice for choice in entry.choices if choice.lower() == wanted]
    if not fits:
        raise ValueError(f"must be one of: {', '.join(entry.choices)}.")
    return fits[0]


def _file(value: Any, _entry: Input) -> File:
    if isinstance(value, bytes):
        return File(value)
    kind = value.get("contentType") if isinstance(value, dict) else None
    text = value.get("data") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise ValueError("must be base64, or an object with 'data' and 'contentType'.")
    try:
        return File(base64.b64decode("".join(text.split()), validate=True), None if kind is None else str(kind))
    except (binascii.Error, ValueError):
        raise ValueError("is no base64.") from None


def _pairs(value: Any, _entry: Input) -> dict[str, Any]:
    """An object, or a list of `{key, value}`; a header may be written `Name: value`."""
    value = _json(value) if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") else value
    if isinstance(value, str):
        value = [value]
    if isinstance(value, dict):
        return {str(key): entry for key, entry in value.items()}
    if not isinstance(value, list):
        raise ValueError("must be an object, or a list of {key, value}.")
    pairs: dict[str, Any] = {}
    for pair in value:
        if isinstance(pair, dict) and "key" in pair and "value" in pair:
            pairs[str(pair["key"])] = pair["value"]
        elif isinstance(pair, str) and ":" in pair:
            name, _, text = pair.partition(":")
            pairs[name.strip()] = text.strip()
        else:
            raise ValueError("must be an object, or a list of {key, value}.")
    return pairs


def _any(value: Any, _entry: Input) -> Any:
    return value


_BY_TYPE: Mapping[str, Callable[[Any, Input], Any]] = {
    "text": _text,
    "number": _number,
    "seconds": _seconds,
    "boolean": _boolean,
    "object": _object,
    "properties": _properties,
    "array": _array,
    "list": _list,
    "time": _time,
    "choice": _choice,
    "file": _file,
    "pairs": _pairs,
    "any": _any,
}
TYPES = (*_BY_TYPE, CONNECTION)
