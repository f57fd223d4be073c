"""Outbox: the one way to send, for campaigns and flows. One message for each cause, for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import msgspec

from rapport.accounts.types import Account
from rapport.kit import db, ids
from rapport.messages.types import Mailing, Options, Recipient

# Listeners wake on this channel: something is due to be sent.
CHANNEL = "rapport_outbox"
_NOTIFY = f"NOTIFY {CHANNEL}"
QUEUED, SKIPPED = "queued", "skipped"

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
# hexadecimal is a part, so 62 random bits of a UUID serve as its random half. Variations share the audience by a hash
# of the profile's id, so that a repeated chunk gives everybody the same one.
_INSERT_MEMBERS = f"""
    WITH members AS MATERIALIZED ({{members}}),
    queued AS (
        INSERT INTO messages ({_COLUMNS})
        SELECT %(account)s, %(prefix)s || upper(right(replace(gen_random_uuid()::text, '-', ''), 16)), %(channel)s,
            profile_id, 'queued', NULL, %(source)s, %(campaign)s, %(flow)s, %(message)s,
            (%(variations)s::text[])[place], (%(contents)s::bigint[])[place], '{{{{}}}}', %(options)s::jsonb,
            %(cause)s || profile_id, %(due)s, %(now)s
        FROM (SELECT profile_id,
                  1 + (hashint8extended(profile_id, 7) & 1073741823) %% cardinality(%(contents)s::bigint[]) AS place
              FROM members WHERE wanted) AS placed
        ON CONFLICT (account_id, cause) DO NOTHING RETURNING profile_id)
    SELECT (SELECT count(*) FROM members), (SELECT max(profile_id) FROM members), (SELECT count(*) FROM queued)"""
_CANCEL = """
    UPDATE messages SET status = 'skipped', skip_reason = 'Email Cancelled'
    WHERE account_id = %s AND status = 'queued' AND (campaign_id = %s OR flow_id = %s)"""
_UNFINISHED = """
    SELECT EXISTS (SELECT FROM messages WHERE account_id = %s AND message_id = ANY(%s)
                   AND status IN ('queued', 'in_flight'))"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of an audience: profiles looked at, the highest id among them, messages newly queued."""

    seen: int
    reached: int
    queued: int


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
        "contexts": [_context(recipient.event) for recipient in recipients],
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
    due: datetime,
    variations: Sequence[tuple[str, int]],
) -> "Chunk":
    """Queue one chunk of an audience, set-based.

    members: a SELECT of `profile_id` and `wanted` (false = looked at, but not to be sent), limited, with named
    `parameters`. variations: (id, content id). The cause is `campaign:{message}:{profile}`.
    """
    now = account.now()
    values = _mailing_parameters(account, mailing, now) | {
        "prefix": ids.ulid(now)[:10],
        "variations": [variation for variation, _ in variations],
        "contents": [content for _, content in variations],
        "options": _options(mailing.options, None),
        "cause": f"campaign:{mailing.message_id}:",
        "due": due,
    }
    row = await db.row(conn, _INSERT_MEMBERS.format(members=members), {**values, **parameters})
    assert row is not None
    if row[2]:
        await db.execute(conn, _NOTIFY)
    return Chunk(row[0], row[1] or 0, row[2])


async def cancel(
    conn: db.Connection, account_id: int, *, campaign_id: int | None = None, flow_id: int | None = None
) -> int:
    """Skip what is still queued, with the reason `Email Cancelled`."""
    return await db.execute(conn, _CANCEL, (account_id, campaign_id, flow_id))


async def is_unfinished(conn: db.Connection, account_id: int, message_ids: Sequence[str]) -> bool:
    """Whether any message of these campaign or flow messages is queued or in flight."""
    row = await db.row(conn, _UNFINISHED, (account_id, list(message_ids)))
    return bool(row and row[0])


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


def _context(event: Mapping[str, Any] | None) -> str:
    return "{}" if event is None else msgspec.json.encode({"event": event}).decode()


def _options(options: Options, extra: Mapping[str, Any] | None) -> str:
    if extra:
        options = msgspec.structs.replace(options, extra={**options.extra, **extra})
    return msgspec.json.encode(options).decode()
