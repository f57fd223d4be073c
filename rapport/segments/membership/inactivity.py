"""Segments that nobody uses any more are no longer kept (behaviour-people 4.1).

Used is a segment that is read by its id, with or without its members; that is edited; that a campaign or flow is for;
or that a segment in use depends on. A reading is noted to the day, so that it costs next to nothing; hence a segment
goes to sleep up to a day late, never early.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import clock, db
from rapport.kit.loops import Apart
from rapport.kit.rooms import Point
from rapport.segments.conditions.definition import parse_stored

DAY = timedelta(days=1)
LIMIT, LIMIT_STARRED = timedelta(days=45), timedelta(days=365)
# SQL that answers (public id, moment) for segments that a room above uses, some more than once; its parameters are
# account, now and segments, an array of public ids.
USES: Point[str] = Point("queries of what segments are used for")

_NOTE = """
    UPDATE segments SET used = %(now)s
    WHERE account_id = %(account)s AND id = %(id)s AND used < %(now)s - interval '1 day'"""
_LIMIT = "CASE WHEN s.is_starred THEN %(starred)s::interval ELSE %(plain)s::interval END"
# tenant-scope: a worker looks for work of every account
_ACCOUNTS = f"""
    SELECT DISTINCT s.account_id FROM segments s JOIN accounts a ON a.account_id = s.account_id
    WHERE s.is_active AND s.used < %(now)s + a.clock_offset - {_LIMIT} ORDER BY s.account_id"""
_ACTIVE = f"""
    SELECT s.public_id, s.definition, s.used < %(now)s - {_LIMIT} AS unused
    FROM segments s WHERE s.account_id = %(account)s AND s.is_active"""
_STAMP = """
    UPDATE segments s SET used = greatest(s.used, u.used) FROM unnest(%s::text[], %s::timestamptz[]) AS u (id, used)
    WHERE s.account_id = %s AND s.public_id = u.id"""
# Whoever has used it meanwhile keeps it.
_SLEEP = f"""
    UPDATE segments s SET is_active = false, version = version + 1
    WHERE s.account_id = %(account)s AND s.public_id = ANY(%(segments)s) AND s.is_active
      AND s.used < %(now)s - {_LIMIT}"""


async def note(conn: db.Connection, account_id: int, segment: Mapping[str, Any], now: datetime) -> None:
    """Note that the segment (its row) was used."""
    if segment["used"] < now - DAY:
        await db.execute(conn, _NOTE, {"account": account_id, "id": segment["id"], "now": now})


class SegmentSleep:
    """Worker loop: deactivates segments that nobody uses."""

    # A matter of days; a test account's clock that is moved wakes it.
    idle_seconds = 300.0

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._apart = Apart("segment-sleep")

    async def run_once(self) -> int:
        """Returns how many segments became inactive, 0 = none."""
        async with self._pool.connection() as conn:
            waiting = await db.rows(conn, _ACCOUNTS, {"now": clock.utcnow(), **_limits()})
        return await self._apart.each(waiting, self._account)

    async def _account(self, account_id: int) -> int:
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            await _ask_above(conn, account)
            parameters = {"account": account_id, "now": account.now(), **_limits()}
            parameters["segments"] = _unused(await db.dicts(conn, _ACTIVE, parameters))
            return await db.execute(conn, _SLEEP, parameters)


def _limits() -> dict[str, Any]:
    """One day more than the rule says, because a use is noted to the day."""
    return {"plain": LIMIT + DAY, "starred": LIMIT_STARRED + DAY}


async def _ask_above(conn: db.Connection, account: Account) -> None:
    """Note the uses that rooms above report."""
    parameters = {"account": account.account_id, "now": account.now(), **_limits()}
    parameters["segments"] = [row["public_id"] for row in await db.dicts(conn, _ACTIVE, parameters) if row["unused"]]
    uses = [row for query in USES for row in await db.rows(conn, query, parameters)]
    latest: dict[str, datetime] = {}
    for public_id, moment in uses:
        latest[public_id] = max(moment, latest.get(public_id, moment))
    await db.execute(conn, _STAMP, (list(latest), list(latest.values()), account.account_id))


def _unused(active: Sequence[Mapping[str, Any]]) -> list[str]:
    """Segments that nobody used and that no remaining segment depends on."""
    needs = {row["public_id"]: parse_stored(row["public_id"], row["definition"]).depends.groups for row in active}
    staying = [row["public_id"] for row in active if not row["unused"]]
    needed = set(staying)
    while staying:
        more = needs[staying.pop()] & needs.keys() - needed
        needed |= more
        staying += more
    return sorted(needs.keys() - needed)
