"""A file of rows: CSV with a heading, or one JSON object a line. Read row by row, however long it is."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from rapport.imports.records import Records, excerpt, undecoded
from rapport.kit import sheets

_JSON_LINES = (".jsonl", ".ndjson")
# What a spreadsheet writes between cells depends on its country; Excel says it in a line of its own.
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# Parts of a JSON object that are read as columns of their own: `location.city`.
_OPENED = ("attributes", "location", "properties")
_any = msgspec.json.Decoder()
# characters of a cell
csv.field_size_limit(10_000_000)


class BadRow(ValueError):
    """A row that can't be brought in; the message is the reason."""


class BadFile(ValueError):
    """A file that can't be read as rows; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """A line of the file: its number (the first is 1) and its cells by column, as text.

    `problem`: why the line can't be taken. `surplus`: cells for which there is no column.
    """

    line: int
    cells: Mapping[str, str]
    problem: str = ""
    surplus: Sequence[str] = ()

    def cell(self, column: str) -> str:
        """The text of an attribute, "" where nothing is said."""
        text = self.marked_text(column)
        return self.cells.get(column, "").strip() if text is None else text

    def marked_text(self, column: str) -> str | None:
        """What a cell with a mark holds, which is text whatever it looks like; None where there is no mark."""
        cell = self.cells.get(column, "")
        return cell[1:] if sheets.is_marked(cell) else None


@dataclass
class Table:
    """A file, read row by row. `columns` are those it has, each with a name of its own; `nameless` those of them whose
    heading is empty, named by their place. `position` of `size` bytes says how far reading is. Raises BadFile."""

    file: Path
    columns: Sequence[str] = ()
    nameless: Sequence[str] = ()
    size: int = 0
    _raw: io.BufferedReader = field(init=False)
    _text: io.TextIOWrapper = field(init=False)
    _records: Records = field(init=False)

    def __enter__(self) -> "Table":
        self.size = self.file.stat().st_size
        self._raw = self.file.open("rb")
        # utf-8-sig: spreadsheets put a mark in front; what is not UTF-8 is told line by line
        self._text = io.TextIOWrapper(self._raw, "utf-8-sig", errors="surrogateescape", newline="")
        try:
            if self._is_json:
                self.columns = self._keys()
            else:
                self._read_heading()
        except BaseException:
            self._text.close()
            raise
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

    def _read_heading(self) -> None:
        # readline, because a file that is iterated over can't tell its position
        self._records = Records(self._text.readline)
        self._skip_to_heading()
        heading = max(
            (self._heading(delimiter) for delimiter in self._delimiters()), key=lambda candidate: len(candidate.cells)
        )
        if heading.problem:
            raise BadFile(f"The heading of {self.file} is wrong: {heading.problem}. Save the file as CSV in UTF-8.")
        self._records.delimiter = heading.delimiter
        self._heading(heading.delimiter, keep=True)
        names = [name.strip() for name in heading.cells]
        self.columns = _unique([name or f"column {at}" for at, name in enumerate(names, 1)])
        self.nameless = [column for column, name in zip(self.columns, names, strict=True) if not name]

    def _skip_to_heading(self) -> None:
        """Past empty lines and a line such as `sep=;`, which says what separates cells."""
        self._said: str | None = None
        while line := self._records.next_line():
            separator = _SEPARATOR.fullmatch(line)
            if separator and self._said is None:
                self._said = separator[1]
            elif line.strip():
                self._records.put_back([line])
                return

    def _delimiters(self) -> Sequence[str]:
        return _DELIMITERS if self._said is None else (self._said,)

    def _heading(self, delimiter: str, *, keep: bool = False) -> "_Heading":
        """As it is with this delimiter. `keep`: it is read, the rows come next."""
        lines: list[str] = []

        def readline() -> str:
            lines.append(self._records.next_line())
            return lines[-1]

        record = Records(readline, delimiter).read()
        if not keep:
            self._records.put_back([line for line in lines if line])
        return _Heading(delimiter, record.cells, record.problem) if record else _Heading(delimiter, ())

    def _lines(self) -> Iterator[Row]:
        width = len(self.columns)
        for record in self._records:
            cells, surplus = record.cells[:width], record.cells[width:]
            padded = [*cells, *[""] * (width - len(cells))]
            problem = record.problem or (_surplus(record.cells, width) if any(map(str.strip, surplus)) else "")
            yield Row(record.line, dict(zip(self.columns, padded, strict=True)), problem, surplus)

    def _keys(self) -> list[str]:
        """Every key of every line, in order of appearance: a first pass over the file."""
        keys: dict[str, None] = {}
        for row in self._objects():
            keys.update(dict.fromkeys(row.cells))
        self._text.seek(0)
        return list(keys)

    def _objects(self) -> Iterator[Row]:
        for number, line in enumerate(iter(self._text.readline, ""), 1):
            if line.strip():
                yield _object(number, line)


@dataclass(frozen=True)
class _Heading:
    delimiter: str
    cells: Sequence[str]
    problem: str = ""


def _unique(names: Sequence[str]) -> list[str]:
    """A name that comes again gets a number: `Phone`, `Phone (2)`."""
    unique_names: list[str] = []
    for name in names:
        number, unique = 2, name
        while unique in unique_names or (unique != name and unique in names):
            unique, number = f"{name} ({number})", number + 1
        unique_names.append(unique)
    return unique_names


def _surplus(cells: Sequence[str], width: int) -> str:
    first = next(cell for cell in cells[width:] if cell.strip())
    return f"the row has {len(cells)} cells and the heading {width}: nothing says what {excerpt(first)} is"


def _object(number: int, line: str) -> Row:
    if undecoded(line):
        return Row(number, {}, f"line {number} can't be read, it is not UTF-8: {excerpt(line)}")
    try:
        decoded = _any.decode(line)
    except msgspec.DecodeError as error:
        return Row(number, {}, f"the line is not JSON ({error}): {excerpt(line)}")
    if not isinstance(decoded, dict):
        return Row(number, {}, f"the line is not a JSON object: {excerpt(line)}")
    return Row(number, dict(_flat(decoded)))


def _flat(nested: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, str]]:
    """Attributes of an API's resource stand as if there were nothing around them."""
    for name, value in nested.items():
        if name in _OPENED and isinstance(value, dict):
            yield from _flat(value, "" if name == "attributes" else f"{name}.")
        else:
            yield inside + name, _shown(value)


def _shown(value: Any) -> str:
    """As a cell of CSV; a text that reads like something else is marked as one."""
    if value is None:
        return ""
    return sheets.marked(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
