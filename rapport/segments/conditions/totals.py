"""What the totals over all time tell of some profiles, held in memory while many conditions ask it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyroaring import BitMap64

from rapport.segments.conditions.scope import bitmap

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Totals:
    """What profiles did of one metric: columns of one order. `lasts`: time of the latest, microseconds since 1970."""

    profiles: "np.ndarray[Any, Any]"
    counts: "np.ndarray[Any, Any]"
    lasts: "np.ndarray[Any, Any]"

    def since(self, start: datetime | None, least: int) -> BitMap64:
        """Who did it so often at least, and the last time not before `start`."""
        passing = self.counts >= least
        if start is not None:
            passing &= self.lasts >= microseconds(start)
        return bitmap(self.profiles[passing])

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


NEVER = Totals(_NOTHING, _NOTHING, _NOTHING)
