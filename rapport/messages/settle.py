"""Settle: receipts into the outbox and, as events, into the inbox, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.events.inbox import Accepted, append
from rapport.kit import db
from rapport.messages import recorded
from rapport.messages.composed import Composed
from rapport.messages.providers import Receipt
from rapport.subscriptions import service as consent

# Attempts at a receiver that says "not now", and the pause after the first, which doubles: together about two days.
ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=6)

# Replies of a receiver; smaller codes are this side's own troubles.
_FIRST_REPLY = 400
_NO_ADDRESS = ("5.1.3 ",)

# What came back wins over "in doubt": a sender that seemed dead may still bring its receipts.
_OURS = "m.id = r.id AND m.status IN ('in_flight', 'in_doubt')"
# Of who was deleted while a message to them was in doubt, only what became of it is written down. A message that was
# taken has its person written into it, until the person is deleted.
_GONE = "NOT m.context ? 'person'"
_DONE = f"""
    WITH done AS (
        UPDATE messages m SET status = r.status,
            reply = CASE WHEN {_GONE} THEN m.reply ELSE r.reply END,
            subject = CASE WHEN {_GONE} THEN m.subject ELSE r.subject END
        FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(replies)s::text[], %(subjects)s::text[])
            AS r (id, status, reply, subject) WHERE m.account_id = %(account)s AND {_OURS}
        RETURNING m.id, {_GONE} AS gone)
    SELECT id FROM done WHERE gone"""
_AGAIN = f"""
    UPDATE messages m SET reply = CASE WHEN {_GONE} THEN m.reply ELSE r.reply END,
        status = CASE WHEN {_GONE} THEN 'skipped' WHEN m.attempts < %(most)s THEN 'queued'
                      WHEN r.soft THEN 'bounced' ELSE 'failed' END,
        skip_reason = CASE WHEN {_GONE} THEN 'Person Deleted' WHEN m.attempts < %(most)s OR r.soft THEN NULL
                           ELSE 'Unable to Send Email' END,
        sent = CASE WHEN m.attempts >= %(most)s AND r.soft THEN m.sent END, taken_by = NULL,
        due = %(now)s + least(%(longest)s::interval, %(first)s::interval * 2 ^ (m.attempts - 1))
    FROM unnest(%(ids)s::bigint[], %(replies)s::text[], %(softs)s::boolean[]) AS r (id, reply, soft)
    WHERE m.account_id = %(account)s AND {_OURS} RETURNING m.id, m.status"""


@dataclass(frozen=True, slots=True)
class Settled:
    """A message that was handed to a provider, and what the provider says."""

    composed: Composed
    subject: str
    receipt: Receipt

    @property
    def status(self) -> str:
        if self.receipt.in_doubt:
            return "in_doubt"
        if self.receipt.ok:
            return "sent"
        return "bounced" if self.receipt.permanent else "queued"

    @property
    def receipt_reason(self) -> str:
        """Of a bounce: the receiver may say that the address itself is none (RFC 3463, X.1.3)."""
        return "INVALID_EMAIL" if self.receipt.text.startswith(_NO_ADDRESS) else "HARD_BOUNCE"


async def settle(conn: db.Connection, account: Account, results: Sequence[Settled]) -> None:
    """Write what became of a batch. Received and Bounced Email events go the way of all events."""
    done = [one for one in results if one.status != "queued"]
    gone = await _finish(conn, account, done)
    done = [one for one in done if one.composed.message.id not in gone]
    worn_out = await _requeue(conn, account, [one for one in results if one.status == "queued"])
    now = account.now()
    told = [(one, one.status) for one in done] + [(one, "soft") for one in worn_out]
    events = [_event(one, status, now) for one, status in told]
    await append(conn, account.account_id, [event for event in events if event is not None])
    await _bar(conn, account, [one for one in done if one.status == "bounced"])


async def _bar(conn: db.Connection, account: Account, bounced: Sequence[Settled]) -> None:
    """At once, so that nothing else goes there before the event was recorded (behaviour-people 2.5)."""
    for reason in ("HARD_BOUNCE", "INVALID_EMAIL"):
        profiles = {one.composed.message.profile_id for one in bounced if one.receipt_reason == reason} - {0}
        if profiles:
            await consent.suppress(conn, account, profiles, reason)


async def _finish(conn: db.Connection, account: Account, done: Sequence[Settled]) -> set[int]:
    """Returns the messages to people who have been deleted."""
    if not done:
        return set()
    parameters = {
        "account": account.account_id,
        "ids": db.array([one.composed.message.id for one in done]),
        "statuses": db.array([one.status for one in done]),
        "replies": db.array([_reply(one.receipt) for one in done]),
        "subjects": db.array([one.subject for one in done]),
    }
    return {row[0] for row in await db.rows(conn, _DONE, parameters)}


async def _requeue(conn: db.Connection, account: Account, later: Sequence[Settled]) -> list[Settled]:
    """Try again later. Returns those that were tried for the last time and refused by the receiver: soft bounces.

    When it was our own side that did not get through, nothing is known of the address.
    """
    if not later:
        return []
    parameters = {
        "account": account.account_id, "most": ATTEMPTS, "first": FIRST_PAUSE, "longest": LONGEST_PAUSE,
        "now": account.now(),
        "ids": db.array([one.composed.message.id for one in later]),
        "replies": db.array([_reply(one.receipt) for one in later]),
        "softs": [one.receipt.code >= _FIRST_REPLY for one in later],
    }  # fmt: skip
    over = {row[0] for row in await db.rows(conn, _AGAIN, parameters) if row[1] == "bounced"}
    return [one for one in later if one.composed.message.id in over]


def _reply(receipt: Receipt) -> str:
    refused = f" (refused: {', '.join(receipt.refused)})" if receipt.refused else ""
    return f"{receipt.code} {receipt.text}{refused}".replace("\0", "")[:1000]


def _event(one: Settled, status: str, now: datetime) -> Accepted | None:
    """`status`: that of the message, or `soft` for a bounce that may pass."""
    metric = {"sent": "Received Email", "bounced": "Bounced Email", "soft": "Bounced Email"}.get(status)
    # a confirmation goes to nobody known yet
    if metric is None or not one.composed.message.profile_id:
        return None
    extra: dict[str, Any] = {}
    if status != "sent":
        kind = "Soft" if status == "soft" else "Hard"
        extra = {"Bounce Type": kind, "Bounce Reason": _reply(one.receipt)}
    message = one.composed.message
    properties = recorded.properties(message, one.subject, message.sent) | extra
    return recorded.event(message, metric, now, msgspec.Raw(msgspec.json.encode(properties)), key="")
