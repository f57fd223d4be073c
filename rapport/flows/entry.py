"""Entry: starting runs of flows. A reaction of the pipeline, after the one that updates segments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import msgspec

from rapport.accounts.types import Account
from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.flows import appointments, changes, delays, filters, plan, trigger_filter
from rapport.flows.plan import Flow
from rapport.flows.trigger_filter import Happened
from rapport.flows.types import ReentryCriteria
from rapport.inbox.types import Change
from rapport.kit import db

# Listeners wake on this channel: somebody entered a flow.
CHANNEL = "rapport_flows"
_NOTIFY = f"NOTIFY {CHANNEL}"
# Historical data starts nothing (behaviour-messaging 1.3).
LATEST = timedelta(hours=4)
PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

# The index of what is being waited for, asked once a batch: an account has dozens of flows, not thousands, so a copy in
# memory would save little and could be stale. Without a live or manual action nobody enters (1.6).
_WATCHING = """
    SELECT f.id FROM flows f
    WHERE f.account_id = %(account)s AND f.status IN ('manual', 'live') AND NOT f.archived AND (
            f.trigger_kind = 'metric' AND f.trigger_ref = ANY(%(metrics)s)
            OR f.trigger_kind = 'list' AND f.trigger_ref = ANY(%(lists)s)
            OR f.trigger_kind = 'segment' AND f.trigger_ref = ANY(%(segments)s))
        AND f.entry_action_id IS NOT NULL
        AND EXISTS (SELECT FROM flow_actions a WHERE a.account_id = f.account_id AND a.flow_id = f.id
                    AND a.status IN ('manual', 'live'))
    ORDER BY f.id"""
# `after`: an entry later than that stands in the way. Those who were put in count as none (1.19).
_ENROL = """
    INSERT INTO enrolments (account_id, flow_id, profile_id, cause, event_id, entered, action_id, due, anchor,
        back_populated, silent_before)
    SELECT %(account)s, %(flow)s, n.profile_id, n.cause, n.event_id, n.entered, %(action)s, n.due, n.anchor,
        %(back_populated)s, %(silent_before)s
    FROM unnest(%(profiles)s::bigint[], %(causes)s::text[], %(events)s::bigint[], %(dues)s::timestamptz[],
            %(entered)s::timestamptz[], %(afters)s::timestamptz[], %(anchors)s::date[])
        AS n (profile_id, cause, event_id, due, entered, after, anchor)
    WHERE %(always)s OR NOT EXISTS (
        SELECT FROM enrolments e WHERE e.account_id = %(account)s AND e.profile_id = n.profile_id
            AND e.flow_id = %(flow)s AND e.entered > n.after AND NOT e.back_populated)
    ON CONFLICT (account_id, flow_id, cause) DO NOTHING RETURNING profile_id"""
_NEVER = datetime.min.replace(year=1000, tzinfo=UTC)


@dataclass(frozen=True)
class Entrant:
    """A profile that may enter. `arrival`: the time of the event, from which the first delay counts. `event_id`: of the
    event that starts the run. `anchor`: the date that a flow of dates is about."""

    profile_id: int
    cause: str
    arrival: datetime
    entered: datetime
    event_id: int | None = None
    anchor: date | None = None

    @cached_property
    def since(self) -> datetime:
        return filters.since(self.entered, self.event_id)


@dataclass(frozen=True)
class _Seen:
    """The triggers in a batch: events by metric, new members by list or segment."""

    events: Mapping[int, Sequence[Recorded]]
    joined: Mapping[tuple[str, int], Sequence[Change]]


async def react(batch: Batch) -> None:
    """Start the runs that follow from a batch, and the appointments of people whose dates changed."""
    await appointments.follow(batch.conn, batch.account, batch.profiles("profile"), batch.now)
    seen = _seen(batch)
    if not seen.events and not seen.joined:
        return
    account_id = batch.account.account_id
    parameters = {
        "account": account_id,
        "metrics": list(seen.events),
        "lists": [group for kind, group in seen.joined if kind == "list"],
        "segments": [group for kind, group in seen.joined if kind == "segment"],
    }
    watching = [row[0] for row in await db.rows(batch.conn, _WATCHING, parameters)]
    if not watching:
        return
    flows = await plan.load(batch.conn, account_id, watching)
    entering = [(flow, await _entrants(batch, flow, seen)) for flow in flows.values()]
    await enter(batch.conn, batch.account, entering, batch.now)


async def enter(
    conn: db.Connection, account: Account, entering: Iterable[tuple[Flow, Sequence[Entrant]]], now: datetime
) -> int:
    """Apply profile filter and re-entry, in this order, to all entrants, and start their runs. Returns how many."""
    entered: dict[int, list[int]] = {}
    for flow, entrants in entering:
        passing = await filters.passing(conn, account, flow.filter, entrants, now)
        entered[flow.id] = await _enrol(conn, account, flow, passing) if passing else []
    return await _tell(conn, account.account_id, entered)


async def _tell(conn: db.Connection, account_id: int, entered: Mapping[int, Sequence[int]]) -> int:
    if any(entered.values()):
        await changes.enqueue(conn, account_id, entered)
        await db.execute(conn, _NOTIFY)
    return sum(map(len, entered.values()))


async def put_in(
    conn: db.Connection, account: Account, flow: Flow, entrants: Sequence[Entrant], now: datetime, *, relative: bool
) -> int:
    """People from before the flow was live (1.19). `relative`: each as far along as if they had entered when they
    arrived; steps that lie in the past do nothing. No entry for the rule of re-entry. Returns how many."""
    passing = await filters.passing(conn, account, flow.filter, entrants, now)
    silent_before = now if relative else None
    entered = await _enrol(conn, account, flow, passing, back_populated=True, silent_before=silent_before)
    return await _tell(conn, account.account_id, {flow.id: entered})


def _seen(batch: Batch) -> _Seen:
    events: dict[int, list[Recorded]] = defaultdict(list)
    for event in batch.events:
        if not event.accepted.backfill:
            events[event.metric.id].append(event)
    joined: dict[tuple[str, int], list[Change]] = defaultdict(list)
    for change in batch.changes:
        if change.joined and change.group is not None and not change.quiet:
            for kind in change.what:
                joined[kind, change.group].append(change)
    return _Seen(events, joined)


async def _entrants(batch: Batch, flow: Flow, seen: _Seen) -> list[Entrant]:
    """Those whom the trigger, with its filter, lets in."""
    if flow.trigger_kind == "metric":
        return await _by_event(batch, flow, seen.events.get(flow.trigger_ref or 0, ()))
    return _by_membership(batch, flow, seen.joined.get((flow.trigger_kind, flow.trigger_ref or 0), ()))


def _since_opened(flow: Flow, moment: datetime | None) -> bool:
    """Whether something came to pass while the flow was on: it may wait here since before. None = it was written down
    before an entry said when."""
    return flow.opened is not None and (moment is None or moment >= flow.opened)


def _by_membership(batch: Batch, flow: Flow, joined: Sequence[Change]) -> list[Entrant]:
    moment = int(batch.now.timestamp() * 1_000_000)
    profiles = {profile for change in joined if _since_opened(flow, change.at) for profile in change.profiles}
    return [
        Entrant(profile, f"{flow.trigger_kind}:{flow.trigger_ref}:{profile}:{moment}", batch.now, batch.now)
        for profile in sorted(profiles)
    ]


async def _by_event(batch: Batch, flow: Flow, events: Sequence[Recorded]) -> list[Entrant]:
    delay = flow.first_delay
    oldest = max(LATEST, delays.nominal(delay) if delay is not None else LATEST)
    # By when it came, not by when it is recorded: what waits here while no worker runs has come in time.
    events = [
        event
        for event in events
        if event.time >= event.accepted.received - oldest and _since_opened(flow, event.accepted.received)
    ]
    passing_ids = await passing_events(batch.conn, flow, [_happened(event) for event in events], batch.now)
    return [
        Entrant(event.profile_id, str(event.id), min(event.time, batch.now), batch.now, event.id)
        for event in events
        if event.id in passing_ids
    ]


async def passing_events(conn: db.Connection, flow: Flow, events: Sequence[Happened], now: datetime) -> set[int]:
    """Ids of the events that the trigger filter lets through."""
    filter_definition = flow.trigger.get("trigger_filter")
    if not filter_definition or not events:
        return {event.id for event in events}
    return await trigger_filter.passing(conn, trigger_filter.parse(filter_definition, pointer=""), events, now)


def _happened(event: Recorded) -> Happened:
    return Happened(event.id, bytes(event.accepted.properties).decode(), event.accepted.value)


def again_after(flow: Flow) -> timedelta | None:
    """How long after an entry the next is allowed; None = never, zero = always.

    Default: never for lists and segments, always for metrics and dates (1.5).
    """
    if not flow.reentry_criteria:
        return None if flow.trigger_kind in ("list", "segment") else timedelta()
    criteria = msgspec.convert(flow.reentry_criteria, ReentryCriteria)
    if criteria.unit != "alltime":
        return PERIODS[criteria.unit] * criteria.duration
    return None if criteria.duration else timedelta()


async def _enrol(
    conn: db.Connection,
    account: Account,
    flow: Flow,
    entrants: Sequence[Entrant],
    *,
    back_populated: bool = False,
    silent_before: datetime | None = None,
) -> list[int]:
    """Profiles that entered."""
    pause = again_after(flow)
    always = back_populated or pause == timedelta()
    common = {
        "account": account.account_id,
        "flow": flow.id,
        "action": flow.entry_action_id,
        "always": always,
        "back_populated": back_populated,
        "silent_before": silent_before,
    }
    entered: list[int] = []
    for wave in [entrants] if always else _one_by_one(entrants):
        rows = await db.rows(conn, _ENROL, common | _columns(wave, pause))
        entered += [row[0] for row in rows]
    return entered


def _one_by_one(entrants: Sequence[Entrant]) -> list[list[Entrant]]:
    """In each part everybody once, so that it is known what stands in the way of their next. Of several at one time
    only the first may enter; dates that came while nobody worked are as far apart as they are."""
    first = {(entrant.profile_id, entrant.entered): entrant for entrant in reversed(entrants)}
    return filters.waves(sorted(first.values(), key=lambda entrant: entrant.entered))


def _columns(entrants: Sequence[Entrant], pause: timedelta | None) -> dict[str, object]:
    return {
        "profiles": [entrant.profile_id for entrant in entrants],
        "causes": [entrant.cause for entrant in entrants],
        "events": [entrant.event_id for entrant in entrants],
        "dues": [entrant.arrival for entrant in entrants],
        "entered": [entrant.entered for entrant in entrants],
        "afters": [_NEVER if pause is None else entrant.entered - pause for entrant in entrants],
        "anchors": [entrant.anchor for entrant in entrants],
    }
