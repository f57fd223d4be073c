"""Flows to begin with: each a file of data here. Which of them an account is offered, its metrics tell."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from rapport.flows.library.letters import Letter, StarterLetter

FOLDER = Path(__file__).parent
# Where the definition needs something of the account's own.
_PLACE = re.compile(r"(metric|letter|list):(.+)")


class LibraryFlow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """metrics: by the name that the definition has for it, the names that shops send it under, the best first. letters:
    the messages' contents by the name of their action."""

    name: str
    description: str
    order: int
    metrics: dict[str, list[str]]
    letters: dict[str, Letter | StarterLetter]
    definition: dict[str, Any]


@cache
def flows() -> Mapping[str, LibraryFlow]:
    """By id, in the order in which they are shown."""
    read = {
        file.stem: msgspec.json.decode(file.read_bytes(), type=LibraryFlow) for file in sorted(FOLDER.glob("*.json"))
    }
    return dict(sorted(read.items(), key=lambda pair: pair[1].order))


def chosen(flow: LibraryFlow, known: Mapping[str, str]) -> dict[str, str]:
    """Of each metric that the flow needs, the public id of the first that the account has. `known`: ids by name."""
    ids = {name: next((known[one] for one in names if one in known), None) for name, names in flow.metrics.items()}
    return {name: id for name, id in ids.items() if id is not None}


def missing(flow: LibraryFlow, known: Mapping[str, str]) -> Sequence[str]:
    """The usual names of the metrics that the account lacks for it."""
    there = chosen(flow, known)
    return [names[0] for name, names in flow.metrics.items() if name not in there]


def filled(value: Any, ids: Mapping[str, Mapping[str, str | None]]) -> Any:
    """The definition with ids in its places: `ids` by kind ("metric", "letter", "list") and name."""
    if isinstance(value, dict):
        return {key: filled(part, ids) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, ids) for part in value]
    place = _PLACE.fullmatch(value) if isinstance(value, str) else None
    return value if place is None else ids[place[1]].get(place[2])
