"""Where a new image comes from: a form with a file, an address, or a `data:` URI. Each tells the content and a name."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from starlette.datastructures import FormData

from rapport.images.examining import MOST_BYTES
from rapport.images.service import MOST_LETTERS, without_controls
from rapport.kit import outgoing
from rapport.kit.multipart import form_of
from rapport.kit.refusals import Refused

URL_POINTER = "/data/attributes/import_from_url"
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
    async with form_of(body, content_type) as (form, file):
        name = str(form.get("name") or "").strip() or _named(file.filename or "")
        return Source(await file.read(), name, _truth(form))


def _truth(form: FormData) -> bool:
    text = str(form.get("hidden") or "").strip().lower()
    if text not in _TRUTHS:
        raise Refused("'hidden' is true or false.", pointer="/hidden")
    return _TRUTHS[text]


def _named(path: str) -> str:
    """A file's own name, of its path or address."""
    name = without_controls(PurePosixPath(path.replace("\\", "/")).name).strip()
    return name[-MOST_LETTERS:] or _UNNAMED
