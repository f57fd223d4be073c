"""Calling webhooks: a worker's loop.

A *lane* makes one call of a webhook after the other, until nothing of it is due. A webhook begins with one lane and
gets another for as long as calls succeed and more waits; after a failure it is back at one. So a receiver that hangs
keeps one place for as long as it is waited for, and nobody else's.

A call that was under way when its worker died is made again after its lease: receivers are told at least once.
"""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from prometheus_client import Counter as Metered

from rapport.accounts import service as accounts
from rapport.kit import clock, db, log, outgoing
from rapport.kit.crypto import BadToken
from rapport.kit.loops import Apart
from rapport.kit.outgoing import Unanswered, Unsendable
from rapport.webhooks import claims, notices, outcomes, payloads, secret_keys, signing
from rapport.webhooks.claims import Claim
from rapport.webhooks.outcomes import Outcome
from rapport.webhooks.payloads import Body

DEADLINE_SECONDS = 15.0
# Lanes of a worker, of an account, of a webhook.
AT_ONCE, PER_ACCOUNT, PER_WEBHOOK = 100, 32, 8
# In deadlines, how long a claim lasts: longer than any call, and what is done before and after it.
_LEASES = 2
Key = tuple[int, int]

_logger = log.logger("webhooks")
_delivered = Metered(
    "rapport_webhook_deliveries_total", "Deliveries to webhooks, by what their call came to", ["status"]
)


class Caller:
    """The loop. Wakes on NOTIFY of `react.CHANNEL`."""

    def __init__(self, pool: db.Pool, base_url: str, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._pool = pool
        self._base_url = base_url
        self._deadline_seconds = deadline_seconds
        self._client = outgoing.Client()
        self._apart = Apart("webhook-deliveries")
        self._lanes: dict[asyncio.Task[None], Key] = {}
        # how many lanes a webhook may have; one where nothing is said
        self._allowed: dict[Key, int] = {}

    async def run_once(self) -> int:
        """Begin lanes for webhooks that are due, as far as there are places. They go on by themselves, so the answer is
        always 0: look again when woken."""
        async with self._pool.connection() as conn:
            due = await claims.due(conn, clock.utcnow())
        busy = Counter(self._lanes.values())
        by_account = Counter(account_id for account_id, _ in self._lanes.values())
        # those with the fewest lanes first
        for key in sorted(due, key=lambda key: busy[key]):
            free = len(self._lanes) < AT_ONCE and by_account[key[0]] < PER_ACCOUNT
            if free and busy[key] < self._allowed.get(key, 1):
                by_account[key[0]] += 1
                lane = asyncio.create_task(self._lane(key))
                self._lanes[lane] = key
                lane.add_done_callback(self._lanes.pop)
        return 0

    async def close(self) -> None:
        """Wait for the calls under way."""
        await self.idle()
        await self._client.close()

    async def idle(self) -> None:
        """Wait until every lane has ended."""
        while self._lanes:
            await asyncio.wait(self._lanes)

    async def _lane(self, key: Key) -> None:
        try:
            while await self._apart.take(key, self._call):
                pass
        except Exception:
            # the database went; the loop meets it too
            _logger.exception("a webhook's calls broke off", account_id=key[0], webhook=key[1])

    async def _call(self, account_id: int, webhook_id: int) -> bool:
        """Claim, call, and write what became of it. False when there is nothing more to call for now."""
        lease = timedelta(seconds=_LEASES * self._deadline_seconds)
        async with self._pool.connection() as conn:
            claim = await claims.take(conn, account_id, webhook_id, self._base_url, lease)
        if claim is None:
            return False
        outcome = await self._made(claim)
        async with self._pool.connection() as conn:
            account = await accounts.load(conn, account_id)
            switched_off = await outcomes.write(conn, claim, outcome, account.now())
            if switched_off is not None:
                await notices.switched_off(conn, account, switched_off, self._base_url)
        self._note(claim, outcome)
        return outcome.status != "retrying"

    async def _made(self, claim: Claim) -> Outcome:
        try:
            async with self._pool.connection() as conn:
                now = (await accounts.load(conn, claim.caller.account_id)).now()
                body = await payloads.compose(conn, claim.caller, claim.deliveries, now)
        except Exception as error:
            if db.is_lost(error) or db.is_transient(error):
                raise
            _logger.exception("a call of a webhook can't be composed", account_id=claim.caller.account_id)
            return _not_composed(claim, error)
        if not body.told:
            return Outcome({}, body, 0, outgoing.Answer(204, ""))
        try:
            secret = secret_keys.unseal(claim.caller.account_id, claim.webhook.secret_key)
        except BadToken:
            return Outcome({}, body, 0, None, secret_keys.UNREADABLE, is_final=True)
        headers = signing.headers(secret, claim.webhook.ulid, body.content, now)
        return await posted(self._client, claim.webhook.url, headers, body, self._deadline_seconds)

    def _note(self, claim: Claim, outcome: Outcome) -> None:
        key = (claim.caller.account_id, claim.webhook.id)
        if outcome.status == "retrying":
            self._allowed.pop(key, None)
        else:
            self._allowed[key] = min(PER_WEBHOOK, self._allowed.get(key, 1) + 1)
        _delivered.labels(outcome.status).inc(len(outcome.body.told))
        if outcome.status == "failed":
            # the text of the answer may repeat personal data that was sent
            status = outcome.answer.status if outcome.answer else outcome.reason
            _logger.warning("a webhook refused its call", account_id=key[0], webhook=claim.webhook.ulid, answer=status)


def _not_composed(claim: Claim, error: Exception) -> Outcome:
    """Tried again in smaller parts, until the one is found that can't be told."""
    reason = f"This could not be composed: {type(error).__name__}."
    is_final = len(claim.deliveries) == 1
    return Outcome({}, Body(b"", claim.deliveries, [], []), 0, None, reason, is_final=is_final, is_ours=True)


async def posted(
    client: outgoing.Client, url: str, headers: dict[str, str], body: Body, deadline_seconds: float
) -> Outcome:
    """One call, timed."""
    began = clock.monotonic()
    outcome = Outcome(headers, body, 0, None)
    try:
        answer = await client.post(url, headers, body.content, deadline=deadline_seconds)
        outcome = replace(outcome, answer=answer)
    except Unsendable as error:
        outcome = replace(outcome, reason=str(error), is_final=True)
    except Unanswered as error:
        outcome = replace(outcome, reason=str(error))
    return replace(outcome, milliseconds=round((clock.monotonic() - began) * 1000))
