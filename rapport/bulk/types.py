"""Bulk imports as they cross the API (behaviour-people 1.3)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.profiles.types import ProfileInput, ProfileMeta

MAX_PROFILES = 10_000
# bytes of one profile's JSON
MAX_PROFILE = 100_000


class ImportJobAttributes(msgspec.Struct):
    """A job in an answer. Counts are of profiles; those not counted yet wait. Times in UTC."""

    status: str
    created_at: datetime
    total_count: int
    completed_count: int
    failed_count: int
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None


class Profiles(msgspec.Struct, forbid_unknown_fields=True):
    """At most 10,000 profiles of at most 100 KB each, of the shape of a profile import. What is wrong with one of them
    becomes an import error of the job."""

    data: list[dict[str, Any]]


class ImportJobCreate(msgspec.Struct, forbid_unknown_fields=True):
    profiles: Profiles


class ImportedProfile(msgspec.Struct):
    """One profile of a job. `null` does not clear here; `meta` may remove a property."""

    type: str
    attributes: ProfileInput
    id: str | None | UnsetType = UNSET
    meta: ProfileMeta | None | UnsetType = UNSET


class ErrorSource(msgspec.Struct):
    pointer: str = "/data"


class ImportErrorAttributes(msgspec.Struct):
    """Why a profile was not imported, and the profile as it was sent (null once the person was deleted)."""

    code: str
    title: str
    detail: str
    source: ErrorSource
    original_payload: dict[str, Any] | None
