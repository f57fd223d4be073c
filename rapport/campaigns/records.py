"""Campaigns, audiences, messages and variations as JSON:API records, from revision 2026-10-15 on."""

from typing import Any

import msgspec

from rapport.campaigns import ab_tests, plan
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.campaigns.types import CampaignAttributes, PartAttributes
from rapport.kit.jsonapi import Record, Resource, ToMany, ToOne

CAMPAIGN = Resource(
    "campaign",
    "/api/campaigns",
    attributes=dict,
    additional=("planned_at",),
    relationships={
        "campaign-audiences": ToMany("campaign-audience"),
        "campaign-messages": ToMany("campaign-message"),
        "tags": ToMany("tag"),
    },
)
AUDIENCE = Resource(
    "campaign-audience",
    "/api/campaign-audiences",
    attributes=dict,
    relationships={"campaign": ToOne("campaign"), "campaign-messages": ToMany("campaign-message")},
)
MESSAGE = Resource(
    "campaign-message",
    "/api/campaign-messages",
    attributes=dict,
    relationships={
        "campaign": ToOne("campaign"),
        "campaign-audience": ToOne("campaign-audience"),
        "campaign-variations": ToMany("campaign-variation"),
    },
)
VARIATION = Resource(
    "campaign-variation",
    "/api/campaign-variations",
    attributes=dict,
    relationships={"campaign-message": ToOne("campaign-message"), "image": ToOne("image")},
)
SEND_JOB = Resource("campaign-send-job", "/api/campaign-send-jobs", attributes=dict)
SCHEDULE = Resource(
    "campaign-schedule", "/api/campaign-schedule", attributes=dict, relationships={"campaign": ToOne("campaign")}
)
MESSAGE_SCHEDULE = Resource(
    "campaign-message-schedule",
    "/api/campaign-message-schedule",
    attributes=dict,
    relationships={"campaign-message": ToOne("campaign-message")},
)
ESTIMATION = Resource("campaign-recipient-estimation", "/api/campaign-recipient-estimations", attributes=dict)
ESTIMATION_JOB = Resource(
    "campaign-recipient-estimation-job", "/api/campaign-recipient-estimation-jobs", attributes=dict
)

# What a message is called after that goes out by a strategy (2.8).
_STRATEGIES = {
    "immediate": "static",
    "static": "static",
    "local_timezone": "local_timezone",
    "throttled": "throttled",
    "smart_send_time": "send_time_optimization",
}
NO_SMART_SENDING = "none"
SMART_SENDING = "throttle-for-campaigns-and-flows"


def campaign_record(campaign: Campaign) -> Record:
    options = campaign.options
    definition = {
        "name": campaign.name,
        "builder": options.get("builder", "wizard"),
        "archived": campaign.archived,
        "color": options.get("color"),
        "description": options.get("description"),
        "send_settings": options.get("send_settings") or {"send_timezone": "UTC", "send_strategy": "static"},
    }
    attributes = CampaignAttributes(
        campaign.created, campaign.updated, definition, campaign.status, campaign.scheduled, campaign.send_time
    )
    return Record(campaign.ulid, attributes, key=campaign.id, resource=CAMPAIGN, version=campaign.version)


def audience_record(audience: Audience, campaign: Campaign) -> Record:
    definition = {
        "name": audience.name,
        "included": audience.included,
        "excluded": audience.excluded,
        "priority": None,
    }
    attributes = PartAttributes(audience.created, audience.updated, definition)
    return Record(audience.ulid, attributes, {"campaign": campaign.ulid}, AUDIENCE, audience.id)


def message_record(message: CampaignMessage, relations: dict[str, Any]) -> Record:
    """`relations`: what is known of campaign, campaign-audience and campaign-variations."""
    return Record(
        message.ulid,
        PartAttributes(message.created, message.updated, message_definition(message)),
        relations,
        MESSAGE,
        message.id,
    )


def message_definition(message: CampaignMessage) -> dict[str, Any]:
    tracking = message.options.get("tracking", {})
    schedule = plan.read(message.options) if "schedule" in message.options else None
    return {
        "name": message.name,
        "status": message.status,
        "tracking_options": {
            "is_add_utm": bool(tracking.get("add_utm")),
            "is_tracking_clicks": tracking.get("clicks") is not False,
            "is_tracking_opens": tracking.get("opens") is not False,
        },
        "send_options": {
            "send_time": schedule and (schedule.send_time or message.send_time),
            "send_times": None,
            "send_strategy": schedule and _STRATEGIES[schedule.strategy],
            "recipient_percentage": schedule and schedule.percentage,
            "throttling_type": message.options.get("throttling", SMART_SENDING),
            "throttle_unit": schedule and schedule.unit,
            "is_ignoring_unsubscribes": False,
        },
        "ab_test": msgspec.to_builtins(ab_tests.of(message.options)),
    }


def variation_record(variation: Variation, template_id: str | None, relations: dict[str, Any]) -> Record:
    """`template_id`: public id of the variation's own copy."""
    details = dict(variation.content)
    if details.get("channel") in ("email", "sms", "whatsapp"):
        details["template_id"] = template_id
    attributes = PartAttributes(variation.created, variation.updated, {"name": variation.name, "details": details})
    return Record(variation.ulid, attributes, relations, VARIATION, variation.id)
