"""Where people stand in a column, whether their ids lie close together or far apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.segments.evaluation.masks import People

pytestmark = pytest.mark.rule("4.8")
IDS = st.one_of(
    st.sets(st.integers(1, 60), min_size=1),
    st.sets(st.integers(1, 2**62), min_size=1),
    st.builds(lambda some, far: some | {far}, st.sets(st.integers(1, 60), min_size=1), st.integers(10**7, 2**62)),
)


@given(IDS, st.lists(st.integers(1, 2**62) | st.integers(1, 70)))
def test_each_stands_where_it_is(ids: set[int], others: list[int]) -> None:
    known = sorted(ids)
    people = People(np.array(known, dtype=np.int64))
    asked = np.array([*others, *known, *reversed(known)], dtype=np.int64)
    places, which = people.known_places(asked)
    wanted = [(known.index(one), place) for place, one in enumerate(asked.tolist()) if one in ids]
    assert list(zip(places.tolist(), which.tolist(), strict=True)) == wanted
    # so many that a table is worth it, where there is one
    own = np.tile(asked[which], 10_000 // len(known) + 1)
    assert (people.ids[people.places(own)] == own).all()
