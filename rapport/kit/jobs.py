"""Background jobs that are not the product itself: Procrastinate, on the same PostgreSQL.

A room declares its jobs in `tasks.py` on a `Blueprint`; the composition root puts them together. The pipeline, the
outbox and the flow engine are the product: they have tables and claims of their own.
"""

import asyncio
from collections.abc import Mapping

from procrastinate import App, Blueprint, PsycopgConnector

__all__ = ["CHANNEL", "App", "Blueprint", "Jobs", "app"]
_POOL = 2
# Listeners wake on this channel: a job over many people waits to be worked off.
CHANNEL = "rapport_jobs"


def app(database_url: str, rooms: Mapping[str, Blueprint]) -> App:
    """A closed app with every room's tasks, each named after its room."""
    job_app = App(connector=PsycopgConnector(conninfo=database_url, min_size=1, max_size=_POOL))
    for name, tasks in rooms.items():
        job_app.add_tasks_from(tasks, namespace=name)
    return job_app


class Jobs:
    """Runs jobs until `stop` is set; periodic ones by their schedules. Several workers share them."""

    def __init__(self, jobs: App) -> None:
        self._app = jobs

    async def run(self, stop: asyncio.Event) -> None:
        """Raises what the database raised when it was lost; the caller begins again."""
        async with self._app.open_async():
            working = asyncio.create_task(
                self._app.run_worker_async(install_signal_handlers=False, listen_notify=True, delete_jobs="successful")
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not working.done():
                working.cancel()
            await asyncio.gather(working, return_exceptions=stop.is_set())
