"""The log of calls: gathered in memory, and written once a second, so that no call waits for it.

A process that dies takes the calls of its last second with it: this is for looking, not for accounting.
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import psycopg

from rapport.kit import clock, db, log
from rapport.kit.jsonapi import SESSION, ApiError, Principal

# Calls of one key that are kept. Of more within a second, only the last are written at all.
KEPT = 200
_EVERY_SECONDS = 1.0
_LONGEST_PATH, _LONGEST_DETAIL = 200, 300
_INSERT = """
    INSERT INTO api_calls (account_id, key, at, method, path, status, code, source, detail, milliseconds)
    SELECT * FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::smallint[], %s::text[],
        %s::text[], %s::text[], %s::int[])"""
# The last ones before those that are too many, by the index; nobody waits for another process that does the same.
_FORGET = """
    DELETE FROM api_calls WHERE account_id = %(account)s AND key = %(key)s AND id <= (
        SELECT id FROM api_calls WHERE account_id = %(account)s AND key = %(key)s
        ORDER BY id DESC OFFSET %(kept)s LIMIT 1)"""
_logger = log.logger("api-calls")


class Noted(NamedTuple):
    """A call as it is written, in the order of the statement."""

    account_id: int
    key: str
    at: datetime
    method: str
    path: str
    status: int
    code: str | None
    source: str | None
    detail: str | None
    milliseconds: int


class CallLog:
    """Of one web process. `pool` is one in autocommit."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._noted: dict[tuple[int, str], deque[Noted]] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(
        self, principal: Principal, method: str, path: str, status: int, error: ApiError | None, seconds: float
    ) -> None:
        """A call that was answered. What a person does in the web app is no call of a developer."""
        key = str(principal.key_id)
        if key == SESSION:
            return
        code = source = detail = None
        if error is not None:
            code, detail = error.code, _storable(error.detail[:_LONGEST_DETAIL])
            source = next(iter(error.source.values()), None)
            source = source and _storable(source[:_LONGEST_PATH])
        noted = Noted(
            principal.account_id,
            key,
            clock.utcnow(),
            method,
            _storable(path[:_LONGEST_PATH]),
            status,
            code,
            source,
            detail,
            int(seconds * 1000),
        )
        calls = self._noted.get((noted.account_id, key))
        if calls is None:
            calls = self._noted[noted.account_id, key] = deque(maxlen=KEPT)
        calls.append(noted)

    def start(self) -> None:
        self._writing = asyncio.create_task(self._write())

    async def stop(self) -> None:
        """What was noted is written first."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
        await self._flush()

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self._flush()

    async def _flush(self) -> None:
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        calls = sorted((call for of_key in noted.values() for call in of_key), key=lambda call: call.at)
        try:
            async with self._pool.connection() as conn:
                await db.execute(conn, _INSERT, [list(column) for column in zip(*calls, strict=True)])
                for account_id, key in noted:
                    await db.execute(conn, _FORGET, {"account": account_id, "key": key, "kept": KEPT})
        except (psycopg.Error, OSError, TimeoutError):
            _logger.warning("the log of calls could not be written", exc_info=True)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
