"""What every provider follows. A new one is a copy of a file beside this with another conversation in it.

The promise that matters: an envelope gets exactly one receipt, and a provider that does not know whether the other side
took a message says `in_doubt` instead of guessing. What is in doubt is never sent again by itself.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapport.messages.refusals import Stage


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to go. `mail_from` is where bounces return to ("" for none); `data` comes from `mime_bytes`."""

    id: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an envelope.

    `ok`: taken over for at least one recipient; those that were refused one by one are in `refused`. `permanent`: not
    taken, and trying again is useless. `in_doubt`: handed over, but no answer came. `code`: of SMTP or HTTP, or 0.
    `stage`: what was refused.
    """

    id: str
    ok: bool
    permanent: bool
    code: int
    text: str
    in_doubt: bool = False
    refused: tuple[str, ...] = ()
    stage: Stage = Stage.NONE


class Provider(Protocol):
    """Something that delivers."""

    name: str

    def send(self, batch: Sequence[Envelope]) -> AsyncIterator[Receipt]:
        """Delivers a batch; yields one receipt per envelope, in the order in which they come. Raises nothing."""
        ...

    async def close(self) -> None:
        """Ends idle connections."""
        ...
