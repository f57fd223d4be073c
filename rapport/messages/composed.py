"""A message with all it is made of, as data: what is loaded from the database and handed to a rendering process.

That process reads the modules of what it is handed, so nothing here knows a database or HTTP.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from rapport.messages.mail import RecipientUrls
from rapport.messages.types import Options

# Contents held by a process: flows and campaigns under way at one time, with room to spare.
CACHED = 256


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was taken from the outbox; `context` holds the person, the event and the moment."""

    id: int
    ulid: str
    channel: str
    profile_id: int
    source: str
    campaign_id: int | None
    flow_id: int | None
    message_id: str
    variation_id: str | None
    content_id: int
    context: Mapping[str, Any]
    options: Options
    to_address: str
    sent: datetime
    status: str
    # as it was rendered; null until it was sent
    subject: str | None

    @property
    def untracked(self) -> Collection[str]:
        """Kinds of tracking that the recipient had refused when the message was taken."""
        return self.context.get("untracked") or ()


@dataclass(frozen=True, slots=True)
class ClickAddress:
    """Makes the address of link N of a message; a plain value, so that it can go to another process."""

    base: str

    def __call__(self, number: int) -> str:
        return f"{self.base}/{number}"


@dataclass(frozen=True)
class Content:
    """What a message is made of; see `content.store` for its fields."""

    body: Mapping[str, Any]

    @cached_property
    def encoded(self) -> bytes:
        return msgspec.json.encode(self.body)


@dataclass(frozen=True, slots=True)
class Composed:
    """A message with everything needed to render it."""

    message: Message
    content: Content
    organization: Content
    urls: RecipientUrls


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one account on their way to a rendering process. What they share travels once, as JSON by its id."""

    contents: Mapping[int, bytes]
    organizations: Mapping[int, bytes]
    messages: Sequence[tuple[Message, RecipientUrls]]

    @staticmethod
    def of(messages: Sequence[Composed]) -> "Batch":
        return Batch(
            {composed.message.content_id: composed.content.encoded for composed in messages},
            {composed.message.context["organization"]: composed.organization.encoded for composed in messages},
            [(composed.message, composed.urls) for composed in messages],
        )
