"""The processes that `rapport serve` starts: `python -m rapport.processes web|worker HOST PORT`."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time

import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from rapport.kit import log
from rapport.kit import settings as settings_module
from rapport.kit.settings import Settings

_BACKLOG = 2048
_WORKER_NICE = 5


def main() -> None:
    kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    log.configure()
    _end_with_parent()
    settings = settings_module.load(host=host, port=port)
    url = os.environ["RAPPORT_DATABASE_URL_IN_USE"]
    uvloop.run(_web(settings, url, host, port) if kind == "web" else _worker(settings, url))
    # DuckDB's module complains at the end about what the collector does not see.
    gc.unfreeze()


async def _web(settings: Settings, url: str, host: str, port: int) -> None:
    from rapport.server import application

    _calm_collector()
    server = Server(
        application(settings, url), address=host, port=port, interface=Interfaces.ASGI, backlog=_BACKLOG,
        log_level=LogLevels.error, websockets=False,
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve()


async def _worker(settings: Settings, url: str) -> None:
    from rapport.worker import run

    _calm_collector()
    # Accepting comes before working off: where there are fewer cores than processes, the web process goes first.
    os.nice(_WORKER_NICE)
    await run(settings, url)


def _calm_collector() -> None:
    """Batches of thousands of short-lived rows make the cyclic collector run all the time, and it finds nothing:
    a fifth of the pipeline's time. What was imported is never looked at again, the rest rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _end_with_parent() -> None:
    """A child whose parent was killed would hold the port; it ends by itself."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
