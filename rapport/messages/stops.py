"""Stopping campaigns: when the first hundred messages all fail for one reason, the next thousands will too, and each
further one harms the sender's reputation (docs/compatibility.md)."""

from collections.abc import Collection

from rapport.accounts.types import Account
from rapport.kit import db, log

# Failures with nothing delivered between them.
ENOUGH = 100
SKIPPED_AS = "Sending Stopped"

# The reason is the reply's code, with the enhanced one where there is one: the words often name the recipient.
_FAILED_ALIKE = """
    SELECT count(*), min(first.reply)
    FROM (SELECT reply FROM messages WHERE account_id = %(account)s AND message_id = %(message)s
          AND status IN ('bounced', 'failed') LIMIT %(look)s) AS first
    WHERE NOT EXISTS (SELECT FROM messages WHERE account_id = %(account)s AND message_id = %(message)s
                      AND status IN ('sent', 'in_doubt'))
    HAVING count(*) >= %(enough)s
       AND count(DISTINCT substring(first.reply FROM '^\\d+(?: [245]\\.\\d+\\.\\d+)?')) = 1"""
_STOP = """
    INSERT INTO sending_stops (account_id, message_id, reply, stopped) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_SKIP = """
    UPDATE messages SET status = 'skipped', skip_reason = %s, sent = NULL
    WHERE account_id = %s AND message_id = %s AND status = 'queued'"""
_REPLIES = "SELECT message_id, reply FROM sending_stops WHERE account_id = %s AND message_id = ANY(%s)"

_logger = log.logger("messages")


async def stop_if_all_failed(conn: db.Connection, account: Account, message_ids: Collection[str]) -> set[str]:
    """Of these campaign messages, some of which just failed, stop those whose messages all fail and skip what is
    queued. Returns the stopped ones."""
    return {message_id for message_id in sorted(message_ids) if await _stopped(conn, account, message_id)}


async def _stopped(conn: db.Connection, account: Account, message_id: str) -> bool:
    parameters = {"account": account.account_id, "message": message_id, "look": 2 * ENOUGH, "enough": ENOUGH}
    alike = await db.row(conn, _FAILED_ALIKE, parameters)
    if alike is None:
        return False
    if await db.execute(conn, _STOP, (account.account_id, message_id, alike[1], account.now())):
        _logger.error(
            "sending stopped: all failed for one reason",
            account_id=account.account_id,
            message=message_id,
            failed=alike[0],
            reply=alike[1][:200],
        )
    await skip_queued(conn, account.account_id, message_id)
    return True


async def skip_queued(conn: db.Connection, account_id: int, message_id: str) -> None:
    """Skip queued messages, also those queued since the stop."""
    await db.execute(conn, _SKIP, (SKIPPED_AS, account_id, message_id))


async def replies(conn: db.Connection, account_id: int, message_ids: Collection[str]) -> dict[str, str]:
    """The server's answer for each of these that is stopped."""
    return {row[0]: row[1] for row in await db.rows(conn, _REPLIES, (account_id, list(message_ids)))}
