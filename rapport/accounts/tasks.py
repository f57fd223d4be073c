"""Background work of accounts."""

from datetime import UTC, datetime

from rapport.accounts import sessions
from rapport.kit import db
from rapport.kit.jobs import Blueprint


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="41 * * * *")
    @jobs.task(name="forget-dead-sessions", queueing_lock="forget-dead-sessions", pass_context=False)
    async def forget_dead(timestamp: int) -> None:
        """Links and sessions whose time is over open nothing; every hour they go."""
        async with pool.connection() as conn:
            await sessions.forget_dead(conn, datetime.fromtimestamp(timestamp, UTC))

    return jobs
