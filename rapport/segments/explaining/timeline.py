"""An answer along time: the moments at which it flips, found with as few questions as are needed."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.segments.explaining.flips import Flip
from rapport.segments.grammar.timeframes import TICK

# Questions about one condition in one direction.
MOST_ASKS = 1500


class Spent(Exception):
    """The allowed number of evaluations is used up."""


@dataclass
class Asks:
    """How many evaluations are left."""

    left: int

    def take(self) -> None:
        if self.left <= 0:
            raise Spent
        self.left -= 1


@dataclass(frozen=True)
class Point:
    """A time at which an answer may flip. Within consecutive points of one `direction` it flips once at most; None:
    every point has to be evaluated."""

    at: datetime
    direction: bool | None


def points(flips: Iterable[Flip], *, monotone: bool) -> list[Point]:
    """The times in order. `monotone`: dates that begin to count push the answer one way only, those that cease the
    other."""
    entering: dict[datetime, bool | None] = {}
    for flip in flips:
        same = monotone and entering.get(flip.at, flip.enters) == flip.enters
        entering[flip.at] = flip.enters if same else None
    return [Point(at, entering[at]) for at in sorted(entering)]


class Timeline:
    """The answer along `points`, from the known first answer `said` on. `until`: the end of what is known."""

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
        """The next time at which the answer flips; None when there is none, or none that is known."""
        while self._place < len(self._points):
            end = self._end()
            try:
                flipped = await self._flipped(self._place, end)
            except Spent:
                self.unknown_from = self._points[self._place].at - TICK
                self._place = len(self._points)
                return None
            self._place = end if flipped is None else flipped + 1
            if flipped is not None:
                self._said = not self._said
                return self._points[flipped].at
        return None

    def _end(self) -> int:
        """The index at which the consecutive points of one direction end."""
        first = self._points[self._place].direction
        end = self._place + 1
        while first is not None and end < len(self._points) and self._points[end].direction == first:
            end += 1
        return end

    async def _flipped(self, start: int, end: int) -> int | None:
        """The index of the flip between `start` and `end`, of which there is one at most, by bisection; None = none."""
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


def just_before(moment: datetime) -> datetime:
    """The last instant before `moment`."""
    return moment - TICK
