"""What manual actions sent, waiting for somebody to let it go or to put it aside (behaviour-messaging 1.6)."""

from collections.abc import Sequence
from datetime import datetime

from rapport.kit import db
from rapport.messages import outbox

_DECIDED = """
    UPDATE messages SET due = CASE WHEN %(send)s THEN %(now)s ELSE due END,
        status = CASE WHEN %(send)s THEN status ELSE 'skipped' END,
        skip_reason = CASE WHEN %(send)s THEN NULL ELSE %(cancelled)s END
    WHERE account_id = %(account)s AND flow_id = %(flow)s AND status = 'queued' AND due = %(not_yet)s
        AND (%(message)s::text IS NULL OR message_id = %(message)s)
        AND (%(ids)s::text[] IS NULL OR ulid = ANY(%(ids)s::text[]))"""
_COUNTED = """
    SELECT message_id, count(*) FROM messages
    WHERE account_id = %s AND flow_id = %s AND status = 'queued' AND due = %s GROUP BY message_id"""
_NOTIFY = f"NOTIFY {outbox.CHANNEL}"


async def decide(
    conn: db.Connection,
    account_id: int,
    flow_id: int,
    *,
    send: bool,
    message: str | None,
    ids: Sequence[str] | None,
    now: datetime,
) -> int:
    """Of a flow, of one of its messages, or some by their ULIDs. Returns how many."""
    parameters = {"account": account_id, "flow": flow_id, "send": send, "message": message, "now": now}
    number = await db.execute(
        conn,
        _DECIDED,
        parameters
        | {"ids": None if ids is None else list(ids), "not_yet": outbox.NOT_YET, "cancelled": outbox.CANCELLED},
    )
    if send and number:
        await db.execute(conn, _NOTIFY)
    return number


async def waiting(conn: db.Connection, account_id: int, flow_id: int) -> dict[str, int]:
    """How many wait for a review, by message."""
    return dict(await db.rows(conn, _COUNTED, (account_id, flow_id, outbox.NOT_YET)))
