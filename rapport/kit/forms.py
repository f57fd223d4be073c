"""Bodies of a bounded size, and small HTML forms as posted: url-encoded or multipart, however the type is spelled."""

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

from starlette.requests import Request

LIMIT = 20_000  # bytes
_MULTIPART = "multipart/form-data"
Fields = dict[str, list[str]]


async def read_at_most(request: Request, limit: int) -> bytes | None:
    """The whole body; None when it has more than `limit` bytes, of which no more are kept."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def read_form(request: Request, *, limit: int = LIMIT) -> Fields:
    """Fields by their names in lower case, values without blanks around them; {} for what is too large or no form."""
    body = await read_at_most(request, limit) or b""
    kind = request.headers.get("content-type", "")
    named = multipart(body, kind) if kind.strip().lower().startswith(_MULTIPART) else _encoded(body)
    fields: Fields = {}
    for name, value in named:
        fields.setdefault(name.strip().lower(), []).append(value.strip())
    return fields


def _encoded(body: bytes) -> list[tuple[str, str]]:
    parsed = parse_qs(body.decode("utf-8", "replace"))
    return [(name, value) for name, values in parsed.items() for value in values]


def multipart(body: bytes, kind: str) -> list[tuple[str, str]]:
    """Names and values; `kind` is the media type with its boundary. RFC 7578: the parts are those of a MIME message, so
    names may be quoted or not and headers in any case."""
    head = kind.encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + head + b"\r\n\r\n" + body)
    fields: list[tuple[str, str]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields.append((name, value.decode("utf-8", "replace")))
    return fields
