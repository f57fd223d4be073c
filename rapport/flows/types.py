"""Flows as they cross the API: the grammar of a definition (behaviour-messaging 1.2 to 1.13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

FlowStatus = Literal["draft", "manual", "live"]
Status = Literal["draft", "manual", "live", "disabled"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Unit = Literal["days", "hours", "minutes"]
# A thousand years of days: far enough, and every moment still fits the calendar.
Amount = Annotated[int, Meta(ge=0, le=400_000)]


class ReentryCriteria(msgspec.Struct, forbid_unknown_fields=True):
    """`alltime`: duration 1 = never again, 0 = always. Else: again after so many hours, days or weeks."""

    duration: Amount
    unit: Literal["hour", "day", "week", "alltime"]


class DefinitionInput(msgspec.Struct, forbid_unknown_fields=True):
    """A definition as it comes. Triggers, filters and actions are read one by one, so each refusal can point at it."""

    triggers: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    entry_action_id: str | None
    profile_filter: dict[str, Any] | None = None
    reentry_criteria: ReentryCriteria | None | UnsetType = UNSET


class FlowCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    definition: DefinitionInput


class FlowUpdate(msgspec.Struct, forbid_unknown_fields=True):
    status: FlowStatus


class ActionUpdate(msgspec.Struct, forbid_unknown_fields=True):
    definition: dict[str, Any]


class GroupTrigger(msgspec.Struct, forbid_unknown_fields=True):
    """Joining a list, or becoming a member of a segment. `id` null: not set up yet, nobody enters."""

    type: Literal["list", "segment"]
    id: str | None = None


class MetricTrigger(msgspec.Struct, forbid_unknown_fields=True):
    """Every event of the metric that passes the filter."""

    type: Literal["metric"]
    id: str | None = None
    trigger_filter: dict[str, Any] | None = None


Trigger = GroupTrigger | MetricTrigger


class ActionInput(msgspec.Struct, forbid_unknown_fields=True):
    """What all actions have in common. `id` on an update, `temporary_id` on a create."""

    type: str
    temporary_id: str | None | UnsetType = UNSET
    id: str | None | UnsetType = UNSET
    links: dict[str, Any] | None = None
    data: dict[str, Any] = {}


class Next(msgspec.Struct, forbid_unknown_fields=True):
    """The way on; null is the end."""

    next: str | None = None


class Branches(msgspec.Struct, forbid_unknown_fields=True):
    next_if_true: str | None
    next_if_false: str | None


class TrackingParameter(msgspec.Struct, forbid_unknown_fields=True):
    param: str
    value: str


class EmailMessage(msgspec.Struct, forbid_unknown_fields=True):
    from_email: str | None = None
    from_label: str | None = None
    reply_to_email: str | None = None
    cc_email: str | None = None
    bcc_email: str | None = None
    subject_line: str | None = None
    preview_text: str | None = None
    template_id: str | None = None
    smart_sending_enabled: bool = True
    transactional: bool = False
    add_tracking_params: bool = False
    custom_tracking_params: list[TrackingParameter] | None = None
    additional_filters: dict[str, Any] | None = None
    name: str | None = None
    id: str | None = None


class SendEmail(msgspec.Struct, forbid_unknown_fields=True):
    message: EmailMessage = msgspec.field(default_factory=EmailMessage)
    status: Status = "draft"


class WebhookMessage(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None
    headers: dict[str, str] | None = None
    body: str | None = None
    name: str | None = None
    id: str | None = None


class SendWebhook(msgspec.Struct, forbid_unknown_fields=True):
    message: WebhookMessage
    status: Status = "draft"


class TimeDelay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`secondary_value`: minutes beside the hours. `timezone`: an IANA name, or the profile's own."""

    unit: Unit = "days"
    value: Amount
    secondary_value: Annotated[int, Meta(ge=0, le=59)] | None = None
    timezone: str = "profile"
    delay_until_time: str | None | UnsetType = UNSET
    delay_until_weekdays: list[Weekday] | None | UnsetType = UNSET


class ConditionalSplit(msgspec.Struct, forbid_unknown_fields=True):
    profile_filter: dict[str, Any] | None


class TriggerSplit(msgspec.Struct, forbid_unknown_fields=True):
    trigger_filter: dict[str, Any] | None
    trigger_id: str | None = None
    trigger_type: str | None = None
    trigger_subtype: str | None = None


class SetText(msgspec.Struct, forbid_unknown_fields=True, tag_field="property_type", tag="string"):
    operator: Literal["create", "update"]
    property_key: str
    property_value: str


class SetBoolean(msgspec.Struct, forbid_unknown_fields=True, tag_field="property_type", tag="boolean"):
    operator: Literal["create", "update"]
    property_key: str
    property_value: bool


class SetNumber(msgspec.Struct, forbid_unknown_fields=True, tag_field="property_type", tag="numeric"):
    operator: Literal["create", "update"]
    property_key: str
    property_value: int | float


class SetDate(msgspec.Struct, forbid_unknown_fields=True, tag_field="property_type", tag="date"):
    """`property_value`: an ISO date, or "today"."""

    operator: Literal["create", "update"]
    property_key: str
    property_value: str


class ChangeList(msgspec.Struct, forbid_unknown_fields=True, tag_field="property_type", tag="list"):
    operator: Literal["create", "update"]
    property_key: str
    property_value: str
    property_operation: Literal["add", "remove"] | None = None


class DeleteProperty(msgspec.Struct, forbid_unknown_fields=True):
    operator: Literal["delete"]
    property_key: str


Setting = SetText | SetBoolean | SetNumber | SetDate | ChangeList
Operation = Setting | DeleteProperty


class UpdateProfile(msgspec.Struct, forbid_unknown_fields=True):
    """`profile_operations` are `Operation`s, read one by one because those that delete carry no type."""

    profile_operations: list[dict[str, Any]]
    status: Status = "draft"


@dataclass(frozen=True)
class Kind:
    """A type of action: what its data and links look like, and the channel of its message, if it has one."""

    data: type[msgspec.Struct]
    links: type[msgspec.Struct] = Next
    channel: str | None = None

    @property
    def has_status(self) -> bool:
        """Splits and delays have none (behaviour-messaging 1.6)."""
        return "status" in self.data.__struct_fields__


KINDS: Mapping[str, Kind] = {
    "send-email": Kind(SendEmail, channel="email"),
    "send-webhook": Kind(SendWebhook, channel="webhook"),
    "update-profile": Kind(UpdateProfile),
    "time-delay": Kind(TimeDelay),
    "conditional-split": Kind(ConditionalSplit, Branches),
    "trigger-split": Kind(TriggerSplit, Branches),
}
# Known to the API, not run by this version.
KINDS_LATER = (
    "ab-test", "action-output-split", "back-in-stock-delay", "code", "content-experiment", "countdown-delay",
    "internal-service", "list-update", "multi-branch-split", "send-internal-alert", "send-mobile-push", "send-sms",
    "send-whatsapp", "target-date",
)  # fmt: skip
TRIGGERS_LATER = ("date", "price-drop", "low-inventory")

# How a trigger is called in answers; a segment's is called a list's, for want of a word of its own (1.1).
TRIGGER_TYPES = {"list": "Added to List", "segment": "Added to List", "metric": "Metric"}
UNCONFIGURED = "Unconfigured"


class FlowAttributes(msgspec.Struct):
    """A flow in an answer; `definition` only when asked for."""

    name: str | None = None
    status: str | None = None
    archived: bool | None = None
    created: datetime | None = None
    updated: datetime | None = None
    trigger_type: str | None = None
    definition: dict[str, Any] | UnsetType = UNSET


class ActionAttributes(msgspec.Struct):
    """An action in an answer: `definition`, or up to 2025-07-15 the fields after it (`older`)."""

    created: datetime | None = None
    updated: datetime | None = None
    definition: dict[str, Any] | UnsetType | None = UNSET
    action_type: str | UnsetType = UNSET
    status: str | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    tracking_options: dict[str, Any] | UnsetType | None = UNSET
    send_options: dict[str, bool] | UnsetType | None = UNSET
    render_options: dict[str, bool] | UnsetType | None = UNSET


class MessageAttributes(msgspec.Struct):
    """A message in an answer: `definition`, or up to 2025-07-15 `name` and `content`."""

    channel: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    definition: dict[str, Any] | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    content: dict[str, Any] | UnsetType = UNSET
