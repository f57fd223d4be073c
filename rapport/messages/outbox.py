"""Outbox: the one way to send, for campaigns and flows. One message for each cause, for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, LiteralString

import msgspec

from rapport.accounts.types import Account
from rapport.kit import db, ids
from rapport.messages.types import Mailing, Options, Recipient

# Listeners wake on this channel: something is due to be sent.
CHANNEL = "rapport_outbox"
_NOTIFY = f"NOTIFY {CHANNEL}"
QUEUED, SKIPPED = "queued", "skipped"
CANCELLED = "Email Cancelled"
# When a message is due that waits for something that has no time: a winner, or the end of a pause.
NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)

_COLUMNS = """account_id, ulid, channel, profile_id, status, skip_reason, source, campaign_id, flow_id, message_id,
    variation_id, content_id, context, options, cause, due, created"""
_INSERT = f"""
    INSERT INTO messages ({_COLUMNS})
    SELECT %(account)s, r.ulid, %(channel)s, r.profile_id, %(status)s, %(reason)s, %(source)s, %(campaign)s, %(flow)s,
        %(message)s, %(variation)s, %(content)s, r.context, r.options, r.cause, r.due, %(now)s
    FROM unnest(%(ulids)s::text[], %(profiles)s::bigint[], %(contexts)s::text[]::jsonb[], %(options)s::text[]::jsonb[],
        %(causes)s::text[], %(dues)s::timestamptz[]) AS r (ulid, profile_id, context, options, cause, due)
    ON CONFLICT (account_id, cause) DO NOTHING"""
# For a campaign of a million: the recipients never leave the database. An ULID needs Crockford's base32, of which
# hexadecimal is a part, so 62 random bits of a UUID serve as its random half.
# `position` counts the recipients of the message through all chunks. Its multiples of 61 modulo 100 meet each of the
# hundred once in a hundred people and lie far from each other in few: a share of so many percent is exact in every
# hundred, and nearly so in ten. Variations take turns among those who are not held back.
_INSERT_MEMBERS = f"""
    WITH members AS MATERIALIZED ({{members}}),
    counted AS (SELECT profile_id, %(before)s + row_number() OVER (ORDER BY profile_id) - 1 AS position
                FROM members WHERE wanted),
    placed AS (SELECT profile_id, position * 61 %% 100 AS percent, position * 61 %% 100 >= %(held_from)s AS held
               FROM counted),
    turns AS (SELECT *, 1 + (%(turn)s + count(*) FILTER (WHERE NOT held) OVER (ORDER BY profile_id) - 1)
                  %% cardinality(%(contents)s::bigint[]) AS turn FROM placed),
    queued AS (
        INSERT INTO messages ({_COLUMNS})
        SELECT %(account)s, %(prefix)s || upper(right(replace(gen_random_uuid()::text, '-', ''), 16)), %(channel)s,
            t.profile_id, 'queued', NULL, %(source)s, %(campaign)s, %(flow)s, %(message)s,
            CASE WHEN NOT held THEN (%(variations)s::text[])[turn] END,
            (%(contents)s::bigint[])[CASE WHEN held THEN 1 ELSE turn END], '{{{{}}}}', %(options)s::jsonb,
            %(cause)s || t.profile_id, CASE WHEN held THEN %(not_yet)s ELSE {{due}} END, %(now)s
        FROM turns t {{joins}}
        ON CONFLICT (account_id, cause) DO NOTHING RETURNING profile_id, variation_id)
    SELECT (SELECT count(*) FROM members), (SELECT max(profile_id) FROM members),
        (SELECT count(*) FROM queued), (SELECT count(*) FROM queued WHERE variation_id IS NULL)"""
_CANCEL = """
    UPDATE messages SET status = 'skipped', skip_reason = %s
    WHERE account_id = %s AND status = 'queued' AND (campaign_id = %s OR flow_id = %s OR message_id = %s)"""
_RELEASE = """
    UPDATE messages SET variation_id = %(variation)s, content_id = %(content)s, due = %(now)s
    WHERE account_id = %(account)s AND id IN (
        SELECT id FROM messages WHERE account_id = %(account)s AND message_id = %(message)s AND status = 'queued'
        AND due = %(not_yet)s AND variation_id IS NULL LIMIT %(limit)s FOR UPDATE)"""
_REACHED = """
    SELECT count(*) FROM messages
    WHERE account_id = %s AND message_id = ANY(%s) AND status IN ('sent', 'bounced', 'in_doubt')"""
_UNFINISHED = """
    SELECT EXISTS (SELECT FROM messages WHERE account_id = %(account)s AND message_id = ANY(%(messages)s)
                   AND status IN ('queued', 'in_flight')
                   AND (status = 'in_flight' OR %(before)s::timestamptz IS NULL OR due < %(before)s))"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of an audience: profiles looked at, the highest id among them, messages newly queued, and of those the
    ones held back."""

    seen: int
    reached: int
    queued: int
    held: int


@dataclass(frozen=True, slots=True)
class Timing:
    """When each of an audience gets the message: `due`, a SQL expression over `t.profile_id` and `t.percent` (0 to 99,
    spread evenly over the audience) and what `joins` adds."""

    due: LiteralString
    joins: LiteralString = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def at(moment: datetime) -> Timing:
    """Everybody at one moment."""
    return Timing("%(due)s", parameters={"due": moment})


@dataclass(frozen=True, slots=True)
class Progress:
    """How many recipients earlier chunks queued, and how many of those were held back."""

    queued: int = 0
    held: int = 0


async def queue(conn: db.Connection, account: Account, mailing: Mailing, recipients: Sequence[Recipient]) -> int:
    """Queue messages in the caller's transaction; a known cause is passed over. Returns how many are new."""
    queued = await _insert(conn, account, mailing, recipients, QUEUED, None)
    if queued:
        await db.execute(conn, _NOTIFY)
    return queued


async def skip(
    conn: db.Connection, account: Account, mailing: Mailing, recipients: Sequence[Recipient], reason: str
) -> int:
    """Record messages that will not be sent, with the reason (behaviour-messaging 1.16). Returns how many are new."""
    return await _insert(conn, account, mailing, recipients, SKIPPED, reason)


async def _insert(
    conn: db.Connection,
    account: Account,
    mailing: Mailing,
    recipients: Sequence[Recipient],
    status: str,
    reason: str | None,
) -> int:
    if not recipients:
        return 0
    now = account.now()
    parameters = _mailing_parameters(account, mailing, now) | {
        "status": status,
        "reason": reason,
        "variation": mailing.variation_id,
        "content": mailing.content_id,
        "ulids": [ids.ulid(now) for _ in recipients],
        "profiles": [recipient.profile_id for recipient in recipients],
        "contexts": [_context(recipient) for recipient in recipients],
        "options": [_options(mailing.options, recipient.extra) for recipient in recipients],
        "causes": [recipient.cause for recipient in recipients],
        "dues": [recipient.due for recipient in recipients],
    }
    return await db.execute(conn, _INSERT, parameters)


async def queue_members(
    conn: db.Connection,
    account: Account,
    mailing: Mailing,
    members: LiteralString | str,
    parameters: Mapping[str, Any],
    *,
    timing: Timing,
    variations: Sequence[tuple[str, int]],
    progress: Progress,
    held_percent: int = 0,
) -> "Chunk":
    """Queue one chunk of an audience, set-based.

    members: a SELECT of `profile_id` and `wanted` (false = looked at, but not to be sent), limited, with named
    `parameters`. variations: (id, content id). held_percent: of the recipients, so many wait at `NOT_YET` with no
    variation until `release` gives them one. The cause is `campaign:{message}:{profile}`.
    """
    now = account.now()
    values = _mailing_parameters(account, mailing, now) | {
        "prefix": ids.ulid(now)[:10],
        "variations": [variation for variation, _ in variations],
        "contents": [content for _, content in variations],
        "options": _options(mailing.options, None),
        "cause": f"campaign:{mailing.message_id}:",
        "before": progress.queued,
        "turn": progress.queued - progress.held,
        "held_from": 100 - held_percent,
        "not_yet": NOT_YET,
    }
    statement = _INSERT_MEMBERS.format(members=members, due=timing.due, joins=timing.joins)
    row = await db.row(conn, statement, {**values, **timing.parameters, **parameters})
    assert row is not None
    if row[2]:
        await db.execute(conn, _NOTIFY)
    return Chunk(row[0], row[1] or 0, row[2], row[3])


async def release(conn: db.Connection, account: Account, message_id: str, content: tuple[str, int], limit: int) -> int:
    """Give a variation (id, content id) to `limit` of those held back, and send it to them now. Returns how many."""
    parameters = {"account": account.account_id, "message": message_id, "not_yet": NOT_YET, "limit": limit}
    values = {"variation": content[0], "content": content[1], "now": account.now()}
    released = await db.execute(conn, _RELEASE, {**parameters, **values})
    if released:
        await db.execute(conn, _NOTIFY)
    return released


async def cancel(
    conn: db.Connection,
    account_id: int,
    *,
    campaign_id: int | None = None,
    flow_id: int | None = None,
    message_id: str | None = None,
    reason: str = CANCELLED,
) -> int:
    """Skip what is still queued of a campaign, a flow or one of their messages."""
    return await db.execute(conn, _CANCEL, (reason, account_id, campaign_id, flow_id, message_id))


async def is_unfinished(
    conn: db.Connection, account_id: int, message_ids: Sequence[str], *, before: datetime | None = None
) -> bool:
    """Whether any message of these campaign or flow messages is queued (due `before` a time) or in flight."""
    parameters = {"account": account_id, "messages": list(message_ids), "before": before}
    row = await db.row(conn, _UNFINISHED, parameters)
    return bool(row and row[0])


async def reached(conn: db.Connection, account_id: int, message_ids: Sequence[str]) -> int:
    """How many of these campaign or flow messages were handed over, whatever became of them then."""
    row = await db.row(conn, _REACHED, (account_id, list(message_ids)))
    return int(row[0]) if row else 0


def _mailing_parameters(account: Account, mailing: Mailing, now: datetime) -> dict[str, Any]:
    return {
        "account": account.account_id,
        "channel": mailing.channel,
        "source": mailing.source,
        "campaign": mailing.campaign_id,
        "flow": mailing.flow_id,
        "message": mailing.message_id,
        "now": now,
    }


def _context(recipient: Recipient) -> str:
    about = {"event": recipient.event, "to": recipient.to, "person": recipient.person}
    about["names"] = recipient.names
    return msgspec.json.encode({key: value for key, value in about.items() if value is not None}).decode()


def _options(options: Options, extra: Mapping[str, Any] | None) -> str:
    if extra:
        options = msgspec.structs.replace(options, extra={**options.extra, **extra})
    return msgspec.json.encode(options).decode()
