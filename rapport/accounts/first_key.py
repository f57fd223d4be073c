"""The key made at an installation's first start, kept beside the data so that it can be shown again."""

import json
from pathlib import Path

from rapport.kit.files import write_whole

_NAME = "first-key.json"


def keep(folder: Path, key: str) -> None:
    write_whole(folder / _NAME, json.dumps({"private_key": key}))


def kept(folder: Path) -> str | None:
    """None when none is kept, or the file can't be read: it may have been cut short or changed by hand."""
    try:
        key = json.loads((folder / _NAME).read_bytes())["private_key"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return key if isinstance(key, str) else None
