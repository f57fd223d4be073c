"""The database of an installation: an outside one, or the private one beside the data."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rapport.kit.postgres import PrivatePostgres
from rapport.kit.settings import Settings


def private(settings: Settings) -> PrivatePostgres | None:
    return None if settings.database_url else PrivatePostgres(settings.data / "postgres")


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The database's URL. A private one that ran already (under `rapport serve`) is left running."""
    if settings.database_url:
        yield settings.database_url
        return
    server = PrivatePostgres(settings.data / "postgres")
    was_running = server.answers()
    with _told_to_end():
        try:
            yield server.start()
        finally:
            if not was_running:
                server.stop()


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Whoever is told to end by SIGTERM still stops what it started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, _frame: object) -> None:
    sys.exit(128 + number)
