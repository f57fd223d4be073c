"""Records of a file with separated cells (RFC 4180), each with the line it begins on.

A quote that is never closed, or a byte that is not UTF-8, spoils its own line and no other: the line is given back with
the problem, and reading goes on with the next one.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

# A cell may hold line breaks; one that holds more than this is a quote that was forgotten.
_MOST_LINES, _MOST_CHARACTERS = 10_000, 1_000_000
# What bytes that are not UTF-8 are read as (`surrogateescape`).
_UNDECODED = re.compile("[\udc80-\udcff]")
_SHOWN = 60


@dataclass(frozen=True)
class Record:
    """Cells in the order of the file; `problem` instead where the line could not be read."""

    line: int
    cells: Sequence[str]
    problem: str = ""


class _NotClosed(Exception):
    """A quote goes on for too long."""


@dataclass
class Records:
    """`readline` gives physical lines with their ends, and "" after the last one."""

    readline: Callable[[], str]
    delimiter: str = ","
    # lines that were read ahead
    _waiting: deque[str] = field(default_factory=deque)
    # number of the line that is read next
    _line: int = 1

    def next_line(self) -> str:
        """The next physical line, "" at the end."""
        line = self._waiting.popleft() if self._waiting else self.readline()
        self._line += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._line -= len(lines)

    def __iter__(self) -> Iterator[Record]:
        """Records that are left; a line with nothing on it is none."""
        while (record := self.read()) is not None:
            if record.cells or record.problem:
                yield record

    def read(self) -> Record | None:
        """The next record, None at the end. The cells of an empty line are none."""
        first, lines = self._line, list[str]()
        try:
            cells = next(csv.reader(self._lines(lines), delimiter=self.delimiter, strict=True), None)
        except _NotClosed:
            problem = "a quote is opened and not closed"
        except csv.Error as error:
            problem = _reason(str(error))
        else:
            if cells is None:
                return None
            if not any(map(undecoded, lines)):
                return Record(first, cells)
            return _unreadable(first, "it is not UTF-8", next(filter(undecoded, lines)))
        self.put_back(lines[1:])
        return _unreadable(first, problem, lines[0])

    def _lines(self, lines: list[str]) -> Iterator[str]:
        """Physical lines, noted in `taken`. Raises _NotClosed."""
        length = 0
        while line := self.next_line():
            lines.append(line)
            length += len(line)
            if len(lines) > _MOST_LINES or (len(lines) > 1 and length > _MOST_CHARACTERS):
                raise _NotClosed
            yield line
        self._line -= 1


def _unreadable(line: int, problem: str, written: str) -> Record:
    return Record(line, (), f"line {line} can't be read, {problem}: {excerpt(written)}")


def _reason(error: str) -> str:
    if "unexpected end of data" in error:
        return "a quote is opened and not closed"
    return "a quote stands where a cell ends" if "expected after" in error else error


def undecoded(line: str) -> bool:
    """Whether it held bytes that are not UTF-8."""
    return not line.isascii() and _UNDECODED.search(line) is not None


def excerpt(line: str) -> str:
    """The beginning of what was written, for a sentence."""
    text = line.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
