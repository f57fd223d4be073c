"""Events about messages: the properties they carry (behaviour-people 3.6, behaviour-messaging 4.8)."""

from datetime import datetime
from typing import Any

import msgspec

from rapport.events.metrics import PLATFORM
from rapport.inbox.types import Accepted
from rapport.messages.composed import Message
from rapport.profiles.identity import Person

# The mailboxes most people have, by the domain of the address.
_PROVIDERS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), "Gmail"),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), "Outlook"),
    **dict.fromkeys(("yahoo.com", "ymail.com", "aol.com"), "Yahoo"),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "Apple"),
}


def properties(message: Message, subject: str, sent: datetime) -> dict[str, Any]:
    """What every e-mail event says of its message. `sent`: when it went out, the cohort reports group by."""
    domain = message.to_address.rpartition("@")[2].lower()
    values: dict[str, Any] = {
        "$message": message.message_id,
        "Campaign Name": message.options.name,
        "Subject": subject,
        "Email Domain": domain,
        "Inbox Provider": _PROVIDERS.get(domain, "Other"),
        "$event_id": f"{message.message_id}:{message.id}",
        "$_cohort$message_send_cohort": f"{int(sent.timestamp())}:{message.message_id}",
        "$group_ids": list(message.options.groups),
        "$ESP": 0,
    }
    if message.source == "flow":
        values["$flow"] = message.options.extra.get("flow", message.flow_id)
    if message.variation_id is not None:
        values["$variation"] = message.variation_id
        values["$_cohort$variation_send_cohort"] = f"{int(sent.timestamp())}:{message.variation_id}"
    return values


def event(message: Message, metric: str, time: datetime, body: msgspec.Raw, *, key: str) -> Accepted:
    """An event of this message. `key` tells several of one metric apart; with "" there is one for ever."""
    return Accepted(
        person=Person(pk=message.profile_id),
        metric=metric,
        service=PLATFORM,
        message=message.id,
        time=int(time.timestamp()),
        properties=body,
        unique_id=f"{message.message_id}:{message.id}:{key}",
        received=time,
    )
