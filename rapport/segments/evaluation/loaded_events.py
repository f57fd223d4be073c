"""Events of some people counted and added up in memory, a column at a time, while many conditions ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Any

import numpy as np
import numpy.typing as npt

from rapport.segments.evaluation.loaded_totals import INEXACT, since_2000
from rapport.segments.evaluation.masks import Column, Mask, People
from rapport.segments.grammar.filters import Number

Span = tuple[datetime | None, datetime | None]
_FARTHEST = 2**62
# Up to here a float holds every whole number, so that adding them up loses nothing.
_EXACT = 2.0**52


def holding(measure: Number, numbers: "npt.NDArray[Any]", unit: int) -> Mask:
    """Mask of the numbers that pass the condition's comparison. `unit`: how many of them make 1."""
    wanted = Fraction(measure.wanted) * unit
    low, high = (max(-_FARTHEST, min(bound, _FARTHEST)) for bound in (floor(wanted), ceil(wanted)))
    passing: Mask = {
        "equals": lambda: (numbers >= high) & (numbers <= low),
        "not-equals": lambda: (numbers < high) | (numbers > low),
        "greater-than": lambda: numbers > low,
        "greater-than-or-equal": lambda: numbers >= high,
        "less-than": lambda: numbers < high,
        "less-than-or-equal": lambda: numbers <= low,
    }[measure.operator]()
    return passing


@dataclass
class Log:
    """Events of one metric as columns. `places`: the index in `people` of who did it; `times`: microseconds since 2000;
    `values`: in units of 1/PARTS, or INEXACT; `passing`: a mask for each event filter."""

    people: People
    places: "npt.NDArray[np.intp]"
    times: Column
    values: Column
    passing: Sequence[Mask]
    _inside: dict[tuple[Span, int | None], "npt.NDArray[np.intp]"] = field(default_factory=dict, init=False)

    def inside(self, span: Span, test: int | None) -> "npt.NDArray[np.intp]":
        """Indexes of events in the span (end excluded) that pass the filter numbered `test`; None = no filter."""
        if (span, test) not in self._inside:
            passing = np.ones(len(self.times), dtype=bool) if test is None else self.passing[test].copy()
            if span[0] is not None:
                passing &= self.times >= since_2000(span[0])
            if span[1] is not None:
                passing &= self.times < since_2000(span[1])
            self._inside[span, test] = np.flatnonzero(passing)
        return self._inside[span, test]

    def counts(self, inside: "npt.NDArray[np.intp]") -> "npt.NDArray[Any]":
        """How many of these events each person has."""
        return np.bincount(self.places[inside], minlength=len(self.people.ids))

    def sums(self, inside: "npt.NDArray[np.intp]") -> "npt.NDArray[Any]":
        """The sum of these events' values for each person, in units of 1/PARTS; wrong for people in `inexact`."""
        values = self.values[inside].astype(np.float64)
        return np.bincount(self.places[inside], weights=values, minlength=len(self.people.ids))

    @cached_property
    def inexact(self) -> Mask:
        """People whose values cannot be added up exactly here."""
        known = self.values != INEXACT
        values = np.abs(np.where(known, self.values, 0)).astype(np.float64)
        large = np.bincount(self.places, weights=values, minlength=len(self.people.ids)) >= _EXACT
        unknown = np.bincount(self.places[~known], minlength=len(self.people.ids)) > 0
        return self.people.known(large | unknown)
