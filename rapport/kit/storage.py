"""Files that every machine of an installation reads, by name: a folder, or an object storage such as S3.

A file appears under its name complete, or not at all. Names are relative paths with `/`.
"""

import asyncio
from datetime import timedelta
from typing import Any, Protocol

from rapport.kit import log
from rapport.kit.files import Files

# What `from_url` of obstore knows that is a storage others can reach.
SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "https")
_TIMEOUT = timedelta(seconds=10)
_RETRIES = 2
_logger = log.logger("storage")


class StorageFailed(Exception):
    """Nothing could be written or read now: the disk is full, the storage is away. The text says which."""


class Storage(Protocol):
    """Each raises StorageFailed."""

    async def write(self, name: str, content: bytes) -> None:
        """Kept when it returns."""

    async def read(self, name: str) -> bytes | None:
        """None when there is no such file."""

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
        try:
            await asyncio.to_thread(self._files.write, name, content)
        except OSError as error:
            raise _failed(name, error) from error

    async def read(self, name: str) -> bytes | None:
        try:
            return await asyncio.to_thread(self._files.read, name)
        except OSError as error:
            raise _failed(name, error) from error

    async def delete(self, name: str) -> None:
        try:
            await asyncio.to_thread(self._files.delete, name)
        except OSError as error:
            raise _failed(name, error) from error


class Bucket:
    """An object storage; its credentials and endpoint are the usual variables of the environment (`AWS_…`)."""

    def __init__(self, url: str) -> None:
        import obstore
        from obstore.store import from_url

        self._obstore = obstore
        self._store: Any = from_url(
            url,
            # plain http only where the endpoint that the operator names is so
            client_options={"timeout": _TIMEOUT, "connect_timeout": _TIMEOUT, "allow_http": True},
            retry_config={"max_retries": _RETRIES, "retry_timeout": _TIMEOUT},
        )

    async def write(self, name: str, content: bytes) -> None:
        try:
            # in one call, so that nothing is there before all of it is
            await self._obstore.put_async(self._store, name, content, use_multipart=False)
        except self._obstore.exceptions.BaseError as error:
            raise _failed(name, error) from error

    async def read(self, name: str) -> bytes | None:
        try:
            answer = await self._obstore.get_async(self._store, name)
            return bytes(await answer.bytes_async())
        except (FileNotFoundError, self._obstore.exceptions.NotFoundError):
            return None
        except self._obstore.exceptions.BaseError as error:
            raise _failed(name, error) from error

    async def delete(self, name: str) -> None:
        try:
            await self._obstore.delete_async(self._store, name)
        except (FileNotFoundError, self._obstore.exceptions.NotFoundError):
            return
        except self._obstore.exceptions.BaseError as error:
            raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> StorageFailed:
    # what follows an empty line is the library's own trace
    reason = str(error).partition("\n\n")[0][:500]
    _logger.error("a file could not be written or read", name=name, error=reason)
    return StorageFailed(reason)
