"""Entry: starting runs of flows. A reaction of the pipeline, after the one that updates segments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from rapport.events.reactions import Batch
from rapport.events.record import Recorded
from rapport.flows import changes, delays, filters, plan, trigger_filter
from rapport.flows.plan import Flow
from rapport.flows.trigger_filter import Happened
from rapport.flows.types import ReentryCriteria
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
_ENROL = """
    INSERT INTO enrolments (account_id, flow_id, profile_id, cause, event_id, entered, action_id, due)
    SELECT %(account)s, %(flow)s, n.profile_id, n.cause, n.event_id, %(now)s, %(action)s, n.due
    FROM unnest(%(profiles)s::bigint[], %(causes)s::text[], %(events)s::bigint[], %(dues)s::timestamptz[])
        AS n (profile_id, cause, event_id, due)
    WHERE %(always)s OR NOT EXISTS (
        SELECT FROM enrolments e WHERE e.account_id = %(account)s AND e.profile_id = n.profile_id
            AND e.flow_id = %(flow)s AND e.entered > %(after)s)
    ON CONFLICT (account_id, flow_id, cause) DO NOTHING RETURNING profile_id"""
_NEVER = datetime.min.replace(year=1000)


@dataclass(frozen=True)
class Entrant:
    """A profile that may enter. `arrival`: the time of the event, from which the first delay counts."""

    profile_id: int
    cause: str
    arrival: datetime
    entered: datetime
    event: Recorded | None = None

    @cached_property
    def since(self) -> datetime:
        return filters.since(self.entered, None if self.event is None else self.event.id)


@dataclass(frozen=True)
class _Seen:
    """The triggers in a batch: events by metric, new members by list or segment."""

    events: Mapping[int, Sequence[Recorded]]
    joined: Mapping[tuple[str, int], Sequence[int]]


async def react(batch: Batch) -> None:
    """Start the runs that follow from a batch."""
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
    entered = {flow.id: await _enter(batch, flow, seen) for flow in flows.values()}
    if any(entered.values()):
        await changes.enqueue(batch.conn, account_id, entered)
        await db.execute(batch.conn, _NOTIFY)


def _seen(batch: Batch) -> _Seen:
    events: dict[int, list[Recorded]] = defaultdict(list)
    for event in batch.events:
        if not event.accepted.backfill:
            events[event.metric.id].append(event)
    joined: dict[tuple[str, int], list[int]] = defaultdict(list)
    for change in batch.changes:
        if change.joined and change.group is not None and not change.quiet:
            for kind in change.what:
                joined[kind, change.group].extend(change.profiles)
    return _Seen(events, joined)


async def _enter(batch: Batch, flow: Flow, seen: _Seen) -> list[int]:
    """Apply trigger filter, profile filter and re-entry, in this order, to all entrants. Returns the profiles that
    entered."""
    if flow.trigger_kind == "metric":
        entrants = await _by_event(batch, flow, seen.events.get(flow.trigger_ref or 0, ()))
    else:
        entrants = _by_membership(batch, flow, seen.joined.get((flow.trigger_kind, flow.trigger_ref or 0), ()))
    entrants = await filters.passing(batch.conn, batch.account, flow.filter, entrants, batch.now)
    return await _enrol(batch, flow, entrants) if entrants else []


def _by_membership(batch: Batch, flow: Flow, profiles: Sequence[int]) -> list[Entrant]:
    moment = int(batch.now.timestamp() * 1_000_000)
    return [
        Entrant(profile, f"{flow.trigger_kind}:{flow.trigger_ref}:{profile}:{moment}", batch.now, batch.now)
        for profile in sorted(set(profiles))
    ]


async def _by_event(batch: Batch, flow: Flow, events: Sequence[Recorded]) -> list[Entrant]:
    delay = flow.first_delay
    latest = batch.now - max(LATEST, delays.nominal(delay) if delay is not None else LATEST)
    events = [event for event in events if event.time >= latest]
    filter_definition = flow.trigger.get("trigger_filter")
    if filter_definition and events:
        wanted = trigger_filter.parse(filter_definition, pointer="")
        passing_ids = await trigger_filter.passing(
            batch.conn, wanted, [_happened(event) for event in events], batch.now
        )
        events = [event for event in events if event.id in passing_ids]
    return [Entrant(event.profile_id, str(event.id), min(event.time, batch.now), batch.now, event) for event in events]


def _happened(event: Recorded) -> Happened:
    return Happened(event.id, bytes(event.accepted.properties).decode(), event.accepted.value)


def again_after(flow: Flow) -> timedelta | None:
    """How long after an entry the next is allowed; None = never, zero = always.

    Default: never for lists and segments, always for metrics (1.5).
    """
    if not flow.reentry_criteria:
        return timedelta() if flow.trigger_kind == "metric" else None
    criteria = msgspec.convert(flow.reentry_criteria, ReentryCriteria)
    if criteria.unit != "alltime":
        return PERIODS[criteria.unit] * criteria.duration
    return None if criteria.duration else timedelta()


async def _enrol(batch: Batch, flow: Flow, entrants: Sequence[Entrant]) -> list[int]:
    pause = again_after(flow)
    if pause != timedelta():
        # Within a batch too, only the first may enter.
        entrants = list({entrant.profile_id: entrant for entrant in reversed(entrants)}.values())
    parameters = {
        "account": batch.account.account_id,
        "flow": flow.id,
        "action": flow.entry_action_id,
        "now": batch.now,
        "always": pause == timedelta(),
        "after": batch.now - pause if pause is not None else _NEVER,
        "profiles": [entrant.profile_id for entrant in entrants],
        "causes": [entrant.cause for entrant in entrants],
        "events": [None if entrant.event is None else entrant.event.id for entrant in entrants],
        "dues": [entrant.arrival for entrant in entrants],
    }
    return [row[0] for row in await db.rows(batch.conn, _ENROL, parameters)]
