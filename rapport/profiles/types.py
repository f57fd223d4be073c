"""Profiles as they cross the API (behaviour-people 1.2, 1.3)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

Text = str | None | UnsetType
MAX_EMAIL = 100


class Location(msgspec.Struct, forbid_unknown_fields=True):
    """Where a person is; in answers always whole, null for what is not known. Latitude and longitude in degrees."""

    address1: Text = None
    address2: Text = None
    city: Text = None
    country: Text = None
    latitude: str | float | None | UnsetType = None
    longitude: str | float | None | UnsetType = None
    region: Text = None
    zip: Text = None
    timezone: Text = None
    ip: Text = None


class LocationInput(msgspec.Struct, forbid_unknown_fields=True):
    """A change of location: absent keys are left alone, null clears."""

    address1: Text = UNSET
    address2: Text = UNSET
    city: Text = UNSET
    country: Text = UNSET
    latitude: str | float | None | UnsetType = UNSET
    longitude: str | float | None | UnsetType = UNSET
    region: Text = UNSET
    zip: Text = UNSET
    timezone: Text = UNSET
    ip: Text = UNSET


class ProfileAttributes(msgspec.Struct):
    """A profile in an answer. Times in UTC; `subscriptions` and `predictive_analytics` only when asked for."""

    email: str | None = None
    phone_number: str | None = None
    external_id: str | None = None
    anonymous_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    organization: str | None = None
    locale: str | None = None
    title: str | None = None
    image: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    last_event_date: datetime | None = None
    location: Location = msgspec.field(default_factory=Location)
    properties: dict[str, Any] = {}
    subscriptions: dict[str, Any] | None | UnsetType = UNSET
    predictive_analytics: dict[str, Any] | None | UnsetType = UNSET


class MemberAttributes(ProfileAttributes):
    """A profile as a member of a list or segment."""

    joined_group_at: datetime | None = None


class ProfileInput(msgspec.Struct, forbid_unknown_fields=True):
    """Attributes of a create, import or update. Absent = left alone, null = cleared."""

    email: Text = UNSET
    phone_number: Text = UNSET
    external_id: str | int | None | UnsetType = UNSET
    anonymous_id: Text = UNSET
    # an exchange id; not of use where a profile is created or named by its id
    kx: Text = msgspec.field(default=UNSET, name="_kx")
    first_name: Text = UNSET
    last_name: Text = UNSET
    organization: Text = UNSET
    locale: Text = UNSET
    title: Text = UNSET
    image: Text = UNSET
    location: LocationInput | None | UnsetType = UNSET
    properties: dict[str, Any] | None | UnsetType = UNSET


class PatchProperties(msgspec.Struct, forbid_unknown_fields=True):
    """Finer changes to properties: add to a list, take from it, remove keys."""

    append: dict[str, Any] | None = None
    unappend: dict[str, Any] | None = None
    unset: str | list[str] | None = None


class MoreEmails(msgspec.Struct, forbid_unknown_fields=True):
    """Only `email` is supported."""

    email: str | list[str] | None = None


class PatchIdentifiers(msgspec.Struct, forbid_unknown_fields=True):
    """Secondary addresses to add or remove: a profile is found by each, and shows its first."""

    append: MoreEmails | None = None
    unappend: MoreEmails | None = None


class ProfileMeta(msgspec.Struct, forbid_unknown_fields=True):
    patch_properties: PatchProperties | None = None
    patch_identifiers: PatchIdentifiers | None = None


class EventProfile(ProfileInput):
    """A profile inside an event or a push token: there `meta` stands among the attributes."""

    meta: ProfileMeta | None | UnsetType = UNSET
