"""Segments as they cross the API (behaviour-people 4.1)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class SegmentAttributes(msgspec.Struct):
    """A segment in an answer; `profile_count` only when asked for. `is_processing` until the first build is done."""

    name: str | None = None
    definition: dict[str, Any] | None = None
    created: datetime | None = None
    updated: datetime | None = None
    is_active: bool = True
    is_processing: bool = False
    is_starred: bool = False
    profile_count: int | UnsetType = UNSET


class SegmentCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    definition: dict[str, Any]
    is_starred: bool = False


class SegmentUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """A new definition replaces the whole old one and is built anew."""

    name: str | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET
    is_starred: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
