"""The built-in outbox: nothing leaves the house; messages are kept and shown in the web app.

What a developer's laptop and CI use. The message is complete in the database, so there is nothing to store here.
"""

from collections.abc import AsyncIterator, Sequence

from rapport.messages.providers.base import Envelope, Receipt


class BuiltinProvider:
    name = "builtin"

    async def send(self, batch: Sequence[Envelope]) -> AsyncIterator[Receipt]:
        for envelope in batch:
            yield Receipt(envelope.id, ok=True, permanent=False, code=250, text="kept in the built-in outbox")

    async def close(self) -> None:
        return
