"""Background work of notifications."""

from rapport.kit import db
from rapport.kit.jobs import Blueprint
from rapport.notifications import service


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="41 3 * * *")
    @jobs.task(name="forget-old", queueing_lock="forget-old-notifications", pass_context=False)
    async def forget_old(timestamp: int) -> None:
        """After three months nobody looks."""
        async with pool.connection() as conn:
            await service.forget_old(conn)

    return jobs
