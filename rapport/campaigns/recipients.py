"""Who got a campaign and what became of it with each: by state, as rows, as a file, as a new list."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from rapport.accounts.types import Account
from rapport.campaigns import store
from rapport.campaigns.store import Campaign
from rapport.kit import db
from rapport.lists import service as lists

State = Literal[
    "waiting", "sent", "delivered", "opened", "clicked", "unsubscribed", "bounced", "failed", "in_doubt", "skipped"
]
STATES: tuple[State, ...] = get_args(State)
# People put on a list, or lines of a file, in one go.
CHUNK = 10_000


def _did(kind: str) -> str:
    return f"""EXISTS (SELECT FROM engagements did WHERE did.account_id = messages.account_id
        AND did.message_id = messages.id AND did.kind = '{kind}')"""


# Of a row of `messages`; the numbers of a campaign's overview count the same.
CONDITIONS: Mapping[State, str] = {
    "waiting": "messages.status IN ('queued', 'in_flight')",
    "sent": "messages.status IN ('sent', 'bounced', 'in_doubt')",
    "delivered": "messages.status = 'sent'",
    "opened": _did("opened"),
    "clicked": _did("clicked"),
    "unsubscribed": _did("unsubscribed"),
    "bounced": "messages.status = 'bounced'",
    "failed": "messages.status = 'failed'",
    "in_doubt": "messages.status = 'in_doubt'",
    "skipped": "messages.status = 'skipped'",
}
# By the key, so that the last part costs what the first one costs.
_LINES = """
    SELECT messages.id, coalesce(messages.to_address, p.email), p.ulid, p.first_name, p.last_name, messages.status,
        coalesce(messages.skip_reason, CASE WHEN messages.status <> 'sent' THEN messages.reply END), messages.sent,
        (SELECT count(*) FROM engagements e WHERE e.account_id = %(account)s AND e.message_id = messages.id
            AND e.kind = 'opened'),
        (SELECT count(*) FROM engagements e WHERE e.account_id = %(account)s AND e.message_id = messages.id
            AND e.kind = 'clicked')
    FROM messages LEFT JOIN profiles p ON p.account_id = messages.account_id AND p.id = messages.profile_id
    WHERE messages.account_id = %(account)s AND messages.message_id = ANY(%(messages)s) AND messages.id > %(after)s
        AND ({condition})
    ORDER BY messages.id LIMIT %(limit)s"""
_PEOPLE = """
    SELECT DISTINCT messages.profile_id FROM messages
    JOIN profiles p ON p.account_id = messages.account_id AND p.id = messages.profile_id
    WHERE messages.account_id = %(account)s AND messages.message_id = ANY(%(messages)s)
        AND messages.profile_id > %(after)s AND ({condition})
    ORDER BY messages.profile_id LIMIT %(limit)s"""


async def message_ids(conn: db.Connection, account_id: int, campaign: Campaign) -> list[str]:
    return [message.ulid for message in await store.messages(conn, account_id, [campaign.id])]


async def lines(
    conn: db.Connection, account_id: int, messages: Sequence[str], state: State | None, after: int
) -> list[tuple[Any, ...]]:
    """The next lines of a file: id, address, profile, names, status, reason, when it was sent, opens and clicks.
    `state` None = whatever became of it."""
    condition = "true" if state is None else CONDITIONS[state]
    values = {"account": account_id, "messages": list(messages), "after": after, "limit": CHUNK}
    return await db.rows(conn, _LINES.format(condition=condition), values)


async def make_list(
    conn: db.Connection, account: Account, messages: Sequence[str], state: State, name: str, now: datetime
) -> dict[str, Any]:
    """A new list of the people in this state, as its row. It gives no consent, and starts the flows of its joining as
    any list does."""
    row = await lists.create(conn, account.account_id, name, account.settings.get("opt_in_process"), now)
    async for people in _people(conn, account.account_id, messages, state):
        await lists.add(conn, account.account_id, row["id"], people, now)
    return row


async def _people(
    conn: db.Connection, account_id: int, messages: Sequence[str], state: State
) -> AsyncIterator[list[int]]:
    statement, after = _PEOPLE.format(condition=CONDITIONS[state]), 0
    while True:
        values = {"account": account_id, "messages": list(messages), "after": after, "limit": CHUNK}
        people = [row[0] for row in await db.rows(conn, statement, values)]
        if people:
            yield people
            after = people[-1]
        if len(people) < CHUNK:
            return
