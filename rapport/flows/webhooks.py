"""send-webhook: the call is written down with everything else the step does, and made afterwards
(behaviour-messaging 1.13).

Nobody waits for the answer. Calls are made at least once: one that was under way when a worker died is made again after
its lease, because an answer that never came can't be told from a call that was never made.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import httpx
import msgspec
from psycopg.types.json import Jsonb

from rapport.accounts import service as accounts
from rapport.flows import urls
from rapport.flows.plan import Action
from rapport.flows.runs import Round, Run
from rapport.flows.sending import properties_of
from rapport.flows.types import SendWebhook
from rapport.kit import clock, db, log
from rapport.messages.compose import organization_of
from rapport.profiles import service as profiles
from rapport.templates.language import CompiledTemplate, TemplateError, compile_template, profile_context

# Listeners wake on this channel: a call is due.
CHANNEL = "rapport_webhooks"
_NOTIFY = f"NOTIFY {CHANNEL}"
FLOW_HEADER = "X-Klaviyo-Flow-ID"
# What a call says about itself and its body is not for the author of a flow to set.
_OUR_HEADERS = frozenset({"content-type", "content-length", "transfer-encoding", "host", FLOW_HEADER.lower()})
TIMEOUT_SECONDS = 30.0
AT_ONCE = 50
# 17 tries in less than 24 hours: 1, 2, 4 ... minutes, then every two hours, 20 hours in all.
ATTEMPTS = 17
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
# Longer than any call can take.
LEASE = timedelta(seconds=4 * TIMEOUT_SECONDS)
RETRIED = frozenset({429, 500, 502, 503, 504})
_MAX_ANSWER = 500

_INSERT = """
    INSERT INTO webhook_calls (account_id, flow_id, action_id, enrolment_id, url, headers, body, status, due, answer)
    SELECT %(account)s, %(flow)s, %(action)s, n.enrolment_id, %(url)s, %(headers)s, n.body,
        CASE WHEN n.fault IS NULL THEN 'queued' ELSE 'failed' END, %(now)s, n.fault
    FROM unnest(%(runs)s::bigint[], %(bodies)s::text[], %(faults)s::text[]) AS n (enrolment_id, body, fault)
    ON CONFLICT (account_id, enrolment_id, action_id) DO NOTHING"""
_DUE = """
    SELECT a.account_id FROM accounts a
    WHERE EXISTS (SELECT FROM webhook_calls w WHERE w.account_id = a.account_id
                  AND w.status IN ('queued', 'in_flight') AND w.due <= %s + a.clock_offset)"""
_TAKE = """
    UPDATE webhook_calls w SET status = 'in_flight', attempts = w.attempts + 1, due = %(lease)s
    FROM (SELECT id FROM webhook_calls WHERE account_id = %(account)s AND status IN ('queued', 'in_flight')
              AND due <= %(now)s
          ORDER BY due, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS taken
    WHERE w.account_id = %(account)s AND w.id = taken.id
    RETURNING w.id, w.url, w.headers, w.body, w.attempts"""
# A worker that was given up may still bring its answer: it counts unless another took the call meanwhile.
_SETTLE = """
    UPDATE webhook_calls SET status = %s, due = %s, answer = %s
    WHERE account_id = %s AND id = %s AND attempts = %s AND status = 'in_flight'"""

_logger = log.logger("webhooks")


async def call(work: Round, action: Action, runs: Sequence[Run]) -> None:
    """Write down a call for each run that meets the flow's filter; the body is filled in now."""
    data, flow = action.typed, work.flow_of(action)
    assert isinstance(data, SendWebhook)
    runs = await work.allowed(action, runs)
    if data.message.url is None or not runs:
        return
    bodies = await _bodies(work, action, data, runs)
    parameters = {
        "account": work.account.account_id, "flow": flow.id, "action": action.id, "url": data.message.url,
        "headers": Jsonb(_headers(data, flow.public_id)), "now": work.now,
        "runs": [run.id for run in runs],
        "bodies": [body for body, _ in bodies],
        "faults": [fault for _, fault in bodies],
    }  # fmt: skip
    await db.execute(work.conn, _INSERT, parameters)
    await db.execute(work.conn, _NOTIFY)


def _headers(data: SendWebhook, flow_id: str) -> dict[str, str]:
    given = {name: value for name, value in (data.message.headers or {}).items() if name.lower() not in _OUR_HEADERS}
    return {**given, "Content-Type": "application/json", FLOW_HEADER: flow_id}


async def _bodies(work: Round, action: Action, data: SendWebhook, runs: Sequence[Run]) -> list[tuple[str, str | None]]:
    """For each run its body, and what is wrong with it."""
    people = await _people(work, runs)
    events = await work.events(runs)
    context = partial(_context, work, action)
    source = data.message.body or "{}"
    return [
        _rendered(source, context(people.get(run.profile_id), properties_of(events.get(run.event_id or 0))))
        for run in runs
    ]


async def _people(work: Round, runs: Sequence[Run]) -> Mapping[int, dict[str, Any]]:
    """Profiles by id, as templates see them: `id` is the public one."""
    rows = await profiles.by_ids(work.conn, work.account.account_id, sorted({run.profile_id for run in runs}))
    return {row["id"]: {**row, "id": row["ulid"]} for row in rows}


def _context(
    work: Round, action: Action, person: dict[str, Any] | None, event: dict[str, Any] | None
) -> dict[str, Any]:
    message = {"id": action.message and action.message.public_id, "name": action.message and action.message.name}
    return profile_context(
        person or {}, organization=organization_of(work.account), event=event, message=message, now=work.now
    )


def _rendered(source: str, context: dict[str, Any]) -> tuple[str, str | None]:
    """The body has to be JSON once it is filled in (1.13)."""
    try:
        body = _compiled(source).render(context)
    except TemplateError as error:
        return "", f"The body can't be filled in: {error}"
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return body, f"The body is not JSON once it is filled in: {error}"
    return body, None


@lru_cache(256)
def _compiled(source: str) -> CompiledTemplate:
    return compile_template(source, html=False)


@dataclass(frozen=True)
class _Call:
    """A call under way."""

    account_id: int
    id: int
    url: str
    headers: dict[str, str]
    body: str
    attempts: int


class WebhookCaller:
    """A worker's loop. Wakes on NOTIFY of `CHANNEL`. Calls run on while the loop looks for more."""

    def __init__(self, pool: db.Pool, *, at_once: int = AT_ONCE) -> None:
        self._pool = pool
        self._at_once = at_once
        self._under_way: set[asyncio.Task[None]] = set()
        # Redirects are not followed, and a certificate has to be valid (1.13).
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)

    async def run_once(self) -> int:
        """Start the calls that are due, as many as there is room for. Returns how many; 0 = none."""
        async with self._pool.connection() as conn:
            due = [row[0] for row in await db.rows(conn, _DUE, (clock.utcnow(),))]
        return sum([await self._start(account_id) for account_id in due])

    async def close(self) -> None:
        """Wait for the calls under way."""
        await self.idle()
        await self._client.aclose()

    async def idle(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _start(self, account_id: int) -> int:
        room = self._at_once - len(self._under_way)
        if room <= 0:
            return 0
        calls = await self._take(account_id, room)
        for one in calls:
            task = asyncio.create_task(self._make(one))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(calls)

    async def _take(self, account_id: int, limit: int) -> list[_Call]:
        """Marked in flight, and committed, before anything leaves."""
        async with self._pool.connection() as conn:
            now = (await accounts.load(conn, account_id)).now()
            parameters = {"account": account_id, "now": now, "lease": now + LEASE, "limit": limit}
            return [_Call(account_id, *row) for row in await db.rows(conn, _TAKE, parameters)]

    async def _make(self, one: _Call) -> None:
        try:
            async with self._pool.connection() as conn:
                account = await accounts.load(conn, one.account_id)
            if not urls.is_allowed(one.url, test_account=account.is_test):
                await self._settle(one, "failed", "The url must start with https://.")
                return
            await self._settle(one, *await self._answer(one))
        except Exception:
            # Its lease ends, and it is taken again.
            _logger.exception("webhook call failed", call=one.id)

    async def _answer(self, one: _Call) -> tuple[str, str]:
        try:
            answer = await self._client.post(one.url, content=one.body.encode(), headers=one.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return "queued", f"{type(error).__name__}: {error}"
        text = f"{answer.status_code} {answer.text}".replace("\0", "")[:_MAX_ANSWER]
        if answer.is_success:
            return "done", text
        return ("queued" if answer.status_code in RETRIED else "failed"), text

    async def _settle(self, one: _Call, status: str, answer: str) -> None:
        if status == "queued" and one.attempts >= ATTEMPTS:
            status = "failed"
        async with self._pool.connection() as conn:
            now = (await accounts.load(conn, one.account_id)).now()
            parameters = (status, next_try(now, one.attempts), answer, one.account_id, one.id, one.attempts)
            await db.execute(conn, _SETTLE, parameters)


def next_try(now: datetime, attempts: int) -> datetime:
    """When a call that failed `attempts` times is made again."""
    return now + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << (attempts - 1)))
