"""A file that was handed to the server, read row by row from where it was left."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rapport.imports.mapping import EVENTS, ORDERS, PROFILES, Kind
from rapport.imports.table import BadFile, Row, Table

KINDS: dict[str, Kind] = {"profiles": PROFILES, "events": EVENTS, "orders": ORDERS}
# of a file; larger ones are brought in by `rapport import`
MOST_BYTES = 50_000_000
_SAMPLES = 5
# How spreadsheets' own files begin (zip, the older form), and texts in UTF-16.
_FOREIGN = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")
# of a file, and characters of the name of one
_MOST_COLUMNS, _LONGEST_COLUMN = 1000, 500
# characters of a cell of a sample
_SHOWN = 200


@dataclass(frozen=True)
class Looked:
    """What a file shows at first sight."""

    columns: Sequence[str]
    nameless: Sequence[str]
    samples: Sequence[Sequence[str]]


class OpenFile:
    """A copy of the file on this machine, and a place in it. `rows`: how many were read so far."""

    def __init__(self, content: bytes, name: str) -> None:
        """Raises BadFile."""
        self.rows = 0
        self._open = ExitStack()
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="rapport-import-"))
        # its ending says whether it is JSON
        file = Path(folder) / f"file{Path(name).suffix.lower()[:8]}"
        try:
            file.write_bytes(content)
            self.table = self._open.enter_context(Table(file))
        except BadFile as problem:
            self.close()
            raise BadFile(str(problem).replace(str(file), name)) from problem
        except BaseException:
            self.close()
            raise
        self._rows: Iterator[Row] = self.table.rows()

    def take(self, most: int) -> list[Row]:
        """The next rows; fewer than `most` at the end."""
        rows = list(islice(self._rows, most))
        self.rows += len(rows)
        return rows

    def skip_to(self, rows: int) -> None:
        self.rows += sum(1 for _ in islice(self._rows, rows - self.rows))

    @property
    def position(self) -> int:
        return self.table.position

    def close(self) -> None:
        self._open.close()


def looked_at(content: bytes, name: str) -> Looked:
    """Raises BadFile for what can't be read as rows."""
    if content.startswith(_FOREIGN):
        raise BadFile(f"{name} is not a text file in UTF-8. In your spreadsheet, save it as CSV (UTF-8).")
    file = OpenFile(content, name)
    try:
        columns = list(file.table.columns)
        rows = file.take(_SAMPLES)
        if len(columns) > _MOST_COLUMNS or any(len(column) > _LONGEST_COLUMN for column in columns):
            raise BadFile(
                f"{name} has more than {_MOST_COLUMNS:,} columns, or one whose name has more than {_LONGEST_COLUMN} "
                "characters. Is the first line its heading?"
            )
        if not columns or not rows:
            raise BadFile(f"{name} has no rows: the first line names the columns, the next ones hold what they say.")
        samples = [[_shown(row.cells.get(column, "")) for column in columns] for row in rows]
        return Looked(columns, list(file.table.nameless), samples)
    finally:
        file.close()


def _shown(cell: str) -> str:
    return storable(cell[:_SHOWN])


def storable(text: str) -> str:
    """What can't be stored, or was not UTF-8, becomes a mark."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
