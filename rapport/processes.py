"""The web and worker processes of `rapport serve`.

They are forked from the program, which has read their modules: a start reads them once, all processes share that
memory, and one that died is back in an instant.
"""

import asyncio
import gc
import importlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkProcess

import uvloop
from setproctitle import setproctitle

from rapport.kit.settings import Settings

_BACKLOG = 2048
_WORKER_NICE = 5
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_MODULES = {"web": ("granian.server.embed", "rapport.server"), "worker": ("rapport.worker",)}


def load(kinds: Iterable[str]) -> None:
    """Read what processes of these kinds ("web", "worker") need, and keep the collector from touching it: what it has
    looked at is no longer shared."""
    for kind in kinds:
        for module in _MODULES[kind]:
            importlib.import_module(module)
    gc.collect()
    gc.freeze()


def start(
    name: str, settings: Settings, url: str, host: str, port: int, held: socket.socket | None = None
) -> ForkProcess:
    """Start the process `name`, "web-0" or "worker-0", on the database at `url`; `ps` shows it as "rapport: web-0".

    Only for a program that runs a single thread: another's locks would stay locked in the child. `held`: a socket that
    is the program's alone.
    """
    process = get_context("fork").Process(target=_run, args=(name, settings, url, host, port, held), name=name)
    # The program's own handlers would swallow a signal that comes before the child has its own.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    return process


def _run(name: str, settings: Settings, url: str, host: str, port: int, held: socket.socket | None) -> None:
    if held is not None:
        held.close()
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    setproctitle(f"rapport: {name}")
    _end_with_parent()
    _calm_collector()
    uvloop.run(_web(settings, url, host, port) if name.startswith("web") else _worker(settings, url))


async def _web(settings: Settings, url: str, host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    from rapport.server import application

    server = Server(
        application(settings, url),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=_BACKLOG,
        log_level=LogLevels.error,
        websockets=False,
    )
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve()


async def _worker(settings: Settings, url: str) -> None:
    from rapport.worker import run

    # Accepting comes before working off: where there are fewer cores than processes, the web process goes first.
    os.nice(_WORKER_NICE)
    await run(settings, url)


def _calm_collector() -> None:
    """Batches of thousands of short-lived rows make the cyclic collector run all the time, and it finds nothing:
    a fifth of the pipeline's time. What was imported is never looked at again, the rest rarely."""
    gc.set_threshold(100_000, 50, 100)


def _end_with_parent() -> None:
    """A child whose parent was killed would hold the port; it ends by itself."""
    program = parent_process()
    assert program is not None
    parent = program.pid

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
