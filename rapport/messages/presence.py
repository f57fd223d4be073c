"""Which senders live, so that what a dead one had in flight is found.

Each sender holds a session advisory lock on a number of its own for as long as it lives; the database lets go of it
when the connection ends, however the process died. No clock and no time-out is involved.

Right before messages are handed to a provider, their ids are written down through that very connection, and only those
that are still the sender's own are handed over. So a sender that lost its lock can't hand anything over; and of what a
dead one had taken, only what stands there is in doubt. The rest never left and goes back into the queue. Receipts that
a sender still brings win over "in doubt".
"""

import secrets
from collections.abc import Collection
from typing import Any, cast

import psycopg
from psycopg.conninfo import make_conninfo

from rapport.kit import db, locks

_HOLD = "SELECT pg_try_advisory_lock(%s, %s)"
_IS_FREE = "SELECT pg_try_advisory_xact_lock(%s, %s)"
# Another number is tried where one is taken; so many in a row can't be.
_NAMES_TRIED = 5
# A line that is silent is given up after this, so that nobody waits on it with messages in hand.
_LINE = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "20000"}
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
# Of the messages that are about to be handed over, those that are still this sender's.
_HAND_OVER = """
    WITH own AS (
        SELECT id FROM messages WHERE account_id = %(account)s AND id = ANY(%(ids)s::bigint[])
          AND status = 'in_flight' AND taken_by = %(worker)s),
    written AS (
        INSERT INTO handovers (account_id, worker, ids)
        SELECT %(account)s, %(worker)s, %(unconfirmed)s::bigint[] || coalesce((SELECT array_agg(id) FROM own), '{}')
        ON CONFLICT (account_id, worker) DO UPDATE SET ids = excluded.ids)
    SELECT id FROM own"""


class Presence:
    """A sender's own sign of life. `name` is what it writes into `messages.taken_by`, and it may change."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._number = 0
        self._conn: psycopg.AsyncConnection[Any] | None = None
        # names of before a break, under which something may still be in flight
        self._former: set[str] = set()

    @property
    def name(self) -> str:
        return str(self._number)

    @property
    def names(self) -> set[str]:
        return {self.name, *self._former}

    def reported(self) -> None:
        """Nothing is in flight any more under the names of before."""
        self._former.clear()

    async def hold(self) -> bool:
        """Take a lock where none is held. True when it was taken just now: at the start, or after a break.

        After a break the name is a new one: the old lock may still be held by what is left of the connection, and
        whoever finds it free later must not take this sender for dead. Raises psycopg.OperationalError.
        """
        if self._conn is not None:
            if not self._conn.closed:
                return False
            self._former.add(self.name)
            self._conn = None
        for _ in range(_NAMES_TRIED):
            if await self._take_name(secrets.randbelow(1 << 31)):
                return True
        raise psycopg.OperationalError("no name for this sender could be locked")

    async def _take_name(self, number: int) -> bool:
        where = make_conninfo(cast(str, self._pool.conninfo), **_LINE)
        conn = await psycopg.AsyncConnection.connect(where, autocommit=True)
        try:
            held = await db.row(conn, _HOLD, (locks.SENDERS, number)) == (True,)
        except BaseException:
            await conn.close()
            raise
        if not held:
            await conn.close()
            return False
        self._conn, self._number = conn, number
        return True

    async def hand_over(self, account_id: int, unconfirmed: Collection[int], ids: Collection[int]) -> set[int]:
        """Write down what is about to be handed over beside what was and has no receipt yet (`unconfirmed`). Returns
        which of `ids` may be handed over: those that are still this sender's.

        Raises psycopg.OperationalError when the connection, and the lock with it, is gone.
        """
        if self._conn is None:
            raise psycopg.OperationalError("hand_over before hold")
        parameters = {
            "account": account_id,
            "worker": self.name,
            "unconfirmed": sorted(unconfirmed),
            "ids": sorted(ids),
        }
        return {row[0] for row in await db.rows(self._conn, _HAND_OVER, parameters)}

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()


async def report_lost(pool: db.Pool, own: Collection[str]) -> int:
    """Messages in flight with senders that live no longer: `in_doubt`, never sent again by themselves, where they may
    have been handed over; back in the queue where they were not.

    `own` names count as dead: call it before taking anything. Returns how many are in doubt.
    """
    async with pool.connection() as conn:
        holders = await db.rows(conn, _HOLDERS)
        return sum([await _report(conn, account, name, own) for account, name in holders])


async def _report(conn: db.Connection, account_id: int, name: str, own: Collection[str]) -> int:
    if name not in own and not await _is_dead(conn, int(name)):
        return 0
    parameters = {"account": account_id, "worker": name}
    lost = await db.execute(conn, _IN_DOUBT, parameters)
    await db.execute(conn, _BACK, parameters)
    await db.execute(conn, _FORGET, parameters)
    return lost


async def _is_dead(conn: db.Connection, number: int) -> bool:
    """A lock that can be had is nobody's. It is kept until what was found is written, so that nobody else takes it."""
    return await db.row(conn, _IS_FREE, (locks.SENDERS, number)) == (True,)
