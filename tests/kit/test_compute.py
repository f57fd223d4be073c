import asyncio
import os
import signal
from typing import Any

import pytest

from rapport.kit import compute
from rapport.kit.pieces import Pieces
from tests.kit import computations


def test_it_computes_elsewhere_and_passes_errors_on() -> None:
    async def scenario() -> None:
        assert await compute.run(1, 2, computations.process_id) != os.getpid()
        with pytest.raises(ZeroDivisionError):
            await compute.run(1, 2, divmod, 1, 0)
        compute.close()

    asyncio.run(scenario())


def test_a_process_that_nobody_uses_serves_the_next_event_loop() -> None:
    async def process() -> int:
        return await compute.run(1, 2, computations.process_id)

    assert len({asyncio.run(process()) for _ in range(3)}) == 1


def test_a_computation_without_end_is_ended_and_holds_up_nobody() -> None:
    async def scenario() -> None:
        endless = [asyncio.create_task(compute.run("greedy", 0.5, computations.spin)) for _ in range(3)]
        # the same event loop and another asker go on meanwhile
        answers = [await compute.run("modest", 2, divmod, n, 2) for n in range(5)]
        assert answers == [divmod(n, 2) for n in range(5)]
        assert not any(task.done() for task in endless[1:])
        for task in endless:
            with pytest.raises(compute.TookTooLong):
                await task
        assert await compute.run("greedy", 2, divmod, 5, 2) == (2, 1)
        compute.close()

    asyncio.run(scenario())


def test_waiting_costs_no_processor_time_but_ends_too() -> None:
    async def scenario() -> None:
        with pytest.raises(compute.TookTooLong):
            await compute.run(1, 0.05, computations.sleep, 60)
        compute.close()

    asyncio.run(scenario())


def test_a_process_that_is_killed_is_replaced() -> None:
    async def scenario() -> None:
        with pytest.raises(compute.ComputationDied):
            await compute.run(1, 2, os.kill, await compute.run(1, 2, computations.process_id), signal.SIGKILL)
        assert await compute.run(1, 2, divmod, 5, 2) == (2, 1)
        compute.close()

    asyncio.run(scenario())


@pytest.mark.long
def test_of_many_only_what_is_slow_is_lost_and_soon_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapport.kit.pieces.SECONDS", 0.2)
    monkeypatch.setattr("rapport.kit.pieces.PIECE_SECONDS", 0.4)
    slow, quick = ("slow", None), ("quick", 4)

    async def scenario() -> None:
        pieces: Pieces[Any, Any] = Pieces(computations.halves, packed=list, cause=lambda item: item[0])
        assert await pieces.run(1, [quick, slow, quick]) == [2, None, 2]
        assert await pieces.run(1, [slow] * 40 + [quick]) == [None] * 40 + [2]
        began = os.times()
        assert await pieces.run(1, [quick] * 60 + [slow] * 60) == [2] * 60 + [None] * 60
        # nothing slow was tried again
        assert os.times().children_user - began.children_user < 0.2
        assert await pieces.run(2, [quick]) == [2]
        compute.close()

    asyncio.run(scenario())
