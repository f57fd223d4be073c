"""Limits on sending, of the mail server as a whole and of single domains, kept in PostgreSQL for all processes.

A limit is a bucket: what is taken is paid for from it at once, and what it can't pay for is held back. Held messages
stand in the outbox at a time of their own, far in the future, one for each limit: so they delay nobody, they need no
other table, and whoever has something in the bucket claims the oldest of them. Mail of flows stands before that of
campaigns.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from rapport.kit import clock, db
from rapport.kit.settings import SendLimit
from rapport.messages.outbox import NOT_YET

# What the limit of the mail server as a whole is called.
ALL = "all"
# When held messages are due; before NOT_YET, so that they count as unfinished.
_HELD_FROM = datetime(9000, 1, 1, tzinfo=UTC)
_PLACES = 1 << 31
# The bucket holds this share of a limit: it smooths what goes out. A second is short, so its bucket holds more.
_SHARE, _SHARE_OF_A_SECOND = 20, 5

# A bucket that nobody has taken from is full. The database's clock is the one that all processes share.
_BUCKETS = """
    SELECT name, extract(epoch FROM filled - clock_timestamp())::float8 FROM sending_rates WHERE name = ANY(%s)"""
_LOCK = f"{_BUCKETS} ORDER BY name FOR UPDATE"
_MAKE = "INSERT INTO sending_rates (name, filled) SELECT unnest(%s::text[]), '-infinity' ON CONFLICT DO NOTHING"
_SPEND = """
    UPDATE sending_rates r SET filled = greatest(r.filled, clock_timestamp()) + s.seconds * interval '1 second'
    FROM unnest(%s::text[], %s::float8[]) AS s (name, seconds) WHERE r.name = s.name"""
_HOLD = """
    UPDATE messages m SET due = h.due FROM unnest(%s::bigint[], %s::timestamptz[]) AS h (id, due)
    WHERE m.account_id = %s AND m.id = h.id"""
_WAITING = """
    SELECT h.due FROM unnest(%(moments)s::timestamptz[]) AS h (due) WHERE EXISTS (SELECT FROM messages m
        WHERE m.account_id = %(account)s AND m.status = 'queued' AND m.source <> 'campaign' AND m.due = h.due)"""

# What was held back by a limit that is set no longer.
_RELEASE = """
    UPDATE messages m SET due = %(now)s + a.clock_offset FROM accounts a
    WHERE m.account_id = a.account_id AND m.status = 'queued' AND m.due >= %(from)s AND m.due < %(not_yet)s
        AND m.due <> ALL(%(known)s::timestamptz[])"""


class Addressed(Protocol):
    """A message that may go to this address."""

    @property
    def id(self) -> int: ...
    @property
    def address(self) -> str: ...


def size(limit: SendLimit) -> int:
    """Messages that a full bucket pays for."""
    return max(1, limit.number // (_SHARE_OF_A_SECOND if limit.seconds == 1 else _SHARE))


def _pause(limit: SendLimit) -> float:
    """Seconds in which a bucket gains one: never are more than `number` paid for in any `seconds`."""
    return limit.seconds / (limit.number - size(limit) + 1)


def held_at(limit: SendLimit, *, prompt: bool) -> datetime:
    """When what this limit holds back is due. Not by its number, which is changed more often than its name."""
    place = zlib.crc32(limit.name.encode()) % _PLACES
    return _HELD_FROM + timedelta(seconds=place, microseconds=0 if prompt else 1)


class Limits:
    """The limits that were set; each names the domains it is for."""

    def __init__(self, limits: Sequence[SendLimit]) -> None:
        self._limits = {limit.name: limit for limit in limits}
        self._by_domain = {domain: limit for limit in limits for domain in limit.domains}

    def __bool__(self) -> bool:
        return bool(self._limits)

    async def release(self, conn: db.Connection) -> None:
        """Let go what was held back by limits that are set no longer."""
        known = [held_at(limit, prompt=prompt) for limit in self._limits.values() for prompt in (True, False)]
        moments = {"now": clock.utcnow(), "from": _HELD_FROM, "not_yet": NOT_YET, "known": known}
        await db.execute(conn, _RELEASE, moments)

    def count(self, kinds: Sequence[bool]) -> int:
        """Moments at which something may be held back."""
        return len(self._limits) * len(kinds)

    def of(self, address: str) -> list[SendLimit]:
        """Those that a message to this address counts for: of the server first."""
        domain = address.rpartition("@")[2].lower()
        limits = (self._limits.get(ALL), self._by_domain.get(domain))
        return [limit for limit in limits if limit is not None]

    async def paying(self, conn: db.Connection, *, prompt: bool) -> dict[datetime, int]:
        """How many each bucket that is not empty pays for, by the moment at which what it held back is due."""
        if not self._limits:
            return {}
        paid = await self._paid(conn, _BUCKETS, list(self._limits))
        return {held_at(self._limits[name], prompt=prompt): number for name, number in paid.items() if number}

    async def pay(
        self, conn: db.Connection, account_id: int, messages: Sequence[Addressed], prompt: Collection[int]
    ) -> set[int]:
        """Pay for messages, in order. Returns those that can't be paid for: they are held back.

        prompt: those of `messages` that are no campaign's. What a campaign sends leaves what is in a bucket to mail of
        flows that it holds back. The buckets stay locked until the transaction ends.
        """
        limits = {message.id: self.of(message.address) for message in messages}
        names = {limit.name for of_message in limits.values() for limit in of_message}
        if not names:
            return set()
        paid = await self._paid(conn, _LOCK, sorted(names))
        spoken_for = await self._spoken_for(conn, account_id, names)
        spent = dict.fromkeys(names, 0)
        held: dict[int, datetime] = {}
        for message in messages:
            is_prompt = message.id in prompt
            empty = [
                limit
                for limit in limits[message.id]
                if paid[limit.name] <= spent[limit.name] or (limit.name in spoken_for and not is_prompt)
            ]
            if empty:
                held[message.id] = held_at(empty[0], prompt=is_prompt)
            else:
                spent.update({limit.name: spent[limit.name] + 1 for limit in limits[message.id]})
        await self._write(conn, account_id, spent, held)
        return set(held)

    async def _paid(self, conn: db.Connection, query: str, names: list[str]) -> dict[str, int]:
        """How many each bucket pays for now."""
        found: Mapping[str, float] = dict(await db.rows(conn, query, (names,)))
        if len(found) < len(names):
            await db.execute(conn, _MAKE, (sorted(names),))
            found = dict(await db.rows(conn, query, (names,)))
        return {name: self._filled(name, max(0.0, missing)) for name, missing in found.items()}

    def _filled(self, name: str, missing: float) -> int:
        limit = self._limits[name]
        return max(0, int(size(limit) - missing / _pause(limit) + 1e-9))

    async def _spoken_for(self, conn: db.Connection, account_id: int, names: Iterable[str]) -> set[str]:
        """Limits that hold back mail of flows."""
        moments = {held_at(self._limits[name], prompt=True): name for name in names}
        parameters = {"account": account_id, "moments": list(moments)}
        return {moments[row[0]] for row in await db.rows(conn, _WAITING, parameters)}

    async def _write(
        self, conn: db.Connection, account_id: int, spent: Mapping[str, int], held: Mapping[int, datetime]
    ) -> None:
        seconds = {name: number * _pause(self._limits[name]) for name, number in sorted(spent.items()) if number}
        if seconds:
            await db.execute(conn, _SPEND, (list(seconds), list(seconds.values())))
        if held:
            await db.execute(conn, _HOLD, (list(held), list(held.values()), account_id))
