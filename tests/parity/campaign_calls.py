"""Calls of campaign operations of the newest revision; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource

AT = {"strategy": "static", "send_time": "2030-01-01T10:00:00+00:00"}
LETTER = {"name": "B", "details": {"channel": "email", "subject": "Hello", "from_email": "shop@example.com"}}


def linked(kind: str, relationships: dict[str, tuple[str, str]], id: str | None = None, /, **attributes: Any) -> Any:
    """A body whose relationships are name -> (type, id)."""
    body = resource(kind, id, **attributes)
    links = {name: {"data": {"type": one, "id": to}} for name, (one, to) in relationships.items()}
    body["data"]["relationships"] = links
    return body


def created(world: World) -> Any:
    audience = {"temporary_id": "a", "name": "Everybody", "included": [world.list], "excluded": []}
    message = {"audience_temporary_id": "a", "name": "Letter", "variations": [{"definition": LETTER}]}
    definition = {"name": world.unique("Campaign "), "builder": "wizard"}
    return world.sdk.Campaigns.create_campaign(
        resource("campaign", definition=definition, audiences=[audience], messages=[message])
    )


def new_audience(world: World) -> Any:
    definition = {"name": world.unique("Audience "), "included": [world.list], "excluded": []}
    return world.sdk.Campaigns.create_campaign_audience(
        linked("campaign-audience", {"campaign": ("campaign", world.campaign)}, definition=definition)
    )


def new_message(world: World) -> Any:
    parents = {
        "campaign": ("campaign", world.campaign),
        "campaign-audience": ("campaign-audience", world.campaign_audience),
    }
    body = linked("campaign-message", parents, definition={"name": "Second"}, variations=[{"definition": LETTER}])
    return world.sdk.Campaigns.create_campaign_message(body)


def cloned_message(world: World) -> Any:
    audience = {"campaign-audience": ("campaign-audience", world.campaign_audience)}
    message = world.campaign_message
    body = linked("campaign-message", audience, message, id=message, name="Copy")
    return world.sdk.Campaigns.clone_campaign_message(body)


def new_variation(world: World) -> Any:
    parent = {"campaign-message": ("campaign-message", world.campaign_message)}
    return world.sdk.Campaigns.create_campaign_variation(linked("campaign-variation", parent, definition=LETTER))


def assigned(world: World) -> Any:
    body = linked("campaign-message", {"template": ("template", world.template)}, world.campaign_message)
    del body["data"]["attributes"]
    return world.sdk.Campaigns.assign_template_to_campaign_message(body)


def scheduled(world: World, campaign: str) -> Any:
    times = [{"message_id": world.message_of(campaign), **AT}]
    body = linked("campaign-schedule", {"campaign": ("campaign", campaign)}, message_schedules=times)
    return world.sdk.Campaigns.schedule_campaign(body)


def scheduled_message(world: World, message: str) -> Any:
    body = linked("campaign-message-schedule", {"campaign-message": ("campaign-message", message)}, **AT)
    return world.sdk.Campaigns.schedule_campaign_message(body)


def cancelled_message(world: World) -> Any:
    message = world.message_of(world.new_campaign())
    scheduled_message(world, message)
    body = resource("campaign-message-schedule", message, action="revert")
    return world.sdk.Campaigns.update_campaign_message_schedule(message, body)


def cancelled(world: World) -> Any:
    campaign = world.new_campaign()
    scheduled(world, campaign)
    return world.sdk.Campaigns.cancel_campaign_send(campaign, resource("campaign-send-job", campaign, action="cancel"))


def job(kind: str, campaign: str) -> Any:
    return {"data": {"type": kind, "id": campaign}}


CALLS: dict[str, Callable[[World], Any]] = {
    "get_campaigns": lambda w: w.campaign and w.sdk.Campaigns.get_campaigns(sort="-created_at"),
    "get_campaign": lambda w: w.sdk.Campaigns.get_campaign(w.campaign),
    "create_campaign": created,
    "update_campaign": lambda w: w.sdk.Campaigns.update_campaign(
        w.campaign, resource("campaign", w.campaign, definition={"name": w.unique("Campaign ")})
    ),
    "delete_campaign": lambda w: w.sdk.Campaigns.delete_campaign(w.new_campaign()),
    "clone_campaign": lambda w: w.sdk.Campaigns.clone_campaign(resource("campaign", w.campaign, name="Again")),
    # audiences
    "get_campaign_audience": lambda w: w.sdk.Campaigns.get_campaign_audience(w.campaign_audience),
    "create_campaign_audience": new_audience,
    "update_campaign_audience": lambda w: w.sdk.Campaigns.update_campaign_audience(
        w.campaign_audience, resource("campaign-audience", w.campaign_audience, definition={"name": "Readers"})
    ),
    "delete_campaign_audience": lambda w: w.sdk.Campaigns.delete_campaign_audience(new_audience(w).data.id),
    "get_campaign_audiences_for_campaign": lambda w: w.sdk.Campaigns.get_campaign_audiences_for_campaign(w.campaign),
    "get_audience_ids_for_campaign": lambda w: w.sdk.Campaigns.get_audience_ids_for_campaign(w.campaign),
    "get_campaign_for_campaign_audience": lambda w: w.sdk.Campaigns.get_campaign_for_campaign_audience(
        w.campaign_audience
    ),
    "get_campaign_id_for_campaign_audience": lambda w: w.sdk.Campaigns.get_campaign_id_for_campaign_audience(
        w.campaign_audience
    ),
    "get_campaign_messages_for_campaign_audience": (
        lambda w: w.sdk.Campaigns.get_campaign_messages_for_campaign_audience(w.campaign_audience)
    ),
    "get_message_ids_for_campaign_audience": lambda w: w.sdk.Campaigns.get_message_ids_for_campaign_audience(
        w.campaign_audience
    ),
    # messages
    "get_campaign_messages": lambda w: w.campaign and w.sdk.Campaigns.get_campaign_messages(sort="-created"),
    "get_campaign_message": lambda w: w.sdk.Campaigns.get_campaign_message(w.campaign_message),
    "create_campaign_message": new_message,
    "update_campaign_message": lambda w: w.sdk.Campaigns.update_campaign_message(
        w.campaign_message, resource("campaign-message", w.campaign_message, definition={"name": "Letter"})
    ),
    "delete_campaign_message": lambda w: w.sdk.Campaigns.delete_campaign_message(new_message(w).data.id),
    "clone_campaign_message": cloned_message,
    "get_messages_for_campaign": lambda w: w.sdk.Campaigns.get_messages_for_campaign(w.campaign),
    "get_message_ids_for_campaign": lambda w: w.sdk.Campaigns.get_message_ids_for_campaign(w.campaign),
    "get_campaign_for_campaign_message": lambda w: w.sdk.Campaigns.get_campaign_for_campaign_message(
        w.campaign_message
    ),
    "get_campaign_id_for_campaign_message": lambda w: w.sdk.Campaigns.get_campaign_id_for_campaign_message(
        w.campaign_message
    ),
    "get_audience_for_campaign_message": lambda w: w.sdk.Campaigns.get_audience_for_campaign_message(
        w.campaign_message
    ),
    "get_audience_id_for_campaign_message": lambda w: w.sdk.Campaigns.get_audience_id_for_campaign_message(
        w.campaign_message
    ),
    "get_template_for_campaign_message": lambda w: w.sdk.Campaigns.get_template_for_campaign_message(
        w.campaign_message
    ),
    "get_template_id_for_campaign_message": lambda w: w.sdk.Campaigns.get_template_id_for_campaign_message(
        w.campaign_message
    ),
    "assign_template_to_campaign_message": assigned,
    # variations
    "get_campaign_variation": lambda w: w.sdk.Campaigns.get_campaign_variation(w.campaign_variation),
    "create_campaign_variation": new_variation,
    "update_campaign_variation": lambda w: w.sdk.Campaigns.update_campaign_variation(
        w.campaign_variation, resource("campaign-variation", w.campaign_variation, definition=LETTER)
    ),
    "delete_campaign_variation": lambda w: w.sdk.Campaigns.delete_campaign_variation(new_variation(w).data.id),
    "get_variations_for_campaign_message": lambda w: w.sdk.Campaigns.get_variations_for_campaign_message(
        w.campaign_message
    ),
    "get_variation_ids_for_campaign_message": lambda w: w.sdk.Campaigns.get_variation_ids_for_campaign_message(
        w.campaign_message
    ),
    "get_message_for_campaign_variation": lambda w: w.sdk.Campaigns.get_message_for_campaign_variation(
        w.campaign_variation
    ),
    "get_message_id_for_campaign_variation": lambda w: w.sdk.Campaigns.get_message_id_for_campaign_variation(
        w.campaign_variation
    ),
    # sending
    "send_campaign": lambda w: w.sdk.Campaigns.send_campaign(job("campaign-send-job", w.new_campaign())),
    "get_campaign_send_job": lambda w: w.sdk.Campaigns.get_campaign_send_job(w.sent_campaign),
    "cancel_campaign_send": cancelled,
    "schedule_campaign": lambda w: scheduled(w, w.new_campaign()),
    "schedule_campaign_message": lambda w: scheduled_message(w, w.message_of(w.new_campaign())),
    "update_campaign_message_schedule": cancelled_message,
    "get_campaign_recipient_estimation": lambda w: w.sdk.Campaigns.get_campaign_recipient_estimation(w.campaign),
    "refresh_campaign_recipient_estimation": lambda w: w.sdk.Campaigns.refresh_campaign_recipient_estimation(
        job("campaign-recipient-estimation-job", w.campaign)
    ),
    "get_campaign_recipient_estimation_job": lambda w: w.sdk.Campaigns.get_campaign_recipient_estimation_job(
        w.campaign
    ),
}
