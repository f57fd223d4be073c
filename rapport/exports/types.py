"""Export jobs as they cross the API (behaviour-rest 17.10)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Status = Literal["processing", "complete", "failed", "expired"]
Properties = Annotated[list[Annotated[str, Meta(max_length=255)]], Meta(max_length=500)]
Moment = Annotated[datetime, Meta(tz=True)]


class Result(msgspec.Struct):
    """`expires_at`: until when the file can be downloaded."""

    expires_at: datetime


class Progress(msgspec.Struct):
    """Rows written so far and in all; 0 of 0 until they are counted. `size`: bytes of the file, once it is there."""

    completed_count: int
    total_count: int
    size: int | None


class ExportAttributes(msgspec.Struct):
    """`result` of what is complete, `error` of what failed; `progress` (ours) to who asks for it."""

    status: Status
    created_at: datetime
    result: Result | UnsetType = UNSET
    error: str | UnsetType = UNSET
    progress: Progress | UnsetType = UNSET


class ProfileExportCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`properties`: names of attributes (`email`, `location.city`) and custom properties; null = all."""

    properties: Properties | None = None


class EventExportCreate(msgspec.Struct, forbid_unknown_fields=True):
    """Events from `start_date` to `end_date`, both inclusive. `properties`: names of event properties; null = all."""

    start_date: Moment
    end_date: Moment
    properties: Properties | None = None
