"""Deliver: take, render, send and write down receipts, each stage working while the others do.

take ─► render ─► send ─► receipts. Between two stages waits at most one batch, so that a fast stage can't run away with
memory. A message is marked in flight before it is handed over, and has its receipt after it; what is in flight at a
crash is reported as in doubt by the next sender, and never sent again by itself.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import psycopg
from prometheus_client import Counter

from rapport.accounts.notices import Notice, tell
from rapport.accounts.types import Account
from rapport.kit import clock, compute, db, log
from rapport.kit.loops import Apart
from rapport.kit.settings import Settings
from rapport.messages import stops
from rapport.messages.composed import Composed
from rapport.messages.connections import Connections
from rapport.messages.content import Contents
from rapport.messages.gate import Check
from rapport.messages.presence import Presence, report_lost
from rapport.messages.providers import Envelope, Provider, SmtpProvider
from rapport.messages.providers.builtin import BuiltinProvider
from rapport.messages.receipts import Outcome
from rapport.messages.receipts import record as record_receipts
from rapport.messages.rendering import Renderer
from rapport.messages.take import Taken, Taker, Urgency, skip

# One call of `run_once` takes new batches for this long, then lets its caller look around.
_ROUND_SECONDS = 5.0
# Messages handed over at a time, and how many such parts are on their way at once. What is in doubt when a sender dies
# is these and the receipts that wait to be written.
_HANDED_OVER = 50
_PARTS_AT_ONCE = 2
_RECEIPTS_TOGETHER = 500
_RECEIPTS_SECONDS = 0.2
# How long a sender with nothing to do rests; and while limits hold something back, so that no bucket runs over.
_IDLE_SECONDS, _HOLDING_SECONDS = 0.5, 0.1
# How often the living look for the dead.
_LOOK_SECONDS = 15.0
# Receipts are worth more than anything else here: they are written again until the database is back.
_SETTLE_TRIES = 60

_logger = log.logger("messages")
_handed_over = Counter("rapport_messages_total", "Messages by what became of them", ["status"])


@dataclass(frozen=True)
class _Rendered:
    """A batch ready for the provider."""

    account: Account
    envelopes: Sequence[Envelope]
    messages: Mapping[str, tuple[Composed, str]]


@dataclass
class _Receipts:
    """Receipts on their way into the database: together, or five times a second, because a
    transaction, and the pipeline that it wakes, cost much the same for many as for few."""

    out: "asyncio.Queue[tuple[Account, list[Outcome]] | None]"
    account: Account | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    since: float = 0.0

    async def add(self, account: Account, task: "asyncio.Task[list[Outcome]]") -> None:
        outcomes = await task
        if self.account is not None and self.account.account_id != account.account_id:
            await self.flush()
        if not self.outcomes:
            self.account, self.since = account, clock.monotonic()
        self.outcomes += outcomes
        if len(self.outcomes) >= _RECEIPTS_TOGETHER or clock.monotonic() - self.since > _RECEIPTS_SECONDS:
            await self.flush()

    async def flush(self) -> None:
        if self.account is not None and self.outcomes:
            await self.out.put((self.account, self.outcomes))
        self.account, self.outcomes = None, []


def providers_of(settings: Settings, pool: db.Pool) -> dict[str, Provider]:
    """By channel, as configured. Without RAPPORT_SMTP_URL messages stay in the built-in outbox."""
    if not settings.smtp_url:
        return {"email": BuiltinProvider()}
    places = Connections(pool, settings.smtp_connections) if settings.smtp_connections else None
    return {"email": SmtpProvider(settings.smtp_url, places=places)}


class Deliverer:
    """A worker loop that sends what is due, for all accounts. One loop runs at a time in one object."""

    def __init__(
        self,
        pool: db.Pool,
        settings: Settings,
        providers: Mapping[str, Provider] | None = None,
        *,
        checks: Sequence[Check] = (),
        urgency: Urgency = Urgency.ANY,
    ) -> None:
        self._pool = pool
        self._providers = dict(providers) if providers is not None else providers_of(settings, pool)
        self._contents = Contents()
        self._renderer = Renderer()
        self._apart = Apart("deliverer")
        self._presence = Presence(pool)
        self._taker = Taker(pool, settings, self._contents, self._presence, checks, urgency)
        self._looked = float("-inf")
        self._stumbled = False
        self._stopping = False
        # by account: handed over, and without a receipt yet
        self._unconfirmed: dict[int, set[int]] = {}
        # accounts that know that their messages stay here
        self._told: set[int] = set()
        # campaign messages of which nothing more is handed over
        self._stopped: set[str] = set()

    @property
    def idle_seconds(self) -> float:
        """How long it may rest with nothing to do."""
        return _HOLDING_SECONDS if self._taker.holding else _IDLE_SECONDS

    def stop(self) -> None:
        """Take nothing more; a round under way ends when what it took is sent and its receipts are written."""
        self._stopping = True

    async def run_once(self) -> int:
        """Send for a few seconds. Returns the messages worked off; 0 = nothing was due."""
        await self._look()
        batches: asyncio.Queue[Taken | None] = asyncio.Queue(1)
        rendered: asyncio.Queue[asyncio.Task[_Rendered] | None] = asyncio.Queue(1)
        results: asyncio.Queue[tuple[Account, list[Outcome]] | None] = asyncio.Queue(2)
        self._stumbled = True
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(self._take(batches))
            group.create_task(self._render(batches, rendered))
            group.create_task(self._send(rendered, results))
            group.create_task(self._record_receipts(results))
        self._stumbled = False
        return taking.result()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        compute.close()
        await self._presence.close()

    async def _look(self) -> None:
        """Report what dead senders left in flight, and what this one left when its last round broke off."""
        fresh = await self._presence.hold()
        if not fresh and not self._stumbled and clock.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = clock.monotonic()
        self._unconfirmed.clear()
        lost = await report_lost(self._pool, self._presence.names)
        self._presence.reported()
        await self._taker.release()
        if lost:
            _logger.warning("messages in doubt", count=lost)
            _handed_over.labels("in_doubt").inc(lost)

    async def _take(self, out: "asyncio.Queue[Taken | None]") -> int:
        """A batch of each account with something due, in turns, so that a large campaign holds nobody else up."""
        claimed, until = 0, clock.monotonic() + _ROUND_SECONDS
        async with aclosing(self._batches(until)) as batches:
            async for batch in batches:
                claimed += batch.claimed
                await out.put(batch)
        await out.put(None)
        return claimed

    async def _batches(self, until: float) -> AsyncGenerator[Taken]:
        any_taken = True
        while any_taken and not self._stopping and clock.monotonic() < until:
            any_taken = False
            for account_id in await self._taker.due_accounts():
                batch = await self._apart.take((account_id,), self._taker.take)
                if batch is not None:
                    any_taken = True
                    yield batch

    async def _render(
        self, batches: "asyncio.Queue[Taken | None]", out: "asyncio.Queue[asyncio.Task[_Rendered] | None]"
    ) -> None:
        """The next batch is on its way to the renderer while the one before comes back."""
        async with asyncio.TaskGroup() as group:
            while (batch := await batches.get()) is not None:
                await out.put(group.create_task(self._rendered(batch)))
        await out.put(None)

    async def _rendered(self, batch: Taken) -> _Rendered:
        fit = [composed for composed in batch.messages if composed.message.channel in self._providers]
        unfit = {
            composed.message.id: "No Sending Number"
            for composed in batch.messages
            if composed.message.channel not in self._providers
        }
        rendered_messages = await self._renderer.render(batch.account.account_id, fit)
        unfit |= {rendered.id: rendered.reason for rendered in rendered_messages if rendered.reason is not None}
        await self._skip(batch.account, unfit)
        composed_by_id = {composed.message.id: composed for composed in fit}
        ready = {
            rendered.envelope.id: (composed_by_id[rendered.id], rendered.subject)
            for rendered in rendered_messages
            if rendered.envelope is not None
        }
        return _Rendered(
            batch.account, [rendered.envelope for rendered in rendered_messages if rendered.envelope is not None], ready
        )

    async def _skip(self, account: Account, unfit: dict[int, str]) -> None:
        if unfit:
            async with self._pool.connection() as conn:
                await skip(conn, account.account_id, unfit)
            _handed_over.labels("skipped").inc(len(unfit))

    async def _send(
        self,
        batches: "asyncio.Queue[asyncio.Task[_Rendered] | None]",
        out: "asyncio.Queue[tuple[Account, list[Outcome]] | None]",
    ) -> None:
        """While one part waits for its last answers, the next is already on its way."""
        receipts = _Receipts(out)
        under_way: deque[tuple[Account, asyncio.Task[list[Outcome]]]] = deque()
        async with asyncio.TaskGroup() as group:
            while (rendering := await batches.get()) is not None:
                batch = await rendering
                for first in range(0, len(batch.envelopes), _HANDED_OVER):
                    part = await self._without_stopped(batch, batch.envelopes[first : first + _HANDED_OVER])
                    part = await self._announce(batch.account.account_id, part)
                    under_way.append((batch.account, group.create_task(self._sent(batch, part))))
                    if len(under_way) == _PARTS_AT_ONCE:
                        await receipts.add(*under_way.popleft())
                if batches.empty():
                    await receipts.flush()
            for pending in under_way:
                await receipts.add(*pending)
        await receipts.flush()
        await out.put(None)

    async def _without_stopped(self, batch: _Rendered, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        """What is still to be handed over: a campaign may have been stopped since its messages were taken."""
        if not self._stopped:
            return envelopes
        stopped = {
            id: stops.SKIPPED_AS
            for id, (composed, _) in batch.messages.items()
            if composed.message.message_id in self._stopped
        }
        await self._skip(
            batch.account, {int(envelope.id): stops.SKIPPED_AS for envelope in envelopes if envelope.id in stopped}
        )
        return [envelope for envelope in envelopes if envelope.id not in stopped]

    async def _announce(self, account_id: int, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        """Write down that these will be handed over, before they are. Returns those that are: not what another has
        taken meanwhile."""
        unconfirmed = self._unconfirmed.setdefault(account_id, set())
        own = await self._presence.hand_over(account_id, unconfirmed, {int(envelope.id) for envelope in envelopes})
        unconfirmed |= own
        if len(own) < len(envelopes):
            _logger.warning("messages taken by another sender", account_id=account_id, count=len(envelopes) - len(own))
        return [envelope for envelope in envelopes if int(envelope.id) in own]

    async def _sent(self, batch: _Rendered, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Each by the provider of its channel, all at once."""
        by_channel: dict[str, list[Envelope]] = {}
        for envelope in envelopes:
            by_channel.setdefault(batch.messages[envelope.id][0].message.channel, []).append(envelope)
        parts = [self._sent_by(self._providers[channel], batch, part) for channel, part in by_channel.items()]
        return [outcome for part in await asyncio.gather(*parts) for outcome in part]

    async def _sent_by(self, provider: Provider, batch: _Rendered, envelopes: Sequence[Envelope]) -> list[Outcome]:
        return [Outcome(*batch.messages[receipt.id], receipt) async for receipt in provider.send(envelopes)]

    async def _record_receipts(self, results: "asyncio.Queue[tuple[Account, list[Outcome]] | None]") -> None:
        while (part := await results.get()) is not None:
            account, outcomes = part
            if not outcomes:
                continue
            await self._written(account, outcomes)
            self._unconfirmed[account.account_id].difference_update(outcome.composed.message.id for outcome in outcomes)
            for outcome in outcomes:
                _handed_over.labels(outcome.status).inc()

    async def _tell_kept(self, conn: db.Connection, account: Account) -> None:
        """That messages stay in the built-in outbox: once a process, until that is committed."""
        if account.account_id not in self._told and isinstance(self._providers.get("email"), BuiltinProvider):
            await tell(conn, account.account_id, Notice("sending-not-set-up", account.now()))

    async def _written(self, account: Account, outcomes: list[Outcome]) -> None:
        for attempt in range(_SETTLE_TRIES):
            try:
                async with self._pool.connection() as conn:
                    self._stopped |= await record_receipts(conn, account, outcomes)
                    await self._tell_kept(conn, account)
                self._told.add(account.account_id)
                return
            except psycopg.OperationalError:
                _logger.warning("receipts could not be written yet", count=len(outcomes), exc_info=True)
                await asyncio.sleep(min(5.0, 0.1 * 2**attempt))
        raise ConnectionError("receipts could not be written")
