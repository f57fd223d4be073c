"""Background work on webhooks."""

from datetime import UTC, datetime, timedelta

from rapport.kit import db
from rapport.kit.jobs import Blueprint
from rapport.webhooks import outcomes
from rapport.webhooks.tables import IS_CALLED

# How long what was given up, and what is known of calls, is kept.
KEPT_FOR = timedelta(days=7)
# Each statement over every account, by its own clock.
# tenant-scope: a worker looks for work of every account
_FAILED = """
    DELETE FROM webhook_deliveries d USING accounts a
    WHERE d.account_id = a.account_id AND d.failed IS NOT NULL AND d.failed <= %(now)s + a.clock_offset - %(kept)s"""
# tenant-scope: a worker looks for work of every account
_ATTEMPTS = """
    DELETE FROM webhook_attempts t USING accounts a
    WHERE t.account_id = a.account_id AND t.at <= %(now)s + a.clock_offset - %(kept)s"""
# Webhooks that are switched off, or whose application was uninstalled, for which nothing is called, and those for which
# more waits than may: a receiver that answers well, but slower than things happen, never fails.
# tenant-scope: a worker looks for work of every account
_BACKED_UP = f"""
    SELECT w.account_id, w.id, %(now)s + a.clock_offset FROM webhooks w JOIN accounts a ON a.account_id = w.account_id
    WHERE NOT ({IS_CALLED}) OR EXISTS (
        SELECT FROM webhook_deliveries d WHERE d.account_id = w.account_id AND d.webhook_id = w.id AND d.failed IS NULL
        ORDER BY d.id OFFSET %(most)s LIMIT 1)"""
# Written by a batch that was under way when its webhook was deleted.
# tenant-scope: a worker looks for work of every account
_ORPHANS = """
    DELETE FROM webhook_deliveries d
    WHERE NOT EXISTS (SELECT FROM webhooks w WHERE w.account_id = d.account_id AND w.id = d.webhook_id)"""


async def prune(pool: db.Pool, now: datetime) -> None:
    """Forget what is too old. `now`: the world's time."""
    parameters = {"now": now, "kept": KEPT_FOR, "most": outcomes.MOST_WAITING}
    async with pool.connection() as conn:
        backed_up = await db.rows(conn, _BACKED_UP, parameters)
    for account_id, webhook_id, account_now in backed_up:
        async with pool.connection() as conn:
            await outcomes.give_up(conn, account_id, webhook_id, account_now)
    for statement in (_FAILED, _ATTEMPTS, _ORPHANS):
        async with pool.connection() as conn:
            await db.execute(conn, statement, parameters)


def tasks(pool: db.Pool) -> Blueprint:
    """Jobs over a pool of the worker's."""
    jobs = Blueprint()

    @jobs.periodic(cron="23 * * * *")
    @jobs.task(name="prune-webhooks", queueing_lock="prune-webhooks", pass_context=False)
    async def prune_webhooks(timestamp: int) -> None:
        """Every hour."""
        await prune(pool, datetime.fromtimestamp(timestamp, UTC))

    return jobs
