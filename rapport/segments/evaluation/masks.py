"""Some people in one order: an answer about them is a column with a yes or no for each, which a thousand definitions
put together for a tenth of what sets cost."""

from collections.abc import Iterable
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap64

from rapport.segments.sql.bitmap import bitmap

Mask = npt.NDArray[np.bool_]
Column = npt.NDArray[np.int64]

# Ids from first to last for which a table is kept: four bytes for each.
_MOST_APART = 2_000_000
# To look for fewer, none is made.
_FEW = 10_000


class People:
    """Some people in a fixed order. `ids`: ascending, without repeats. A mask has a bit for each.

    Masks are never changed in place. `known` replaces a mask that is empty or full by the shared objects `nobody` and
    `everybody`, and the algebra takes shortcuts for those two. A mask that was not passed through `known` gives the
    same results, only slower.
    """

    def __init__(self, ids: Column) -> None:
        self.ids = ids
        self.nobody: Mask = np.zeros(len(ids), dtype=bool)
        self.everybody: Mask = np.ones(len(ids), dtype=bool)

    @classmethod
    def of(cls, sets: Iterable[BitMap64]) -> "People":
        return cls(_ids(BitMap64.union(BitMap64(), *sets)))

    @cached_property
    def _table(self) -> "npt.NDArray[np.int32] | None":
        """The index of each id from the first to the last, -1 for ids in between that are not here: ten times as quick
        as a search. None where the ids lie too far apart."""
        if not len(self.ids) or self.ids[-1] - self.ids[0] >= _MOST_APART:
            return None
        table = np.full(int(self.ids[-1] - self.ids[0]) + 1, -1, dtype=np.int32)
        table[self.ids - self.ids[0]] = np.arange(len(self.ids))
        return table

    def places(self, ids: "npt.NDArray[Any]") -> "npt.NDArray[np.intp]":
        """The index of each of `ids`, all of which are among these people."""
        if len(ids) < _FEW or self._table is None:
            return np.searchsorted(self.ids, ids)
        places: npt.NDArray[np.intp] = self._table[ids - self.ids[0]].astype(np.intp)
        return places

    def known_places(self, ids: "npt.NDArray[Any]") -> "tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]":
        """For any ids: the indexes of those that are among these people, and which of `ids` they are."""
        inside = np.flatnonzero((ids >= self.ids[0]) & (ids <= self.ids[-1]))
        if self._table is None:
            places = np.searchsorted(self.ids, ids[inside])
            own = self.ids[places] == ids[inside]
        else:
            places = self._table[ids[inside] - self.ids[0]].astype(np.intp)
            own = places >= 0
        return places[own], inside[own]

    def having(self, ids: "npt.NDArray[Any]") -> Mask:
        """The mask of `ids`, all of which are among these people."""
        mask = self.nobody.copy()
        mask[self.places(ids)] = True
        return mask

    def mask(self, profiles: BitMap64) -> Mask:
        """The mask of a set of profiles, all of which are among these people."""
        return self.known(self.having(_ids(profiles)))

    def known(self, mask: Mask) -> Mask:
        """The same mask, as the object `nobody` or `everybody` where it equals one of them."""
        count = np.count_nonzero(mask)
        if count == 0:
            return self.nobody
        return self.everybody if count == len(mask) else mask

    def is_nobody(self, mask: Mask) -> bool:
        """Whether the mask is the object `nobody`; False says nothing of a mask that is not `known`."""
        return mask is self.nobody

    def is_everybody(self, mask: Mask) -> bool:
        """Whether the mask is the object `everybody`; False says nothing of a mask that is not `known`."""
        return mask is self.everybody

    def chosen(self, mask: Mask) -> BitMap64:
        return bitmap(self.ids[mask])

    def either(self, left: Mask, right: Mask) -> Mask:
        if self.is_nobody(left) or self.is_everybody(right):
            return right
        return left if self.is_nobody(right) or self.is_everybody(left) else left | right

    def union(self, masks: Iterable[Mask]) -> Mask:
        return reduce(self.either, masks, self.nobody)

    def both(self, left: Mask, right: Mask) -> Mask:
        if self.is_everybody(left) or self.is_nobody(right):
            return right
        return left if self.is_everybody(right) or self.is_nobody(left) else left & right

    def others(self, mask: Mask) -> Mask:
        if self.is_nobody(mask):
            return self.everybody
        return self.nobody if self.is_everybody(mask) else ~mask


def _ids(profiles: BitMap64) -> Column:
    return np.array(profiles.to_array(), dtype=np.int64)
