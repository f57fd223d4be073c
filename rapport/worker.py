"""The worker process: runs every loop of the program until told to stop, woken by the database."""

import asyncio
import random
import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import psycopg

from rapport.events.lake import engine
from rapport.kit import db, locks, log
from rapport.kit.jobs import Jobs
from rapport.kit.jobs import app as job_app
from rapport.kit.loops import FAILURES
from rapport.kit.rooms import Loop, Process, Room
from rapport.kit.settings import Settings
from rapport.wiring import ROOMS, Program

_POOL = 12
# Something can become due without anybody telling: a delay that ends, a boundary of time.
_IDLE_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_logger = log.logger("worker")


async def run(
    settings: Settings, database_url: str, stop: asyncio.Event | None = None, rooms: Sequence[Room] = ROOMS
) -> None:
    """Until `stop` is set, or SIGTERM or SIGINT arrives. What is under way is finished first."""
    stop = stop or _stopped_by_signal()
    async with db.new_pool(database_url, size=_POOL) as pool:
        program = Program(rooms, settings)
        loops = program.loops(Process(settings, pool))
        woken = {name: asyncio.Event() for name in loops}
        by_channel = {channel: [woken[name] for name in names] for channel, names in program.wakes().items()}
        listener = asyncio.create_task(_listen(database_url, by_channel))
        jobs = Jobs(job_app(database_url, program.jobs(pool)))
        await asyncio.gather(
            *(_run(name, loop, woken[name], stop) for name, loop in loops.items()),
            _run_jobs(jobs, stop),
            _wake_at_end(woken.values(), stop),
        )
        for loop in loops.values():
            if (close := getattr(loop, "close", None)) is not None:
                await close()
        engine.close()
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


async def _run(name: str, loop: Loop, woken: asyncio.Event, stop: asyncio.Event) -> None:
    while not stop.is_set():
        woken.clear()
        try:
            worked = await loop.run_once()
        except Exception:
            FAILURES.labels(name).inc()
            _logger.exception("loop failed", loop=name)
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        if not worked:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), getattr(loop, "idle_seconds", _IDLE_SECONDS))


async def _wake_at_end(woken: Iterable[asyncio.Event], stop: asyncio.Event) -> None:
    """Nobody sleeps on when the end is asked for."""
    await stop.wait()
    for event in woken:
        event.set()


async def _run_jobs(jobs: Jobs, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await jobs.run(stop)
        except Exception:
            FAILURES.labels("jobs").inc()
            _logger.exception("loop failed", loop="jobs")
            await asyncio.sleep(_RETRY_SECONDS)


async def _listen(database_url: str, woken: Mapping[str, Sequence[asyncio.Event]]) -> None:
    """Holds the lock that says a worker lives, and wakes the loops. Reconnects when the database was away."""
    while True:
        try:
            conn = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
            async with conn:
                number = random.randrange(1 << 31)
                await conn.execute("SELECT pg_advisory_lock(%s, %s)", (locks.WORKERS, number))
                for channel in woken:
                    await conn.execute(f"LISTEN {channel}")
                # what was told before anybody listened
                for events in woken.values():
                    for event in events:
                        event.set()
                async for notice in conn.notifies():
                    for event in woken[notice.channel]:
                        event.set()
        except psycopg.OperationalError:
            _logger.warning("lost the database, trying again")
            await asyncio.sleep(_RETRY_SECONDS)


def _stopped_by_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
