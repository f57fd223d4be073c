"""Amazon SES, whose notifications come by SNS: an envelope, and in it the notification as text.

Source: Amazon's documentation of SNS message formats and of SES notification contents and event data.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rapport.bounces.providers.told import Told
from rapport.bounces.reports import Report, reply
from rapport.messages.return_path import HEADERS

# Anybody may name an address to be visited; only one of Amazon's is.
_AMAZON = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


class _Envelope(msgspec.Struct):
    type: str = msgspec.field(name="Type")
    message: str = msgspec.field(name="Message", default="")
    subscribe_url: str | None = msgspec.field(name="SubscribeURL", default=None)


class _Header(msgspec.Struct):
    name: str = ""
    value: str = ""


class _Mail(msgspec.Struct):
    source: str = ""
    headers: list[_Header] = []


class _Recipient(msgspec.Struct, rename="camel"):
    status: str | None = None
    diagnostic_code: str | None = None


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str = ""
    bounced_recipients: list[_Recipient] = []


class _Notification(msgspec.Struct, rename="camel"):
    """`event_type`: of an event destination. Delivery, Open, Click and others say nothing that counts."""

    notification_type: str | None = None
    event_type: str | None = None
    mail: _Mail = msgspec.field(default_factory=_Mail)
    bounce: _Bounce | None = None
    complaint: dict[str, Any] | None = None


def read(body: bytes) -> Told:
    envelope = msgspec.json.decode(body, type=_Envelope)
    if envelope.type == "SubscriptionConfirmation":
        return Told(confirm=_checked(envelope.subscribe_url or ""))
    if envelope.type != "Notification":
        return Told()
    notification = msgspec.json.decode(envelope.message.encode(), type=_Notification)
    return Told(_message(notification.mail), _report(notification))


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not _AMAZON.fullmatch(parts.netloc):
        raise ValueError("SubscribeURL is not an address of Amazon SNS.")
    return address


def _message(mail: _Mail) -> str:
    """By our header, where the topic includes the original headers; else by the return address."""
    named = (header.value for header in mail.headers if header.name.lower() == HEADERS["ses"].lower())
    return next(named, mail.source.strip("<> ").partition("@")[0])


def _report(notification: _Notification) -> Report | None:
    kind = notification.notification_type or notification.event_type
    if kind == "Complaint":
        return Report("complaint")
    if kind != "Bounce" or notification.bounce is None:
        return None
    bounce = notification.bounce
    recipient = bounce.bounced_recipients[0] if bounce.bounced_recipients else _Recipient()
    is_final = bounce.bounce_type == "Permanent"
    return reply(recipient.status or ("5.0.0" if is_final else "4.0.0"), recipient.diagnostic_code or "")
