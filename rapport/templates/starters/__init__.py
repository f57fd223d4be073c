"""Templates to begin with: each a file of data here, with the pictures they show."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

FOLDER = Path(__file__).parent
PATH = "/starters"
# In the data pictures stand by their path; whoever uses a starter needs their address.
_PICTURE = f'"{PATH}/'.encode()


class Starter(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`use`: what it is for. `event`: properties of an event such as it follows, for previews. `definition`: as a
    template has it."""

    name: str
    description: str
    use: Literal["campaign", "flow", "transactional"]
    subject: str
    preview_text: str
    transactional: bool
    event: dict[str, Any] | None
    definition: dict[str, Any]


@cache
def _sources() -> dict[str, bytes]:
    """The files, by id, in the order in which they are shown."""
    return {file.stem: file.read_bytes() for file in sorted(FOLDER.glob("*.json"))}


def ids() -> Sequence[str]:
    return tuple(_sources())


def starter(id: str, base_url: str) -> Starter | None:
    """Its pictures at addresses of `base_url`."""
    source = _sources().get(id)
    if source is None:
        return None
    return msgspec.json.decode(source.replace(_PICTURE, f'"{base_url}{PATH}/'.encode()), type=Starter)


@cache
def pictures() -> dict[str, bytes]:
    """The pictures, by the names of their files."""
    return {file.name: file.read_bytes() for file in (FOLDER / "pictures").glob("*.png")}
