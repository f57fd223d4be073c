"""Export files: CSV or Parquet, written by DuckDB next to their place and put there once they are whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport.events.lake.relation import literal
from rapport.kit import sheets
from rapport.kit.files import publish

# How a name ends -> what is written, and how it is packed.
FORMATS = {
    ".csv": "FORMAT csv, HEADER",
    ".csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}


class BadFile(Exception):
    """The name of the file does not say what to write."""


@dataclass(frozen=True)
class Column:
    """`sql`: of the column in DuckDB; `text`: it came from people and may be anything."""

    name: str
    sql: str
    text: bool = True


@dataclass(frozen=True)
class Target:
    """Where to write. `plain`: values exactly as they are, for programs that are not spreadsheets."""

    file: Path
    plain: bool = False

    @property
    def format(self) -> str:
        """csv or parquet, by the name's ending. Raises BadFile."""
        return "parquet" if self._ending == ".parquet" else "csv"

    @property
    def _ending(self) -> str:
        ending = next((ending for ending in FORMATS if self.file.name.lower().endswith(ending)), None)
        if ending is None:
            raise BadFile(f"{self.file}: end the name in {' or '.join(FORMATS)}.")
        return ending

    @property
    def part(self) -> Path:
        """Its name while it is being written."""
        return self.file.with_name(f".{self.file.name}.part")

    def done(self) -> None:
        publish(self.part, self.file)

    def copy(self, columns: Sequence[Column], source: str) -> str:
        """The statement that writes `columns` of the relation `source`; it answers the number of rows."""
        shown = ", ".join(f"{self._value(column)} AS {_quoted(column.name)}" for column in columns)
        return f"COPY (SELECT {shown} FROM {source}) TO {literal(str(self.part))} ({FORMATS[self._ending]})"

    @property
    def marks(self) -> bool:
        """Whether a text that would be read as something else gets an apostrophe in front (`kit/sheets.py`)."""
        return self.format == "csv" and not self.plain

    def _value(self, column: Column) -> str:
        if not column.text or not self.marks:
            return column.sql
        marked = f"regexp_matches({column.sql}, {literal(sheets.ATTRIBUTE)})"
        harmless = f"regexp_matches({column.sql}, {literal(sheets.HARMLESS)})"
        return f"CASE WHEN {marked} AND NOT {harmless} THEN chr(39) || {column.sql} ELSE {column.sql} END"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
