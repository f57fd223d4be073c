"""Background work of accounts."""

from datetime import UTC, datetime

from rapport.accounts import sessions
from rapport.accounts.users import challenges, failures, invitations, letters
from rapport.kit import db
from rapport.kit.jobs import Blueprint


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="41 * * * *")
    @jobs.task(name="forget-dead-sessions", queueing_lock="forget-dead-sessions", pass_context=False)
    async def forget_dead(timestamp: int) -> None:
        """What opens nothing any more: links, sessions, challenges and invitations whose time is over."""
        async with pool.connection() as conn:
            now = datetime.fromtimestamp(timestamp, UTC)
            for what in (sessions, challenges, failures, invitations):
                await what.forget_dead(conn, now)
            await letters.give_up(conn)

    return jobs
