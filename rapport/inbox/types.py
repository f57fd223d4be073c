"""What waits in the inbox. The rooms above write it, the pipeline reads it."""

from datetime import datetime
from typing import Annotated

import msgspec

from rapport.inbox.person import Person
from rapport.kit.ids import EVENT_EPOCH, EVENT_SEQUENCE_BITS

_OLDEST = int(EVENT_EPOCH.timestamp())
_LATEST = _OLDEST + (1 << 63 - EVENT_SEQUENCE_BITS) - 1


class Accepted(msgspec.Struct, omit_defaults=True):
    """An event as it waits in the inbox: checked, not yet identified."""

    person: Person
    metric: str
    # whole seconds since 1970, as far as an event's id can hold them
    time: Annotated[int, msgspec.Meta(ge=_OLDEST, le=_LATEST)]
    received: datetime
    service: str = "api"
    # a JSON object, kept as the text it came in
    properties: msgspec.Raw = msgspec.Raw(b"{}")
    # decimal text, so that no cent is lost on the way
    value: str | None = None
    currency: str | None = None
    unique_id: str | None = None
    backfill: bool = False
    # the message an engagement belongs to
    message: int | None = None
    # the import of a file that it came with; last, because `events.refused` looks for it there
    file_import: int | None = None

    @property
    def is_public(self) -> bool:
        """It came through the public key, so anybody may have made it up: never one of the platform's own."""
        return self.person.public


class Change(msgspec.Struct, omit_defaults=True):
    """Something about profiles changed outside an event, and reactions should look.

    `what`: profile, created (a profile, beside that), consent, list, segment, flow (a run began or ended), event (an
    old event was moved or removed).
    """

    profiles: list[int]
    what: list[str]
    # list or segment joined or left, or flow, when it was one
    group: int | None = None
    joined: bool | None = None
    # recorded, but starts no flow
    quiet: bool = False
    # of a list or segment joined: when
    at: datetime | None = None
    # of a list that is deleted: nobody can look up its public id any more
    group_public_id: str | None = None


class Merge(msgspec.Struct):
    """A merge that waits for what was accepted before it: bigint ids of two profiles."""

    source: int
    into: int


# By the name of a reaction, what it deferred to a later batch: bytes that only it can read.
Deferred = dict[str, list[bytes]]
encoder = msgspec.json.Encoder()
_deferred = msgspec.json.Decoder(Deferred)
# What an earlier version left in the inbox: only segments deferred then, and the body was their text itself.
EARLIER_DEFERRED, _EARLIER_REACTION = "later", "segments"


def read_deferred(kind: str, body: str) -> Deferred:
    """Of a row `deferred`, or EARLIER_DEFERRED. Raises msgspec.MsgspecError."""
    return {_EARLIER_REACTION: [body.encode()]} if kind == EARLIER_DEFERRED else _deferred.decode(body)
