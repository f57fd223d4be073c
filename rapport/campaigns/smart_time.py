"""Smart send time: when the most people of an account open, found out by sending (behaviour-messaging 2.4).

Under 12,000 recipients each gets the mail at the hour at which they opened most in 90 days; who opened nothing at that
of the account. From 12,000 on, the first sends go to a random hour of 24 each; when enough of them went out, one send
compares the best hour with those two before and after it, and every further one goes to the best.
Hours are those of each recipient's zone. Opens by machines say nothing of people and do not count.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

from rapport.accounts.types import Account
from rapport.campaigns import timing
from rapport.kit import db
from rapport.messages.outbox import Timing

EXPLORED_FROM = 12_000
# So many recipients, and how many exploring sends they need before the best hour is looked for.
_EXPLORATIONS = ((72_000, 1), (48_000, 2), (24_000, 3), (18_000, 4), (EXPLORED_FROM, 5))
_DAYS = timedelta(days=90)
_DEFAULT_HOUR = 10

_ZONE: LiteralString = """
    CASE WHEN p.location->>'timezone' = ANY(%(zones)s::text[]) THEN p.location->>'timezone' ELSE %(home)s END"""
# At which hours people of the account opened, most first.
_OPENED = f"""
    SELECT extract(hour FROM e.time AT TIME ZONE {_ZONE})::int AS hour, count(*) AS opens
    FROM engagements e JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
    WHERE e.account_id = %(account)s AND e.kind = 'opened' AND e.channel = 'email' AND e.time > %(since)s
        AND NOT e.flags ? 'machine_open'
    GROUP BY 1 ORDER BY opens DESC, hour LIMIT 1"""
_OWN: LiteralString = f"""
    LEFT JOIN LATERAL (
        SELECT extract(hour FROM e.time AT TIME ZONE {_ZONE})::int AS hour
        FROM engagements e WHERE e.account_id = %(account)s AND e.profile_id = t.profile_id AND e.kind = 'opened'
            AND e.channel = 'email' AND e.time > %(since)s AND NOT e.flags ? 'machine_open'
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) AS own ON true"""
# Of messages that explored: how many of those that went out at an hour were opened.
_RATES = f"""
    SELECT extract(hour FROM m.sent AT TIME ZONE {_ZONE})::int AS hour,
        count(*) FILTER (WHERE EXISTS (SELECT FROM engagements e WHERE e.account_id = m.account_id
            AND e.message_id = m.id AND e.kind = 'opened' AND NOT e.flags ? 'machine_open'))::float / count(*) AS rate
    FROM messages m JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
    WHERE m.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND m.status = 'sent'
    GROUP BY 1 HAVING count(*) >= %(least)s ORDER BY rate DESC, hour LIMIT 1"""
_EARLIER = """
    SELECT ulid, options->'smart'->>'phase' FROM campaign_messages
    WHERE account_id = %s AND options->'smart'->>'phase' IN ('explore', 'compare') AND status IN ('sending', 'sent')
        AND ulid <> %s"""
# An hour of which fewer are known says nothing.
_LEAST = 20


@dataclass(frozen=True)
class Choice:
    """phase: own (each recipient's hour), explore, compare or best. hour: the best that is known."""

    phase: str
    hour: int


async def choose(conn: db.Connection, account: Account, message: str, recipients: int) -> Choice:
    """How a message (public id) to so many is timed, by what earlier ones found out."""
    if recipients < EXPLORED_FROM:
        return Choice("own", await _usual_hour(conn, account))
    earlier = await db.rows(conn, _EARLIER, (account.account_id, message))
    needed = next(sends for size, sends in _EXPLORATIONS if recipients >= size)
    if sum(phase == "explore" for _, phase in earlier) < needed:
        return Choice("explore", 0)
    hour = await _best_hour(conn, account, [ulid for ulid, _ in earlier])
    is_compared = any(phase == "compare" for _, phase in earlier)
    return Choice("best" if is_compared else "compare", hour)


async def _usual_hour(conn: db.Connection, account: Account) -> int:
    row = await db.row(conn, _OPENED, {**_scope(account), "since": account.now() - _DAYS})
    return int(row[0]) if row else _DEFAULT_HOUR


async def _best_hour(conn: db.Connection, account: Account, messages: list[str]) -> int:
    row = await db.row(conn, _RATES, {**_scope(account), "messages": messages, "least": _LEAST})
    return int(row[0]) if row else await _usual_hour(conn, account)


def _scope(account: Account) -> dict[str, Any]:
    return {"account": account.account_id, "zones": timing.ZONES, "home": account.timezone}


def timed(account: Account, day: date, choice: Choice, began: datetime) -> Timing:
    """The hours of a choice, on a day of each recipient's clock."""
    parameters: dict[str, object] = {"best": choice.hour, "since": account.now() - _DAYS}
    if choice.phase == "own":
        return timing.hourly(account, day, began, "coalesce(own.hour, %(best)s)", _OWN, parameters)
    return timing.hourly(account, day, began, _HOURS[choice.phase], "", parameters)


# By a hash of the person and the message, so that nobody is always the one who explores the night.
_HASH: LiteralString = "(hashtextextended(%(message)s || t.profile_id, 3) & 1073741823)"
_HOURS: dict[str, LiteralString] = {
    "explore": f"({_HASH} %% 24)::int",
    "compare": f"((%(best)s + 24 + (ARRAY[-2, 0, 2])[1 + {_HASH} %% 3]) %% 24)::int",
    "best": "%(best)s::int",
}
