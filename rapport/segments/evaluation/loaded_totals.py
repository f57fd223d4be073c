"""Totals over all time of one metric (`event_totals`) for some people, in memory while many conditions are
evaluated."""

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
    """What people did of one metric; all columns have a row for each of `people`, 0 for who never did it. `lasts`: time
    of the latest event; `sums`: in units of 1/PARTS, or INEXACT."""

    people: People
    counts: Column
    sums: Column
    lasts: Column
    _told: dict[tuple[datetime | None, int], Mask] = field(default_factory=dict, init=False)

    def since(self, start: datetime | None, least: int) -> Mask:
        """People with at least `least` events, the last of them not before `start`."""
        if (start, least) not in self._told:
            passing = self.counts >= max(least, 1)
            if start is not None:
                passing &= self.lasts >= since_2000(start)
            self._told[start, least] = self.people.known(passing)
        return self._told[start, least]

    def within(self, start: datetime, end: datetime) -> Mask:
        """People whose last event lies in [start, end)."""
        before_end = self.lasts < since_2000(end)
        return self.people.known(self.since(start, 1) & before_end)

    @property
    def inexact(self) -> Mask:
        """People whose sum is not known exactly."""
        inexact: Mask = self.sums == INEXACT
        return inexact


def since_2000(moment: datetime) -> int:
    """Microseconds since 2000-01-01, as PostgreSQL sends times; negative before."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
