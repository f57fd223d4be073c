"""Engagements: opens, clicks and other touches by message, a narrow copy of their events for reports and attribution.

Written by a reaction, so the rows can be rebuilt from the event log at any time.
"""

from typing import Any

import msgspec

from rapport.events.metrics import PLATFORM
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.kit import db

# metric -> (kind, channel). Names take the profile's point of view (behaviour-people 3.6).
KINDS: dict[str, tuple[str, str]] = {
    "Received Email": ("received", "email"),
    "Opened Email": ("opened", "email"),
    "Clicked Email": ("clicked", "email"),
    "Bounced Email": ("bounced", "email"),
    "Dropped Email": ("bounced", "email"),
    "Marked Email as Spam": ("complained", "email"),
    "Unsubscribed from Email Marketing": ("unsubscribed", "email"),
    "Received SMS": ("received", "sms"),
    "Clicked SMS": ("clicked", "sms"),
    "Opened Text": ("opened", "sms"),
    "Failed to Deliver SMS": ("bounced", "sms"),
    "Unsubscribed from SMS Marketing": ("unsubscribed", "sms"),
    "Received Push": ("received", "push"),
    "Opened Push": ("opened", "push"),
    "Bounced Push": ("bounced", "push"),
    "Received WhatsApp": ("received", "whatsapp"),
    "Opened WhatsApp": ("opened", "whatsapp"),
    "Clicked WhatsApp": ("clicked", "whatsapp"),
}
# Touches of channels that are sent elsewhere are reported by that sender through the events API.
_SERVICES = frozenset({PLATFORM, "api"})

_INSERT = """
    INSERT INTO engagements (account_id, event_id, kind, channel, profile_id, time, message_id, flags)
    SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::bigint[],
        %s::text[]::jsonb[])
    ON CONFLICT (account_id, event_id) DO NOTHING"""


class _Flags(msgspec.Struct, omit_defaults=True):
    """Marks of touches that a machine may have made; anything but a plain true is false."""

    machine_open: Any = msgspec.field(default=False)
    bot_click: Any = msgspec.field(default=False, name="Bot Click")
    bounce_type: Any = msgspec.field(default=None, name="Bounce Type")


_flags = msgspec.json.Decoder(_Flags)


async def react(batch: Batch) -> None:
    """Write the batch's engagements."""
    events = [event for event in batch.events if is_touch(event)]
    if not events:
        return
    columns = zip(*(_row(event) for event in events), strict=True)
    await db.execute(batch.conn, _INSERT, (batch.account.account_id, *(list(column) for column in columns)))


def is_touch(event: Recorded) -> bool:
    """Whether the event is about a message. Events sent with the public key alone never count: anybody could
    send them."""
    return event.metric.name in KINDS and event.metric.service in _SERVICES and not event.accepted.is_public


def _row(event: Recorded) -> tuple[Any, ...]:
    kind, channel = KINDS[event.metric.name]
    accepted = event.accepted
    return (
        event.id,
        kind,
        channel,
        event.profile_id,
        event.time,
        accepted.message,
        flags_of(bytes(accepted.properties)),
    )


def flags_of(properties: bytes) -> str:
    """The flags of an event's properties, as JSON: machine_open, bot_click, hard (a bounce)."""
    try:
        flags = _flags.decode(properties)
    except msgspec.ValidationError:
        return "{}"
    marks = {
        "machine_open": flags.machine_open is True,
        "bot_click": flags.bot_click is True,
        "hard": flags.bounce_type == "Hard",
    }
    return msgspec.json.encode({name: True for name, on in marks.items() if on}).decode()


def is_hard(properties: bytes) -> bool:
    """Whether a bounce's properties say that it is final."""
    try:
        return bool(_flags.decode(properties).bounce_type == "Hard")
    except msgspec.ValidationError:
        return False
