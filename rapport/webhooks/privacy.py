"""What happens to deliveries when profiles are folded, and when a person is deleted."""

from rapport.kit import clock, db
from rapport.profiles.privacy import Erased, NotYet

MOVES = (
    "UPDATE webhook_deliveries SET profile_id = %(into)s WHERE account_id = %(account)s AND profile_id = %(source)s",
    """UPDATE webhook_attempts SET profiles = array_replace(profiles, %(source)s::bigint, %(into)s::bigint)
       WHERE account_id = %(account)s AND %(source)s::bigint = ANY(profiles)""",
)
# What a dead worker left in flight is nobody's: a webhook that is paused is not called, which alone would take it back.
_WAITING = """
    DELETE FROM webhook_deliveries
    WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[])
      AND NOT (in_flight AND due > %(world)s)"""
_UNDER_WAY = """
    SELECT EXISTS (SELECT FROM webhook_deliveries
                   WHERE account_id = %(account)s AND profile_id = ANY(%(profiles)s::bigint[]))"""
_ATTEMPTS = """
    UPDATE webhook_attempts SET body = 'redacted', answer = 'redacted'
    WHERE account_id = %(account)s AND profiles && %(profiles)s::bigint[]"""


async def erase(conn: db.Connection, erased: Erased) -> None:
    """Raises NotYet while a call about the person is being made."""
    await db.execute(conn, _WAITING, {**erased.parameters, "world": clock.utcnow()})
    # Asked after the rows are ours: whoever was about to take one has taken it by now.
    row = await db.row(conn, _UNDER_WAY, erased.parameters)
    if row and row[0]:
        raise NotYet
    await db.execute(conn, _ATTEMPTS, erased.parameters)
