"""An answer along time: the moments at which it turns, found with as few questions as are needed."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.segments.explaining.flips import Turn
from rapport.segments.grammar.timeframes import TICK

# Questions about one condition in one direction.
MOST_ASKS = 1500


class Spent(Exception):
    """As many questions were asked as are allowed."""


@dataclass
class Asks:
    """How many questions may still be asked."""

    left: int

    def take(self) -> None:
        if self.left <= 0:
            raise Spent
        self.left -= 1


@dataclass(frozen=True)
class Point:
    """A moment at which an answer may turn. Along points of one `direction` it turns once at most; None: see alone."""

    at: datetime
    direction: bool | None


def points(turns: Iterable[Turn], *, monotone: bool) -> list[Point]:
    """The moments in order. `monotone`: what enters pushes the answer one way only, and what leaves the other."""
    found: dict[datetime, bool | None] = {}
    for turn in turns:
        same = monotone and found.get(turn.at, turn.enters) == turn.enters
        found[turn.at] = turn.enters if same else None
    return [Point(at, found[at]) for at in sorted(found)]


class Timeline:
    """What is said along `points`, in their order, from `said` on. `until`: beyond it nothing is known."""

    def __init__(
        self,
        ask: Callable[[datetime], Awaitable[bool]],
        points: Sequence[Point],
        said: bool,
        asks: Asks,
        until: datetime | None,
    ) -> None:
        self._ask, self._points, self._said, self._asks = ask, points, said, asks
        self._own = Asks(MOST_ASKS)
        self._place = 0
        # None: known for ever
        self.unknown_from = until

    async def advance(self) -> datetime | None:
        """The next point at which the answer turns; None when there is none, or none that is known."""
        while self._place < len(self._points):
            end = self._end()
            try:
                turned = await self._turned(self._place, end)
            except Spent:
                self.unknown_from = self._points[self._place].at - TICK
                self._place = len(self._points)
                return None
            self._place = end if turned is None else turned + 1
            if turned is not None:
                self._said = not self._said
                return self._points[turned].at
        return None

    def _end(self) -> int:
        """Where the run of points with one direction ends."""
        first = self._points[self._place].direction
        end = self._place + 1
        while first is not None and end < len(self._points) and self._points[end].direction == first:
            end += 1
        return end

    async def _turned(self, start: int, end: int) -> int | None:
        """The place of the turn in a run, which holds one at most: asked for at its end, then halved."""
        if not await self._differs(end - 1):
            return None
        low, high = start, end - 1
        while low < high:
            middle = (low + high) // 2
            if await self._differs(middle):
                high = middle
            else:
                low = middle + 1
        return low

    async def _differs(self, place: int) -> bool:
        self._asks.take()
        self._own.take()
        return await self._ask(self._points[place].at) != self._said
