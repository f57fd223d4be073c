"""The backlog: profiles whose evaluation is deferred while many rows wait behind a batch (docs/adr 0018).

A batch leaves its dirty set to the next one as bytes; the first batch that does not defer evaluates all of them.
"""

from collections.abc import Iterable, Sequence

import msgspec
from pyroaring import BitMap64

from rapport.events.follow_merges import follow_merges
from rapport.inbox.types import Change
from rapport.kit import clock, db
from rapport.segments.membership.dirty import Dirty

# While a backlog lasts, people are asked about this often.
SECONDS = 10.0
# Asking may have taken long because something else held it up; no membership is to be minutes old for that.
_MOST_TIMES = 6.0
# More mentions of people are not deferred: the row they are in should stay of a reasonable size.
_MOST_DEFERRED = 200_000


class _Entry(msgspec.Struct):
    """`profiles`: a serialized bitmap, because the row is rewritten with every batch, and that takes a tenth of the
    space of the numbers. `change`: what is new about them, without the profiles."""

    profiles: bytes
    change: Change


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[_Entry])
# What an earlier version deferred: the same as JSON, which no list in msgpack begins like.
_json_decoder = msgspec.json.Decoder(list[_Entry])
_JSON = b"["


def pack(dirty: Sequence[Dirty]) -> bytes | None:
    """The dirty set as bytes; None when there are too many profiles to defer."""
    if sum(len(entry.profiles) for entry in dirty) > _MOST_DEFERRED:
        return None
    entries = (_Entry(entry.profiles.serialize(), Change([], [entry.kind], group=entry.group)) for entry in dirty)
    return _encoder.encode([*entries])


def unpack(deferred: Iterable[bytes]) -> list[Dirty]:
    """The deferred dirty sets. Raises msgspec.MsgspecError."""
    return [
        Dirty(kind, entry.change.group, BitMap64.deserialize(entry.profiles))
        for data in deferred
        for entry in (_json_decoder if data.startswith(_JSON) else _decoder).decode(data)
        for kind in entry.change.what
    ]


async def changes(conn: db.Connection, account_id: int, deferred: Sequence[bytes]) -> Sequence[Change]:
    """The deferred dirty sets as changes: merged profiles replaced by the one that is left, without deleted ones."""
    dirty = [Change(list(entry.profiles), [entry.kind], group=entry.group) for entry in unpack(deferred)]
    return await follow_merges(conn, account_id, dirty)


class Patience:
    """How long evaluation may be deferred: `seconds`, times the seconds that the last evaluation took where
    that is more than one, up to `_MOST_TIMES`. A slow machine thus evaluates less often and spends as much of
    its time on it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        # by account, by the monotonic clock: since when people wait
        self._since: dict[int, float] = {}
        # by account: how long it took, the last time, to ask about those who had waited
        self._took: dict[int, float] = {}

    def lasts(self, account_id: int) -> bool:
        """Whether to defer further. With ten seconds, evaluation takes at most a tenth of the time as long as it takes
        six seconds or less."""
        now = clock.monotonic()
        waited = now - self._since.setdefault(account_id, now)
        took = self._took.get(account_id, 0.0)
        return waited < self._seconds * min(max(1.0, took), _MOST_TIMES)

    def evaluated(self, account_id: int, took: float | None) -> None:
        """Nobody waits any more. `took`: seconds the evaluation took; None where nobody had been deferred."""
        self._since.pop(account_id, None)
        if took is not None:
            self._took[account_id] = took
