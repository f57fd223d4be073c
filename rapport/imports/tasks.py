"""Background work of imports beside the files themselves."""

from datetime import UTC, datetime

from rapport.kit import db
from rapport.kit.jobs import Blueprint

# Each account forgets by its own clock.
# tenant-scope: a worker tidies up for every account
_FORGET_REFUSALS = """
    DELETE FROM file_import_refusals r USING file_imports i JOIN accounts a ON a.account_id = i.account_id
    WHERE r.account_id = i.account_id AND r.import_id = i.id
        AND i.finished < %(now)s + a.clock_offset - interval '30 days'"""


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="47 3 * * *")
    @jobs.task(name="forget-refused-rows", queueing_lock="forget-refused-rows", pass_context=False)
    async def forget_refused_rows(timestamp: int) -> None:
        """What was refused can be downloaded for a month."""
        async with pool.connection() as conn:
            await db.execute(conn, _FORGET_REFUSALS, {"now": datetime.fromtimestamp(timestamp, UTC)})

    return jobs
