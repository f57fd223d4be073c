"""Some people in one order: an answer about them is a column with a yes or no for each, which a thousand definitions
put together for a tenth of what sets cost."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap64

from rapport.segments.conditions.scope import bitmap

Mask = npt.NDArray[np.bool_]
Column = npt.NDArray[np.int64]


class People:
    """`ids`: in order, each once. Masks are never changed in place: `nobody` and `everybody` are known by what they
    are, which spares most of the algebra."""

    def __init__(self, ids: Column) -> None:
        self.ids = ids
        self.nobody: Mask = np.zeros(len(ids), dtype=bool)
        self.everybody: Mask = np.ones(len(ids), dtype=bool)

    @classmethod
    def of(cls, sets: Iterable[BitMap64]) -> "People":
        return cls(_ids(BitMap64.union(BitMap64(), *sets)))

    def places(self, ids: "npt.NDArray[Any]") -> "npt.NDArray[np.intp]":
        """Where each of `ids` stands; all of them are among these people."""
        return np.searchsorted(self.ids, ids)

    def found(self, ids: "npt.NDArray[Any]") -> "tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]":
        """Where each of any ids stands, and which of them are among these people."""
        places = np.minimum(self.places(ids), len(self.ids) - 1)
        return places, self.ids[places] == ids

    def having(self, ids: "npt.NDArray[Any]") -> Mask:
        """Those of `ids`, who are all among them."""
        mask = self.nobody.copy()
        mask[self.places(ids)] = True
        return mask

    def mask(self, profiles: BitMap64) -> Mask:
        """Those of a set, all of whom are among them."""
        return self.known(self.having(_ids(profiles)))

    def known(self, mask: Mask) -> Mask:
        """The same, as `nobody` or `everybody` where it is one of them."""
        found = np.count_nonzero(mask)
        if found == 0:
            return self.nobody
        return self.everybody if found == len(mask) else mask

    def chosen(self, mask: Mask) -> BitMap64:
        return bitmap(self.ids[mask])

    def either(self, one: Mask, other: Mask) -> Mask:
        if one is self.nobody or other is self.everybody:
            return other
        return one if other is self.nobody or one is self.everybody else one | other

    def union(self, masks: Iterable[Mask]) -> Mask:
        return reduce(self.either, masks, self.nobody)

    def both(self, one: Mask, other: Mask) -> Mask:
        if one is self.everybody or other is self.nobody:
            return other
        return one if other is self.everybody or one is self.nobody else one & other

    def others(self, mask: Mask) -> Mask:
        if mask is self.nobody:
            return self.everybody
        return self.nobody if mask is self.everybody else ~mask


def _ids(profiles: BitMap64) -> Column:
    return np.array(profiles.to_array(), dtype=np.int64)
