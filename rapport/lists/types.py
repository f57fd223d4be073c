"""Lists as they cross the API (behaviour-people 5)."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

OptIn = Literal["double_opt_in", "single_opt_in"]


class ListAttributes(msgspec.Struct):
    """A list in an answer; `profile_count` only when asked for."""

    name: str | None = None
    opt_in_process: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    profile_count: int | UnsetType = UNSET


class ListCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    opt_in_process: OptIn | UnsetType = UNSET


class ListUpdate(msgspec.Struct, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    opt_in_process: OptIn | UnsetType = UNSET
