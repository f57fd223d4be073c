"""Webhooks as they cross the API (behaviour-rest 15)."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Url = Annotated[str, Meta(max_length=2000)]
# What is signed with it is worth as much as it is hard to guess.
Secret = Annotated[str, Meta(min_length=16, max_length=500)]
Description = Annotated[str, Meta(max_length=5000)]


class WebhookAttributes(msgspec.Struct):
    """`endpoint_url`: only its host is shown."""

    name: str
    description: str | None
    endpoint_url: str
    enabled: bool
    created_at: datetime
    updated_at: datetime


class WebhookCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`secret_key`: what calls are signed with; 16 characters or more; never shown. `topics`: in the place of
    the relationship `webhook-topics`."""

    name: Name
    endpoint_url: Url
    secret_key: Secret
    description: Description | None = None
    topics: list[str] | UnsetType = UNSET


class WebhookUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Absent or null = left alone. `topics`: the whole list."""

    name: Name | None = None
    endpoint_url: Url | None = None
    secret_key: Secret | None = None
    description: Description | None = None
    enabled: bool | None = None
    topics: list[str] | UnsetType | None = UNSET


class TopicAttributes(msgspec.Struct):
    """A topic has an id and nothing else."""


class RequestOf(msgspec.Struct):
    """What was posted. `body`: its beginning; `size`: of the whole, in bytes."""

    url: str
    headers: dict[str, Any]
    body: str
    size: int


class AnswerOf(msgspec.Struct):
    """What came back. `status` null: nothing did, and `text` says why. `text`: the beginning of the answer."""

    status: int | None
    text: str


class DeliveryAttributes(msgspec.Struct):
    """One call of a webhook.

    status: delivered, retrying (`next_try` says when) or failed. topics: what it told of, `deliveries` times in all.
    duration_ms: until the answer was read.
    """

    status: str
    created_at: datetime
    topics: list[str]
    deliveries: int
    is_test: bool
    request: RequestOf
    answer: AnswerOf
    duration_ms: int
    next_try: datetime | None


class Replayed(msgspec.Struct):
    """How many deliveries that were given up are called for again."""

    deliveries: int


class Overview(msgspec.Struct):
    """How a webhook stands.

    waiting: deliveries that are to be called for, the oldest since `waiting_since`; failed: those that were given up
    and can be replayed. failing_since: the first call since which none has succeeded. next_call: when what
    failed is tried again.
    """

    name: str
    enabled: bool
    disabled_reason: str | None
    topics: list[str]
    waiting: int
    waiting_since: datetime | None
    failed: int
    failing_since: datetime | None
    next_call: datetime | None
