"""SQL that finds a sequence of events in order, the same in PostgreSQL and in DuckDB.

The log is read once. Each row gets a flag for every step it could be, and each step in turn is one pass over the rows
of a profile by time, with window functions: what is carried along is the time at which a sequence began that has come
so far. Where several have, it is the latest, because that one has the most time left.

Only where something must not happen before or after a sequence of a limited length, the latest beginning is not always
the best: then every beginning is followed on its own, with the rows around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

_BY_TIME = "ORDER BY time, id"
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
_SO_FAR = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
_AFTER = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
_EVERY_BEGINNING = """
    SELECT l.*, b.time AS begun, b.id AS begun_id FROM log l
    JOIN log b ON b.who = l.who AND l.time BETWEEN b.time - {length} AND b.time + {length} WHERE b.{first}"""


@dataclass(frozen=True)
class Pattern:
    """Steps that were done, in order, and before, between and after them those that were not: `gaps` has one entry
    more than `done`. Both are columns of the relation `log` (who, time, id, and a boolean for each step)."""

    done: Sequence[str]
    gaps: Sequence[Sequence[str]]
    # from the first to the last step done, and as far as an absence reaches; None = no limit
    length: timedelta | None

    def query(self) -> str:
        """SQL with the column `who`: everybody with such a sequence."""
        rows, last = self._carried(), len(self.done)
        tests = [f"reached{last} IS NOT NULL"]
        if self.gaps[-1]:
            late = "" if self.length is None else f" OR spoilt > reached{last} + {self._length}"
            tests.append(f"(spoilt IS NULL{late})")
        if self._follows_every_beginning and self.gaps[0]:
            tests.append(f"(earlier IS NULL OR earlier < time - {self._length})")
        return f"SELECT DISTINCT who FROM ({rows}) AS ready WHERE {' AND '.join(tests)}"

    @property
    def _length(self) -> str:
        assert self.length is not None
        return f"INTERVAL '{int(self.length.total_seconds())} seconds'"

    @property
    def _follows_every_beginning(self) -> bool:
        several = len(self.done) > 1 and bool(self.gaps[-1])
        return self.length is not None and (several or bool(self.gaps[0]))

    @property
    def _partition_key(self) -> str:
        """Columns of the rows that are followed together."""
        return "who, begun, begun_id" if self._follows_every_beginning else "who"

    def _over(self, frame: str, more: str = "") -> str:
        return f"OVER (PARTITION BY {self._partition_key}{more} {_BY_TIME} {frame})"

    def _carried(self) -> str:
        rows = self._begun()
        for number, (step, gap) in enumerate(zip(self.done[1:], self.gaps[1:], strict=False), 1):
            rows = self._step(rows, number, step, gap)
        return rows

    def _begun(self) -> str:
        first, gap = self.done[0], self.gaps[0]
        more = [f"min(time) FILTER (WHERE {_any(self.gaps[-1])}) {self._over(_AFTER)} AS spoilt"]
        if self._follows_every_beginning:
            rows = _EVERY_BEGINNING.format(length=self._length, first=first)
            begins = "time = begun AND id = begun_id"
            before = f"{_any(gap)} AND (time < begun OR (time = begun AND id < begun_id))"
            more.append(f"max(time) FILTER (WHERE {before}) OVER (PARTITION BY {self._partition_key}) AS earlier")
        else:
            rows, begins = "SELECT * FROM log", f"{first} AND blocked = 0"
            more.append(f"count(*) FILTER (WHERE {_any(gap)}) {self._over(_BEFORE)} AS blocked")
        return (
            f"SELECT *, CASE WHEN {begins} THEN time END AS reached1 "
            f"FROM (SELECT *, {', '.join(more)} FROM ({rows}) AS followed) AS opened"
        )

    def _step(self, rows: str, number: int, step: str, gap: Sequence[str]) -> str:
        """`number` steps were done before. A gap begins after each event that must not be in it; what the row before
        carries has come through the gap, whether or not this row is such an event itself."""
        runs = f"count(*) FILTER (WHERE {_any(gap)}) {self._over(_SO_FAR)} AS run{number}"
        kept = f"max(reached{number}) {self._over(_SO_FAR, f', run{number}')} AS kept{number}"
        held = f"lag(kept{number}) OVER (PARTITION BY {self._partition_key} {_BY_TIME}) AS held{number}"
        for added in (runs, kept, held):
            rows = f"SELECT *, {added} FROM ({rows}) AS step{number}"
        in_time = "" if self.length is None else f" AND time <= held{number} + {self._length}"
        return (
            f"SELECT *, CASE WHEN {step}{in_time} THEN held{number} END AS reached{number + 1} "
            f"FROM ({rows}) AS done{number}"
        )


def _any(steps: Sequence[str]) -> str:
    return f"({' OR '.join(steps)})" if steps else "false"
