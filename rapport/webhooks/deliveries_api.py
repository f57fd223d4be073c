"""Operations of our own on what webhooks are told: how each stands, its last calls, a test call, replaying what
failed."""

from typing import Any

from sqlalchemy import Select, literal, select

from rapport.accounts.api import account_of
from rapport.kit import db, outgoing
from rapport.kit.crypto import BadToken
from rapport.kit.jsonapi import (
    AnyCall,
    Field,
    Operation,
    PageSize,
    Record,
    Resource,
    Row,
    conflict,
    listing,
    operation,
)
from rapport.kit.ratelimit import L, S
from rapport.kit.rooms import Process
from rapport.webhooks import outcomes, payloads, replaying, secret_keys, service, signing
from rapport.webhooks.api import READ, WRITE, masked
from rapport.webhooks.calling import posted
from rapport.webhooks.outcomes import Attempt, Status
from rapport.webhooks.payloads import Caller
from rapport.webhooks.tables import webhook_attempts
from rapport.webhooks.types import AnswerOf, DeliveryAttributes, Overview, Replayed, RequestOf

DELIVERY = Resource("webhook-delivery", "/api/webhook-deliveries", DeliveryAttributes, self_link=False)
OVERVIEW = Resource("webhook-overview", "/api/webhooks", Overview, self_link=False)
REPLAY = Resource("webhook-replay", "/api/webhooks", Replayed, self_link=False)
_TEST_SECONDS = 10.0
_WAITING = """
    SELECT count(*) FILTER (WHERE failed IS NULL), count(*) FILTER (WHERE failed IS NOT NULL),
        min(created) FILTER (WHERE failed IS NULL), min(due) FILTER (WHERE failed IS NULL AND NOT in_flight)
    FROM webhook_deliveries WHERE account_id = %s AND webhook_id = %s"""
_LAST_TEST = """
    SELECT * FROM webhook_attempts WHERE account_id = %s AND webhook_id = %s AND is_test ORDER BY id DESC LIMIT 1"""


@operation("get_webhook_overview", "GET", "/api/webhooks/{id}/overview", scopes=READ, rate=S, answers=OVERVIEW)
async def get_webhook_overview(call: AnyCall) -> Record:
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, account_id, call.path["id"])
        counted = await db.row(conn, _WAITING, (account_id, row["id"]))
    waiting, failed, oldest, due = counted or (0, 0, None, None)
    overview = Overview(
        row["name"],
        row["enabled"],
        row["disabled_reason"],
        row["topics"],
        waiting,
        oldest,
        failed,
        row["failing_since"],
        max(filter(None, (due, row["paused_until"]))) if row["failing_since"] and due else None,
    )
    return Record(row["ulid"], overview)


async def _of_webhook(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, call.principal.account_id, call.path["id"])
    return select(webhook_attempts, literal(masked(row["endpoint_url"])).label("url")).where(
        webhook_attempts.c.account_id == call.principal.account_id, webhook_attempts.c.webhook_id == row["id"]
    )


def _delivery(row: Row, call: AnyCall) -> Record:
    attributes = DeliveryAttributes(
        row["status"],
        row["at"],
        row["topics"],
        row["deliveries"],
        row["is_test"],
        RequestOf(row["url"], row["headers"], row["body"], row["size"]),
        AnswerOf(row["answer_status"], row["answer"]),
        row["milliseconds"],
        row["next_try"],
    )
    return Record(str(row["id"]), attributes, key=row["id"], resource=DELIVERY)


get_webhook_deliveries = listing(
    "get_webhook_deliveries",
    DELIVERY,
    "/api/webhooks/{id}/deliveries",
    scopes=READ,
    rate=L,
    select=_of_webhook,
    key=webhook_attempts.c.id,
    record=_delivery,
    filters={
        "status": Field(webhook_attempts.c.status, ("any", "equals"), choices=("delivered", "retrying", "failed"))
    },
    sorts={"id": webhook_attempts.c.id},
    default_sort="-id",
    page=PageSize(20, 100),
)


@operation("replay_webhook", "POST", "/api/webhooks/{id}/replay", scopes=WRITE, rate=S, status=202, answers=REPLAY)
async def replay_webhook(call: AnyCall) -> Record:
    """What was given up is called for again, in its old order."""
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        row = await service.by_ulid(conn, account_id, call.path["id"])
        replayed = await replaying.replay(conn, account_id, row["id"], call.now)
    return Record(row["ulid"], Replayed(replayed))


def testing(process: Process) -> list[Operation]:
    """A call is made by the process that is asked for it: whoever asks waits for the answer."""
    client = process.once(outgoing.Client.of)

    @operation("test_webhook", "POST", "/api/webhooks/{id}/test", scopes=WRITE, rate=S, answers=DELIVERY)
    async def test_webhook(call: AnyCall) -> Record:
        """Made-up contents of its first topic, signed as always. Also of a webhook that is switched off."""
        account = account_of(call)
        async with call.transaction() as conn:
            row = await service.by_ulid(conn, account.account_id, call.path["id"])
        try:
            secret = secret_keys.unseal(account.account_id, row["secret_key"])
        except BadToken:
            raise conflict(secret_keys.UNREADABLE, code="unreadable_secret") from None
        caller = Caller(account.account_id, account.public_id, row["ulid"], call.base_url)
        topic = row["topics"][0]
        body = payloads.sample(caller, topic, call.now)
        headers = signing.headers(secret, row["ulid"], body.content, call.now)
        outcome = await posted(client, row["endpoint_url"], headers, body, _TEST_SECONDS)
        status: Status = "delivered" if outcome.status == "delivered" else "failed"
        attempt = Attempt(call.now, status, outcome, [topic], [], is_test=True)
        async with call.transaction() as conn:
            await outcomes.remember(conn, account.account_id, row["id"], [attempt])
            made = await db.one(conn, _LAST_TEST, (account.account_id, row["id"]))
        assert made is not None
        return _delivery(made | {"url": masked(row["endpoint_url"])}, call)

    return [test_webhook]
