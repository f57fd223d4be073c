"""Making the webhook calls that flows wrote down (behaviour-messaging 1.13).

Calls are made at least once: one that was under way when a worker died is made again after its lease, because an answer
that never came can't be told from a call that was never made. A host, and an account, has only so many places at a
time, so that receivers that are slow hold up nobody else.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Counter as Metered

from rapport.accounts import service as accounts
from rapport.kit import clock, db, log, outgoing
from rapport.kit.loops import Apart
from rapport.kit.outgoing import Unanswered, Unsendable

AT_ONCE = 50
PER_ACCOUNT = 25
PER_HOST = 10
# 17 tries in less than 24 hours: 1, 2, 4 ... minutes, then every two hours, 20 hours in all.
ATTEMPTS = 17
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
# Longer than any call can take.
LEASE = timedelta(seconds=4 * outgoing.DEADLINE_SECONDS)
RETRIED = frozenset({429, 500, 502, 503, 504})
_MAX_ANSWER = 500

_DUE = """
    SELECT a.account_id FROM accounts a
    WHERE EXISTS (SELECT FROM webhook_calls w WHERE w.account_id = a.account_id
                  AND w.status IN ('queued', 'in_flight') AND w.due <= %s + a.clock_offset)"""
# From one host that has calls to the next, and of each as many as it has places left: a backlog of one is not read
# through to find the calls of another.
_TAKE = """
    WITH RECURSIVE hosts AS (
        (SELECT host FROM webhook_calls WHERE account_id = %(account)s AND status IN ('queued', 'in_flight')
         ORDER BY host LIMIT 1)
        UNION ALL
        SELECT (SELECT w.host FROM webhook_calls w WHERE w.account_id = %(account)s
                  AND w.status IN ('queued', 'in_flight') AND w.host > h.host ORDER BY w.host LIMIT 1)
        FROM hosts h WHERE h.host IS NOT NULL),
    fit AS (
        SELECT w.id FROM hosts h
        LEFT JOIN unnest(%(busy_hosts)s::text[], %(busy_calls)s::int[]) AS busy (host, calls) ON busy.host = h.host
        CROSS JOIN LATERAL (
            SELECT id, due FROM webhook_calls
            WHERE account_id = %(account)s AND host = h.host AND status IN ('queued', 'in_flight') AND due <= %(now)s
            ORDER BY due, id LIMIT greatest(0, %(per_host)s - coalesce(busy.calls, 0))) AS w
        ORDER BY w.due, w.id LIMIT %(limit)s),
    taken AS (
        SELECT id FROM webhook_calls
        WHERE account_id = %(account)s AND id IN (SELECT id FROM fit) AND status IN ('queued', 'in_flight')
          AND due <= %(now)s
        FOR UPDATE SKIP LOCKED)
    UPDATE webhook_calls w SET status = 'in_flight', attempts = w.attempts + 1, due = %(lease)s
    FROM taken WHERE w.account_id = %(account)s AND w.id = taken.id
    RETURNING w.id, w.host, w.url, w.headers, w.body, w.attempts"""
# A worker that was given up may still bring its answer: it counts unless another took the call meanwhile.
_WRITE_OUTCOME = """
    UPDATE webhook_calls SET status = %s, due = %s, answer = %s
    WHERE account_id = %s AND id = %s AND attempts = %s AND status = 'in_flight'"""
_WHOSE = """
    SELECT f.public_id, p.ulid FROM webhook_calls w
    JOIN flows f ON f.account_id = w.account_id AND f.id = w.flow_id
    LEFT JOIN enrolments e ON e.account_id = w.account_id AND e.id = w.enrolment_id
    LEFT JOIN profiles p ON p.account_id = w.account_id AND p.id = e.profile_id
    WHERE w.account_id = %s AND w.id = %s"""

_logger = log.logger("webhooks")
_calls = Metered("rapport_webhook_calls_total", "Webhook calls by outcome; queued = tried again", ["status"])


@dataclass(frozen=True)
class _Call:
    """A call under way."""

    account_id: int
    id: int
    host: str
    url: str
    headers: dict[str, str]
    body: str
    attempts: int


class WebhookCaller:
    """A worker's loop. Wakes on NOTIFY of `webhooks.CHANNEL`. Calls run on while the loop looks for more."""

    def __init__(self, pool: db.Pool) -> None:
        self.deadline_seconds = outgoing.DEADLINE_SECONDS
        self._pool = pool
        self._under_way: dict[asyncio.Task[None], _Call] = {}
        self._client = outgoing.Client()
        self._apart = Apart("webhooks")
        # the account that was looked at last: the others come first next time
        self._last = 0

    async def run_once(self) -> int:
        """Start the calls that are due, as far as there are free places. Returns how many; 0 = none."""
        async with self._pool.connection() as conn:
            due = [row[0] for row in await db.rows(conn, _DUE, (clock.utcnow(),))]
        return await self._apart.each([(account_id,) for account_id in self._in_turn(due)], self._start)

    async def close(self) -> None:
        """Wait for the calls under way."""
        await self.idle()
        await self._client.close()

    async def idle(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _in_turn(self, account_ids: Sequence[int]) -> list[int]:
        return sorted(account_ids, key=lambda account_id: (account_id <= self._last, account_id))

    async def _start(self, account_id: int) -> int:
        of_account = sum(call.account_id == account_id for call in self._under_way.values())
        places = min(AT_ONCE - len(self._under_way), PER_ACCOUNT - of_account)
        if places <= 0:
            return 0
        self._last = account_id
        calls = await self._take(account_id, places)
        for call in calls:
            task = asyncio.create_task(self._make(call))
            self._under_way[task] = call
            task.add_done_callback(self._under_way.pop)
        return len(calls)

    async def _take(self, account_id: int, limit: int) -> list[_Call]:
        """Mark calls in flight and commit before anything is sent."""
        busy = Counter(call.host for call in self._under_way.values())
        async with self._pool.connection() as conn:
            now = (await accounts.load(conn, account_id)).now()
            parameters = {
                "account": account_id,
                "now": now,
                "lease": now + LEASE,
                "limit": limit,
                "per_host": PER_HOST,
                "busy_hosts": list(busy),
                "busy_calls": list(busy.values()),
            }
            return [_Call(account_id, *row) for row in await db.rows(conn, _TAKE, parameters)]

    async def _make(self, call: _Call) -> None:
        try:
            await self._write_outcome(call, *await self._answer(call))
        except Exception:
            # Its lease ends, and it is taken again.
            _logger.exception("the outcome of a webhook call could not be written", call=call.id)

    async def _answer(self, call: _Call) -> tuple[str, str]:
        """Status and reason."""
        try:
            answer = await self._client.post(call.url, call.headers, call.body.encode(), deadline=self.deadline_seconds)
        except Unsendable as error:
            return "failed", str(error)
        except Unanswered as error:
            return "queued", str(error)
        text = f"{answer.status} {answer.text}".replace("\0", "")[:_MAX_ANSWER]
        if 200 <= answer.status < 300:
            return "done", text
        return ("queued" if answer.status in RETRIED else "failed"), text

    async def _write_outcome(self, call: _Call, status: str, reason: str) -> None:
        if status == "queued" and call.attempts >= ATTEMPTS:
            status = "failed"
        async with self._pool.connection() as conn:
            now = (await accounts.load(conn, call.account_id)).now()
            values = (status, next_try(now, call.attempts), reason, call.account_id, call.id, call.attempts)
            await db.execute(conn, _WRITE_OUTCOME, values)
            if status == "failed":
                await _log_failure(conn, call, reason)
        _calls.labels(status).inc()


async def _log_failure(conn: db.Connection, call: _Call, reason: str) -> None:
    """Log a call that is given up. Only its status: the answer's text may repeat personal data that was sent."""
    flow, profile = await db.row(conn, _WHOSE, (call.account_id, call.id)) or (None, None)
    logged_reason = reason.partition(" ")[0] if reason[:3].isdigit() else reason
    _logger.warning(
        "webhook call failed",
        account_id=call.account_id,
        flow=flow,
        profile=profile,
        attempts=call.attempts,
        reason=logged_reason,
    )


def next_try(now: datetime, attempts: int) -> datetime:
    """When a call that failed `attempts` times is made again."""
    return now + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << (attempts - 1)))
