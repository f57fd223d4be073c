"""Forms with a file, as browsers and HTTP clients send them (RFC 7578)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from rapport.kit.refusals import Refused

MULTIPART = "multipart/form-data"
# What a form has beside its file.
_FIELDS = 10


@asynccontextmanager
async def form_of(body: bytes, content_type: str) -> AsyncIterator[tuple[FormData, UploadFile]]:
    """A form and its part `file`, which is closed at the end of the block. Raises Refused."""

    async def stream() -> AsyncIterator[bytes]:
        yield body

    headers = Headers({"content-type": content_type})
    try:
        form = await MultiPartParser(headers, stream(), max_files=1, max_fields=_FIELDS).parse()  # type: ignore[arg-type]
    except (MultiPartException, ValueError, LookupError) as error:
        reason = getattr(error, "message", "its parts can't be read").rstrip(".")
        raise Refused(f"The body is not a form of {MULTIPART}: {reason}.", pointer="/") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("The form needs a 'file', with a file name.", pointer="/file")
        yield form, file
    finally:
        await form.close()
