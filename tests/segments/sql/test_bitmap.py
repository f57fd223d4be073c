"""Sets of profile ids hold what they are made of, however it lies: sorted or not, dense or sparse, in stretches."""

from itertools import chain
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rapport.segments.sql.bitmap import bitmap

_ids = st.integers(1, 2**62)
_stretches = st.builds(lambda first, long: list(range(first, first + long)), st.integers(1, 2**40), st.integers(1, 400))
_dense = st.lists(st.integers(10_000, 10_400), max_size=300)


@given(
    st.one_of(st.lists(_ids), _dense, st.lists(_stretches, max_size=3).map(lambda some: [*chain(*some)])),
    st.randoms(),
    st.booleans(),
)
def test_a_set_holds_what_it_is_made_of(ids: list[int], random: Random, mixed: bool) -> None:
    ids = random.sample(ids, len(ids)) if mixed else sorted(ids)
    for kind in (">i8", np.int64, np.uint64):
        assert list(bitmap(np.array(ids, dtype=kind))) == sorted(set(ids))
