"""A file that is larger than the server takes, in parts that it takes: each with the heading, and none cuts a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from rapport.imports.table import Table


@dataclass(frozen=True)
class Part:
    """`shift`: what a line's number in the part lacks to that in the file; `end`: bytes of the file up to its end."""

    content: bytes
    shift: int
    end: int


def parts(file: Path, most: int) -> Iterator[Part]:
    """Of at most so many bytes each, unless one row alone has more. Raises BadFile."""
    size = file.stat().st_size
    if size <= most:
        yield Part(file.read_bytes(), 0, size)
        return
    with Table(file) as table:
        rows = _rows(file, table)
        heading = next(rows, (0, b""))[1]
        content, length, shift, first, end = [heading], len(heading), 0, 0, 0
        for line, row in rows:
            first = first or line
            if length + len(row) > most and len(content) > 1:
                yield Part(b"".join(content), shift, end)
                content, length, shift = [heading], len(heading), line - first
            content.append(row)
            length, end = length + len(row), table.position
        yield Part(b"".join(content), shift, size)


def _rows(file: Path, table: Table) -> Iterator[tuple[int, bytes]]:
    """Each row as it is written, with the number of its first line; before them what stands above the first row."""
    # as the table reads it, so that both count the same lines
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        line = 1
        for next_line in chain((row.line for row in table.rows()), [None]):
            most = None if next_line is None else next_line - line
            yield line, "".join(islice(iter(text.readline, ""), most)).encode("utf-8", "surrogateescape")
            line = next_line or line
