"""Many computations of one kind, some of which may take too long, in pieces (`kit/compute`)."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

from rapport.kit import compute

T = TypeVar("T")
R = TypeVar("R")

SIZE = 50
# Processor time for one computation, and for a piece of them; a typical computation takes a millisecond.
SECONDS = 2.0
PIECE_SECONDS = 4.0
# So many computations of one cause that took too long mean that all will.
_SLOW = 3


class Pieces(Generic[T, R]):
    """Computes answers in the order of the items.

    A piece that takes too long is computed item by item, so that only the item at fault is lost; and after some such
    items nothing more is computed for their cause (a template, say), so that the others get their turn.
    function: computed elsewhere, gives an answer for each item of a piece. packed: a piece as `function` takes it.
    cause: what decides how long an item takes, whoever asks.
    """

    def __init__(
        self,
        function: Callable[[Any], Sequence[R]],
        *,
        packed: Callable[[Sequence[T]], Any],
        cause: Callable[[T], Hashable],
    ) -> None:
        self._function, self._packed, self._cause = function, packed, cause
        self._slow: Counter[Hashable] = Counter()

    async def run(self, key: Hashable, items: Sequence[T]) -> list[R | None]:
        """An answer for each item; None = it took too long. `key`: who asks."""
        places = asyncio.Semaphore(max(1, (os.cpu_count() or 2) - 1))
        pieces = [items[first : first + SIZE] for first in range(0, len(items), SIZE)]
        answers = await asyncio.gather(*(self._piece(key, piece, places) for piece in pieces))
        return [answer for piece in answers for answer in piece]

    async def _piece(self, key: Hashable, piece: Sequence[T], places: asyncio.Semaphore) -> Sequence[R | None]:
        async with places:
            if not any(self._is_slow(key, item) for item in piece):
                with suppress(*compute.NOT_ANSWERED):
                    return await compute.run(key, PIECE_SECONDS, self._function, self._packed(piece))
            return [await self._single(key, item) for item in piece]

    async def _single(self, key: Hashable, item: T) -> R | None:
        if self._is_slow(key, item):
            return None
        try:
            return (await compute.run(key, SECONDS, self._function, self._packed([item])))[0]
        except compute.NOT_ANSWERED:
            self._slow[key, self._cause(item)] += 1
            return None

    def _is_slow(self, key: Hashable, item: T) -> bool:
        return self._slow[key, self._cause(item)] >= _SLOW
