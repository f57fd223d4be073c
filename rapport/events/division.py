"""Finding the row that cannot be recorded: a batch that fails is halved until that row is alone."""

from collections.abc import Awaitable, Callable, Sequence

import psycopg

from rapport.kit.db import is_away, is_transient

# Fewer parts repeat more work, more parts cost more transactions.
_PARTS = 4
# So many rows in a row that fail alone by a wrong statement, and not one that is taken: it is no row's fault.
_HOPELESS = 8
Attempt = Callable[[tuple[int, int]], Awaitable[None]]


class Division:
    """Records rows in order by calling `attempt(first, last)`, each call a transaction.

    `failed`: (row, reason) of rows that fail alone.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.failed: list[tuple[int, str]] = []
        self.taken = 0

    async def run(self, rows: Sequence[int]) -> None:
        """Record the rows, which are known to fail together. Raises errors that are not the fault of a single row."""
        size = -(-len(rows) // _PARTS)
        for start in range(0, len(rows), size or 1):
            await self._take(rows[start : start + size])

    async def _take(self, rows: Sequence[int]) -> None:
        try:
            await self._attempt((rows[0], rows[-1]))
        except Exception as error:
            if is_away(error) or is_transient(error):
                raise
            if len(rows) > 1:
                await self.run(rows)
            else:
                self._refuse(rows[0], error)
        else:
            self.taken += len(rows)

    def _refuse(self, row: int, error: Exception) -> None:
        """Note the failure. An SQL error that every row would cause is our bug: it is raised, and the rows stay in the
        inbox until it is fixed."""
        self.failed.append((row, f"{type(error).__name__}: {error}"))
        wrong = isinstance(error, psycopg.ProgrammingError)
        if wrong and not self.taken and len(self.failed) >= _HOPELESS:
            raise error
