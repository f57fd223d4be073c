"""What is counted, and how. The period is the calendar month in UTC, by the account's clock (behaviour-rest 16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.kit import db

Unit = Literal["messages", "profiles"]
# Where limits lie in the account's settings.
_SETTING = "limits"
# An index leads to when messages were queued, none to when they went: as far back as one may have waited.
LONGEST_WAIT = timedelta(days=31)
_SENT = """
    SELECT count(*) FROM messages
    WHERE account_id = %(account)s AND channel = %(channel)s AND source <> 'test' AND created >= %(queued)s
        AND sent >= %(start)s AND sent < %(end)s AND status IN ('sent', 'bounced')"""
# Who can be written to: somebody with a number, or with an address that is not barred.
_ACTIVE = """
    SELECT count(*) FROM profiles p
    WHERE p.account_id = %(account)s AND (p.phone_number IS NOT NULL OR (p.email IS NOT NULL AND NOT EXISTS (
        SELECT FROM suppressions s WHERE s.account_id = %(account)s AND s.profile_id = p.id)))"""
_LIMIT = f"""
    UPDATE accounts SET settings = settings
        || jsonb_build_object('{_SETTING}', coalesce(settings -> '{_SETTING}', '{{}}') || %s::jsonb)
    WHERE account_id = %s"""


@dataclass(frozen=True)
class Kind:
    """One thing that is counted. `always`: it is listed also where there is none of it."""

    unit: Unit
    query: str
    channel: str | None = None
    always: bool = True


KINDS: Mapping[str, Kind] = {
    "active_profiles": Kind("profiles", _ACTIVE),
    "email_sends": Kind("messages", _SENT, "email"),
    "sms_sends": Kind("messages", _SENT, "sms", always=False),
}


@dataclass(frozen=True)
class Usage:
    """`maximum`: 0 = no limit was set. `end` is exclusive."""

    id: str
    unit: Unit
    used: int
    maximum: int
    start: datetime
    end: datetime


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """The first moment of the month in UTC, and of the next."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


def limits_of(account: Account) -> dict[str, int]:
    return dict(account.settings.get(_SETTING, {}))


async def set_limit(conn: db.Connection, account_id: int, id: str, maximum: int) -> None:
    """0 takes it away. Raises ValueError for what is not counted, or no number for it."""
    if id not in KINDS:
        raise ValueError(f"There is no limit of {id!r}, but of {', '.join(KINDS)}.")
    if not 0 <= maximum < 1 << 63:
        raise ValueError(f"{maximum} is no limit.")
    await db.execute(conn, _LIMIT, (Jsonb({id: maximum}), account_id))


async def usage_of(conn: db.Connection, account: Account, id: str) -> Usage | None:
    """None for what is not counted, or of which there is none and need be none."""
    kind = KINDS.get(id)
    if kind is None:
        return None
    start, end = month_of(account.now())
    parameters: dict[str, Any] = {
        "account": account.account_id,
        "channel": kind.channel,
        "queued": start - LONGEST_WAIT,
        "start": start,
        "end": end,
    }
    row = await db.row(conn, kind.query, parameters)
    used, maximum = row[0] if row else 0, limits_of(account).get(id, 0)
    return Usage(id, kind.unit, used, maximum, start, end) if kind.always or used or maximum else None
