"""Tracking parameters of a campaign's links (behaviour-messaging 2.5, 8.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.messages.tracking_parameters import defaults_of

# Names of dynamic values -> templates. Those of the campaign are filled in at send time by `_fixed`.
_OF_PERSON = {
    "profile_id": "{{ person.KlaviyoID }}",
    "profile_external_id": "{{ person.external_id }}",
    "email_subject": "{{ message.subject }}",
}


def parameters(
    custom: Sequence[Mapping[str, Any]],
    defaults: Sequence[Mapping[str, Any]],
    *,
    campaign_id: str,
    campaign_name: str,
    channel: str,
    group: tuple[str, str],
    send_time: datetime,
) -> dict[str, str]:
    """Parameter name -> template of its value. An empty custom list means the account's defaults (2.5)."""
    group_id, group_name = group
    values = _OF_PERSON | {
        "campaign_id": campaign_id,
        "campaign_name": campaign_name,
        "campaign_name_id": f"{campaign_name} ({campaign_id})",
        "campaign_name_send_day": f"{campaign_name} ({send_time:%A})",
        "message_type": channel,
        "group_id": group_id,
        "group_name": group_name,
        "group_name_id": f"{group_name} ({group_id})",
    }
    return {parameter["name"]: _value(parameter, values) for parameter in custom or defaults or defaults_of("campaign")}


def _value(parameter: Mapping[str, Any], values: Mapping[str, str]) -> str:
    value = str(parameter.get("value", ""))
    return value if parameter.get("type") == "static" else values.get(value, "")
