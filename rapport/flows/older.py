"""Actions and messages of flows as revisions up to 2025-07-15 see them: what a definition says later, in fields."""

from collections.abc import Mapping
from typing import Any

from rapport.flows.action_types import KINDS
from rapport.flows.plan import Action, Message
from rapport.flows.types import ActionAttributes, MessageAttributes

UNTIL = "2025-07-15"
NAMES = {kind.older: type for type, kind in KINDS.items()}
_EMAIL = ("preview_text", "from_email", "from_label", "reply_to_email", "cc_email", "bcc_email")
_ALERT = ("from_email", "from_label", "to_emails")
_CONTENTS: Mapping[str, tuple[str, ...]] = {
    "webhook": ("url", "headers", "body"),
    "sms": ("body", "image_id"),
    "mobile_push": ("title", "body"),
    "whatsapp": ("vendor_id",),
}


def action_attributes(action: Action) -> ActionAttributes:
    """`settings`: the data without the message; the options are those of e-mails, null elsewhere."""
    email = action.message.content if action.message is not None and action.message.channel == "email" else None
    return ActionAttributes(
        action.created,
        action.updated,
        action_type=action.kind.older,
        status=action.status,
        settings=dict(action.data) if isinstance(action.data, dict) else {},
        tracking_options=None if email is None else _tracking(email),
        send_options=None if email is None else _sending(email),
        render_options=None,
    )


def message_attributes(message: Message) -> MessageAttributes:
    return MessageAttributes(
        message.channel, message.created, message.updated, name=message.name, content=_content(message)
    )


def _tracking(email: Mapping[str, Any]) -> dict[str, Any]:
    """Opens and clicks of flows are always followed, unless the person refuses."""
    return {
        "add_tracking_params": bool(email.get("add_tracking_params")),
        "custom_tracking_params": email.get("custom_tracking_params") or [],
        "is_tracking_clicks": True,
        "is_tracking_opens": True,
    }


def _sending(email: Mapping[str, Any]) -> dict[str, bool]:
    return {
        "use_smart_sending": email.get("smart_sending_enabled", True),
        "is_transactional": email.get("transactional", False),
    }


def _content(message: Message) -> dict[str, Any]:
    if message.channel in ("email", "internal_alert"):
        names = _EMAIL if message.channel == "email" else _ALERT
        return {"subject": message.content.get("subject_line")} | _some(message.content, names)
    return _some(message.content, _CONTENTS[message.channel])


def _some(content: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: content.get(name) for name in names}
