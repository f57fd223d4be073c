"""Campaigns as they cross the API, from revision 2026-10-15 on (behaviour-messaging 2.8)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.campaigns.ab_tests import AbTest

Channel = Literal["email", "sms", "push", "whatsapp"]
Throttling = Literal["none", "throttle-for-campaigns", "throttle-for-flows", "throttle-for-campaigns-and-flows"]
InlineThrottling = Literal["NONE", "FOR_CAMPAIGNS", "FOR_FLOWS", "FOR_CAMPAIGNS_AND_FLOWS"]
Strategy = Literal["static", "local_timezone", "throttled", "smart_send_time"]


class SendSettings(msgspec.Struct, forbid_unknown_fields=True):
    send_timezone: str | None = None
    send_strategy: str | None = None
    send_passed_rltz_immediately: bool | None = None
    exit_condition_enabled: bool | None = None
    exit_condition_conversion_metric_id: str | None = None


class CampaignDefinition(msgspec.Struct, forbid_unknown_fields=True):
    """In requests absent = stays as it is, or the default."""

    name: str | UnsetType | None = UNSET
    builder: Literal["canvas", "wizard"] | UnsetType | None = UNSET
    archived: bool | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    send_settings: SendSettings | UnsetType | None = UNSET


class VariationDefinition(msgspec.Struct, forbid_unknown_fields=True):
    """`details`: content of one channel, named by its `channel` (email unless given)."""

    name: str | UnsetType | None = UNSET
    details: dict[str, Any] | UnsetType | None = UNSET


class InlineVariation(msgspec.Struct, forbid_unknown_fields=True):
    definition: VariationDefinition


class InlineAudience(msgspec.Struct, forbid_unknown_fields=True):
    temporary_id: str
    name: str | None = None
    included: list[str] | None = None
    excluded: list[str] | None = None


class InlineMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A variation is made where none is given."""

    audience_temporary_id: str
    name: str | None = None
    is_add_utm: bool | None = None
    throttling_type: InlineThrottling | None = None
    variations: list[InlineVariation] | None = None


class CampaignCreate(msgspec.Struct, forbid_unknown_fields=True):
    definition: CampaignDefinition
    audiences: list[InlineAudience] | None = None
    messages: list[InlineMessage] | None = None


class CampaignUpdate(msgspec.Struct, forbid_unknown_fields=True):
    definition: CampaignDefinition


class CampaignAttributes(msgspec.Struct):
    """`status`, `scheduled_at` and `send_time` are shown beside the definition, as older revisions have them (2.2).

    `planned_at`: when a draft is to go, where it says; by each recipient's own clock: as if all had the account's.
    """

    created_at: datetime
    updated_at: datetime
    definition: dict[str, Any]
    status: str
    scheduled_at: datetime | None
    send_time: datetime | None
    planned_at: datetime | UnsetType | None = UNSET


class AudienceDefinition(msgspec.Struct, forbid_unknown_fields=True):
    """Public ids of lists and segments; union of the included minus union of the excluded."""

    name: str | UnsetType | None = UNSET
    included: list[str] | UnsetType | None = UNSET
    excluded: list[str] | UnsetType | None = UNSET
    priority: int | UnsetType | None = UNSET


class AudienceWrite(msgspec.Struct, forbid_unknown_fields=True):
    definition: AudienceDefinition


class TrackingOptions(msgspec.Struct, forbid_unknown_fields=True):
    is_add_utm: bool | UnsetType | None = UNSET
    is_tracking_clicks: bool | UnsetType | None = UNSET
    is_tracking_opens: bool | UnsetType | None = UNSET


class SendOptions(msgspec.Struct, forbid_unknown_fields=True):
    """Only the smart sending scope can be set here; times and strategies are set by scheduling."""

    send_time: datetime | UnsetType | None = UNSET
    send_times: dict[str, Any] | UnsetType | None = UNSET
    send_strategy: str | UnsetType | None = UNSET
    recipient_percentage: int | UnsetType | None = UNSET
    throttling_type: Throttling | UnsetType | None = UNSET
    throttle_unit: Literal["hour", "minute"] | UnsetType | None = UNSET
    is_ignoring_unsubscribes: bool | UnsetType | None = UNSET


class MessageDefinition(msgspec.Struct, forbid_unknown_fields=True):
    name: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET
    tracking_options: TrackingOptions | UnsetType | None = UNSET
    send_options: SendOptions | UnsetType | None = UNSET
    ab_test: AbTest | UnsetType | None = UNSET


class MessageCreate(msgspec.Struct, forbid_unknown_fields=True):
    definition: MessageDefinition
    variations: list[InlineVariation] | None = None


class MessageUpdate(msgspec.Struct, forbid_unknown_fields=True):
    definition: MessageDefinition


class VariationWrite(msgspec.Struct, forbid_unknown_fields=True):
    definition: VariationDefinition


class PartAttributes(msgspec.Struct):
    """Of audiences, messages and variations: the definition with its times."""

    created: datetime
    updated: datetime
    definition: dict[str, Any]


class Throttled(msgspec.Struct, forbid_unknown_fields=True):
    throttling_percentage: int
    throttle_unit: Literal["hour", "minute"] | None = "hour"


class Timezones(msgspec.Struct, forbid_unknown_fields=True):
    send_past_timezones_tomorrow: bool | None = False


class MessageSchedule(msgspec.Struct, forbid_unknown_fields=True):
    """`send_time` must lie in the future."""

    strategy: Strategy
    send_time: datetime | None = None
    send_date: date | None = None
    throttled_options: Throttled | None = None
    timezone_options: Timezones | None = None


class InlineSchedule(msgspec.Struct, forbid_unknown_fields=True):
    message_id: str
    strategy: Strategy
    send_time: datetime | None = None
    send_date: date | None = None
    throttled_options: Throttled | None = None
    timezone_options: Timezones | None = None


class CampaignSchedule(msgspec.Struct, forbid_unknown_fields=True):
    message_schedules: list[InlineSchedule]


class SendJob(msgspec.Struct, forbid_unknown_fields=True):
    """`hold_seconds`: what would go at once waits so long, and can be reverted meanwhile."""

    hold_seconds: Annotated[int, Meta(ge=0, le=300)] = 0


class JobAction(msgspec.Struct, forbid_unknown_fields=True):
    """`cancel` is final; `revert` makes it a draft again."""

    action: Literal["cancel", "revert"]


class SendJobAction(msgspec.Struct, forbid_unknown_fields=True):
    """Beside the two of a schedule: `pause` hands nothing more over until `resume`; a scheduled campaign that is paused
    becomes a draft again."""

    action: Literal["cancel", "revert", "pause", "resume"]


class Winner(msgspec.Struct, forbid_unknown_fields=True):
    variation_id: str


class CloneMessage(msgspec.Struct, forbid_unknown_fields=True):
    """The SDK names the message among the attributes as well."""

    id: str | None = None
    name: str | None = None


class CloneName(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    new_name: str | None = None
