"""Export files: CSV or Parquet, written by DuckDB next to their place and put there once they are whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport.events.lake.relation import literal
from rapport.kit.files import publish

FORMATS = {".csv": "csv", ".parquet": "parquet"}
# What a spreadsheet would run as a formula: it gets an apostrophe in front, which spreadsheets do not show. Numbers
# and phone numbers are harmless and stay as they are.
_FORMULA = r"^[=@\t\r\n]|^[+-]"
_NUMBER = r"^[+-][0-9][0-9 .,]*([eE][+-]?[0-9]+)?$"


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
        found = FORMATS.get(self.file.suffix.lower())
        if found is None:
            raise BadFile(f"{self.file}: end the name in {' or '.join(FORMATS)}.")
        return found

    @property
    def part(self) -> Path:
        """Its name while it is being written."""
        return self.file.with_name(f".{self.file.name}.part")

    def done(self) -> None:
        publish(self.part, self.file)

    def copy(self, columns: Sequence[Column], source: str) -> str:
        """The statement that writes `columns` of the relation `source`; it answers the number of rows."""
        shown = ", ".join(f"{self._value(one)} AS {_quoted(one.name)}" for one in columns)
        options = "FORMAT parquet, COMPRESSION zstd" if self.format == "parquet" else "FORMAT csv, HEADER"
        return f"COPY (SELECT {shown} FROM {source}) TO {literal(str(self.part))} ({options})"

    def _value(self, one: Column) -> str:
        if not one.text or self.plain or self.format != "csv":
            return one.sql
        formula = f"regexp_matches({one.sql}, {literal(_FORMULA)})"
        number = f"regexp_matches({one.sql}, {literal(_NUMBER)})"
        return f"CASE WHEN {formula} AND NOT {number} THEN chr(39) || {one.sql} ELSE {one.sql} END"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
