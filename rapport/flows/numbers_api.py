"""What came of a flow's messages in a span of days, step by step (an extension)."""

from datetime import datetime, timedelta

import msgspec

from rapport.accounts.api import account_of
from rapport.flows.api import READ, flow_of
from rapport.flows.plan import Action, Flow
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Parameter, Record, Resource, invalid, operation
from rapport.kit.ratelimit import S
from rapport.messages.credits import VERSION_READ

DAYS, MOST_DAYS = 30, 365
_SENT = """
    SELECT message_id, count(*) FILTER (WHERE status IN ('sent', 'bounced', 'in_doubt')),
        count(*) FILTER (WHERE status = 'bounced'), count(*) FILTER (WHERE status IN ('queued', 'in_flight'))
    FROM messages WHERE account_id = %(account)s AND message_id = ANY(%(messages)s) AND created > %(since)s
    GROUP BY message_id"""
_SKIPPED = """
    SELECT message_id, coalesce(skip_reason, ''), count(*) FROM messages
    WHERE account_id = %(account)s AND message_id = ANY(%(messages)s) AND created > %(since)s AND status = 'skipped'
    GROUP BY 1, 2 ORDER BY 3 DESC, 2"""
_ENGAGED = """
    SELECT m.message_id, count(DISTINCT m.id) FILTER (WHERE e.kind = 'opened'),
        count(DISTINCT m.id) FILTER (WHERE e.kind = 'clicked')
    FROM messages m JOIN engagements e ON e.account_id = m.account_id AND e.message_id = m.id
    WHERE m.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND m.created > %(since)s
    GROUP BY m.message_id"""
# Of an order that several messages share, each has its part.
_EARNED = f"""
    SELECT m.message_id, sum(a.share), coalesce(sum(a.value), 0)
    FROM messages m JOIN attributions a ON a.account_id = m.account_id AND a.message_id = m.id
    JOIN metrics t ON t.account_id = a.account_id AND t.id = a.metric_id AND t.name = 'Placed Order'
    WHERE m.account_id = %(account)s AND m.message_id = ANY(%(messages)s) AND m.created > %(since)s
        AND a.version = {VERSION_READ}
    GROUP BY m.message_id"""


class SkippedBy(msgspec.Struct):
    reason: str
    count: int


class StepNumbers(msgspec.Struct):
    """Of one action's messages: still to be handed over (`queued`, those for a review among them), handed over (`sent`,
    those that bounced among them), held back (`skipped`, by reason), opened and clicked once or more, and orders with
    their revenue, in the account's currency."""

    action_id: str
    queued: int = 0
    sent: int = 0
    bounced: int = 0
    opened: int = 0
    clicked: int = 0
    orders: float = 0
    revenue: float = 0
    skipped: list[SkippedBy] = msgspec.field(default_factory=list)


class FlowNumbersAttributes(msgspec.Struct):
    """`since`: messages that were made later count. `steps`: the actions that send messages."""

    since: datetime
    steps: list[StepNumbers]


NUMBERS = Resource("flow-numbers", "/api/flows", FlowNumbersAttributes, self_link=False)


@operation(
    "get_flow_numbers",
    "GET",
    "/api/flows/{id}/numbers",
    scopes=READ,
    rate=S,
    answers=NUMBERS,
    parameters={"days": Parameter(description=f"How many days back, 1 to {MOST_DAYS}; by default {DAYS}.")},
)
async def get_flow_numbers(call: AnyCall) -> Record:
    """What came of its messages, step by step."""
    account = account_of(call)
    since = account.now() - timedelta(days=_days(call))
    async with call.transaction() as conn:
        flow = await flow_of(call, conn)
        steps = await _counted(conn, account.account_id, flow, since)
    return Record(flow.public_id, FlowNumbersAttributes(since, steps))


def _days(call: AnyCall) -> int:
    text = call.query.get("days") or str(DAYS)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_DAYS):
        raise invalid(f"'days' is a whole number from 1 to {MOST_DAYS}.")
    return int(text)


def _is_sent(action: Action) -> bool:
    """What a webhook calls is no message."""
    return any(message.channel != "webhook" for message in action.messages)


async def _counted(conn: db.Connection, account_id: int, flow: Flow, since: datetime) -> list[StepNumbers]:
    """An action may have several messages, those of a test: they count together."""
    steps = {id: StepNumbers(str(id)) for id, action in flow.actions.items() if _is_sent(action)}
    by_message = {message.public_id: steps[id] for id in steps for message in flow.actions[id].messages}
    parameters = {"account": account_id, "messages": list(by_message), "since": since}
    for message, sent, bounced, queued in await db.rows(conn, _SENT, parameters):
        by_message[message].queued += queued
        by_message[message].sent += sent
        by_message[message].bounced += bounced
    for message, opened, clicked in await db.rows(conn, _ENGAGED, parameters):
        by_message[message].opened += opened
        by_message[message].clicked += clicked
    for message, orders, revenue in await db.rows(conn, _EARNED, parameters):
        by_message[message].orders += float(orders)
        by_message[message].revenue += float(revenue)
    for message, reason, count in await db.rows(conn, _SKIPPED, parameters):
        by_message[message].skipped.append(SkippedBy(reason, count))
    return list(steps.values())
