"""Campaigns as revisions before 2026-10-15 see them: one audience and one message (behaviour-messaging 2.1 to 2.6).

The rows are the same; what an older client can't see (more audiences, variations) it leaves alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.campaigns import plan, schedules
from rapport.campaigns.reading import Tree
from rapport.campaigns.records import NO_SMART_SENDING, SMART_SENDING
from rapport.campaigns.service import Refused, VariationDraft
from rapport.campaigns.store import Campaign, CampaignMessage, Variation
from rapport.kit.jsonapi import Record, Resource, ToMany, ToOne

_CHANNELS = {"email": "email", "sms": "sms", "mobile_push": "push"}
_NAMES = {internal: shown for shown, internal in _CHANNELS.items()} | {"whatsapp": "whatsapp"}
_EMAIL = ("subject", "preview_text", "from_email", "from_label", "reply_to_email", "cc_email", "bcc_email")
# The last revision with the names of 2024.
EARLIER = "2024-10-15"
_RENDER = ("shorten_links", "add_org_prefix", "add_info_link", "add_opt_out_language")

CAMPAIGN = Resource(
    "campaign", "/api/campaigns", relationships={"campaign-messages": ToMany("campaign-message"), "tags": ToMany("tag")}
)
MESSAGE = Resource(
    "campaign-message",
    "/api/campaign-messages",
    relationships={"campaign": ToOne("campaign"), "template": ToOne("template"), "image": ToOne("image")},
)


class Audiences(msgspec.Struct, forbid_unknown_fields=True):
    """Public ids of lists and segments."""

    included: list[str] | UnsetType | None = UNSET
    excluded: list[str] | UnsetType | None = UNSET


class SendOptions(msgspec.Struct):
    use_smart_sending: bool | None = True


class TrackingParameter(msgspec.Struct):
    type: str
    name: str
    value: str


class TrackingOptions(msgspec.Struct):
    """`is_add_utm` and `utm_params` are the names of revisions up to 2024-10-15."""

    add_tracking_params: bool | UnsetType | None = UNSET
    custom_tracking_params: list[TrackingParameter] | UnsetType | None = UNSET
    is_tracking_clicks: bool | UnsetType | None = UNSET
    is_tracking_opens: bool | UnsetType | None = UNSET
    is_add_utm: bool | UnsetType | None = UNSET
    utm_params: list[dict[str, str]] | UnsetType | None = UNSET


class MessageAttributes(msgspec.Struct, forbid_unknown_fields=True):
    """Content under `definition`, or, as revisions up to 2024 have it, beside `channel`."""

    definition: dict[str, Any] | UnsetType | None = UNSET
    channel: str | UnsetType = UNSET
    label: str | UnsetType | None = UNSET
    content: dict[str, Any] | UnsetType | None = UNSET
    render_options: dict[str, Any] | UnsetType | None = UNSET


class InlineMessage(msgspec.Struct):
    attributes: MessageAttributes
    type: str = "campaign-message"
    relationships: dict[str, Any] | None = None


class InlineMessages(msgspec.Struct):
    data: list[InlineMessage]


class CampaignCreate(msgspec.Struct, forbid_unknown_fields=True, rename={"campaign_messages": "campaign-messages"}):
    name: str
    audiences: Audiences
    campaign_messages: InlineMessages
    send_strategy: dict[str, Any] | None = None
    send_options: SendOptions | None = None
    tracking_options: TrackingOptions | None = None


class CampaignUpdate(msgspec.Struct, forbid_unknown_fields=True):
    name: str | UnsetType | None = UNSET
    audiences: Audiences | UnsetType | None = UNSET
    send_strategy: dict[str, Any] | UnsetType | None = UNSET
    send_options: SendOptions | UnsetType | None = UNSET
    tracking_options: TrackingOptions | UnsetType | None = UNSET


# ---- from requests ---------------------------------------------------------------------------------------------------
def strategy(sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """A `send_strategy`, checked (2.4). Raises Refused. Null = immediate."""
    if sent is None:
        return {"method": "immediate"}
    method = sent.get("method")
    # Revisions up to 2024 nest what belongs to a method: options_static, options_throttled, options_sto.
    nested = sent.get({"static": "options_static", "throttled": "options_throttled"}.get(str(method), "options_sto"))
    values = {**sent, **(nested or {})}
    if method == "immediate":
        return {"method": "immediate"}
    if method == "static":
        return {"method": "static", "datetime": _moment(values), "options": _local(values)}
    if method == "throttled":
        return {"method": "throttled", "datetime": _moment(values), "throttle_percentage": _throttle(values)}
    if method == "smart_send_time":
        return {"method": "smart_send_time", "date": _day(values)}
    raise Refused("'method' must be immediate, static, throttled or smart_send_time.", "send_strategy/method")


def _moment(values: Mapping[str, Any]) -> str:
    try:
        moment = msgspec.convert(values.get("datetime"), datetime)
    except msgspec.ValidationError:
        raise Refused("'datetime' must be an ISO 8601 date and time.", "send_strategy/datetime") from None
    if moment.tzinfo is None:
        raise Refused("'datetime' must have an offset from UTC.", "send_strategy/datetime")
    return moment.isoformat()


def _local(values: Mapping[str, Any]) -> dict[str, Any]:
    options = values.get("options") or {}
    if options.get("is_local", values.get("is_local", False)) is not True:
        return {"is_local": False}
    past = options.get("send_past_recipients_immediately", values.get("send_past_recipients_immediately", False))
    return {"is_local": True, "send_past_recipients_immediately": past is True}


def _throttle(values: Mapping[str, Any]) -> int:
    percentage = values.get("throttle_percentage")
    if percentage not in schedules.THROTTLES:
        allowed = ", ".join(str(percentage) for percentage in sorted(schedules.THROTTLES))
        raise Refused(f"'throttle_percentage' must be one of {allowed}.", "send_strategy/throttle_percentage")
    return int(percentage)


def _day(values: Mapping[str, Any]) -> str:
    try:
        return msgspec.convert(values.get("date"), date).isoformat()
    except msgspec.ValidationError:
        raise Refused("'date' must be an ISO 8601 date.", "send_strategy/date") from None


def throttling(sent: SendOptions | UnsetType | None) -> str:
    """Smart sending is on unless it was switched off (2.5)."""
    off = isinstance(sent, SendOptions) and sent.use_smart_sending is False
    return NO_SMART_SENDING if off else SMART_SENDING


def tracking(sent: TrackingOptions | UnsetType | None, current: Mapping[str, Any]) -> dict[str, Any]:
    """The stored tracking options, with what was sent laid over them."""
    if not isinstance(sent, TrackingOptions):
        return dict(current)
    add = sent.add_tracking_params if sent.add_tracking_params is not UNSET else sent.is_add_utm
    sent_options = {
        "add_utm": add,
        "custom": _custom(sent),
        "clicks": sent.is_tracking_clicks,
        "opens": sent.is_tracking_opens,
    }
    return {**current, **{name: value for name, value in sent_options.items() if value is not UNSET}}


def _custom(sent: TrackingOptions) -> list[dict[str, str]] | UnsetType:
    if sent.custom_tracking_params is not UNSET:
        return [msgspec.structs.asdict(parameter) for parameter in sent.custom_tracking_params or []]
    if sent.utm_params is not UNSET:
        return [
            {"type": "static", "name": parameter["name"], "value": parameter["value"]}
            for parameter in sent.utm_params or []
        ]
    return UNSET


def message_parts(sent: MessageAttributes) -> tuple[str, dict[str, Any]]:
    """Label and details (with the channel) of a message in a request. Raises Refused."""
    definition = sent.definition if isinstance(sent.definition, dict) else _flat(sent)
    channel = definition.get("channel", "email")
    if channel not in _CHANNELS:
        raise Refused("'channel' must be email, sms or mobile_push.", "definition/channel")
    if channel == "email" and "render_options" in definition:
        detail = "'render_options' is not a valid field for the resource 'EmailMessageDefinition'."
        raise Refused(detail, "definition/render_options")
    details = {"channel": _CHANNELS[channel], **_content(definition)}
    if "kv_pairs" in definition:
        details["kv_pairs"] = definition["kv_pairs"]
    return definition.get("label") or "", details


def _flat(sent: MessageAttributes) -> dict[str, Any]:
    fields = {name: getattr(sent, name) for name in ("channel", "label", "content", "render_options")}
    return {name: value for name, value in fields.items() if value is not UNSET}


def _content(definition: Mapping[str, Any]) -> dict[str, Any]:
    content = {name: "" if value is None else value for name, value in (definition.get("content") or {}).items()}
    if definition.get("channel", "email") == "email":
        for name in content:
            if name not in _EMAIL:
                raise Refused(
                    f"'{name}' is not a valid field for the resource 'EmailContent'.", f"definition/content/{name}"
                )
    return {**content, **(definition.get("render_options") or {})}


def variation_draft(details: Mapping[str, Any]) -> VariationDraft:
    return VariationDraft("Variation 1", details)


# ---- to answers ------------------------------------------------------------------------------------------------------
def campaign_record(loaded: Tree, campaign: Campaign, revision: str) -> Record:
    """Its first message stands for all; its audiences are those of the first."""
    messages = loaded.messages_of(campaign.id)
    audiences = loaded.audiences_of(campaign.id)
    first = messages[0] if messages else None
    attributes = {
        "name": campaign.name,
        "status": campaign.status,
        "archived": campaign.archived,
        "audiences": {
            "included": audiences[0].included if audiences else [],
            "excluded": audiences[0].excluded if audiences else [],
        },
        "send_options": {"use_smart_sending": first is None or first.options.get("throttling") != NO_SMART_SENDING},
        "tracking_options": _earlier_tracking(_tracking(first)) if revision <= EARLIER else _tracking(first),
        "send_strategy": _nested(_strategy(campaign, first)) if revision <= EARLIER else _strategy(campaign, first),
        "created_at": campaign.created,
        "scheduled_at": campaign.scheduled,
        "updated_at": campaign.updated,
        "send_time": campaign.send_time,
    }
    return Record(
        campaign.ulid,
        attributes,
        {"campaign-messages": [message_record(loaded, message, revision) for message in messages]},
        CAMPAIGN,
        campaign.id,
        version=campaign.version,
    )


def _tracking(message: CampaignMessage | None) -> dict[str, Any]:
    stored = message.options.get("tracking", {}) if message else {}
    common = {
        "add_tracking_params": bool(stored.get("add_utm")),
        "custom_tracking_params": stored.get("custom") or [],
    }
    if message is not None and message.channel != "email":
        return common
    return {
        **common,
        "is_tracking_clicks": stored.get("clicks") is not False,
        "is_tracking_opens": stored.get("opens") is not False,
    }


def _earlier_tracking(options: Mapping[str, Any]) -> dict[str, Any]:
    """The two names of 2024; a parameter was a name and a value, without a type."""
    utm = [{"name": parameter["name"], "value": parameter["value"]} for parameter in options["custom_tracking_params"]]
    renamed = {"is_add_utm": options["add_tracking_params"], "utm_params": utm}
    later = ("add_tracking_params", "custom_tracking_params")
    return {**renamed, **{name: value for name, value in options.items() if name not in later}}


def _nested(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to a method, in an object of that method; the others are null."""
    values = {name: value for name, value in strategy.items() if name not in ("method", "options")}
    values |= strategy.get("options") or {}
    nested: dict[str, Any] = {"options_static": None, "options_throttled": None, "options_sto": None}
    place = {"static": "options_static", "throttled": "options_throttled", "smart_send_time": "options_sto"}
    if strategy["method"] in place:
        nested[place[strategy["method"]]] = values
    return {"method": strategy["method"], **nested}


def _strategy(campaign: Campaign, message: CampaignMessage | None) -> dict[str, Any]:
    """As it was set; for a campaign that was scheduled in the newer way, the schedule of its first message."""
    stored: dict[str, Any] | None = campaign.options.get("send_strategy")
    if stored is not None:
        return stored
    return schedules.as_strategy(plan.read(message.options) if message is not None else plan.IMMEDIATE)


def message_record(loaded: Tree, message: CampaignMessage, revision: str) -> Record:
    """Definition as in 2026, and label, channel and content beside it as revisions up to 2024 have them alone."""
    variation = next(iter(loaded.variations_of(message.id)), None)
    content, render = _shown(variation, message.channel)
    label = message.options.get("label") or message.name
    definition = {"channel": _NAMES[message.channel], "label": label, "content": content}
    if message.channel == "sms":
        definition = {"channel": "sms", "content": content, "render_options": render}
    attributes = {
        "definition": definition,
        "label": label,
        "channel": _NAMES[message.channel],
        "content": content,
        "send_times": _send_times(_strategy(loaded.campaign(message.campaign_id), message)),
        "render_options": render,
        "created_at": message.created,
        "updated_at": message.updated,
    }
    if revision <= EARLIER:
        del attributes["definition"]
    relations = {
        "campaign": loaded.campaign(message.campaign_id).ulid,
        "template": loaded.templates.get(variation.template_id or 0) if variation else None,
    }
    return Record(message.ulid, attributes, relations, MESSAGE, message.id)


def _send_times(strategy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The one moment of a static strategy."""
    if strategy["method"] != "static":
        return []
    is_local = bool((strategy.get("options") or {}).get("is_local"))
    return [{"datetime": strategy["datetime"], "is_local": is_local}]


def _shown(variation: Variation | None, channel: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    stored = variation.content if variation else {}
    if channel == "email":
        return {name: stored.get(name) or None for name in _EMAIL}, None
    if channel == "sms":
        return {"body": stored.get("body")}, {name: stored.get(name) for name in _RENDER}
    return {name: value for name, value in stored.items() if name not in ("channel", "kv_pairs", *_RENDER)}, None


def included_of(sent: Audiences, name: str, current: Sequence[str]) -> list[str]:
    """The ids sent under `name`; absent = as before."""
    group_ids = getattr(sent, name)
    return list(current) if group_ids is UNSET else list(group_ids or [])
