"""Calls that the SDKs of earlier years make in another way than the newest; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity import campaign_calls
from tests.parity.world import World, resource

CONTENT = {"subject": "Hello", "from_email": "shop@example.com", "from_label": "Shop"}
MESSAGE = {"channel": "email", "label": "First", "content": CONTENT}


def message(world: World) -> dict[str, Any]:
    """Its attributes: up to 2024-10-15 what later stands in `definition`."""
    return MESSAGE if world.sdk.revision <= "2024-10-15" else {"definition": MESSAGE}


def _created(world: World) -> Any:
    messages = {"data": [resource("campaign-message", **message(world))["data"]]}
    audiences = {"included": [world.list], "excluded": []}
    body = resource(
        "campaign",
        name=world.unique("Campaign "),
        audiences=audiences,
        **{"campaign-messages": messages},
        send_options={"use_smart_sending": True},
        tracking_options={"is_tracking_opens": True},
    )
    return world.sdk.Campaigns.create_campaign(body)


def _updated_message(world: World) -> Any:
    id = world.campaign_message
    body = resource("campaign-message", id, **message(world))
    return world.sdk.Campaigns.update_campaign_message(id, body)


def _cancelled(world: World) -> Any:
    campaign = world.new_campaign()
    campaign_calls.scheduled(World(world.shop), campaign)
    job = resource("campaign-send-job", campaign, action="cancel")
    return world.sdk.Campaigns.cancel_campaign_send(campaign, job)


CALLS: dict[str, Callable[[World], Any]] = {
    "get_campaigns": lambda w: (
        w.campaign and w.sdk.Campaigns.get_campaigns("equals(messages.channel,'email')", include=["campaign-messages"])
    ),
    "create_campaign": _created,
    # which know no definitions
    "create_template": lambda w: w.sdk.Templates.create_template(
        resource("template", name=w.unique("T"), editor_type="CODE", html="<p>Hello</p>")
    ),
    "update_campaign": lambda w: w.sdk.Campaigns.update_campaign(
        w.campaign, resource("campaign", w.campaign, name=w.unique("Campaign "))
    ),
    "update_campaign_message": _updated_message,
    "cancel_campaign_send": _cancelled,
}
