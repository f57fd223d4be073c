"""A chunk of a file of events: checked row by row, and appended to the inbox as a bulk call's would be."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from rapport.accounts.types import Account
from rapport.events import accept
from rapport.events.reactions import Batch
from rapport.events.types import BulkDocument
from rapport.imports.events import Event, Reader, bulk_body
from rapport.imports.mapping import ORDERS
from rapport.imports.repeats import OrderNumbers
from rapport.imports.table import BadRow, Row
from rapport.inbox.service import append
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.kit.jsonapi import ApiError
from rapport.kit.jsonapi.errors import bad_json

_bulk = msgspec.json.Decoder(BulkDocument)
# Events of an account that may wait for the pipeline before an import goes on: others' events wait behind them.
MOST_WAITING = 10_000
_COUNT = """
    INSERT INTO file_import_events (account_id, import_id, recorded)
    SELECT %s, n.* FROM unnest(%s::bigint[], %s::bigint[]) AS n
    ON CONFLICT (account_id, import_id) DO UPDATE SET recorded = file_import_events.recorded + excluded.recorded"""
_WAITING = "SELECT count(*) FROM (SELECT FROM inbox WHERE account_id = %s LIMIT %s) AS waiting"


def read(
    reader: Reader, rows: Sequence[Row], now: datetime, numbers: OrderNumbers
) -> tuple[list[Accepted], list[tuple[Row, str]]]:
    """The events of these rows, and the rows that are none with their reasons. `numbers`: of the orders before."""
    accepted: list[Accepted] = []
    refused: list[tuple[Row, str]] = []
    for row in rows:
        try:
            accepted += _accepted(_event(reader, row, numbers), now)
        except (BadRow, ApiError) as problem:
            refused.append((row, problem.detail if isinstance(problem, ApiError) else str(problem)))
    return accepted, refused


def note(reader: Reader, rows: Sequence[Row], numbers: OrderNumbers) -> None:
    """The orders of rows that were worked off before."""
    for row in rows:
        with suppress(BadRow):
            _event(reader, row, numbers)


def _event(reader: Reader, row: Row, numbers: OrderNumbers) -> Event:
    """Raises BadRow, also for an order's number that stands twice in the file: one of the rows is wrong."""
    event = reader.read(row)
    first = row.line if reader.kind is not ORDERS else numbers.first_line(event.unique_id, row.line)
    if first != row.line:
        raise BadRow(f"the order number {event.unique_id} is on line {first} already")
    return event


def _accepted(event: Event, now: datetime) -> list[Accepted]:
    """Raises ApiError."""
    body = bulk_body(event)
    try:
        document = _bulk.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise bad_json(error) from None
    return accept.events(document, now)


async def is_flooded(conn: db.Connection, account_id: int) -> bool:
    """Whether so much waits for the pipeline that more has to wait here."""
    row = await db.row(conn, _WAITING, (account_id, MOST_WAITING))
    return row is not None and row[0] >= MOST_WAITING


async def record(conn: db.Connection, account: Account, import_id: int, accepted: Sequence[Accepted]) -> None:
    """In the open transaction. They are history: no flow begins."""
    for event in accepted:
        event.file_import = import_id
    await append(conn, account.account_id, accepted)


async def count_recorded(batch: Batch) -> None:
    """Note which imports the events of a batch came with."""
    numbers = Counter(id for event in batch.events if (id := event.accepted.file_import) is not None)
    if numbers:
        columns = db.array([*numbers]), db.array([*numbers.values()])
        await db.execute(batch.conn, _COUNT, (batch.account.account_id, *columns))
