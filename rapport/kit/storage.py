"""Files that every machine of an installation reads, by name: a folder, or an object storage such as S3.

A file appears under its name complete, or not at all. Names are relative paths with `/`.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from rapport.kit import log
from rapport.kit.files import Files

# What `from_url` of obstore knows that is a storage others can reach.
SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "https")
# Bytes that are in memory at once of a file that is read piece by piece.
_PIECE = 256 << 10
_TIMEOUT = timedelta(seconds=10)
_RETRIES = 2
_logger = log.logger("storage")


class StorageFailed(Exception):
    """Nothing could be written or read now: the disk is full, the storage is away. The text says which."""


class Storage(Protocol):
    """Each raises StorageFailed."""

    async def write(self, name: str, content: bytes) -> None:
        """Kept when it returns."""

    async def keep(self, name: str, file: Path) -> None:
        """A file of this machine, however large; kept when it returns."""

    async def read(self, name: str) -> bytes | None:
        """None when there is no such file."""

    async def stream(self, name: str) -> AsyncGenerator[bytes, None] | None:
        """Piece by piece; None when there is no such file."""

    async def delete(self, name: str) -> None:
        """No error when there is nothing."""


def open_storage(folder: Files, url: str | None) -> Storage:
    """`url`: of an object storage, with a bucket and a prefix; None = the folder."""
    return Folder(folder) if url is None else Bucket(url)


class Folder:
    """A folder of this machine, or one that is mounted on all."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def write(self, name: str, content: bytes) -> None:
        with _failing(name, OSError):
            await asyncio.to_thread(self._files.write, name, content)

    async def keep(self, name: str, file: Path) -> None:
        with _failing(name, OSError):
            await asyncio.to_thread(self._copy, name, file)

    def _copy(self, name: str, file: Path) -> None:
        with self._files.writing(name) as path:
            shutil.copyfile(file, path)

    async def stream(self, name: str) -> AsyncGenerator[bytes, None] | None:
        with _failing(name, OSError):
            try:
                opened = await asyncio.to_thread(self._files.path(name).open, "rb")
            except FileNotFoundError:
                return None
        return self._pieces(name, opened)

    async def _pieces(self, name: str, opened: BinaryIO) -> AsyncGenerator[bytes, None]:
        try:
            while piece := await asyncio.to_thread(self._piece, name, opened):
                yield piece
        finally:
            opened.close()

    def _piece(self, name: str, opened: BinaryIO) -> bytes:
        with _failing(name, OSError):
            return opened.read(_PIECE)

    async def read(self, name: str) -> bytes | None:
        with _failing(name, OSError):
            return await asyncio.to_thread(self._files.read, name)

    async def delete(self, name: str) -> None:
        with _failing(name, OSError):
            await asyncio.to_thread(self._files.delete, name)


class Bucket:
    """An object storage; its credentials and endpoint are the usual variables of the environment (`AWS_…`)."""

    def __init__(self, url: str) -> None:
        import obstore
        from obstore.store import from_url

        self._obstore = obstore
        self._missing = (FileNotFoundError, obstore.exceptions.NotFoundError)
        self._store: Any = from_url(
            url,
            # plain http only where the endpoint that the operator names is so
            client_options={"timeout": _TIMEOUT, "connect_timeout": _TIMEOUT, "allow_http": True},
            retry_config={"max_retries": _RETRIES, "retry_timeout": _TIMEOUT},
        )

    async def write(self, name: str, content: bytes) -> None:
        with _failing(name, self._obstore.exceptions.BaseError):
            # in one call, so that nothing is there before all of it is
            await self._obstore.put_async(self._store, name, content, use_multipart=False)

    async def keep(self, name: str, file: Path) -> None:
        with _failing(name, self._obstore.exceptions.BaseError):
            # a large one goes in parts, and is there with the last of them
            await self._obstore.put_async(self._store, name, file)

    async def stream(self, name: str) -> AsyncGenerator[bytes, None] | None:
        with _failing(name, self._obstore.exceptions.BaseError):
            try:
                answer = await self._obstore.get_async(self._store, name)
            except self._missing:
                return None
        return self._pieces(name, answer)

    async def _pieces(self, name: str, answer: Any) -> AsyncGenerator[bytes, None]:
        with _failing(name, self._obstore.exceptions.BaseError):
            async for piece in answer.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    async def read(self, name: str) -> bytes | None:
        with _failing(name, self._obstore.exceptions.BaseError):
            try:
                answer = await self._obstore.get_async(self._store, name)
                return bytes(await answer.bytes_async())
            except self._missing:
                return None

    async def delete(self, name: str) -> None:
        with _failing(name, self._obstore.exceptions.BaseError), suppress(*self._missing):
            await self._obstore.delete_async(self._store, name)


@contextmanager
def _failing(name: str, kind: type[Exception]) -> Iterator[None]:
    """An error of this kind becomes StorageFailed."""
    try:
        yield
    except kind as error:
        # what follows an empty line is the library's own trace
        reason = str(error).partition("\n\n")[0][:500]
        _logger.error("a file could not be written or read", name=name, error=reason)
        raise StorageFailed(reason) from error
