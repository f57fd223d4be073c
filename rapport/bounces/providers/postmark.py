"""Postmark: webhooks for bounces and spam complaints, one message a call.

Source: Postmark's documentation of its bounce and spam complaint webhooks and of its types of bounces.
"""

import msgspec

from rapport.bounces.providers.told import Told
from rapport.bounces.reports import Report, reply
from rapport.messages.return_path import HEADERS

# Metadata come back by what follows this in the header's name.
_PREFIX = "X-PM-Metadata-"
# Types that say the address can't be reached; all others that are bounces are of this message or moment.
_FINAL = {"HardBounce": "5.1.1", "BadEmailAddress": "5.1.3"}
_PASSING = frozenset(
    {
        "SoftBounce",
        "Transient",
        "DnsError",
        "SpamNotification",
        "VirusNotification",
        "ChallengeVerification",
        "DMARCPolicy",
    }
    | {"Blocked", "SMTPApiError", "InboundError", "TemplateRenderingFailed", "AddressChange", "Undeliverable"}
)


class _Webhook(msgspec.Struct, rename="pascal"):
    record_type: str
    type: str = ""
    description: str = ""
    details: str | None = None
    metadata: dict[str, str] = {}


def read(body: bytes) -> Told:
    webhook = msgspec.json.decode(body, type=_Webhook)
    wanted = HEADERS["postmark"].removeprefix(_PREFIX).lower()
    named = (value for name, value in webhook.metadata.items() if name.lower() == wanted)
    return Told(next(named, ""), _report(webhook))


def _report(webhook: _Webhook) -> Report | None:
    if webhook.record_type == "SpamComplaint" or webhook.type == "SpamComplaint":
        return Report("complaint")
    if webhook.record_type != "Bounce":
        return None
    if webhook.type in _FINAL:
        return reply(_FINAL[webhook.type], webhook.details or webhook.description)
    if webhook.type in _PASSING:
        return reply("4.0.0", webhook.details or webhook.description)
    return None
