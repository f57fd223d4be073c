"""Fairness: which account is worked on next, so that a busy one does not delay the others.

A runner works on a few accounts at a time, each on a lane. An account whose last batch was large is busy. Busy accounts
take turns on all lanes but one, which is kept for accounts with little work. Correctness does not depend on this: an
account's lock allows only one batch of it at a time, whichever runner has it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# Connections a runner holds at most, and how many of them busy accounts may have.
LANES = 3
_BUSY_LANES = 2
# Rows of a batch: from here on an account is busy. A batch costs some twenty statements whatever its size, so after a
# smaller one the next gathers for a moment. The first event after a pause is not held up by it.
SMALL = 500
_GATHER_SECONDS = 0.03
# Another runner has it, or a segment is being built.
_TURNED_AWAY_SECONDS = 0.05
# What failed for a reason that is not in the rows is not tried again all the time.
_FAILED_SECONDS = 1.0
_FORGET_SECONDS = 60.0


@dataclass
class _Place:
    """What is remembered of an account; times are seconds of the monotonic clock."""

    served: float = 0.0
    rests_until: float = 0.0
    busy: bool = False
    running: bool = False


class Lanes:
    """`next` returns the accounts to begin; `begun` and `ended` report what happened."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}

    def next(self, waiting: Iterable[int], now: float) -> list[int]:
        """Accounts to begin now, at most as many as there are free lanes; the one that waited longest comes first."""
        running = [place for place in self._places.values() if place.running]
        free, busy_free = LANES - len(running), _BUSY_LANES - sum(place.busy for place in running)
        chosen: list[int] = []
        for account in sorted(waiting, key=self._order):
            place = self._places.get(account, _NEW)
            if place.running or place.rests_until > now or (place.busy and busy_free <= 0):
                continue
            if len(chosen) == free:
                break
            chosen.append(account)
            busy_free -= place.busy
        return chosen

    def _order(self, account: int) -> tuple[bool, float]:
        place = self._places.get(account, _NEW)
        return place.busy, place.served

    def begun(self, account: int, now: float) -> None:
        place = self._places.setdefault(account, _Place())
        place.running, place.served = True, now

    def ended(self, account: int, worked: int | None, now: float) -> None:
        """`worked`: rows of the batch; None when another runner has the account."""
        place = self._places[account]
        place.running, place.busy = False, (worked or 0) >= SMALL
        if worked is None:
            place.rests_until = max(place.rests_until, now + _TURNED_AWAY_SECONDS)
        elif worked < SMALL:
            place.rests_until = now + _GATHER_SECONDS
        self._forget(now)

    def failed(self, account: int, now: float) -> None:
        """Called before `ended`: the batch failed, and not because another runner had the account."""
        self._places[account].rests_until = now + _FAILED_SECONDS

    def rest(self, waiting: Iterable[int], now: float) -> float | None:
        """Seconds until the first of the waiting accounts may begin if a lane is free; None when none waits."""
        places = [self._places.get(account, _NEW) for account in waiting]
        rests = [place.rests_until - now for place in places if not place.running]
        return max(0.0, min(rests)) if rests else None

    def _forget(self, now: float) -> None:
        """Drop accounts that were not served for a while: they count as new."""
        if len(self._places) > 1000:
            self._places = {
                account: place
                for account, place in self._places.items()
                if place.running or now - place.served < _FORGET_SECONDS
            }


_NEW = _Place()
