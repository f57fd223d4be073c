"""The database of an installation: an outside one, or the private one beside the data."""

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
    yield server.start()
    if not was_running:
        server.stop()
