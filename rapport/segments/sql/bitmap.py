"""A set of ids made of an array of them."""

import array
from typing import Any

import numpy as np
from pyroaring import BitMap64

# Ids in a row from which on it is quicker to add them at once.
_STRETCH = 64
# One in so many numbers, or fewer, between the least id and the greatest.
_SPARSE = 16


def bitmap(ids: "np.ndarray[Any, Any]") -> BitMap64:
    """A set of ids; sorted first, because that is how it is made ten times as quickly."""
    known = _sorted(np.ascontiguousarray(ids, dtype=np.uint64))
    # All profiles of an account are few stretches without a gap.
    ends = np.append(np.flatnonzero(np.diff(known) != 1), len(known) - 1)
    if len(ends) * _STRETCH < len(known):
        profiles = BitMap64()
        for first, last in zip(known[np.append(0, ends[:-1] + 1)].tolist(), known[ends].tolist(), strict=True):
            profiles.add_range(first, last + 1)
        return profiles
    # Half the time that a list takes.
    return BitMap64(array.array("Q", known.tobytes()))


def _sorted(ids: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    if not np.any(ids[1:] < ids[:-1]):
        return ids
    least, most = int(ids.min()), int(ids.max())
    if most - least >= _SPARSE * len(ids):
        return np.sort(ids)
    # Ticked off on a list of all that there could be: a tenth of what sorting takes.
    there = np.zeros(most - least + 1, dtype=np.bool_)
    there[ids - np.uint64(least)] = True
    return np.flatnonzero(there).astype(np.uint64) + np.uint64(least)
