"""Push tokens as they cross the API (behaviour-people 6.6)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.profiles.types import EventProfile, ProfileMeta, Text

Platform = Literal["ios", "android"]
Enablement = Literal["AUTHORIZED", "DENIED", "NOT_DETERMINED", "PROVISIONAL", "UNAUTHORIZED"]
Background = Literal["AVAILABLE", "DENIED", "RESTRICTED"]
# The reference names no limit; a unique index holds no more than about 2,700 bytes.
TokenText = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Device(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a token's device is. `environment` says which of Apple's two services takes its messages."""

    device_id: Text = UNSET
    klaviyo_sdk: Literal["android", "flutter", "flutter_community", "react_native", "swift"] | None | UnsetType = UNSET
    sdk_version: Text = UNSET
    device_model: Text = UNSET
    os_name: Literal["android", "ios", "ipados", "macos", "tvos"] | None | UnsetType = UNSET
    os_version: Text = UNSET
    manufacturer: Text = UNSET
    app_name: Text = UNSET
    app_version: Text = UNSET
    app_build: Text = UNSET
    app_id: Text = UNSET
    environment: Literal["debug", "release"] | None | UnsetType = UNSET


class PushProfile(msgspec.Struct, forbid_unknown_fields=True):
    """Whose token it is. `meta` may stand here or among the attributes."""

    type: Literal["profile"]
    attributes: EventProfile = msgspec.field(default_factory=EventProfile)
    id: str | None = None
    meta: ProfileMeta | None | UnsetType = UNSET


class PushProfileOf(msgspec.Struct, forbid_unknown_fields=True):
    data: PushProfile


class PushTokenInput(msgspec.Struct, forbid_unknown_fields=True):
    """A token to register. `vendor` is apns or fcm in any case: the Android SDK writes FCM."""

    token: TokenText
    platform: Platform
    vendor: str
    profile: PushProfileOf
    enablement_status: Enablement | None = None
    background: Background | None = None
    device_metadata: Device | None = None


class PushTokenAttributes(msgspec.Struct):
    """A token in an answer. Times in UTC; `recorded_date` is when it was last heard of."""

    created: datetime | None = None
    token: str | None = None
    enablement_status: str | None = None
    platform: str | None = None
    vendor: str | None = None
    background: str | None = None
    recorded_date: datetime | None = None
    metadata: dict[str, Any] | None = None
