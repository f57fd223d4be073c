"""Background work of the bulk room."""

from datetime import UTC, datetime

from rapport.bulk import service
from rapport.kit import db
from rapport.kit.jobs import Blueprint


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="41 3 * * *")
    @jobs.task(name="forget-imports", queueing_lock="forget-imports", pass_context=False)
    async def forget_imports(timestamp: int) -> None:
        """Jobs whose time is over can't be asked for any more; at night they go."""
        async with pool.connection() as conn:
            await service.forget_expired(conn, datetime.fromtimestamp(timestamp, UTC))

    return jobs
