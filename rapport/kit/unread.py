"""Requests that are answered before their body was read: refused ones, mostly.

A server closes such a connection, and the client, which is still sending or keeps the connection for its next request,
sees it break instead of reading the answer. So what is left of the body is read and thrown away first.
"""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# More, or slower, is not waited for: the answer then says that the connection ends.
_MOST = 10_000_000  # bytes
_SECONDS = 5.0
_END = (b"connection", b"close")


def bodies_read(app: ASGIApp) -> ASGIApp:
    """The same application, whose answers begin when the request's body is read."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        declared = _declared(scope) if scope["type"] == "http" else 0
        if not declared:
            await app(scope, receive, send)
            return
        is_read = False

        async def receiving() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = not message.get("more_body")
            return message

        async def sending(message: Message) -> None:
            nonlocal is_read
            if not is_read and message["type"] == "http.response.start":
                is_read = declared <= _MOST and await _is_drained(receive)
                if not is_read:
                    message = {**message, "headers": [*message["headers"], _END]}
            await send(message)

        await app(scope, receiving, sending)

    return answer


def _declared(scope: Scope) -> int:
    """Bytes of the body; of one in chunks, which are not known before, 1."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value[:20]) if value.isdigit() else 1
        if name == b"transfer-encoding":
            return 1
    return 0


async def _is_drained(receive: Receive) -> bool:
    size, message = 0, dict[str, Any](more_body=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while message.get("more_body") and size <= _MOST:
                message = dict(await receive())
                size += len(message.get("body", b""))
            return not message.get("more_body")
    return False
