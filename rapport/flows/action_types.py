"""Actions of flows, one type for the data of each (behaviour-messaging 1.8 to 1.13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rapport.flows.trigger_types import DateAmount, DateUnit, Filters, Weekday

Status = Literal["draft", "manual", "live", "disabled"]
Unit = Literal["days", "hours", "minutes"]
# A thousand years of days: far enough, and every moment still fits the calendar.
Amount = Annotated[int, Meta(ge=0, le=400_000)]


class ActionInput(msgspec.Struct, forbid_unknown_fields=True):
    """What all actions have in common. `id` on an update, `temporary_id` on a create."""

    type: str
    temporary_id: str | None | UnsetType = UNSET
    id: str | None | UnsetType = UNSET
    links: dict[str, Any] | None = None
    data: Any = UNSET


class Next(msgspec.Struct, forbid_unknown_fields=True):
    """The way on; null is the end."""

    next: str | None = None


class Branches(msgspec.Struct, forbid_unknown_fields=True):
    next_if_true: str | None
    next_if_false: str | None


class NoLinks(msgspec.Struct, forbid_unknown_fields=True):
    """The ways on stand with the branches."""


class TrackingParameter(msgspec.Struct, forbid_unknown_fields=True):
    param: str
    value: str


# ---- messages


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
    additional_filters: Filters | None = None
    name: str | None = None
    id: str | None = None


class SmsMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`message_hierarchy`: of RCS and SMS, the first that the recipient's device supports is shown."""

    body: str
    image_id: str | None = None
    dynamic_image: str | None = None
    message_hierarchy: list[dict[str, Any] | str] | None = None
    shorten_links: bool = True
    include_contact_card: bool = False
    add_org_prefix: bool = True
    add_info_link: bool = True
    add_opt_out_language: bool = False
    smart_sending_enabled: bool = True
    sms_quiet_hours_enabled: bool = True
    transactional: bool = False
    add_tracking_params: bool = False
    custom_tracking_params: list[TrackingParameter] | None = None
    template_id: str | None = None
    additional_filters: Filters | None = None
    name: str | None = None
    id: str | None = None


class IncrementBadge(msgspec.Struct, forbid_unknown_fields=True, tag_field="badge_config", tag="increment_one"):
    pass


class CountBadge(msgspec.Struct, forbid_unknown_fields=True, tag_field="badge_config", tag="set_count"):
    value: str


class PropertyBadge(msgspec.Struct, forbid_unknown_fields=True, tag_field="badge_config", tag="set_property"):
    set_from_property: str


class PushButton(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    action_type: Literal["deep_link", "dismiss", "open_app", "open_url"]
    position: int | None = None
    url: str | None = None
    icon: str | None = None
    custom_action_id: str | None = None


class PushMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    title: str | None = None
    body: str
    sound: bool = False
    badge: bool = False
    badge_options: IncrementBadge | CountBadge | PropertyBadge | None = None
    image_id: str | None = None
    dynamic_image: str | None = None
    video_asset_id: str | None = None
    on_open: Literal["home", "link", "open_url"] = "home"
    ios_link: str | None = None
    android_link: str | None = None
    web_url: str | None = None
    push_type: Literal["silent", "standard"] | None = None
    kv_pairs: dict[str, Any] | None = None
    conversion_metric_id: str | None = None
    smart_sending_enabled: bool = True
    additional_filters: Filters | None = None
    action_buttons: list[PushButton] | None = None
    name: str | None = None
    id: str | None = None


class WhatsAppMessage(msgspec.Struct, forbid_unknown_fields=True):
    id: str | None = None
    name: str | None = None
    vendor_id: str | None = None
    smart_sending_enabled: bool = True
    transactional: bool = False
    add_tracking_params: bool = False
    additional_filters: Filters | None = None


class AlertMessage(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    from_email: str | None
    from_label: str | None
    to_emails: Annotated[list[str], Meta(min_length=1, max_length=5)]
    subject_line: str | None
    template_id: str | None = None
    name: str | None = None
    id: str | None = None


class WebhookMessage(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None
    headers: dict[str, str] | None = None
    body: str | None = None
    name: str | None = None
    id: str | None = None


class SendEmail(msgspec.Struct, forbid_unknown_fields=True):
    message: EmailMessage = msgspec.field(default_factory=EmailMessage)
    status: Status = "draft"


class SendSms(msgspec.Struct, forbid_unknown_fields=True):
    message: SmsMessage
    status: Status = "draft"


class SendPush(msgspec.Struct, forbid_unknown_fields=True):
    message: PushMessage
    status: Status = "draft"


class SendWhatsApp(msgspec.Struct, forbid_unknown_fields=True):
    message: WhatsAppMessage = msgspec.field(default_factory=WhatsAppMessage)
    status: Status = "draft"


class SendInternalAlert(msgspec.Struct, forbid_unknown_fields=True):
    message: AlertMessage
    status: Status = "draft"


class SendWebhook(msgspec.Struct, forbid_unknown_fields=True):
    message: WebhookMessage
    status: Status = "draft"


# ---- tests of messages


class WinnerSelection(msgspec.Struct, forbid_unknown_fields=True):
    """`automatic_end_statistical_certainty`: 500 recipients of each variation, and one wins with 90 % (1.18)."""

    enabled: bool
    automatic_end_statistical_certainty: bool
    automatic_end_date: str | None = None


WinnerMetric = Literal["submission", "unique-clicks", "unique-opens", "unique-placed-orders"]


class Experiment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`variations`: actions, read one by one. `allocations`: weights by the id of the variation; null = equal."""

    id: str | None = None
    name: str | None = None
    variations: list[dict[str, Any]]
    allocations: dict[str, Any] | None = None
    started: str | None = None
    winner_metric: WinnerMetric | None = None
    automatic_winner_selection_settings: WinnerSelection | UnsetType | None = UNSET


class AbTest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`main_action`: the action whose place the test takes; once it is over, the winner."""

    status: Status = "draft"
    experiment_status: Literal["completed", "draft", "live"] = "draft"
    main_action: dict[str, Any]
    current_experiment: Experiment | None = None


class ContentComparison(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str | None = None
    name: str | None = None
    variations: list[dict[str, Any]]
    allocations: dict[str, Any] | None = None
    started: str | None = None
    winner_metric: Literal["click-rate", "open-rate"] | None = None


class ContentExperiment(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    status: Status = "draft"
    experiment_status: Literal["completed", "draft", "live"] | None = "draft"
    main_action: dict[str, Any]
    current_experiment: ContentComparison | None = None


# ---- waiting


class TimeDelay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`secondary_value`: minutes beside the hours. `timezone`: an IANA name, or the profile's own."""

    unit: Unit = "days"
    value: Amount
    secondary_value: Annotated[int, Meta(ge=0, le=59)] | None = None
    timezone: str = "profile"
    delay_until_time: str | None | UnsetType = UNSET
    delay_until_weekdays: list[Weekday] | None | UnsetType = UNSET


class TargetDate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Wait for the date that the flow is about."""

    timezone: str = "profile"
    target_time: str | UnsetType = UNSET
    target_days: list[Weekday] | None | UnsetType = UNSET


class CountdownDelay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Wait until so long before the date that the flow is about."""

    unit: DateUnit = "days"
    value: DateAmount = 0
    timezone: str = "profile"
    delay_until_time: str | None | UnsetType = UNSET
    delay_until_weekdays: list[Weekday] | None | UnsetType = UNSET


class BackInStockDelay(msgspec.Struct, forbid_unknown_fields=True):
    pass


# ---- splits


class ConditionalSplit(msgspec.Struct, forbid_unknown_fields=True):
    profile_filter: Filters | None


class TriggerSplit(msgspec.Struct, forbid_unknown_fields=True):
    trigger_filter: Filters | None
    trigger_id: str | UnsetType | None = UNSET
    trigger_type: (
        Literal["date", "list", "low-inventory", "metric", "price-drop", "scheduled", "segment"] | UnsetType | None
    ) = UNSET
    trigger_subtype: (
        Literal["custom-object", "legacy-custom-object", "profile-property", "profile-trait"] | UnsetType | None
    ) = UNSET


class ActionOutputSplit(msgspec.Struct, forbid_unknown_fields=True):
    action_output_filter: Filters | None


class Branch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`order`: branches are tried in this order, and the first that fits is taken; `is_else` takes the rest."""

    branch_id: str
    order: int | UnsetType | None = UNSET
    is_else: bool = False
    branch_filter: Filters | UnsetType | None = UNSET
    links: Next = msgspec.field(default_factory=Next)
    name: str | UnsetType | None = UNSET


class MultiBranchSplit(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    branches: Annotated[list[Branch], Meta(min_length=1, max_length=50)]


# ---- data


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


class ListUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """`on_execution`: true puts the profile on the list, false takes it off; null: not set up yet."""

    name: str
    on_execution: bool | None
    list_id: str | None
    status: Status = "draft"


class ScheduleReport(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="service_method_type", tag="schedule-report"
):
    report_id: str


class ScheduleBuiltReport(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="service_method_type", tag="schedule-report-builder-report"
):
    report_id: str


class TrackEvent(msgspec.Struct, forbid_unknown_fields=True, tag_field="service_method_type", tag="track-event"):
    event_key: str | UnsetType | None = UNSET
    event_payload: dict[str, Any] | UnsetType | None = UNSET
    tracking_company_id: str | UnsetType | None = UNSET


class UnknownService(msgspec.Struct, forbid_unknown_fields=True, tag_field="service_method_type", tag="unknown"):
    pass


class InternalService(msgspec.Struct, forbid_unknown_fields=True):
    service_configuration: ScheduleReport | ScheduleBuiltReport | TrackEvent | UnknownService | UnsetType | None = UNSET
    status: Status = "draft"


@dataclass(frozen=True)
class Kind:
    """A type of action: what its data and links look like, and the channel of its message, if it has one.

    `lacks`: why it can't be live yet. `insertable`: whether one can be put into a flow that is there
    (`create_flow_action`). `older`: what revisions up to 2025-07-15 call it.
    """

    data: type[msgspec.Struct] | None
    older: str
    links: type[msgspec.Struct] = Next
    channel: str | None = None
    lacks: str | None = None
    insertable: bool = True

    @property
    def has_status(self) -> bool:
        """Splits and delays have none (behaviour-messaging 1.6)."""
        return self.data is not None and "status" in self.data.__struct_fields__

    @property
    def is_test(self) -> bool:
        """Its messages are those of the actions inside it."""
        return self.data is not None and "main_action" in self.data.__struct_fields__

    @property
    def is_split(self) -> bool:
        return self.links is not Next


_NO_SMS = "There is no provider of text messages yet."
_NO_PUSH = "There is no provider of push notifications yet."
_NO_WHATSAPP = "There is no provider of WhatsApp messages yet."
_NO_CODE = "Code can't be run by this version."
KINDS: Mapping[str, Kind] = {
    "ab-test": Kind(AbTest, "AB_TEST", insertable=False),
    "action-output-split": Kind(ActionOutputSplit, "ACTION_OUTPUT_BRANCH", Branches, lacks=_NO_CODE, insertable=False),
    "back-in-stock-delay": Kind(BackInStockDelay, "BACK_IN_STOCK_DELAY", lacks="Stock is not watched by this version."),
    "code": Kind(None, "CODE", lacks=_NO_CODE),
    "conditional-split": Kind(ConditionalSplit, "BOOLEAN_BRANCH", Branches, insertable=False),
    "content-experiment": Kind(
        ContentExperiment,
        "CONTENT_EXPERIMENT",
        lacks="There is no provider of push notifications or WhatsApp messages yet.",
        insertable=False,
    ),
    "countdown-delay": Kind(CountdownDelay, "COUNTDOWN_DELAY"),
    "internal-service": Kind(
        InternalService, "INTERNAL_SERVICE", lacks="Internal services can't be called by this version."
    ),
    "list-update": Kind(ListUpdate, "LIST_UPDATE"),
    "multi-branch-split": Kind(MultiBranchSplit, "MULTI_BRANCH_SPLIT", NoLinks),
    "send-email": Kind(SendEmail, "SEND_EMAIL", channel="email"),
    "send-internal-alert": Kind(SendInternalAlert, "SEND_INTERNAL_ALERT", channel="internal_alert"),
    "send-mobile-push": Kind(SendPush, "SEND_PUSH_NOTIFICATION", channel="mobile_push", lacks=_NO_PUSH),
    "send-sms": Kind(SendSms, "SEND_SMS", channel="sms", lacks=_NO_SMS),
    "send-webhook": Kind(SendWebhook, "SEND_WEBHOOK", channel="webhook"),
    "send-whatsapp": Kind(SendWhatsApp, "SEND_WHATSAPP", channel="whatsapp", lacks=_NO_WHATSAPP),
    "target-date": Kind(TargetDate, "TARGET_DATE"),
    "time-delay": Kind(TimeDelay, "TIME_DELAY"),
    "trigger-split": Kind(TriggerSplit, "TRIGGER_BRANCH", Branches, insertable=False),
    "update-profile": Kind(UpdateProfile, "UPDATE_CUSTOMER"),
}
# What may stand in a test of messages.
TESTED: Mapping[str, tuple[str, ...]] = {
    "ab-test": ("send-email", "send-sms"),
    "content-experiment": ("send-mobile-push", "send-whatsapp"),
}
