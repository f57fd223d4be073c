"""What some people did of one metric over all time (`event_totals`), in memory while many conditions ask it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from rapport.segments.evaluation.masks import Column, Mask, People

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Sums and values come as whole numbers of so small a part, which is finer than any currency is; a `LARGE` one, or one
# finer still, comes as INEXACT and is asked of the database.
PARTS = 10_000
LARGE = 10**12
INEXACT = int(np.iinfo(np.int64).min)


@dataclass
class Totals:
    """What people did of one metric, a row for each of `people`. `lasts`: time of the latest; `sums`: in PARTS, or
    INEXACT. Who never did it has 0."""

    people: People
    counts: Column
    sums: Column
    lasts: Column
    _told: dict[tuple[datetime | None, int], Mask] = field(default_factory=dict, init=False)

    def since(self, start: datetime | None, least: int) -> Mask:
        """Who did it so often at least, and the last time not before `start`."""
        if (start, least) not in self._told:
            passing = self.counts >= max(least, 1)
            if start is not None:
                passing &= self.lasts >= since_2000(start)
            self._told[start, least] = self.people.known(passing)
        return self._told[start, least]

    def within(self, start: datetime, end: datetime) -> Mask:
        """Who did it the last time between the two, `end` excluded."""
        before_end = self.lasts < since_2000(end)
        return self.people.known(self.since(start, 1) & before_end)

    @property
    def inexact(self) -> Mask:
        """Whose sum is not known exactly."""
        inexact: Mask = self.sums == INEXACT
        return inexact


def since_2000(moment: datetime) -> int:
    """In microseconds, as PostgreSQL sends it; before it negative."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
