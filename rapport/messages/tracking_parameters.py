"""Parameters that links in messages get for the shop's own web analytics (behaviour-messaging 8.9)."""

from typing import Any

# For each parameter, what a flow's and a campaign's messages give it: a text, or a value known at sending by its name.
DEFAULTS: dict[str, Any] = {
    "utm_source": {
        "flow": {"type": "static", "value": "Klaviyo"},
        "campaign": {"type": "static", "value": "Klaviyo"},
    },
    "utm_medium": {
        "flow": {"type": "static", "value": "flow"},
        "campaign": {"type": "dynamic", "value": "message_type"},
    },
    "utm_campaign": {
        "flow": {"type": "dynamic", "value": "message_name_id"},
        "campaign": {"type": "dynamic", "value": "campaign_name_id"},
    },
}


def defaults_of(side: str) -> list[dict[str, Any]]:
    """`name`, `type` and `value` of each parameter, for "flow" or "campaign"."""
    return [{"name": name, **sides[side]} for name, sides in DEFAULTS.items()]
