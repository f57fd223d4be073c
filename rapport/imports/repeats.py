"""The order numbers that a file has shown so far."""

import sqlite3
from hashlib import blake2b

# pages of 4 kB that stay in memory; the others lie in a file that SQLite deletes itself
_PAGES = 2000


class OrderNumbers:
    """Each number's first line. What is in memory is bounded, however long the file is."""

    def __init__(self) -> None:
        self._lines = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._lines.execute(f"PRAGMA cache_size = {_PAGES}")
        self._lines.execute("PRAGMA journal_mode = OFF")
        self._lines.execute("CREATE TABLE lines (number BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
        # one that is never committed: nobody else reads it, and it is gone when it is closed
        self._lines.execute("BEGIN")

    def first_line(self, number: str, line: int) -> int:
        """The line that shows this number first; `line` where none did before."""
        key = blake2b(number.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if self._lines.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", (key, line)).rowcount:
            return line
        (first,) = self._lines.execute("SELECT line FROM lines WHERE number = ?", (key,)).fetchone()
        return int(first)

    def close(self) -> None:
        self._lines.close()
