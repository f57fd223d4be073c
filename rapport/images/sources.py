"""Where a new image comes from: a form with a file, an address, or a `data:` URI. Each tells the content and a name."""

import binascii
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from rapport.images.examining import MOST_BYTES
from rapport.images.service import MOST_LETTERS, without_controls
from rapport.kit import outgoing
from rapport.kit.refusals import Refused

MULTIPART = "multipart/form-data"
URL_POINTER = "/data/attributes/import_from_url"
# What a form has beside its file: heads of its parts, a name.
_FORM_FIELDS = 10
_UNNAMED = "image"
_TRUTHS = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True)
class Source:
    """An image's content, not looked at yet, and what it is called there."""

    content: bytes
    name: str
    hidden: bool = False


async def from_url(client: outgoing.Client, url: str) -> Source:
    """What a `data:` URI holds, or what lies at an address. Raises Refused."""
    if url[:5].lower() == "data:":
        return _from_data(url)
    try:
        fetched = await client.get(url.strip(), limit=MOST_BYTES)
    except (outgoing.Unsendable, outgoing.Unanswered) as error:
        raise Refused(f"The image can't be fetched from there. {error}", pointer=URL_POINTER) from error
    return Source(fetched.content, _named(unquote(urlsplit(url).path)))


def _from_data(uri: str) -> Source:
    """RFC 2397, in base64; what type it says it has makes no difference."""
    kind, comma, text = uri[5:].partition(",")
    try:
        if not comma or not kind.lower().rstrip().endswith(";base64"):
            raise ValueError
        return Source(b64decode("".join(unquote(text).split()), validate=True), _UNNAMED)
    except (binascii.Error, ValueError) as error:
        raise Refused(
            "A data URI has the form data:image/png;base64, and then the image in base64.", pointer=URL_POINTER
        ) from error


async def from_form(body: bytes, content_type: str) -> Source:
    """What a multipart form holds: `file`, and if need be `name` and `hidden`. Raises Refused."""

    async def stream() -> AsyncIterator[bytes]:
        yield body

    headers = Headers({"content-type": content_type})
    try:
        form = await MultiPartParser(headers, stream(), max_files=1, max_fields=_FORM_FIELDS).parse()  # type: ignore[arg-type]
    except (MultiPartException, ValueError, LookupError) as error:
        reason = getattr(error, "message", "its parts can't be read").rstrip(".")
        raise Refused(f"The body is not a form of {MULTIPART}: {reason}.", pointer="/") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("The form needs a 'file', with a file name.", pointer="/file")
        name = str(form.get("name") or "").strip() or _named(file.filename or "")
        return Source(await file.read(), name, _truth(form))
    finally:
        await form.close()


def _truth(form: FormData) -> bool:
    text = str(form.get("hidden") or "").strip().lower()
    if text not in _TRUTHS:
        raise Refused("'hidden' is true or false.", pointer="/hidden")
    return _TRUTHS[text]


def _named(path: str) -> str:
    """A file's own name, of its path or address."""
    name = without_controls(PurePosixPath(path.replace("\\", "/")).name).strip()
    return name[-MOST_LETTERS:] or _UNNAMED
