"""Which senders live, so that what a dead one had in flight is found.

Each sender holds a session advisory lock on a number of its own for as long as it lives; the database lets go of it
when the connection ends, however the process died. No clock and no time-out is involved.

Right before messages are handed to a provider, their ids are written down through that very connection. So a sender
that lost its lock can't hand anything over; and of what a dead one had taken, only what stands there is in doubt. The
rest never left and goes back into the queue. Receipts that a sender still brings win over "in doubt".
"""

import secrets
from collections.abc import Collection
from typing import Any, cast

import psycopg

from rapport.kit import db

_SPACE = 7_270_004
_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
_UNLOCK = "SELECT pg_advisory_unlock(%s, %s)"
_HOLDERS = """
    SELECT DISTINCT a.account_id, m.taken_by FROM accounts a
    CROSS JOIN LATERAL (SELECT taken_by FROM messages WHERE account_id = a.account_id AND status = 'in_flight') m"""
_IN_DOUBT = """
    UPDATE messages SET status = 'in_doubt', reply = 'the sender stopped before the receiving server had answered'
    WHERE account_id = %(account)s AND status = 'in_flight' AND taken_by = %(worker)s AND id IN
        (SELECT unnest(ids) FROM handovers WHERE account_id = %(account)s AND worker = %(worker)s)"""
_BACK = """
    UPDATE messages SET status = 'queued', taken_by = NULL, sent = NULL
    WHERE account_id = %(account)s AND status = 'in_flight' AND taken_by = %(worker)s"""
_FORGET = "DELETE FROM handovers WHERE account_id = %(account)s AND worker = %(worker)s"
_HAND_OVER = """
    INSERT INTO handovers (account_id, worker, ids) VALUES (%s, %s, %s)
    ON CONFLICT (account_id, worker) DO UPDATE SET ids = excluded.ids"""


class Presence:
    """A sender's own sign of life. `name` is what it writes into `messages.taken_by`."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._number = secrets.randbelow(1 << 31)
        self._conn: psycopg.AsyncConnection[Any] | None = None

    @property
    def name(self) -> str:
        return str(self._number)

    async def hold(self) -> bool:
        """Take the lock where it is not held. True when it was taken just now: at the start, or after a break."""
        if self._conn is not None and not self._conn.closed:
            return False
        self._conn = await psycopg.AsyncConnection.connect(cast(str, self._pool.conninfo), autocommit=True)
        await db.execute(self._conn, _LOCK, (_SPACE, self._number))
        return True

    async def hand_over(self, account_id: int, ids: Collection[int]) -> None:
        """Write down what is about to be handed over and what was and is not settled yet.

        Raises psycopg.OperationalError when the connection, and the lock with it, is gone.
        """
        if self._conn is None:
            raise psycopg.OperationalError("hand_over before hold")
        await db.execute(self._conn, _HAND_OVER, (account_id, self.name, sorted(ids)))

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()


async def report_lost(pool: db.Pool, own: str) -> int:
    """Messages in flight with senders that live no longer: `in_doubt`, never sent again by themselves, where they may
    have been handed over; back in the queue where they were not.

    `own` counts as dead: call it before taking anything. Returns how many are in doubt.
    """
    async with pool.connection() as conn:
        holders = await db.rows(conn, _HOLDERS)
        return sum([await _report(conn, account, name, own) for account, name in holders])


async def _report(conn: db.Connection, account_id: int, name: str, own: str) -> int:
    if name != own and not await _is_dead(conn, int(name)):
        return 0
    parameters = {"account": account_id, "worker": name}
    lost = await db.execute(conn, _IN_DOUBT, parameters)
    await db.execute(conn, _BACK, parameters)
    await db.execute(conn, _FORGET, parameters)
    return lost


async def _is_dead(conn: db.Connection, number: int) -> bool:
    """A lock that can be had is nobody's."""
    found = await db.row(conn, _LOCK, (_SPACE, number))
    if not (found and found[0]):
        return False
    await db.execute(conn, _UNLOCK, (_SPACE, number))
    return True
