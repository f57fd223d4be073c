"""What travels over ASGI: request bodies in, answers out, gzip both ways."""

import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from .errors import invalid, payload_too_large, unsupported_media_type

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]

JSON_TYPES = ("application/vnd.api+json", "application/json")
COMPRESS_ABOVE = 1_024  # bytes; below it gzip's overhead outweighs the gain
_GZIP = 31  # zlib's window bits for a gzip header


class ClientGone(Exception):
    """The client hung up while its body was being read."""


@dataclass(slots=True)
class Reply:
    """Status, headers in lower case, body; or, where it is long, its parts as they are made."""

    status: int
    body: bytes = b""
    media_type: str | None = JSON_TYPES[0]
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: AsyncGenerator[bytes, None] | None = None


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int, accepts: tuple[str, ...] | None) -> bytes:
    """The decompressed body. Raises ApiError 400 (broken gzip), 413 (over `limit`), 415 (media type, encoding)."""
    declared = headers.get("content-length", "")
    encoding = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if declared.isdigit() and int(declared[:20]) > limit:
        raise payload_too_large(limit)
    raw = await _receive(receive, limit)
    if raw:
        _check_media_type(headers.get("content-type"), accepts or JSON_TYPES)
    if encoding == "identity":
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise unsupported_media_type(f"The content encoding '{encoding[:40]}' is not supported; use gzip or none.")
    return gunzip(raw, limit)


async def _receive(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise payload_too_large(limit)
        return body
    return await _receive_rest(receive, body, limit)


async def _receive_rest(receive: Receive, first: bytes, limit: int) -> bytes:
    parts, size, more = [first], len(first), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > limit:
            raise payload_too_large(limit)
    return b"".join(parts)


def _check_media_type(header: str | None, accepted: tuple[str, ...]) -> None:
    """A body without a content type is taken for JSON; anything else must say so."""
    if header is None or header in accepted:
        return
    kind = header.partition(";")[0].strip().lower()
    if kind not in accepted:
        raise unsupported_media_type(f"The media type '{kind[:80]}' is not supported; use {' or '.join(accepted)}.")


def gunzip(raw: bytes, limit: int) -> bytes:
    """Decompress at most `limit` bytes, so that a small body cannot fill the memory."""
    reader = zlib.decompressobj(_GZIP)
    try:
        body = reader.decompress(raw, limit + 1)
    except zlib.error:
        raise invalid("The request body is not valid gzip.", pointer="/") from None
    if len(body) > limit:
        raise payload_too_large(limit)
    if not reader.eof or reader.unused_data:
        raise invalid("The request body is not one complete gzip stream.", pointer="/")
    return body


def gzip(body: bytes) -> bytes:
    writer = zlib.compressobj(level=4, wbits=_GZIP)
    return writer.compress(body) + writer.flush()


def accepts_gzip(header: str | None) -> bool:
    if not header:
        return False
    for offer in header.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def send_reply(send: Send, reply: Reply, *, head: bool, compress: bool) -> None:
    if reply.parts is not None:
        await _send_parts(send, reply, reply.parts, head=head)
        return
    body, headers = reply.body, reply.headers
    if compress and len(body) > COMPRESS_ABOVE:
        body = gzip(body)
        headers.append((b"content-encoding", b"gzip"))
    if reply.media_type is not None and (body or head):
        headers.append((b"content-type", reply.media_type.encode("latin-1")))
    if reply.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _send_parts(send: Send, reply: Reply, parts: AsyncGenerator[bytes, None], *, head: bool) -> None:
    """A failure in the middle leaves the answer unfinished, which clients see by its chunks."""
    media_type = (reply.media_type or "application/octet-stream").encode("latin-1")
    headers = [*reply.headers, (b"content-type", media_type)]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not head:
        # what it holds is given back at once, also when the client is gone
        async with aclosing(parts):
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
