"""What is sent to whom, and what the gate and the senders say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec


class Options(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the gate and the recorded events need to know of a message; kept as JSON beside it."""

    # `Campaign Name` of the events: name of the campaign or of the flow message
    name: str = ""
    # behaviour-messaging 1.17: also to those who unsubscribed, and outside smart sending
    transactional: bool = False
    smart_sending: bool = True
    # public ids of the lists and segments the audience came from
    groups: tuple[str, ...] = ()
    # "list:12", "segment:7" (internal ids): the recipient must still be in one of them; empty = not asked
    still_in: tuple[str, ...] = ()
    # what a higher room's check needs
    extra: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Mailing:
    """One message to many: which campaign or flow message it is, and with what content."""

    channel: str
    # campaign, flow, confirmation, notice (to the account itself), or test
    source: str
    # as the API calls it: ULID of the campaign message, six characters of the flow message
    message_id: str
    content_id: int
    campaign_id: int | None = None
    flow_id: int | None = None
    variation_id: str | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a mailing. `cause` allows one message, for ever; `due` is in the account's time. Of a test or a
    notice: the address it goes `to`, about whom it is written (`person`, as templates see one), and `names` that its
    templates know beside the usual ones."""

    profile_id: int
    cause: str
    due: datetime
    # properties of the event that started the flow
    event: Mapping[str, Any] | None = None
    # merged over the mailing's `options.extra`
    extra: Mapping[str, Any] | None = None
    to: str | None = None
    person: Mapping[str, Any] | None = None
    names: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that is due, before the gate has spoken."""

    id: int
    profile_id: int
    channel: str
    source: str
    campaign_id: int | None
    flow_id: int | None
    message_id: str
    cause: str
    options: Options
