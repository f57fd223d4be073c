"""Actions described: as JSON, and their inputs as a JSON Schema."""

from typing import Any

from rapport.connect.action import CONNECTION, Action, Call, Input
from rapport.connect.shapes import paths

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "seconds": {"type": "number", "exclusiveMinimum": 0},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "choice": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object"},
    "properties": {"type": "object"},
    "array": {"type": "array", "items": {"type": "object"}},
    "pairs": {"type": "object"},
    "file": {"type": "string", "contentEncoding": "base64"},
    "any": {},
}


def described(action: Action) -> dict[str, Any]:
    """An action as JSON. output: paths of the keys that are always there."""
    return {
        "name": action.name,
        "label": action.label,
        "note": action.note,
        "writes": action.writes,
        "scopes": list(action.scopes),
        "revision": action.revision,
        "inputs": [_input(entry) for entry in action.inputs if entry.type != CONNECTION],
        "calls": [f"{call.method} {call.path}" for call in calls_of(action)],
        "output": output_paths(action),
    }


def calls_of(action: Action) -> tuple[Call, ...]:
    """All that it may make."""
    return action.calls if action.related is None else (*action.calls, action.related)


def _input(entry: Input) -> dict[str, Any]:
    whole = {
        "key": entry.key,
        "label": entry.label,
        "type": entry.type,
        "note": entry.note,
        "required": entry.required,
        "example": entry.example,
        "default": entry.default,
        "choices": list(entry.choices),
    }
    return {name: value for name, value in whole.items() if value not in (None, "", [])}


def output_paths(action: Action) -> list[str]:
    """As `data.data.attributes.name`."""
    if action.done is not None or action.output is None:
        return ["data"]
    if action.group == "component":
        return ["data", *(f"data.{path}" for path in paths(action.output))]
    return paths(action.output)


def schema(action: Action) -> dict[str, Any]:
    """A JSON Schema (2020-12) of its inputs."""
    inputs = [entry for entry in action.inputs if entry.type != CONNECTION]
    return {
        "type": "object",
        "properties": {entry.key: _schema(entry) for entry in inputs},
        "required": [entry.key for entry in inputs if entry.required],
        "additionalProperties": False,
    }


def _schema(entry: Input) -> dict[str, Any]:
    whole: dict[str, Any] = {**_TYPES[entry.type], "title": entry.label}
    if entry.note:
        whole["description"] = entry.note
    if entry.choices:
        whole["enum"] = list(entry.choices)
    if entry.default is not None:
        whole["default"] = entry.default
    if entry.example is not None:
        whole["examples"] = [entry.example]
    return whole
