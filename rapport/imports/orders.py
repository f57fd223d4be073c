"""Rows of a file of orders: checked one by one, and grouped by person as the bulk call wants them."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from rapport.imports.mapping import IDENTIFIERS, Mapped

# JSON's own grammar of numbers without an exponent; fifteen digits is what a double keeps exactly.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_AMOUNT = re.compile(r"([+-]?)0*(\d*)(\.\d+)?")
_DIGITS = 15
# `2024-01-02 10:00:00 -0500`: some shops put a space before the offset.
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")


# One row alone must fit into a call.
_MAX_ROW = 1_000_000


class BadRow(ValueError):
    """A row that can't be an order; the message is the reason."""


@dataclass(frozen=True)
class Row:
    """A line of the file: its number (the heading is 1) and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """A checked row: who (identifiers and names) and the event's attributes as the API takes them."""

    row: Row
    person: Mapping[str, str]
    event: Mapping[str, Any]

    @property
    def unique_id(self) -> str:
        return str(self.event["unique_id"])


@dataclass
class Table:
    """A CSV file, read row by row. `columns` is its heading; `position` of `size` bytes says how far reading is."""

    file: Path
    columns: Sequence[str] = ()
    size: int = 0
    _raw: io.BufferedReader = field(init=False)
    _reader: "csv.DictReader[str]" = field(init=False)

    def __enter__(self) -> "Table":
        self.size = self.file.stat().st_size
        self._raw = self.file.open("rb")
        # utf-8-sig: spreadsheets put a mark in front
        self._reader = csv.DictReader(io.TextIOWrapper(self._raw, "utf-8-sig", newline=""), restkey="")
        self.columns = [name.strip() for name in self._reader.fieldnames or ()]
        self._reader.fieldnames = list(self.columns)
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def position(self) -> int:
        return self._raw.tell()

    def rows(self) -> Iterator[Row]:
        for cells in self._reader:
            yield Row(self._reader.line_num, {name: cell or "" for name, cell in cells.items() if name})


def order(row: Row, mapped: Mapped) -> Order:
    """Raises BadRow."""
    if sum(map(len, row.cells.values())) > _MAX_ROW:
        raise BadRow(f"the row is longer than {_MAX_ROW:,} characters")
    person = {target: cell for column, target in mapped.person.items() if (cell := _cell(row, column))}
    if not any(target in person for target in IDENTIFIERS):
        raise BadRow("nobody is named: every identifier is empty")
    event = {target: _READ[target](cell) for column, target in mapped.event.items() if (cell := _cell(row, column))}
    for needed in ("unique_id", "time"):
        if needed not in event:
            raise BadRow(f"{needed} is empty")
    event["properties"] = {
        name: _plain(cell) for column, name in mapped.properties.items() if (cell := _cell(row, column))
    }
    return Order(row, person, event)


def _cell(row: Row, column: str) -> str:
    return row.cells.get(column, "").strip()


def _time(text: str) -> str:
    """ISO 8601; without a time midnight, without an offset UTC."""
    try:
        moment = datetime.fromisoformat(_SPACED_OFFSET.sub("", text.removesuffix(" UTC")))
    except ValueError as error:
        raise BadRow(f"'{text}' is not a date in ISO 8601, like 2024-01-31 or 2024-01-31T10:00:00Z") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _amount(text: str) -> msgspec.Raw:
    """The same digits as a JSON number, so that no cent is lost."""
    match = _AMOUNT.fullmatch(text)
    if match is None or not (match[2] or match[3] or "0" in text):
        raise BadRow(f"'{text}' is not an amount, like 12.50")
    return msgspec.Raw(f"{'-' if match[1] == '-' else ''}{match[2] or '0'}{match[3] or ''}".encode())


def _plain(text: str) -> Any:
    """A number where the text is one, so that conditions can compare it; `01234` stays a text."""
    is_number = _NUMBER.fullmatch(text) and sum(map(str.isdigit, text)) <= _DIGITS
    return msgspec.Raw(text.encode()) if is_number else text


_READ: Mapping[str, Callable[[str], Any]] = {
    "unique_id": str,
    "time": _time,
    "value": _amount,
    "value_currency": str.upper,
}


def bulk_body(orders: Sequence[Order], metric: str) -> tuple[bytes, list[list[Order]]]:
    """The body of a bulk call and its groups, in order: the orders of one person stand together.

    Marked as backfill: history is recorded and starts no flow.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Order]] = {}
    for one in orders:
        groups.setdefault(tuple(one.person.items()), []).append(one)
    data = [_group(dict(person), members, metric) for person, members in groups.items()]
    attributes = {"events-bulk-create": {"data": data}}
    body = {"data": {"type": "event-bulk-create-job", "attributes": attributes}}
    return msgspec.json.encode(body), list(groups.values())


def _group(person: Mapping[str, str], orders: Sequence[Order], metric: str) -> dict[str, Any]:
    named = {"data": {"type": "metric", "attributes": {"name": metric}}}
    events = [{"type": "event", "attributes": {**one.event, "metric": named}} for one in orders]
    attributes = {
        "profile": {"data": {"type": "profile", "attributes": person}},
        "events": {"data": events},
        "backfill": True,
    }
    return {"type": "event-bulk-create", "attributes": attributes}
