"""Names of keys: the API writes snake_case and kebab-case, outputs have camelCase. Free objects keep their keys."""

import re
from typing import Any

# Objects whose keys are the shop's own, or another system's.
FREE = frozenset(
    ("properties", "event_properties", "eventProperties", "integration", "kv_pairs", "kvPairs", "metadata", "$extra")
)
_SEPARATED = re.compile(r"[_-]([a-z0-9])")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def camel(name: str) -> str:
    """`opt_in_process`, `campaign-messages` -> `optInProcess`, `campaignMessages`."""
    return _SEPARATED.sub(lambda match: match[1].upper(), name)


def snake(name: str) -> str:
    """`optInProcess` -> `opt_in_process`; a name that is snake_case already stays."""
    return _CAPITAL.sub(lambda match: f"_{match[1].lower()}", name)


def camel_keys(value: Any) -> Any:
    """A JSON value whose keys are camelCase, at any depth, but for what lies in free objects."""
    if isinstance(value, list):
        return [camel_keys(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {camel(key): entry if key in FREE else camel_keys(entry) for key, entry in value.items()}


def snake_keys(value: Any) -> Any:
    """The way back, for inputs that are written in either way."""
    if isinstance(value, list):
        return [snake_keys(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {snake(key): entry if key in FREE else snake_keys(entry) for key, entry in value.items()}
