"""Pausing what is being sent: nothing more of a campaign message is taken until it goes on.

A pause is a row that whoever takes a batch reads. What is due meanwhile is put off, a batch at a time, so that pausing
a million costs no more than pausing ten; going on makes that due again.
"""

from collections.abc import Collection

from rapport.accounts.types import Account
from rapport.kit import db, locks
from rapport.messages.outbox import CHANNEL, NOT_YET

_PAUSE = """
    INSERT INTO sending_pauses (account_id, message_id, paused) SELECT %s, unnest(%s::text[]), %s
    ON CONFLICT DO NOTHING"""
_GO_ON = "DELETE FROM sending_pauses WHERE account_id = %s AND message_id = ANY(%s)"
# What waits for a winner has no variation yet, and waits on.
_DUE_AGAIN = """
    UPDATE messages SET due = %(now)s WHERE account_id = %(account)s AND message_id = ANY(%(messages)s)
        AND status = 'queued' AND due = %(not_yet)s AND variation_id IS NOT NULL"""
_PAUSED = "SELECT message_id FROM sending_pauses WHERE account_id = %s AND message_id = ANY(%s)"
_PUT_OFF = "UPDATE messages SET due = %s WHERE account_id = %s AND id = ANY(%s)"


async def pause(conn: db.Connection, account: Account, message_ids: Collection[str]) -> None:
    """Take nothing more of these messages; what was taken already goes out."""
    await db.execute(conn, _PAUSE, (account.account_id, list(message_ids), account.now()))


async def go_on(conn: db.Connection, account: Account, message_ids: Collection[str]) -> None:
    """End the pause of these messages. A batch that is being taken would put off what was just made due, so it is
    waited for."""
    await db.execute(conn, "SELECT pg_advisory_xact_lock(%s, %s)", (locks.GATE, account.account_id))
    await db.execute(conn, _GO_ON, (account.account_id, list(message_ids)))
    values = {"now": account.now(), "account": account.account_id, "messages": list(message_ids), "not_yet": NOT_YET}
    if await db.execute(conn, _DUE_AGAIN, values):
        await db.execute(conn, f"NOTIFY {CHANNEL}")


async def paused(conn: db.Connection, account_id: int, message_ids: Collection[str]) -> set[str]:
    """Those of these messages that are paused."""
    return {row[0] for row in await db.rows(conn, _PAUSED, (account_id, list(message_ids)))}


async def put_off(conn: db.Connection, account_id: int, ids: Collection[int]) -> None:
    """Put these off until their campaign message goes on. The caller holds their rows."""
    if ids:
        await db.execute(conn, _PUT_OFF, (NOT_YET, account_id, list(ids)))
