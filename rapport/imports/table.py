"""A file of rows: CSV with a heading, or one JSON object a line. Read row by row, however long it is."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

_JSON_LINES = (".jsonl", ".ndjson")
# What a spreadsheet writes between cells depends on its country.
_DELIMITERS = (",", ";", "\t")
# Parts of a JSON object that are read as columns of their own: `location.city`.
_OPENED = ("attributes", "location", "properties")
_any = msgspec.json.Decoder()
# characters of a cell
csv.field_size_limit(10_000_000)


class BadRow(ValueError):
    """A row that can't be brought in; the message is the reason."""


@dataclass(frozen=True)
class Row:
    """A line of the file: its number (a CSV's heading is 1) and its cells by column, as text.

    `problem`: why the line could not be read at all.
    """

    line: int
    cells: Mapping[str, str]
    problem: str = ""

    def cell(self, column: str) -> str:
        return self.cells.get(column, "").strip()


@dataclass
class Table:
    """A file, read row by row. `columns` are those it has; `position` of `size` bytes says how far reading is."""

    file: Path
    columns: Sequence[str] = ()
    size: int = 0
    _raw: io.BufferedReader = field(init=False)
    _text: io.TextIOWrapper = field(init=False)
    _delimiter: str = ","

    def __enter__(self) -> "Table":
        self.size = self.file.stat().st_size
        self._raw = self.file.open("rb")
        # utf-8-sig: spreadsheets put a mark in front
        self._text = io.TextIOWrapper(self._raw, "utf-8-sig", newline="")
        self.columns = self._keys() if self._is_json else self._heading()
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    @property
    def position(self) -> int:
        return self._raw.tell()

    def rows(self) -> Iterator[Row]:
        return self._objects() if self._is_json else self._lines()

    @property
    def _is_json(self) -> bool:
        return self.file.suffix.lower() in _JSON_LINES

    def _heading(self) -> list[str]:
        first = self._text.readline()
        self._delimiter = max(_DELIMITERS, key=first.count)
        return [name.strip() for name in next(csv.reader([first], delimiter=self._delimiter), [])]

    def _lines(self) -> Iterator[Row]:
        reader = csv.DictReader(self._text, self.columns, restkey="", delimiter=self._delimiter)
        for cells in reader:
            yield Row(reader.line_num + 1, {name: cell or "" for name, cell in cells.items() if name})

    def _keys(self) -> list[str]:
        """Every key of every line, in order of appearance: a first pass over the file."""
        keys: dict[str, None] = {}
        for row in self._objects():
            keys.update(dict.fromkeys(row.cells))
        self._text.seek(0)
        return list(keys)

    def _objects(self) -> Iterator[Row]:
        # readline, because a file that is iterated over can't tell its position
        for number, line in enumerate(iter(self._text.readline, ""), 1):
            if line.strip():
                yield _object(number, line)


def _object(number: int, line: str) -> Row:
    try:
        found = _any.decode(line)
    except msgspec.DecodeError as error:
        return Row(number, {}, f"the line is not JSON: {error}")
    if not isinstance(found, dict):
        return Row(number, {}, "the line is not a JSON object")
    return Row(number, dict(_flat(found)))


def _flat(found: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, str]]:
    """Attributes of an API's resource stand as if there were nothing around them."""
    for name, value in found.items():
        if name in _OPENED and isinstance(value, dict):
            yield from _flat(value, "" if name == "attributes" else f"{name}.")
        else:
            yield inside + name, _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
