"""Operations on images (behaviour-rest 12)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import Select, Text, cast, select

from rapport.images import service, sources
from rapport.images.examining import MOST_BYTES
from rapport.images.service import Images, Owner, path_of
from rapport.images.sources import Source
from rapport.images.tables import images
from rapport.images.types import ImageAttributes, ImageImport, ImageUpdate
from rapport.kit import outgoing
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    Operation,
    PageSize,
    Record,
    Resource,
    getting,
    listing,
    operation,
    unavailable,
    unsupported_media_type,
)
from rapport.kit.multipart import MULTIPART
from rapport.kit.ratelimit import IMAGE_IMPORT, IMAGE_UPLOAD, M
from rapport.kit.rooms import Process
from rapport.kit.storage import StorageFailed

READ, WRITE = "images:read", "images:write"
IMAGE = Resource("image", "/api/images", ImageAttributes)
# of a form beside its file, of a document beside a file in base64
_BESIDE_BYTES = 64 << 10
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "name": {"type": "string"},
        "hidden": {"type": "boolean", "default": False},
    },
}
_RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
_FIELDS = {
    "id": Field(cast(images.c.id, Text), ("any", "equals")),
    "updated_at": Field(images.c.updated_at, _RANGE, datetime),
    "format": Field(images.c.format, ("any", "equals")),
    "name": Field(images.c.name, ("any", "contains", "ends-with", "equals", "starts-with")),
    "size": Field(images.c.size, _RANGE, int),
    "hidden": Field(images.c.hidden, ("any", "equals"), bool),
}


def image_record(row: Mapping[str, Any], call: AnyCall) -> Record:
    """A row of `images`. Its address is the installation's, for mails show it for years."""
    where = path_of(call.principal.public_id, row["file"], row["format"])
    attributes = ImageAttributes(
        name=row["name"],
        image_url=f"{call.base_url}/images/{where}",
        format=row["format"],
        size=row["size"],
        hidden=row["hidden"],
        updated_at=row["updated_at"],
    )
    return Record(str(row["id"]), attributes, resource=IMAGE)


def _listed(call: AnyCall) -> Select[Any]:
    """Those that are hidden only for who asks for them."""
    own = select(images).where(images.c.account_id == call.principal.account_id)
    asks_for_hidden = any(condition.field == "hidden" for condition in call.filters)
    return own if asks_for_hidden else own.where(images.c.hidden.is_(False))


get_images = listing(
    "get_images",
    IMAGE,
    scopes=READ,
    rate=M,
    select=_listed,
    key=images.c.id,
    record=image_record,
    filters=_FIELDS,
    sorts={name: images.c[name] for name in ("format", "id", "name", "size", "updated_at")},
    page=PageSize(20, 100),
)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await service.by_id(conn, call.principal.account_id, call.path["id"])
    return image_record(row, call) if row else None


get_image = getting("get_image", IMAGE, scopes=READ, rate=M, load=_load)


@operation(
    "update_image",
    "PATCH",
    "/api/images/{id}",
    scopes=WRITE,
    rate=M,
    body=Body("image", ImageUpdate),
    answers=IMAGE,
)
async def update_image(call: Call[ImageUpdate]) -> Record:
    """Name it anew, hide or show it."""
    row = await service.update(
        call.pool,
        call.principal.account_id,
        call.path["id"],
        name=None if call.body.name is UNSET else call.body.name,
        hidden=None if call.body.hidden is UNSET else call.body.hidden,
        now=call.now,
    )
    return image_record(row, call)


def uploads(process: Process) -> list[Operation]:
    """The two ways in, over the files of the installation."""
    kept_images = process.once(Images.of)

    async def added(call: AnyCall, source: Source, *, name: str, hidden: bool) -> Record:
        owner = Owner(call.principal.account_id, call.principal.public_id)
        try:
            row = await kept_images.add(call.pool, owner, source.content, name=name, hidden=hidden, now=call.now)
        except StorageFailed:
            raise unavailable() from None
        return image_record(row, call)

    @operation(
        "upload_image_from_url",
        "POST",
        "/api/images",
        scopes=WRITE,
        rate=IMAGE_IMPORT,
        body=Body("image", ImageImport),
        limit=MOST_BYTES * 4 // 3 + _BESIDE_BYTES,
        answers=IMAGE,
        status=201,
    )
    async def upload_image_from_url(call: Call[ImageImport]) -> Record:
        """Take an image from an address or a data URI."""
        source = await sources.from_url(process.once(outgoing.Client.of), call.body.import_from_url)
        return await added(call, source, name=call.body.name or source.name, hidden=call.body.hidden is True)

    @operation(
        "upload_image_from_file",
        "POST",
        "/api/image-upload",
        scopes=WRITE,
        rate=IMAGE_UPLOAD,
        raw=True,
        accepts=(MULTIPART,),
        raw_schema=_FORM,
        limit=MOST_BYTES + _BESIDE_BYTES,
        answers=IMAGE,
        status=201,
    )
    async def upload_image_from_file(call: AnyCall) -> Record:
        """Take an image from a form: `file`, and if need be `name` and `hidden`."""
        if "content-type" not in call.headers:
            raise unsupported_media_type(f"The body has to be a form of the media type {MULTIPART}.")
        source = await sources.from_form(call.raw, call.headers["content-type"])
        return await added(call, source, name=source.name, hidden=source.hidden)

    return [upload_image_from_url, upload_image_from_file]
