"""The file of refused rows: their line and reason before what the row held. Made when there is a first one."""

import csv
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapport.imports.table import Row


def rejects_of(file: Path) -> Path:
    """Beside the file: `orders.rejects.csv` of `orders.csv`, `orders.jsonl.rejects.csv` of `orders.jsonl`."""
    return file.with_name(f"{file.stem if file.suffix == '.csv' else file.name}.rejects.csv")


@dataclass
class Rejects:
    """`add` each refused row; `count` says how many there were."""

    file: Path
    columns: list[str]
    count: int = 0
    _open: ExitStack = field(default_factory=ExitStack)
    _writer: Any = None

    def add(self, row: Row, reason: str) -> None:
        self.count += 1
        self.note(row, reason)

    def note(self, row: Row, reason: str) -> None:
        """A row that was taken, but for what the reason says: it is not counted."""
        if self._writer is None:
            self._writer = csv.writer(self._open.enter_context(self.file.open("w", newline="", encoding="utf-8")))
            self._writer.writerow(["line", "reason", *self.columns])
        cells = (row.cells.get(name, "") for name in self.columns)
        self._writer.writerow([row.line, reason, *cells, *row.surplus])

    def close(self) -> None:
        self._open.close()
