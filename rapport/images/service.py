"""Images and their files: kept, renamed, hidden. There is no way to delete one, for sent mails show it."""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from rapport.images.examining import MOST_BYTES, SECONDS, Examined, examine
from rapport.kit import compute, db
from rapport.kit.files import Files
from rapport.kit.jsonapi import Pool
from rapport.kit.refusals import NotThere, Refused
from rapport.kit.rooms import Process
from rapport.kit.settings import Settings
from rapport.kit.storage import Storage, StorageFailed, open_storage

MOST_LETTERS = 255
_COLUMNS = "id, name, file, format, size, hidden, updated_at"
_INSERT = f"""
    INSERT INTO images (account_id, name, file, format, size, width, height, hidden, created, updated_at)
    VALUES (%(account)s, %(name)s, %(file)s, %(format)s, %(size)s, %(width)s, %(height)s, %(hidden)s, %(now)s, %(now)s)
    ON CONFLICT (account_id, name) DO NOTHING RETURNING {_COLUMNS}"""
_BY_ID = f"SELECT {_COLUMNS} FROM images WHERE account_id = %s AND id = %s"
_UPDATE = f"""
    UPDATE images SET name = coalesce(%(name)s, name), hidden = coalesce(%(hidden)s, hidden), updated_at = %(now)s
    WHERE account_id = %(account)s AND id = %(id)s RETURNING {_COLUMNS}"""
_NAMES = "SELECT name FROM images WHERE account_id = %s AND name = ANY(%s)"
# Suffixes that are tried in one look at the names.
_TRIED = 100
# Also halves of characters, which no text can hold.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_ID = (1 << 63) - 1


@dataclass(frozen=True)
class Owner:
    """The account: its id inside, and the one that addresses of its images show."""

    account_id: int
    public_id: str


class Images:
    """The files of all accounts' images: one folder an account, thumbnails beside."""

    @classmethod
    def of(cls, process: Process) -> "Images":
        """What a process makes once."""
        return cls(storage_of(process.settings))

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def add(
        self, pool: Pool, owner: Owner, content: bytes, *, name: str, hidden: bool, now: datetime
    ) -> dict[str, Any]:
        """The new image's row; its file is on disk before. Raises Refused for what is no image, StorageFailed."""
        check_name(name)
        image = await _examined(owner.account_id, content)
        file = secrets.token_hex(16)
        row = {
            "account": owner.account_id,
            "file": file,
            "format": image.format,
            "size": len(image.content),
            "width": image.width,
            "height": image.height,
            "hidden": hidden,
            "now": now,
        }
        files = {
            path_of(owner.public_id, file, image.format): image.content,
            thumbnail_of(owner.public_id, file, image.format): image.thumbnail,
        }
        try:
            for path, written in files.items():
                await self.storage.write(path, written)
            return await _insert(pool, row, name)
        except BaseException:
            with suppress(StorageFailed):
                for path in files:
                    await self.storage.delete(path)
            raise


def storage_of(settings: Settings) -> Storage:
    return open_storage(Files(settings.data / "images"), settings.files_url)


def path_of(public_id: str, file: str, format: str) -> str:
    """An image's name among the files, and behind /images/."""
    return f"{public_id}/{file}.{format}"


def thumbnail_of(public_id: str, file: str, format: str) -> str:
    return f"{public_id}/thumbnails/{file}.{'jpeg' if format == 'jpeg' else 'png'}"


async def by_id(conn: db.Connection, account_id: int, id: str) -> dict[str, Any] | None:
    """`id` as the API was given it."""
    return await db.one(conn, _BY_ID, (account_id, int(id))) if is_id(id) else None


async def update(
    pool: Pool, account_id: int, id: str, *, name: str | None, hidden: bool | None, now: datetime
) -> dict[str, Any]:
    """What is None stays. A name that another image has gets a suffix. Raises NotThere, Refused."""
    if name is not None:
        check_name(name)
    while True:
        async with pool.connection() as conn:
            before = await by_id(conn, account_id, id)
            if before is None:
                raise NotThere("image", id)
            wanted = None if name in (None, before["name"]) else await _free(conn, account_id, str(name))
            row = {"account": account_id, "id": before["id"], "name": wanted, "hidden": hidden, "now": now}
            with suppress(psycopg.errors.UniqueViolation):
                async with conn.transaction():
                    return await db.one(conn, _UPDATE, row) or before


def without_controls(name: str) -> str:
    return _CONTROL.sub("", name)


def check_name(name: str) -> None:
    """Raises Refused."""
    if not name.strip() or len(name) > MOST_LETTERS or _CONTROL.search(name):
        raise Refused(
            f"An image's name has 1 to {MOST_LETTERS} characters, not only blanks, and no line breaks.",
            pointer="/data/attributes/name",
        )


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _MOST_ID


async def _examined(account_id: int, content: bytes) -> Examined:
    if len(content) > MOST_BYTES:
        raise Refused(f"The image has {len(content):,} bytes; at most {MOST_BYTES:,} (5 MB) are allowed.")
    try:
        return await compute.run(("images", account_id), SECONDS, examine, content)
    except compute.NOT_ANSWERED:
        raise Refused("The image takes too long to read. Save it anew, smaller or in another format.") from None


async def _insert(pool: Pool, row: dict[str, Any], name: str) -> dict[str, Any]:
    while True:
        async with pool.connection() as conn:
            wanted = await _free(conn, row["account"], name)
            if inserted := await db.one(conn, _INSERT, {**row, "name": wanted}):
                return inserted


async def _free(conn: db.Connection, account_id: int, name: str) -> str:
    """The name, or the first of its suffixes that no image has; somebody else may take it in the same moment."""
    begin = 0
    while True:
        tried = [_suffixed(name, number) for number in range(begin, begin + _TRIED)]
        taken = {taken_name for (taken_name,) in await db.rows(conn, _NAMES, (account_id, tried))}
        for wanted in tried:
            if wanted not in taken:
                return wanted
        begin += _TRIED


def _suffixed(name: str, number: int) -> str:
    """`logo`, `logo (1)`, `logo (2)` …"""
    suffix = f" ({number})" if number else ""
    return name[: MOST_LETTERS - len(suffix)] + suffix
