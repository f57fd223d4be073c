"""Background work of the event room."""

from datetime import UTC, datetime, timedelta

from rapport.events import partitions
from rapport.kit import db
from rapport.kit.jobs import Blueprint

_MONTH = timedelta(days=31)


def tasks(pool: db.Pool) -> Blueprint:
    """The room's background jobs, over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="17 3 * * *")
    @jobs.task(name="make-months", queueing_lock="make-months", pass_context=False)
    async def make_months(timestamp: int) -> None:
        """The months to come get their partitions before the first event needs them, so that none waits for it."""
        now = datetime.fromtimestamp(timestamp, UTC)
        async with pool.connection() as conn:
            await partitions.ensure(conn, [now, now + _MONTH, now + 2 * _MONTH])

    return jobs
