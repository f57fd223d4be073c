"""How far a build is. Written outside the build's own transaction, which commits at its end."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapport.kit import clock, db

_BEGIN = """
    INSERT INTO segment_builds (account_id, segment_id, progress, step, started) VALUES (%s, %s, 0, %s, %s)
    ON CONFLICT (account_id, segment_id)
    DO UPDATE SET progress = 0, step = excluded.step, started = excluded.started, finished = NULL"""
_STEP = """
    UPDATE segment_builds SET progress = greatest(progress, %s), step = %s
    WHERE account_id = %s AND segment_id = %s AND finished IS NULL"""
_END = """
    UPDATE segment_builds SET progress = 1, step = NULL, finished = %s WHERE account_id = %s AND segment_id = %s"""
_READ = "SELECT progress, step, started, finished FROM segment_builds WHERE account_id = %s AND segment_id = %s"
# A build is through in less time than it takes to follow each of its steps.
_EVERY_SECONDS = 0.1
# Conditions are asked first, and take this much of the whole.
_ASKING = 0.7


@dataclass
class Progress:
    """Of one build; it writes over connections of its own from `pool`."""

    pool: db.Pool
    account_id: int
    segment_id: int
    conditions: int
    _begun: int = 0
    _written: float = field(default_factory=clock.monotonic)

    async def begin(self, conn: db.Connection, now: datetime) -> None:
        """Called in the transaction that begins the build. `now`: by the account's clock."""
        await db.execute(conn, _BEGIN, (self.account_id, self.segment_id, self._reading(), now))

    def _reading(self) -> str:
        return f"finding who meets condition {min(self._begun + 1, self.conditions)} of {self.conditions}"

    async def asking(self) -> None:
        """Called before the next condition is evaluated."""
        await self.step(_ASKING * min(1, self._begun / max(1, self.conditions)), self._reading())
        self._begun += 1

    async def step(self, progress: float, words: str) -> None:
        if clock.monotonic() - self._written < _EVERY_SECONDS:
            return
        self._written = clock.monotonic()
        async with self.pool.connection() as conn:
            await db.execute(conn, _STEP, (progress, words, self.account_id, self.segment_id))

    async def end(self, conn: db.Connection, now: datetime) -> None:
        """Called in the transaction that ends the build."""
        await db.execute(conn, _END, (now, self.account_id, self.segment_id))


async def read(conn: db.Connection, account_id: int, segment_id: int) -> dict[str, Any] | None:
    """The latest build of a segment: progress, step, started, finished; None when none has begun."""
    return await db.one(conn, _READ, (account_id, segment_id))
