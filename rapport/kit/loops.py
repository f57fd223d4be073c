"""The work of many accounts in one loop of a worker: what goes wrong with one stops no other."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import Counter

from rapport.kit import clock, db, log

# One account's piece of work; the first is the account's id.
Item = tuple[int | str, ...]
T = TypeVar("T")
_FIRST_REST, _LONGEST_REST = 1.0, 60.0

FAILURES = Counter(
    "rapport_worker_failures_total", "Runs of a worker loop that raised, whole or for one account", ["loop"]
)
_logger = log.logger("worker")


@dataclass
class _Rest:
    """An item that failed is left alone until then, by the monotonic clock, and longer after each failure."""

    until: float
    seconds: float


class Apart:
    """Takes one step for each item that is due. An item whose step raises is logged and counted, and tried again with
    the next call; when it raises again it rests, for a second first and for a minute at most."""

    def __init__(self, loop: str) -> None:
        self._loop = loop
        self._rests: dict[Item, _Rest] = {}

    async def each(self, items: Iterable[Item], step: Callable[..., Awaitable[int]]) -> int:
        """The sum of what `step(*item)` returned. Raises at once when the database can't be reached: nobody's work
        goes on then."""
        return sum([await self.take(item, step) or 0 for item in items])

    async def take(self, item: Item, step: Callable[..., Awaitable[T]]) -> T | None:
        """What one step returned; None where it raised, or the item rests."""
        if self._is_resting(item):
            return None
        try:
            done = await step(*item)
        except Exception as error:
            if db.is_lost(error):
                raise
            if not db.is_transient(error):
                self._failed(item)
            return None
        self._rests.pop(item, None)
        return done

    @property
    def resting(self) -> list[int | str]:
        """What rests now, by the last part of each item: for a query that asks for a few at a time, which they would
        fill for ever."""
        forgotten = clock.monotonic() - _LONGEST_REST
        self._rests = {item: rest for item, rest in self._rests.items() if rest.until > forgotten}
        return [item[-1] for item in self._rests if self._is_resting(item)]

    def _is_resting(self, item: Item) -> bool:
        return item in self._rests and self._rests[item].until > clock.monotonic()

    def _failed(self, item: Item) -> None:
        FAILURES.labels(self._loop).inc()
        before = self._rests.get(item)
        seconds = 0.0 if before is None else min(_LONGEST_REST, max(_FIRST_REST, before.seconds * 2))
        self._rests[item] = _Rest(clock.monotonic() + seconds, seconds)
        _logger.exception(
            "the work of one account failed", loop=self._loop, account_id=item[0], item=item[1:], again_in=seconds
        )
