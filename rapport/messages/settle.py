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
from rapport.messages.compose import Composed
from rapport.messages.providers import Receipt
from rapport.subscriptions import service as consent

# Attempts at a receiver that says "not now", and the pause after the first, which doubles: together about two days.
ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=6)

# What came back wins over "in doubt": a sender that seemed dead may still bring its receipts.
_OURS = "m.id = r.id AND m.status IN ('in_flight', 'in_doubt')"
_DONE = f"""
    UPDATE messages m SET status = r.status, reply = r.reply, subject = r.subject
    FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(replies)s::text[], %(subjects)s::text[])
        AS r (id, status, reply, subject) WHERE m.account_id = %(account)s AND {_OURS}"""
_AGAIN = f"""
    UPDATE messages m SET reply = r.reply,
        status = CASE WHEN m.attempts < %(most)s THEN 'queued' ELSE 'failed' END,
        skip_reason = CASE WHEN m.attempts < %(most)s THEN NULL ELSE 'Unable to Send Email' END,
        sent = NULL, taken_by = NULL,
        due = %(now)s + least(%(longest)s::interval, %(first)s::interval * 2 ^ (m.attempts - 1))
    FROM unnest(%(ids)s::bigint[], %(replies)s::text[]) AS r (id, reply) WHERE m.account_id = %(account)s AND {_OURS}"""


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


async def settle(conn: db.Connection, account: Account, results: Sequence[Settled]) -> None:
    """Write what became of a batch. Received and Bounced Email events go the way of all events."""
    done = [one for one in results if one.status != "queued"]
    await _finish(conn, account, done)
    await _requeue(conn, account, [one for one in results if one.status == "queued"])
    now = account.now()
    await append(conn, account.account_id, [event for one in done if (event := _event(one, now)) is not None])
    bounced = {one.composed.message.profile_id for one in done if one.status == "bounced"} - {0}
    if bounced:
        await consent.suppress(conn, account, bounced, "HARD_BOUNCE")


async def _finish(conn: db.Connection, account: Account, done: Sequence[Settled]) -> None:
    parameters = {
        "account": account.account_id,
        "ids": db.array([one.composed.message.id for one in done]),
        "statuses": db.array([one.status for one in done]),
        "replies": db.array([_reply(one.receipt) for one in done]),
        "subjects": db.array([one.subject for one in done]),
    }
    if done:
        await db.execute(conn, _DONE, parameters)


async def _requeue(conn: db.Connection, account: Account, later: Sequence[Settled]) -> None:
    parameters = {
        "account": account.account_id, "most": ATTEMPTS, "first": FIRST_PAUSE, "longest": LONGEST_PAUSE,
        "now": account.now(),
        "ids": db.array([one.composed.message.id for one in later]),
        "replies": db.array([_reply(one.receipt) for one in later]),
    }  # fmt: skip
    if later:
        await db.execute(conn, _AGAIN, parameters)


def _reply(receipt: Receipt) -> str:
    refused = f" (refused: {', '.join(receipt.refused)})" if receipt.refused else ""
    return f"{receipt.code} {receipt.text}{refused}".replace("\0", "")[:1000]


def _event(one: Settled, now: datetime) -> Accepted | None:
    metric = {"sent": "Received Email", "bounced": "Bounced Email"}.get(one.status)
    # a confirmation goes to nobody known yet
    if metric is None or not one.composed.message.profile_id:
        return None
    extra: dict[str, Any] = {}
    if one.status == "bounced":
        extra = {"Bounce Type": "Hard", "Bounce Reason": _reply(one.receipt)}
    message = one.composed.message
    properties = recorded.properties(message, one.subject, message.sent) | extra
    return recorded.event(message, metric, now, msgspec.Raw(msgspec.json.encode(properties)), key="")
