"""How the first versions of the API carry a payload: base64 in the query, or a form, or JSON (behaviour-rest 21.2)."""

import binascii
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from rapport.kit.forms import multipart, read_at_most

# bytes of a payload
MOST_BYTES = 1_000_000
# of a body, which is longer where the payload is written in percents or base64
_MOST_BODY = 3 * MOST_BYTES
_FIELDS = 20


class TooLarge(Exception):
    """The payload is larger than it may be."""


async def payload_of(request: Request) -> bytes | None:
    """The JSON text, as far as can be told; None where there is none. Raises TooLarge."""
    data = request.query_params.get("data")
    text = data.encode("utf-8", "replace") if data is not None else None
    if request.method == "POST":
        body = await read_at_most(request, _MOST_BODY)
        if body is None:
            raise TooLarge
        if body:
            text = _of_body(body, request.headers.get("content-type", ""))
    text = None if text is None else _decoded(text.strip())
    if text is not None and len(text) > MOST_BYTES:
        raise TooLarge
    return text


def _of_body(body: bytes, kind: str) -> bytes | None:
    """The form's field `data`; the body itself where it is JSON, whatever it says it is."""
    if body.lstrip()[:1] == b"{":
        return body
    fields = dict(multipart(body, kind)) if kind.strip().lower().startswith("multipart/form-data") else _encoded(body)
    data = fields.get("data")
    return None if data is None else data.encode("utf-8", "replace")


def _encoded(body: bytes) -> dict[str, Any]:
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _decoded(text: bytes) -> bytes | None:
    """Of base64 in either alphabet, also without its end; a plus sign may have been read as a blank."""
    if text[:1] == b"{":
        return text
    plain = text.replace(b" ", b"+").replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
