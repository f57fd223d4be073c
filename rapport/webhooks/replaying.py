"""Calling again for what was given up."""

from datetime import datetime

from rapport.kit import db
from rapport.webhooks.react import NOTIFY

# Each begins anew: a day of tries, in calls of any size.
_REPLAY = """
    UPDATE webhook_deliveries SET failed = NULL, created = %(now)s, due = %(now)s, attempts = 0, together = NULL
    WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND failed IS NOT NULL"""


async def replay(conn: db.Connection, account_id: int, webhook_id: int, now: datetime) -> int:
    """Put back everything that was given up of a webhook, in its old order. Returns how much that is."""
    replayed = await db.execute(conn, _REPLAY, {"account": account_id, "webhook": webhook_id, "now": now})
    await db.execute(conn, NOTIFY)
    return replayed
