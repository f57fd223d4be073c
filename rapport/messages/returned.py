"""What came back after a message was handed over: a bounce, or a complaint. Recorded once for each message."""

from typing import Literal

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.inbox.service import append
from rapport.kit import db
from rapport.kit.settings import Settings
from rapport.messages import compose, receipts, recorded
from rapport.messages.composed import Composed
from rapport.messages.content import Contents
from rapport.messages.providers import Receipt
from rapport.messages.refusals import Stage

_BOUNCED = """
    UPDATE messages SET status = 'bounced', reply = %s, refusal = %s
    WHERE account_id = %s AND id = %s AND status IN ('sent', 'in_doubt') RETURNING id"""


async def record(
    pool: db.Pool,
    settings: Settings,
    account_id: int,
    id: int,
    kind: Literal["bounce", "complaint"],
    code: int = 0,
    text: str = "",
) -> bool:
    """Write down what came back for a message. Nothing where it was deleted, was never handed over, or bounced before.
    False where it is still being handed over: then it is too early to say.

    code, text: what a mail server answered, for a bounce.
    """
    async with pool.connection() as conn:
        urls = compose.urls_of(settings, account_id, id)
        composed = await compose.load(conn, Contents(), account_id, id, urls)
        if composed is None or not composed.message.profile_id:
            return True
        if composed.message.status == "in_flight":
            return False
        account = await accounts.load(conn, account_id)
        if kind == "complaint":
            await _complained(conn, account, composed)
        else:
            await _bounced(conn, account, composed, Receipt(str(id), False, True, code, text, stage=Stage.RECIPIENT))
    return True


async def _complained(conn: db.Connection, account: Account, composed: Composed) -> None:
    """The event alone: its reaction ends consent (`feedback`)."""
    message = composed.message
    properties = recorded.properties(message, message.subject or "", message.sent)
    body = msgspec.Raw(msgspec.json.encode(properties))
    event = recorded.event(message, "Marked Email as Spam", account.now(), body, key="complaint")
    await append(conn, account.account_id, [event])


async def _bounced(conn: db.Connection, account: Account, composed: Composed, receipt: Receipt) -> None:
    [outcome] = await receipts.confirmed(
        conn, account, [receipts.Outcome(composed, composed.message.subject or "", receipt)]
    )
    values = (receipts.reply_of(receipt), outcome.refusal, account.account_id, composed.message.id)
    if not await db.rows(conn, _BOUNCED, values):
        return
    event = receipts.event_of(outcome, "bounced", account.now())
    if event is not None:
        await append(conn, account.account_id, [event])
    await receipts.bar(conn, account, [outcome])
