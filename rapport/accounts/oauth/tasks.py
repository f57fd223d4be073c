"""Background work of OAuth."""

from datetime import UTC, datetime

from rapport.accounts.oauth import grants
from rapport.kit import db
from rapport.kit.jobs import Blueprint


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="23 * * * *")
    @jobs.task(name="forget-dead", queueing_lock="forget-dead", pass_context=False)
    async def forget_dead(timestamp: int) -> None:
        """Codes and tokens whose time is over open nothing; every hour they go."""
        async with pool.connection() as conn:
            await grants.forget_dead(conn, datetime.fromtimestamp(timestamp, UTC))

    return jobs
