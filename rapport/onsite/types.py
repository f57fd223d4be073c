"""Bodies of the client API (behaviour-people 6.1). Profiles, events and push tokens are those of the server API."""

from typing import Literal

import msgspec

from rapport.consent.bodies import GrantedSubscriptions
from rapport.events.types import Group
from rapport.profiles.push_types import Platform, PushProfileOf, TokenText
from rapport.profiles.types import EventProfile


class EventsDocument(msgspec.Struct, forbid_unknown_fields=True):
    """The events of one person: a group of the server's bulk call, alone."""

    data: Group


class Subscriber(EventProfile):
    """No `subscriptions`: marketing on each channel whose identifier is given; else only the channels it names.

    A `consented_at` is taken and has no effect: the public side can't date a consent back.
    """

    subscriptions: GrantedSubscriptions | None = None


class SubscriberResource(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["profile"]
    attributes: Subscriber
    id: str | None = None


class SubscriberOf(msgspec.Struct, forbid_unknown_fields=True):
    data: SubscriberResource


class Subscription(msgspec.Struct, forbid_unknown_fields=True):
    profile: SubscriberOf
    custom_source: str | None = None


class TokenForgotten(msgspec.Struct, forbid_unknown_fields=True):
    """`vendor` in any case."""

    token: TokenText
    platform: Platform
    profile: PushProfileOf
    vendor: str | None = None
