"""Receipts of providers: into the outbox and, as events, into the inbox, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.inbox.service import append
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.messages import recorded, stops
from rapport.messages.composed import Composed
from rapport.messages.providers import Receipt
from rapport.messages.refusals import Refusal, Stage, judge
from rapport.subscriptions import service as consent

# Attempts at a receiver that says "not now", and the pause after the first, which doubles: together about two days.
ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=6)

# Replies of a receiver; smaller codes are this side's own troubles.
_FIRST_REPLY = 400

# Listeners wake on this channel: messages of campaigns were handed over, perhaps the last of one.
CHANNEL = "rapport_receipts"
_NOTIFY = f"NOTIFY {CHANNEL}"

# How far apart two refusals that may mean anything have to be, to mean that there is no such mailbox.
CONFIRMED_AFTER = timedelta(days=1)
_BARS = {Refusal.GONE: "HARD_BOUNCE", Refusal.NO_ADDRESS: "INVALID_EMAIL"}

# What came back wins over "in doubt": a sender that seemed dead may still bring its receipts.
_OURS = "m.id = r.id AND m.status IN ('in_flight', 'in_doubt')"
# Of who was deleted while a message to them was in doubt, only what became of it is written down. A message that was
# taken has its person written into it, until the person is deleted.
_GONE = "NOT m.context ? 'person'"
_DONE = f"""
    WITH done AS (
        UPDATE messages m SET status = r.status, refusal = nullif(r.refusal, ''),
            skip_reason = CASE WHEN r.status = 'failed' THEN 'Unable to Send Email' END,
            sent = CASE WHEN r.status <> 'failed' THEN m.sent END,
            reply = CASE WHEN {_GONE} THEN m.reply ELSE r.reply END,
            subject = CASE WHEN {_GONE} THEN m.subject ELSE r.subject END
        FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(refusals)s::text[], %(replies)s::text[],
            %(subjects)s::text[]) AS r (id, status, refusal, reply, subject)
        WHERE m.account_id = %(account)s AND {_OURS}
        RETURNING m.id, {_GONE} AS gone)
    SELECT id FROM done WHERE gone"""
_AGAIN = f"""
    UPDATE messages m SET reply = CASE WHEN {_GONE} THEN m.reply ELSE r.reply END,
        status = CASE WHEN {_GONE} THEN 'skipped' WHEN m.attempts < %(most)s THEN 'queued'
                      WHEN r.soft THEN 'bounced' ELSE 'failed' END,
        skip_reason = CASE WHEN {_GONE} THEN 'Person Deleted' WHEN m.attempts < %(most)s OR r.soft THEN NULL
                           ELSE 'Unable to Send Email' END,
        refusal = CASE WHEN m.attempts >= %(most)s AND r.soft THEN nullif(r.refusal, '') END,
        sent = CASE WHEN m.attempts >= %(most)s AND r.soft THEN m.sent END, taken_by = NULL,
        due = %(now)s + least(%(longest)s::interval, %(first)s::interval * 2 ^ (m.attempts - 1))
    FROM unnest(%(ids)s::bigint[], %(replies)s::text[], %(softs)s::boolean[], %(refusals)s::text[])
        AS r (id, reply, soft, refusal)
    WHERE m.account_id = %(account)s AND {_OURS} RETURNING m.id, m.status"""


_SAID_BEFORE = """
    SELECT m.id FROM messages m
    WHERE m.account_id = %(account)s AND m.id = ANY(%(ids)s) AND m.profile_id <> 0 AND EXISTS (
        SELECT FROM messages e
        WHERE e.account_id = %(account)s AND e.profile_id = m.profile_id AND e.channel = m.channel
          AND e.sent <= m.sent - %(apart)s::interval AND e.refusal = 'unconfirmed'
          AND lower(e.to_address) = lower(m.to_address) AND NOT EXISTS (
              SELECT FROM messages s
              WHERE s.account_id = %(account)s AND s.profile_id = m.profile_id AND s.channel = m.channel
                AND s.sent > e.sent AND s.status = 'sent' AND lower(s.to_address) = lower(m.to_address)))"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message handed to a provider, and the receipt."""

    composed: Composed
    subject: str
    receipt: Receipt
    # refused as it was a day ago or longer
    confirmed: bool = False

    @property
    def status(self) -> str:
        if self.receipt.in_doubt:
            return "in_doubt"
        if self.receipt.ok:
            return "sent"
        if not self.receipt.permanent:
            return "queued"
        # refused by nobody but this side
        ours = self.receipt.stage is Stage.OURS and self.refusal is Refusal.SENDER
        return "failed" if ours else "bounced"

    @property
    def refusal(self) -> Refusal | None:
        """What the refusal was about; None when the message was accepted."""
        if self.confirmed:
            return Refusal.GONE
        receipt = self.receipt
        return None if receipt.ok or receipt.in_doubt else judge(receipt.stage, receipt.code, receipt.text)

    @property
    def bars(self) -> str | None:
        """The reason for which nothing more is sent to the address; None when it is not barred."""
        return None if self.refusal is None else _BARS.get(self.refusal)


async def record(conn: db.Connection, account: Account, results: Sequence[Outcome]) -> set[str]:
    """Write the receipts of a batch, and append Received and Bounced Email events to the inbox.

    Returns the campaign messages that are stopped (`stops`).
    """
    results = await confirmed(conn, account, results)
    done = [outcome for outcome in results if outcome.status != "queued"]
    gone = await _finish(conn, account, done)
    done = [outcome for outcome in done if outcome.composed.message.id not in gone]
    worn_out, given_up = await _requeue(conn, account, [outcome for outcome in results if outcome.status == "queued"])
    now = account.now()
    reported = [(outcome, outcome.status) for outcome in done] + [(outcome, "soft") for outcome in worn_out]
    events = [event_of(outcome, status, now) for outcome, status in reported]
    await append(conn, account.account_id, [event for event in events if event is not None])
    await bar(conn, account, done)
    if any(outcome.composed.message.source == "campaign" for outcome in done):
        await db.execute(conn, _NOTIFY)
    failed = [*given_up, *worn_out, *(outcome for outcome in done if outcome.status in ("bounced", "failed"))]
    campaigns = {
        outcome.composed.message.message_id for outcome in failed if outcome.composed.message.source == "campaign"
    }
    await _tell_refused(conn, account, failed, now)
    reached = {outcome.composed.message.message_id for outcome in done if outcome.status == "sent"}
    return await stops.stop_if_all_failed(conn, account, campaigns - reached)


async def _tell_refused(conn: db.Connection, account: Account, failed: Sequence[Outcome], now: datetime) -> None:
    """Once a day. Not with the server's words, which often name the recipient."""
    if any(outcome.receipt.stage is Stage.SENDER or outcome.refusal is Refusal.SENDER for outcome in failed):
        await tell(conn, account.account_id, Notice("sending-refused", now, once=now.date().isoformat()))


async def confirmed(conn: db.Connection, account: Account, results: Sequence[Outcome]) -> list[Outcome]:
    """The results; an UNCONFIRMED refusal is confirmed by an earlier one, at least CONFIRMED_AFTER before."""
    ids = [outcome.composed.message.id for outcome in results if outcome.refusal is Refusal.UNCONFIRMED]
    if not ids:
        return list(results)
    parameters = {"account": account.account_id, "ids": ids, "apart": CONFIRMED_AFTER}
    again = {row[0] for row in await db.rows(conn, _SAID_BEFORE, parameters)}
    return [replace(outcome, confirmed=outcome.composed.message.id in again) for outcome in results]


async def bar(conn: db.Connection, account: Account, done: Sequence[Outcome]) -> None:
    """Suppress bounced profiles at once: nothing may be sent before the event is recorded (behaviour-people 2.5)."""
    for reason in _BARS.values():
        profiles = {outcome.composed.message.profile_id for outcome in done if outcome.bars == reason} - {0}
        if profiles:
            await consent.suppress(conn, account, profiles, reason)


async def _finish(conn: db.Connection, account: Account, done: Sequence[Outcome]) -> set[int]:
    """Write the results. Returns the messages to profiles deleted meanwhile."""
    if not done:
        return set()
    parameters = {
        "account": account.account_id,
        "ids": db.array([outcome.composed.message.id for outcome in done]),
        "statuses": db.array([outcome.status for outcome in done]),
        "refusals": db.array([outcome.refusal or "" for outcome in done]),
        "replies": db.array([reply_of(outcome.receipt) for outcome in done]),
        "subjects": db.array([outcome.subject for outcome in done]),
    }
    return {row[0] for row in await db.rows(conn, _DONE, parameters)}


async def _requeue(
    conn: db.Connection, account: Account, later: Sequence[Outcome]
) -> tuple[list[Outcome], list[Outcome]]:
    """Try again later. Returns those that were tried for the last time: refused by the receiver, which are soft
    bounces, and those where our own side did not get through, when nothing is known of the address.
    """
    if not later:
        return [], []
    parameters = {
        "account": account.account_id,
        "most": ATTEMPTS,
        "first": FIRST_PAUSE,
        "longest": LONGEST_PAUSE,
        "now": account.now(),
        "ids": db.array([outcome.composed.message.id for outcome in later]),
        "replies": db.array([reply_of(outcome.receipt) for outcome in later]),
        "softs": [outcome.receipt.code >= _FIRST_REPLY for outcome in later],
        "refusals": db.array([outcome.refusal or "" for outcome in later]),
    }
    statuses = dict(await db.rows(conn, _AGAIN, parameters))
    by_status = {
        status: [outcome for outcome in later if statuses.get(outcome.composed.message.id) == status]
        for status in ("bounced", "failed")
    }
    return by_status["bounced"], by_status["failed"]


def reply_of(receipt: Receipt) -> str:
    refused = f" (refused: {', '.join(receipt.refused)})" if receipt.refused else ""
    return f"{receipt.code} {receipt.text}{refused}".replace("\0", "")[:1000]


def event_of(outcome: Outcome, status: str, now: datetime) -> Accepted | None:
    """`status`: that of the message, or `soft` for a bounce that may pass."""
    metric = {"sent": "Received Email", "bounced": "Bounced Email", "soft": "Bounced Email"}.get(status)
    # a confirmation goes to nobody known yet
    if metric is None or not outcome.composed.message.profile_id:
        return None
    extra: dict[str, Any] = {}
    if status != "sent":
        kind = "Hard" if status != "soft" and outcome.bars else "Soft"
        extra = {"Bounce Type": kind, "Bounce Reason": reply_of(outcome.receipt)}
    message = outcome.composed.message
    properties = recorded.properties(message, outcome.subject, message.sent) | extra
    return recorded.event(message, metric, now, msgspec.Raw(msgspec.json.encode(properties)), key="")
