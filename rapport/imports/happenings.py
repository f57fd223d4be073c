"""A chunk of a file of events: checked row by row, and appended to the inbox as a bulk call's would be."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from rapport.accounts.types import Account
from rapport.events import accept
from rapport.events.types import BulkDocument
from rapport.imports.events import Reader, bulk_body
from rapport.imports.table import BadRow, Row
from rapport.inbox.service import append
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.kit.jsonapi import ApiError
from rapport.kit.jsonapi.errors import bad_json

_bulk = msgspec.json.Decoder(BulkDocument)
# Events of an account that may wait for the pipeline before an import goes on: others' events wait behind them.
MOST_WAITING = 10_000
_WAITING = "SELECT count(*) FROM (SELECT FROM inbox WHERE account_id = %s LIMIT %s) AS waiting"


def read(reader: Reader, rows: Sequence[Row], now: datetime) -> tuple[list[Accepted], list[tuple[Row, str]]]:
    """The events of these rows, and the rows that are none with their reasons."""
    accepted: list[Accepted] = []
    refused: list[tuple[Row, str]] = []
    for row in rows:
        try:
            accepted += _accepted(reader, row, now)
        except (BadRow, ApiError) as problem:
            refused.append((row, problem.detail if isinstance(problem, ApiError) else str(problem)))
    return accepted, refused


def _accepted(reader: Reader, row: Row, now: datetime) -> list[Accepted]:
    """Raises BadRow, ApiError."""
    body, _ = bulk_body([reader.read(row)])
    try:
        document = _bulk.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise bad_json(error) from None
    return accept.events(document, now)


async def is_flooded(conn: db.Connection, account_id: int) -> bool:
    """Whether so much waits for the pipeline that more has to wait here."""
    row = await db.row(conn, _WAITING, (account_id, MOST_WAITING))
    return row is not None and row[0] >= MOST_WAITING


async def record(conn: db.Connection, account: Account, accepted: Sequence[Accepted]) -> None:
    """In the open transaction. They are history: no flow begins."""
    await append(conn, account.account_id, accepted)
