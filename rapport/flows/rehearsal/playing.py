"""Playing: the engine over the past, from one moment at which something is due to the next.

At each moment come, in this order, what a worker's loops do: people enter, runs take their steps, messages pass the
gate. All of it is the engine's own; here it is only noted who went where.
"""

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rapport.accounts.types import Account
from rapport.flows import appointments, calendar, engine, entry, filters, plan, runs
from rapport.flows import gate as flow_gate
from rapport.flows.entry import Entrant
from rapport.flows.plan import Action, Flow
from rapport.flows.rehearsal import history
from rapport.flows.rehearsal.history import Comers, Past
from rapport.flows.rehearsal.stage import FIRST_ID, Stage
from rapport.flows.runs import Round, Run
from rapport.kit import clock, db, ids
from rapport.kit.clock import Clock
from rapport.kit.ids import EVENT_EPOCH
from rapport.messages import gate, take
from rapport.messages.types import Candidate, Options

# A worker is never early: what is asked at a moment is asked a little after it.
LATE = timedelta(milliseconds=500)
# With so many entries, moments that lie close together are gone through as one, so that there are at most so many.
EXACT_ENTRIES = 500
MOST_MOMENTS = 2000
# How long it may take, and what it aims at: where it would be slower than that, more is gone through as one moment.
SECONDS, AIM_SECONDS = 300.0, 150.0
_LOOK_MOMENTS = 25
_BATCH = 1000
# From a message's turn to its receipt.
_DELIVERY = timedelta(seconds=1)
_NEXT = """
    SELECT least(
        (SELECT min(due) FROM past_enrolments
         WHERE account_id = %(account)s AND action_id IS NOT NULL AND id >= %(first)s),
        (SELECT min(due) FROM past_messages WHERE account_id = %(account)s AND status = 'queued' AND id >= %(first)s),
        (SELECT min(start) FROM flow_appointments WHERE account_id = %(account)s))"""
_BEGUN = """
    SELECT cause FROM past_enrolments WHERE account_id = %s AND flow_id = %s AND cause = ANY(%s) AND id >= %s"""
_DUE = """
    SELECT id, profile_id, channel, source, campaign_id, flow_id, message_id, cause, options::text AS options
    FROM messages WHERE account_id = %s AND status = 'queued' AND due <= %s ORDER BY due, id LIMIT %s"""
_SENT = """
    UPDATE messages m SET status = 'sent', sent = %(now)s, to_address = s.address
    FROM unnest(%(ids)s::bigint[], %(addresses)s::text[]) AS s (id, address)
    WHERE m.account_id = %(account)s AND m.id = s.id"""
_RECEIVED = "SELECT id FROM metrics WHERE account_id = %s AND service = 'klaviyo' AND name = 'Received Email'"
_EVENT = """
    INSERT INTO past_events (account_id, time, id, metric_id, profile_id, properties, recorded)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_options = msgspec.json.Decoder(Options)


# Is told how far a rehearsal is, from 0 to 1.
Tell = Callable[[float], Awaitable[None]]


async def silent(share: float) -> None:
    """For whom nobody tells."""


@dataclass(frozen=True)
class Still(Clock):
    """A clock that stands."""

    moment: datetime = EVENT_EPOCH

    def now(self) -> datetime:
        return self.moment


@dataclass
class Visit:
    """A run at an action: when it came, when it went on, and which way."""

    action_id: int
    came: datetime
    left: datetime | None = None
    way: str | None = None


@dataclass
class Walk:
    """One run, as it would have gone."""

    run_id: int
    profile_id: int
    entered: datetime
    visits: list[Visit] = field(default_factory=list)


@dataclass
class Played:
    """What happened, from `since` to `upto`, which is `until` unless it took too long. `refused`: runs that the flow's
    filter kept from an action. `not_entered`: by reason. `tick`: how close moments were told apart."""

    since: datetime
    until: datetime
    upto: datetime
    walks: dict[int, Walk] = field(default_factory=dict)
    refused: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    not_entered: dict[str, list[Entrant]] = field(default_factory=lambda: defaultdict(list))
    considered: int = 0
    tick: timedelta = timedelta()


class _Noting(Round):
    """A round of the engine that writes down who does what."""

    def __init__(self, conn: db.Connection, account: Account, flows: Mapping[int, Flow], played: Played) -> None:
        super().__init__(conn, account, account.now(), flows)
        self.played = played

    def note(self, action: Action, moved: Sequence[Run]) -> None:
        walks = self.played.walks
        for run in moved:
            walk = walks.get(run.id)
            if walk is None:
                walk = walks[run.id] = Walk(run.id, run.profile_id, run.entered)
            last = walk.visits[-1] if walk.visits else None
            if last is None or last.action_id != action.id:
                last = Visit(action.id, self.now)
                walk.visits.append(last)
            if not (run.waiting and run.action_id == action.id):
                last.left = self.now
                last.way = next(iter(action.links)) if run.way is None else run.way
            run.way = None

    async def allowed(self, action: Action, asked: Sequence[Run]) -> list[Run]:
        passing = await super().allowed(action, asked)
        self.played.refused[action.id] |= {run.id for run in asked} - {run.id for run in passing}
        return passing


@dataclass
class Player:
    stage: Stage
    account: Account
    flow: Flow
    comers: Comers
    past: Past
    since: datetime
    until: datetime
    tell: Tell = silent
    _events: int = 0
    _looked: datetime | None = None
    # the metric Received Email, where the flow asks about it
    _received: int | None = None

    def __post_init__(self) -> None:
        self.played = Played(self.since, self.until, self.until)

    @property
    def _is_dated(self) -> bool:
        return self.flow.trigger_kind == "date"

    async def play(self) -> Played:
        """From the beginning to the end, or as far as the time goes."""
        waiting = deque(self.comers.entrants)
        if max(len(waiting), len(self.comers.people)) > EXACT_ENTRIES:
            self.played.tick = (self.until - self.since) / MOST_MOMENTS
        received = await db.row(self.stage.conn, _RECEIVED, (self.account.account_id,))
        self._received = received[0] if received and received[0] in self.past.metrics else None
        begun, moment, moments = clock.monotonic(), self.since, 0
        while (at := await self._next(waiting, moment)) is not None:
            if clock.monotonic() - begun > SECONDS:
                self.played.upto = moment
                break
            moment = min(max(at, moment + self.played.tick), self.until)
            await self._at(moment + LATE, waiting)
            moments += 1
            share = (moment - self.since) / (self.until - self.since)
            if moments % _LOOK_MOMENTS == 0:
                self._pace(moment, moments, clock.monotonic() - begun)
            await self.tell(share)
        return self.played

    def _pace(self, moment: datetime, moments: int, seconds: float) -> None:
        """As many moments are left as there is time for. Where few people enter, all is exact."""
        if self.played.tick:
            left = max(AIM_SECONDS - seconds, AIM_SECONDS / 10) / (seconds / moments)
            self.played.tick = max(self.played.tick, (self.until - moment) / max(left, 1))

    async def _next(self, waiting: deque[Entrant], moment: datetime) -> datetime | None:
        """When something is due next, as long as that is past."""
        parameters = {"account": self.account.account_id, "first": FIRST_ID}
        row = await db.row(self.stage.conn, _NEXT, parameters)
        moments = [row[0]] if row and row[0] is not None else []
        if waiting:
            moments.append(waiting[0].arrival)
        if self._is_dated and self._looked is None:
            moments.append(self.since)
        elif self._looked is not None and self._looked + appointments.AHEAD / 2 < self.until:
            moments.append(self._looked + appointments.AHEAD / 2)
        coming = min(moments, default=None)
        return None if coming is None or coming > self.until else coming

    async def _at(self, now: datetime, waiting: deque[Entrant]) -> None:
        account = replace(self.account, clock=Still(moment=now))
        await self.stage.go(now)
        if self.past.looks_at_flows:
            await history.end_runs(self.stage, account, now)
        await self._enter(account, await self._arriving(account, waiting))
        moving = True
        while moving:
            moving = await self._walk(account) > 0
            moving |= await self._deliver(account) > 0

    async def _arriving(self, account: Account, waiting: deque[Entrant]) -> list[Entrant]:
        now, arriving = account.now(), []
        while waiting and waiting[0].arrival <= now:
            arriving.append(waiting.popleft())
        if self._is_dated:
            if self._looked is None or self._looked + appointments.AHEAD / 2 <= now:
                await appointments.look_ahead(self.stage.conn, account, now)
                self._looked = now
            for _, entrants in await calendar.kept(self.stage.conn, account):
                arriving += entrants
        return arriving

    async def _enter(self, account: Account, arriving: Sequence[Entrant]) -> None:
        if not arriving:
            return
        self.played.considered += len(arriving)
        conn, now, entrants = self.stage.conn, account.now(), list(arriving)
        if self.comers.events:
            events = [self.comers.events[entrant.event_id or 0] for entrant in entrants]
            passing = await entry.passing_events(conn, self.flow, events, now)
            self._stayed("Trigger Filter", [each for each in entrants if each.event_id not in passing])
            entrants = [each for each in entrants if each.event_id in passing]
        await entry.enter(conn, account, [(self.flow, entrants)], now)
        causes = [entrant.cause for entrant in entrants]
        rows = await db.rows(conn, _BEGUN, (account.account_id, self.flow.id, causes, FIRST_ID))
        begun = {row[0] for row in rows}
        stayed = [entrant for entrant in entrants if entrant.cause not in begun]
        if stayed:
            again = await filters.passing(conn, account, self.flow.filter, stayed, now)
            self._stayed("Re-entry Criteria", again)
            met = set(map(id, again))
            self._stayed("Fails Flow Filters", [each for each in stayed if id(each) not in met])

    def _stayed(self, reason: str, entrants: Collection[Entrant]) -> None:
        if entrants:
            self.played.not_entered[reason] += entrants

    async def _walk(self, account: Account) -> int:
        conn = self.stage.conn
        claimed = await runs.claim(conn, account, _BATCH)
        if not claimed:
            return 0
        flows = await plan.load(conn, account.account_id, {run.flow_id for run in claimed})
        work = _Noting(conn, account, flows, self.played)
        await engine.advance(work, claimed)
        await runs.write(work, claimed)
        return len(claimed)

    async def _deliver(self, account: Account) -> int:
        """Those due go through the gate; who passes has it."""
        conn, now = self.stage.conn, account.now()
        rows = await db.dicts(conn, _DUE, (account.account_id, now, take.BATCH))
        if not rows:
            return 0
        candidates = [Candidate(**{**row, "options": _options.decode(row["options"])}) for row in rows]
        verdicts = await gate.judge(conn, account, candidates, [flow_gate.check])
        await take.skip(conn, account.account_id, verdicts.skipped)
        parameters: dict[str, Any] = {
            "account": account.account_id,
            "now": now,
            "ids": [passed.id for passed in verdicts.passed],
            "addresses": [passed.address for passed in verdicts.passed],
        }
        await db.execute(conn, _SENT, parameters)
        if self._received is not None:
            sent = {passed.id for passed in verdicts.passed}
            await self._receive([each for each in candidates if each.id in sent and each.profile_id], now)
        return len(rows)

    async def _receive(self, messages: Sequence[Candidate], now: datetime) -> None:
        """Received Email of each, for conditions that ask about it."""
        time = now.replace(microsecond=0) + _DELIVERY
        values = []
        for message in messages:
            self._events += 1
            properties = {
                "$message": message.message_id,
                "Campaign Name": message.options.name,
                "$flow": message.options.extra.get("flow"),
                "$group_ids": list(message.options.groups),
            }
            number = ids.event_id(time, (1 << ids.EVENT_SEQUENCE_BITS) - self._events)
            of = (self.account.account_id, time, number, self._received)
            values.append((*of, message.profile_id, Jsonb(properties), now))
        async with self.stage.conn.cursor() as cursor:
            await cursor.executemany(_EVENT, values)
