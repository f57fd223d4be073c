"""Universal content as it crosses the API (behaviour-rest 13.1)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.templates.definition.blocks import Block
from rapport.templates.definition.layout import Section


class UniversalContentAttributes(msgspec.Struct):
    """`definition`: a block or a section as in a template. No pictures are made of it: `screenshot_status` says so, and
    `screenshot_url` is empty."""

    name: str
    definition: dict[str, Any]
    created: datetime
    updated: datetime
    screenshot_status: str = "never_generated"
    screenshot_url: str = ""


class UniversalContentCreate(msgspec.Struct, forbid_unknown_fields=True):
    """A block of any kind, or a whole section."""

    name: str
    definition: Block | Section


class UniversalContentUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; absent = stays."""

    name: str | UnsetType = UNSET
    definition: Block | Section | UnsetType = UNSET


class UniversalContentClone(msgspec.Struct, forbid_unknown_fields=True):
    """`id`: of the original, as in `data.id`. `name` absent: that of the original."""

    id: str
    name: str | None = None
