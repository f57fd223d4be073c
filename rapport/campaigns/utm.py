"""Tracking parameters of a campaign's links (behaviour-messaging 2.5, 8.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.accounts.types import Account
from rapport.messages import tracking_parameters
from rapport.messages.tracking_parameters import Parameter


def parameters(
    account: Account,
    custom: Sequence[Mapping[str, Any]],
    *,
    campaign_id: str,
    campaign_name: str,
    channel: str,
    group: tuple[str, str],
    send_time: datetime,
) -> dict[str, str]:
    """Parameter name -> template of its value. An empty custom list means the account's own (2.5)."""
    group_id, group_name = group
    values = {
        "campaign_id": campaign_id,
        "campaign_name": campaign_name,
        "campaign_name_id": f"{campaign_name} ({campaign_id})",
        "campaign_name_send_day": f"{campaign_name} ({send_time:%A})",
        "message_type": channel,
        "group_id": group_id,
        "group_name": group_name,
        "group_name_id": f"{group_name} ({group_id})",
    }
    wanted = [Parameter.of(one["name"], one) for one in custom] or tracking_parameters.usual(account, "campaign")
    return tracking_parameters.templates(wanted, values)
