"""Computation in processes of its own, each ended when it takes too long.

What customers write (templates) runs for as long as it likes; an event loop that ran it would answer nobody meanwhile.
So it runs elsewhere, with a deadline in seconds of processor time: how busy the machine is changes nothing. The kernel
keeps the deadline, so that it holds inside a library's C code too.
"""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")

# A process that waits for something, instead of computing, is ended after so many times its deadline.
_WALL_FACTOR = 10
_START_SECONDS = 60.0
_END_SECONDS = 2.0


class TookTooLong(Exception):
    """The computation reached its deadline and was ended."""


class ComputationDied(Exception):
    """The process ended before it answered: it was killed, or memory ran out."""


NOT_ANSWERED = (TookTooLong, ComputationDied)


async def run(key: Hashable, seconds: float, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """`function(*args)` in another process. Raises TookTooLong after `seconds` of processor time, and what it raises.

    `key`: who asks; one asker never takes all processes. Function, arguments and answer cross by pickle.
    """
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = ComputePool()
    return await pool.run(key, seconds, function, *args, **named)


def close() -> None:
    """End the processes that nobody uses; the next `run` starts others."""
    pool = _pools.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        pool.close()


class ComputePool:
    """Processes that are started when they are needed and kept. Belongs to one event loop; the processes that nobody
    uses belong to all."""

    def __init__(self, size: int | None = None) -> None:
        size = size or max(2, os.cpu_count() or 1)
        self._places = asyncio.Semaphore(size)
        # always one place for somebody else
        self._places_by_key: dict[Hashable, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(size - 1))
        self._running: dict[Hashable, int] = defaultdict(int)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="compute")

    async def run(self, key: Hashable, seconds: float, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        work = _Work(pickle.dumps(function), pickle.dumps((args, named)), seconds)
        self._running[key] += 1
        try:
            async with self._places_by_key[key], self._places:
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, work)
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key], self._places_by_key[key]
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        while _idle:
            _idle.pop().close()
        self._threads.shutdown(wait=False)

    def _answer(self, work: "_Work") -> Any:
        """In a thread, which waits for the process."""
        try:
            process = _idle.pop()
        except IndexError:
            process = _Process()
        try:
            answer = process.answer(work)
        except BaseException:
            process.end()
            raise
        _idle.append(process)
        failed, value = pickle.loads(answer)
        if failed:
            raise value
        return value


class _Work:
    __slots__ = ("arguments", "function", "seconds")

    def __init__(self, function: bytes, arguments: bytes, seconds: float) -> None:
        self.function, self.arguments, self.seconds = function, arguments, seconds


class _Process:
    """One process of `kit/compute_child`, which answers one piece of work after the other."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "rapport.kit.compute_child", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._connection = Connection(ours.detach())

    def answer(self, work: _Work) -> bytes:
        try:
            # The function is imported before the deadline counts.
            self._connection.send_bytes(work.function)
            self._await(_START_SECONDS)
            self._connection.send_bytes(pickle.dumps(work.seconds))
            self._connection.send_bytes(work.arguments)
            return self._await(work.seconds * _WALL_FACTOR)
        except (EOFError, OSError):
            if self._process.wait(_START_SECONDS) == -signal.SIGPROF:
                raise TookTooLong from None
            raise ComputationDied from None

    def _await(self, seconds: float) -> bytes:
        if not self._connection.poll(seconds):
            raise TookTooLong
        return self._connection.recv_bytes()

    def close(self) -> None:
        """An idle one ends by itself when nobody can ask it any more."""
        self._connection.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.end()

    def end(self) -> None:
        with suppress(OSError):
            self._connection.close()
        self._process.kill()
        self._process.wait()


# Taken from and given back by threads of any pool.
_idle: list[_Process] = []
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, ComputePool] = WeakKeyDictionary()
