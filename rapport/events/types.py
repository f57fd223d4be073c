"""Events and metrics as they cross the API (behaviour-people 3)."""

import datetime as dt
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.events.custom_metrics_definition import Definition
from rapport.profiles.types import EventProfile, ProfileInput, ProfileMeta


class EventAttributes(msgspec.Struct):
    """An event in an answer. `timestamp` in whole seconds since 1970; `datetime` the same moment in UTC."""

    timestamp: int | None = None
    event_properties: dict[str, Any] | None = None
    datetime: dt.datetime | None = None
    uuid: str | None = None


class MetricAttributes(msgspec.Struct):
    name: str | None = None
    created: dt.datetime | None = None
    updated: dt.datetime | None = None
    integration: dict[str, Any] | None = None


class CustomMetricAttributes(msgspec.Struct):
    name: str
    created: dt.datetime
    updated: dt.datetime
    definition: Definition


class MetricName(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    service: str | None = None


class MetricResource(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["metric"]
    attributes: MetricName
    id: str | None = None


class MetricOf(msgspec.Struct, forbid_unknown_fields=True):
    data: MetricResource


class ProfileResource(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["profile"]
    attributes: EventProfile = msgspec.field(default_factory=EventProfile)
    id: str | None = None


class ProfileOf(msgspec.Struct, forbid_unknown_fields=True):
    data: ProfileResource


class EventInput(msgspec.Struct, forbid_unknown_fields=True):
    """An event inside a bulk group. `time`: ISO 8601, default now; `value`: money."""

    properties: msgspec.Raw
    metric: MetricOf
    time: str | None = None
    value: int | float | None = None
    value_currency: str | None = None
    unique_id: str | None = None
    backfill: bool | None = None


class EventCreate(EventInput, kw_only=True):
    profile: ProfileOf


class EventResource(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["event"]
    attributes: EventCreate
    id: str | None | UnsetType = UNSET


class EventDocument(msgspec.Struct, forbid_unknown_fields=True):
    data: EventResource


class GroupEvent(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["event"]
    attributes: EventInput
    id: str | None | UnsetType = UNSET


class GroupEvents(msgspec.Struct, forbid_unknown_fields=True):
    data: list[GroupEvent]


class GroupProfileResource(msgspec.Struct, forbid_unknown_fields=True):
    """The profile of a bulk group: there `meta` stands beside the attributes."""

    type: Literal["profile"]
    attributes: ProfileInput = msgspec.field(default_factory=ProfileInput)
    id: str | None = None
    meta: ProfileMeta | None = None


class GroupProfile(msgspec.Struct, forbid_unknown_fields=True):
    data: GroupProfileResource


class GroupAttributes(msgspec.Struct, forbid_unknown_fields=True):
    profile: GroupProfile
    events: GroupEvents
    backfill: bool | None = None


class Group(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["event-bulk-create"]
    attributes: GroupAttributes
    id: str | None | UnsetType = UNSET


class Groups(msgspec.Struct, forbid_unknown_fields=True):
    data: list[Group]


class BulkAttributes(msgspec.Struct, forbid_unknown_fields=True, rename={"events_bulk_create": "events-bulk-create"}):
    events_bulk_create: Groups


class BulkResource(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["event-bulk-create-job"]
    attributes: BulkAttributes
    id: str | None | UnsetType = UNSET


class BulkDocument(msgspec.Struct, forbid_unknown_fields=True):
    data: BulkResource
