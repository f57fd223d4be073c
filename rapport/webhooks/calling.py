"""Calling webhooks: a worker's loop.

A *lane* makes the calls of a webhook, claim by claim, until nothing of it is due. A webhook begins with one call at a
time and gets another for as long as they succeed and more waits; after a failure it is back at one. So a receiver that
hangs keeps one place for as long as it is waited for, and nobody else's.

A call that was under way when its worker died is made again after its lease: receivers are told at least once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from prometheus_client import Counter as Metered

from rapport.accounts import service as accounts
from rapport.accounts.notices import Notice, tell
from rapport.kit import clock, db, log, outgoing
from rapport.kit.crypto import BadToken
from rapport.kit.loops import Apart
from rapport.kit.outgoing import Unanswered, Unsendable
from rapport.webhooks import claims, notices, outcomes, payloads, secret_keys, signing
from rapport.webhooks.claims import Claim
from rapport.webhooks.outcomes import Outcome
from rapport.webhooks.payloads import Body, Composed, Delivery

DEADLINE_SECONDS = 15.0
# Lanes of a worker, of an account, of a webhook; and calls at a time of a lane.
AT_ONCE, PER_ACCOUNT, PER_WEBHOOK = 50, 20, 2
AT_ONCE_OF_WEBHOOK = 8
# Of the worker's connections to the database, those that lanes have at a time: the rest are for everything else.
_CONNECTIONS = 4
# In deadlines, how long a claim lasts: longer than any call, and what is done before and after it.
_LEASES = 3
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
        # how many calls of a webhook may be made at a time; one where nothing is said
        self._allowed: dict[Key, int] = {}
        self._connections = asyncio.Semaphore(_CONNECTIONS)
        self._documents = payloads.Documents()
        self._closing = False

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
            if free and busy[key] < min(PER_WEBHOOK, self._allowed.get(key, 1)):
                by_account[key[0]] += 1
                lane = asyncio.create_task(self._lane(key))
                self._lanes[lane] = key
                lane.add_done_callback(self._lanes.pop)
        return 0

    async def close(self) -> None:
        """Wait for the calls under way."""
        self._closing = True
        await self.idle()
        await self._client.close()

    async def idle(self) -> None:
        """Wait until every lane has ended."""
        while self._lanes:
            await asyncio.wait(self._lanes)

    async def _lane(self, key: Key) -> None:
        try:
            while not self._closing and await self._apart.take(key, self._call):
                pass
        except Exception:
            # the database went; the loop meets it too
            _logger.exception("a webhook's calls broke off", account_id=key[0], webhook=key[1])

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[db.Connection]:
        async with self._connections, self._pool.connection() as conn:
            yield conn

    async def _call(self, account_id: int, webhook_id: int) -> bool:
        """Claim, call, and write what became of it. False when there is nothing more to call for now."""
        lease = timedelta(seconds=_LEASES * self._deadline_seconds)
        async with self._transaction() as conn:
            claim = await claims.take(conn, account_id, webhook_id, self._base_url, lease)
        if claim is None:
            return False
        made, left = await self._made(claim)
        async with self._transaction() as conn:
            account = await accounts.load(conn, account_id)
            switched_off = await outcomes.write(conn, claim, made, left, account.now())
            if switched_off is not None:
                await notices.switched_off(conn, account, switched_off, self._base_url)
                facts: dict[str, str | int] = {"name": switched_off.name, "reason": switched_off.reason}
                once = str(int(account.now().timestamp()))
                await tell(conn, account_id, Notice("webhook-off", account.now(), switched_off.id, facts, once))
        self._note(claim, made)
        return not any(outcome.status == "retrying" and not outcome.is_too_large for outcome in made)

    async def _made(self, claim: Claim) -> tuple[list[Outcome], list[Delivery]]:
        """The calls of a claim, and what no call was made for."""
        try:
            composed, now = await self._composed(claim)
            secret = secret_keys.unseal(claim.caller.account_id, claim.webhook.secret_key)
        except BadToken:
            return [_not_sent(claim, secret_keys.UNREADABLE, is_final=True)], []
        except Exception as error:
            if db.is_lost(error) or db.is_transient(error):
                raise
            # tried again in smaller parts, until the one is found that can't be told
            _logger.exception("a call of a webhook can't be composed", account_id=claim.caller.account_id)
            reason = f"This could not be composed: {type(error).__name__}."
            return [_not_sent(claim, reason, is_final=len(claim.deliveries) == 1)], []
        calls = _Calls(self._client, claim, secret, now, self._deadline_seconds)
        at_once = self._allowed.get((claim.caller.account_id, claim.webhook.id), 1)
        await calls.make(composed.bodies, at_once)
        return calls.outcomes, [*composed.left, *calls.left]

    async def _composed(self, claim: Claim) -> tuple[Composed, datetime]:
        async with self._transaction() as conn:
            now = (await accounts.load(conn, claim.caller.account_id)).now()
            composed = await payloads.compose(conn, claim.caller, claim.deliveries, now, self._documents)
            await outcomes.forget(conn, claim, composed.gone)
            return composed, now

    def _note(self, claim: Claim, made: Sequence[Outcome]) -> None:
        key = (claim.caller.account_id, claim.webhook.id)
        if any(outcome.status == "retrying" for outcome in made):
            self._allowed.pop(key, None)
        else:
            self._allowed[key] = min(AT_ONCE_OF_WEBHOOK, self._allowed.get(key, 1) + 1)
        for outcome in made:
            _delivered.labels(outcome.status).inc(len(outcome.body.told))
            if outcome.status == "failed":
                # the text of the answer may repeat personal data that was sent
                status = outcome.answer.status if outcome.answer else outcome.reason
                _logger.warning(
                    "a webhook refused its call", account_id=key[0], webhook=claim.webhook.ulid, answer=status
                )


class _Calls:
    """The calls of one claim, a few at a time. After one that is to be tried again, or when time is short, no other is
    begun."""

    def __init__(
        self, client: outgoing.Client, claim: Claim, secret: bytes, now: datetime, deadline_seconds: float
    ) -> None:
        self._client, self._claim, self._secret, self._now = client, claim, secret, now
        self._deadline_seconds = deadline_seconds
        self._until = clock.monotonic() + deadline_seconds
        self._waiting: list[Body] = []
        self.outcomes: list[Outcome] = []

    @property
    def left(self) -> list[Delivery]:
        """What no call was made for."""
        return [delivery for body in self._waiting for delivery in body.told]

    async def make(self, bodies: Sequence[Body], at_once: int) -> None:
        self._waiting = list(reversed(bodies))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(bodies))):
                group.create_task(self._one_after_another())

    async def _one_after_another(self) -> None:
        while self._waiting and clock.monotonic() < self._until and not self._is_failing:
            body, webhook = self._waiting.pop(), self._claim.webhook
            headers = signing.headers(self._secret, webhook.ulid, body.content, self._now)
            self.outcomes.append(await posted(self._client, webhook.url, headers, body, self._deadline_seconds))

    @property
    def _is_failing(self) -> bool:
        return any(outcome.status == "retrying" for outcome in self.outcomes[-AT_ONCE_OF_WEBHOOK:])


def _not_sent(claim: Claim, reason: str, *, is_final: bool) -> Outcome:
    return Outcome({}, Body(b"", claim.deliveries), 0, None, reason, is_final=is_final, is_ours=True)


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
    except Exception as error:
        # what nobody has thought of: the other calls of the claim are not lost for it
        _logger.exception("a webhook could not be called")
        outcome = replace(outcome, reason=f"{type(error).__name__}: {error}")
    return replace(outcome, milliseconds=round((clock.monotonic() - began) * 1000))
