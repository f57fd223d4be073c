"""What steps of a flow are called in sentences."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
_KINDS: Mapping[str, str] = {
    "send-email": "E-mail",
    "send-sms": "Text message",
    "send-mobile-push": "Push message",
    "send-whatsapp": "WhatsApp message",
    "send-internal-alert": "Alert",
    "send-webhook": "Webhook",
    "ab-test": "Test",
    "content-experiment": "Test",
    "target-date": "Wait for the date",
    "back-in-stock-delay": "Wait until back in stock",
    "conditional-split": "Split by person",
    "trigger-split": "Split by event",
    "action-output-split": "Split by result",
    "multi-branch-split": "Split",
    "update-profile": "Update of the profile",
    "list-update": "Change of a list",
    "internal-service": "Internal service",
    "code": "Code",
}
_TRIGGERS: Mapping[str, str] = {
    "metric": "an event",
    "list": "a list",
    "segment": "a segment",
    "date": "a date",
    "price-drop": "a price drop",
    "low-inventory": "low stock",
}
_DELAYS = ("time-delay", "countdown-delay", "target-date", "back-in-stock-delay")


def quoted(text: str) -> str:
    return f"“{text}”"


def trigger(trigger: Json) -> str:
    return _TRIGGERS.get(str(trigger.get("type")), "another trigger")


def is_split(action: Json) -> bool:
    return str(action["type"]).endswith("-split")


def is_delay(action: Json) -> bool:
    return action["type"] in _DELAYS


def named(action: Json) -> str:
    """At the beginning of a sentence: E-mail “Reminder”, Delay of 1 day."""
    data = action.get("data") or {}
    if action["type"] == "time-delay":
        return f"Delay of {_duration(data)}"
    if action["type"] == "countdown-delay":
        return f"Countdown of {_duration(data)}"
    kind = _KINDS.get(action["type"], "Step")
    return f"{kind} {quoted(own)}" if (own := _own_name(action)) else kind


def short(action: Json) -> str:
    """Within a sentence: “Reminder”, the delay of 1 day."""
    if own := _own_name(action):
        return quoted(own)
    return f"the {named(action)[0].lower()}{named(action)[1:]}"


def _own_name(action: Json) -> str:
    data = action.get("data") or {}
    if "main_action" in data:
        return str((data.get("current_experiment") or {}).get("name") or message(data["main_action"]))
    if action["type"] in ("multi-branch-split", "list-update"):
        return str(data.get("name") or "")
    return message(action)


def message(action: Json) -> str:
    """The subject of a message, or what it is called."""
    content = (action.get("data") or {}).get("message") or {}
    return str(content.get("subject_line") or content.get("title") or content.get("name") or content.get("url") or "")


def variation(action: Json) -> str:
    """What a variation of a test is called, which need not be its subject."""
    content = (action.get("data") or {}).get("message") or {}
    return str(content.get("name") or content.get("subject_line") or "without a name")


def way(action: Json, way: str) -> str:
    """One of the ways of a split."""
    if way in ("next_if_true", "next_if_false"):
        return "Yes" if way == "next_if_true" else "No"
    branches = (action.get("data") or {}).get("branches") or ()
    return next((branch(each) for each in branches if each["branch_id"] == way), way)


def branch(branch: Json) -> str:
    return str(branch.get("name") or ("Everybody else" if branch.get("is_else") else "without a name"))


def _duration(data: Json) -> str:
    words = _counted(int(data.get("value") or 0), str(data.get("unit") or "days"))
    if minutes := data.get("secondary_value"):
        words += f" {_counted(int(minutes), 'minutes')}"
    if time := data.get("delay_until_time"):
        words += f", until {str(time)[:5]}"
    if days := data.get("delay_until_weekdays"):
        words += f" on {', '.join(str(day).capitalize() for day in days)}"
    return words


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"
