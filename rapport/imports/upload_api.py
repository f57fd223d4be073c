"""The way in for files: a form, whose file is kept until the import is over."""

import asyncio
from pathlib import PurePosixPath

from rapport.imports import rows, service
from rapport.imports.api import IMPORT, WRITE, import_record
from rapport.imports.rows import KINDS, MOST_BYTES
from rapport.imports.running import storage_of, stored_name
from rapport.imports.table import BadFile
from rapport.kit import ids
from rapport.kit.jsonapi import AnyCall, Operation, Record, operation, unavailable, unsupported_media_type
from rapport.kit.multipart import MULTIPART, form_of
from rapport.kit.ratelimit import M
from rapport.kit.refusals import Refused
from rapport.kit.rooms import Process
from rapport.kit.storage import Storage, StorageFailed

_BESIDE_BYTES = 64 << 10
_LONGEST_NAME = 200
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "kind": {"type": "string", "enum": list(KINDS), "default": "profiles"},
    },
}


def uploading(process: Process) -> list[Operation]:
    """The way in, over the files of the installation."""
    storage = process.once(_storage)

    @operation(
        "upload_import",
        "POST",
        "/api/imports",
        scopes=WRITE,
        rate=M,
        raw=True,
        accepts=(MULTIPART,),
        raw_schema=_FORM,
        limit=MOST_BYTES + _BESIDE_BYTES,
        answers=IMPORT,
        status=201,
    )
    async def upload_import(call: AnyCall) -> Record:
        """Take a file of people, events or orders from a form: `file`, CSV with a heading or one JSON object a line,
        and `kind`. Nothing is brought in before the import is started."""
        if "content-type" not in call.headers:
            raise unsupported_media_type(f"The body has to be a form of the media type {MULTIPART}.")
        async with form_of(call.raw, call.headers["content-type"]) as (form, file):
            kind = str(form.get("kind") or "profiles")
            if kind not in KINDS:
                raise Refused(f"'kind' is one of {', '.join(KINDS)}.", pointer="/kind")
            return await _taken(call, storage, kind, _named(file.filename or ""), await file.read())

    return [upload_import]


async def _taken(call: AnyCall, storage: Storage, kind: str, name: str, content: bytes) -> Record:
    """The file is kept before the import is there."""
    try:
        looked = await asyncio.to_thread(rows.looked_at, content, name)
    except BadFile as problem:
        raise Refused(str(problem), pointer="/file") from None
    ulid = ids.ulid(call.now)
    stored_as = stored_name(call.principal.public_id, ulid)
    try:
        await storage.write(stored_as, content)
    except StorageFailed:
        raise unavailable() from None
    async with call.transaction() as conn:
        row = await service.create(
            conn,
            call.principal.account_id,
            call.now,
            ulid=ulid,
            stored_as=stored_as,
            file_name=name,
            size=len(content),
            kind=kind,
            looked=looked,
        )
    return import_record(row)


def _storage(process: Process) -> Storage:
    return storage_of(process.settings)


def _named(path: str) -> str:
    """A file's own name, of its path; its ending is kept, for it says whether it is JSON."""
    name = rows.storable(PurePosixPath(path.replace("\\", "/")).name).strip()
    return name[-_LONGEST_NAME:] or "file.csv"
