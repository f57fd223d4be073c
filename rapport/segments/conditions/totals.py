"""What the totals over all time tell of some profiles, held in memory while many conditions ask it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyroaring import BitMap64

from rapport.segments.conditions.scope import bitmap

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Totals:
    """What profiles did of one metric: columns of one order. `lasts`: time of the latest, microseconds since 1970."""

    profiles: "np.ndarray[Any, Any]"
    counts: "np.ndarray[Any, Any]"
    lasts: "np.ndarray[Any, Any]"
    _told: dict[tuple[datetime | None, int], BitMap64] = field(default_factory=dict, init=False, compare=False)

    def since(self, start: datetime | None, least: int) -> BitMap64:
        """Who did it so often at least, and the last time not before `start`. Not to be changed: it is kept."""
        if (start, least) not in self._told:
            passing = self.counts >= least
            if start is not None:
                passing &= self.lasts >= microseconds(start)
            self._told[start, least] = bitmap(self.profiles[passing])
        return self._told[start, least]

    def within(self, start: datetime, end: datetime) -> BitMap64:
        """Who did it the last time between the two, `end` excluded."""
        return bitmap(self.profiles[(self.lasts >= microseconds(start)) & (self.lasts < microseconds(end))])

    def counted(self, test: Callable[[int], bool]) -> BitMap64:
        """Whose number of times passes a test."""
        passing = [number for number in np.unique(self.counts).tolist() if test(number)]
        return bitmap(self.profiles[np.isin(self.counts, passing)])


def microseconds(moment: datetime) -> int:
    """Since 1970; before it negative."""
    return (moment - _ZERO) // timedelta(microseconds=1)
