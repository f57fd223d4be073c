"""Actions and messages of flows as revisions up to 2025-07-15 see them: what a definition says later, in fields."""

from collections.abc import Mapping
from typing import Any

from rapport.flows.plan import Action, Message
from rapport.flows.types import ActionAttributes, MessageAttributes

UNTIL = "2025-07-15"
# Type of action -> its name then.
TYPES = {
    "send-email": "SEND_EMAIL",
    "send-webhook": "SEND_WEBHOOK",
    "update-profile": "UPDATE_CUSTOMER",
    "time-delay": "TIME_DELAY",
    "conditional-split": "BOOLEAN_BRANCH",
    "trigger-split": "TRIGGER_BRANCH",
}
NAMES = {name: type for type, name in TYPES.items()}
_EMAIL = ("preview_text", "from_email", "from_label", "reply_to_email", "cc_email", "bcc_email")
_WEBHOOK = ("url", "headers", "body")


def action_attributes(action: Action) -> ActionAttributes:
    """`settings`: the data without the message; the options are those of e-mails, null elsewhere."""
    email = action.message.content if action.message is not None and action.message.channel == "email" else None
    return ActionAttributes(
        action.created,
        action.updated,
        action_type=TYPES[action.type],
        status=action.status,
        settings={name: value for name, value in action.data.items() if name != "message"},
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
    if message.channel == "email":
        return {"subject": message.content.get("subject_line")} | _some(message.content, _EMAIL)
    return _some(message.content, _WEBHOOK)


def _some(content: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: content.get(name) for name in names}
