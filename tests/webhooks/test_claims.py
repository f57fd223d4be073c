"""Which deliveries a call takes: in their order, person by person, whatever is due, called or refused."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.webhooks.claims import BATCH, Waiting, choose
from rapport.webhooks.payloads import Delivery
from tests.lengths import length

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BATCHED, SINGLE = "event:api.placed_order", "event.created"


def waiting(
    id: int, profile: int, topic: str = BATCHED, *, due: bool = True, together: int = BATCH, called: bool = False
) -> Waiting:
    delivery = Delivery(id, topic, profile, id, None, NOW, 0)
    return Waiting(delivery, together, due and not called, called)


def chosen(*rows: Waiting, alone: bool = False) -> list[int]:
    return [row.delivery.id for row in choose(rows, alone=alone)]


def test_events_share_a_call_and_happenings_have_one_each() -> None:
    assert chosen(waiting(1, 1), waiting(2, 2, SINGLE), waiting(3, 1), waiting(4, 3)) == [1, 3, 4]
    # claimed together, they may be told at once, so each is of somebody else
    rows = [waiting(1, 1, SINGLE), waiting(2, 2), waiting(3, 2, SINGLE), waiting(4, 3, SINGLE), waiting(5, 1, SINGLE)]
    assert chosen(*rows) == [1, 4]


def test_what_comes_after_something_that_waits_of_the_same_profile_waits_too() -> None:
    assert chosen(waiting(1, 1, due=False), waiting(2, 1), waiting(3, 2), waiting(4, 1)) == [3]
    assert chosen(waiting(1, 1, called=True), waiting(2, 1), waiting(3, 2, SINGLE)) == [3]
    # the happening goes in a call of its own, so the event behind it is not told before it
    assert chosen(waiting(1, 2), waiting(2, 1, SINGLE), waiting(3, 1), waiting(4, 2)) == [1, 4]


def test_what_failed_goes_in_parts_with_its_like() -> None:
    rows = [*(waiting(n, n, together=2) for n in range(1, 5)), waiting(5, 5)]
    assert chosen(*rows) == [1, 2]
    assert chosen(*rows[2:]) == [3, 4]
    assert chosen(waiting(1, 1, together=1), waiting(2, 2)) == [1]
    assert len(choose([waiting(n, n) for n in range(BATCH + 5)], alone=False)) == BATCH


def test_after_a_failure_one_call_at_a_time_is_made() -> None:
    assert chosen(waiting(1, 1, called=True), waiting(2, 2), alone=True) == []
    assert chosen(waiting(1, 1, due=False), waiting(2, 2), alone=True) == [2]


_ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([BATCHED, SINGLE]), st.booleans(), st.sampled_from([1, 3, BATCH])),
    max_size=30,
)


@settings(max_examples=length(50, 1000), deadline=None)
@given(rows=_ROWS)
def test_nothing_is_taken_before_what_is_older_of_the_same_profile(rows: list[tuple[int, str, bool, int]]) -> None:
    offered = [
        waiting(id, profile, topic, due=due, together=together)
        for id, (profile, topic, due, together) in enumerate(rows)
    ]
    taken = {row.delivery.id for row in choose(offered, alone=False)}
    for row in offered:
        if row.delivery.id in taken:
            older = [one for one in offered if one.delivery.profile_id == row.delivery.profile_id]
            assert all(one.delivery.id in taken for one in older if one.delivery.id < row.delivery.id)
    # something is always taken where the oldest of somebody is due
    heads = {profile: due for profile, _, due, _ in reversed(rows)}
    assert bool(taken) == any(heads.values())
