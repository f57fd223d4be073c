"""Rate limits as the reference documents them (behaviour-people 7.8): fixed windows of a second, a minute and a day.

Counts live in the memory of one process and are keyed by the caller, usually (account, operation).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil

SECOND, MINUTE, DAY = 1, 60, 86_400
_FORGET_ABOVE = 50_000


@dataclass(frozen=True)
class Rate:
    """Requests allowed in a second, a minute and, where there is a third window, a day."""

    burst: int
    steady: int
    daily: int | None = None

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """(seconds, requests) of each window, the shortest first."""
        both = ((SECOND, self.burst), (MINUTE, self.steady))
        return both if self.daily is None else (*both, (DAY, self.daily))


XS = Rate(1, 15)
S = Rate(3, 60)
M = Rate(10, 150)
L = Rate(75, 750)
XL = Rate(350, 3500)

REPORTS = Rate(1, 2, 225)
DEFINITIONS = Rate(1, 15, 100)  # create and update of segments, create of flows
LIST_CREATE = Rate(10, 150, 150)
IMAGE_IMPORT = Rate(3, 100, 100)
IMAGE_UPLOAD = Rate(3, 100, 500)
CUSTOM_METRICS = Rate(1, 15, 15)
MAPPED_METRICS = Rate(1, 15, 30)
CLIENT_SUBSCRIPTIONS = Rate(350, 750)
CLIENT_PUSH_TOKENS = Rate(150, 1400)
DATA_SOURCE_RECORDS = Rate(3, 15)


@dataclass(frozen=True)
class Standing:
    """Where a caller stands after a request: the window nearest its limit and what is left of it.

    `reset` and `retry_after` are whole seconds; `retry_after` is above 0 only when the request is refused.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int


class RateLimiter:
    """Counts requests. `now` is in seconds since the epoch and always an argument."""

    def __init__(self) -> None:
        self._counts: dict[Hashable, dict[int, tuple[int, int]]] = {}

    def take(self, key: Hashable, rate: Rate, now: float) -> Standing:
        """Count one request, unless a window is full: a refused request costs nothing."""
        used = self._counts.get(key)
        if used is None:
            used = self._counts[key] = {}
            self._forget_old(now)
        states = [_Window(seconds, limit, used, now) for seconds, limit in rate.windows]
        full = [state for state in states if state.left <= 0]
        if full:
            worst = max(full, key=lambda state: state.reset)
            return Standing(False, worst.limit, 0, worst.reset, max(1, worst.reset))
        for state in states:
            used[state.seconds] = (state.index, state.taken + 1)
        nearest = min(states, key=lambda state: (state.left - 1) / state.limit)
        return Standing(True, nearest.limit, nearest.left - 1, int(nearest.until), 0)

    def _forget_old(self, now: float) -> None:
        """Drop callers not seen today, so that memory is bounded by those that are."""
        if len(self._counts) < _FORGET_ABOVE:
            return
        stale = [key for key, used in self._counts.items() if all(_over(s, n[0], now) for s, n in used.items())]
        for key in stale:
            del self._counts[key]


class _Window:
    __slots__ = ("index", "left", "limit", "reset", "seconds", "taken", "until")

    def __init__(self, seconds: int, limit: int, used: dict[int, tuple[int, int]], now: float) -> None:
        self.seconds, self.limit = seconds, limit
        self.index = int(now // seconds)
        index, taken_before = used.get(seconds, (self.index, 0))
        self.taken = taken_before if index == self.index else 0
        self.left = limit - self.taken
        self.until = (self.index + 1) * seconds - now
        self.reset = ceil(self.until)


def _over(seconds: int, index: int, now: float) -> bool:
    return int(now // seconds) != index


def limit_header(standing: Standing, rate: Rate) -> str:
    """`75, 75;w=1, 750;w=60`: the window named first, then every window (behaviour-people 7.2)."""
    return ", ".join([str(standing.limit), *(f"{limit};w={seconds}" for seconds, limit in rate.windows)])
