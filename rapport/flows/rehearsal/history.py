"""The past, put on the stage: who could have started the flow, and all that was known of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from rapport.accounts.types import Account
from rapport.events.metrics import PLATFORM
from rapport.flows import appointments
from rapport.flows.entry import Entrant
from rapport.flows.plan import Flow
from rapport.flows.rehearsal.stage import Stage
from rapport.flows.trigger_filter import Happened
from rapport.flows.trigger_types import DateTrigger
from rapport.kit import db
from rapport.profiles.tables import consents
from rapport.segments.conditions.definition import resolve
from rapport.segments.grammar.dependencies import Dependencies
from rapport.subscriptions.facts import SUBSCRIBED_METRIC, UNSUBSCRIBED_METRIC

# Beyond so many, some people are taken by chance: all that is theirs, or nothing.
MOST = 10_000
# Of what was sent before, only the last counts, beside this long for limits on how often.
_BEFORE = timedelta(days=31)
_CHOSEN = """
    WITH comers AS ({comers}),
    ordered AS (SELECT profile_id, n, sum(n) OVER (ORDER BY hashint8(profile_id), profile_id) - n AS before FROM comers)
    SELECT profile_id, n, before < %(most)s FROM ordered"""
_COMERS = {
    "metric": """
        SELECT e.profile_id, count(*) AS n FROM {live}.events e
        JOIN {live}.profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
        WHERE e.account_id = %(account)s AND e.metric_id = %(ref)s AND e.time >= %(since)s AND e.time <= %(until)s
        GROUP BY e.profile_id""",
    "list": """
        SELECT profile_id, 1 AS n FROM {live}.list_members
        WHERE account_id = %(account)s AND list_id = %(ref)s AND joined >= %(since)s AND joined <= %(until)s""",
    "segment": """
        SELECT profile_id, 1 AS n FROM {live}.segment_members
        WHERE account_id = %(account)s AND segment_id = %(ref)s AND joined >= %(since)s AND joined <= %(until)s""",
    "date": """
        SELECT id AS profile_id, 1 AS n FROM {live}.profiles WHERE account_id = %(account)s AND properties ? %(key)s""",
}
_EVENTS = """
    SELECT profile_id, time, id, properties::text, value::text FROM {live}.events
    WHERE account_id = %(account)s AND metric_id = %(ref)s AND time >= %(since)s AND time <= %(until)s
        AND profile_id = ANY(%(people)s) ORDER BY time, id"""
_JOINED = """
    SELECT profile_id, joined FROM {live}.{kind}_members
    WHERE account_id = %(account)s AND {kind}_id = %(ref)s AND joined >= %(since)s AND joined <= %(until)s
        AND profile_id = ANY(%(people)s) ORDER BY joined, profile_id"""
# What the flow itself really sent is left out: the rehearsal stands in its place.
_LOAD = (
    """INSERT INTO profiles SELECT * FROM {live}.profiles WHERE account_id = %(account)s AND id = ANY(%(people)s)""",
    """INSERT INTO past_events SELECT * FROM {live}.events
       WHERE account_id = %(account)s AND profile_id = ANY(%(people)s) AND metric_id = ANY(%(metrics)s)
           AND time <= %(until)s
           AND NOT (message_id IS NOT NULL AND properties @> jsonb_build_object('$flow', %(flow)s::text))""",
    """INSERT INTO past_list_members SELECT * FROM {live}.list_members
       WHERE account_id = %(account)s AND profile_id = ANY(%(people)s)""",
    """INSERT INTO past_segment_members SELECT * FROM {live}.segment_members
       WHERE account_id = %(account)s AND profile_id = ANY(%(people)s)""",
    """INSERT INTO past_suppressions
       SELECT *, at, NULL FROM {live}.suppressions WHERE account_id = %(account)s AND profile_id = ANY(%(people)s)""",
)
_MESSAGE = """account_id, id, ulid, channel, profile_id, status, source, campaign_id, flow_id, message_id, content_id,
    context, options, cause, due, created, sent"""
_THEIRS = """
    account_id = %(account)s AND profile_id = ANY(%(people)s) AND sent IS NOT NULL
    AND flow_id IS DISTINCT FROM %(flow_number)s"""
_MESSAGES = f"""
    INSERT INTO past_messages ({_MESSAGE})
    SELECT account_id, id, ulid, channel, profile_id, status, source, campaign_id, flow_id, message_id, content_id,
        '{{{{}}}}', options, cause, due, created, sent
    FROM (SELECT * FROM {{live}}.messages WHERE {_THEIRS} AND sent > %(before)s
          UNION ALL
          (SELECT DISTINCT ON (profile_id, channel, source, options -> 'transactional') * FROM {{live}}.messages
           WHERE {_THEIRS} AND sent <= %(before)s
           ORDER BY profile_id, channel, source, options -> 'transactional', sent DESC)) AS m"""
# Nobody walks on in a flow that is only looked at: its runs are due never, and end when they really ended.
_ENROLMENTS = """
    INSERT INTO past_enrolments (account_id, id, flow_id, profile_id, cause, event_id, entered, action_id, due, waiting,
        finished, left_early, back_populated)
    SELECT account_id, id, flow_id, profile_id, cause, event_id, entered,
        CASE WHEN flow_id <> %(flow_number)s THEN -1 END, 'infinity', true, finished, left_early, back_populated
    FROM {live}.enrolments
    WHERE account_id = %(account)s AND profile_id = ANY(%(people)s)
        AND (flow_id <> %(flow_number)s OR entered < %(since)s)"""
_ENDED = """
    UPDATE past_enrolments SET action_id = NULL
    WHERE account_id = %s AND action_id = -1 AND finished <= %s"""
_CONSENT_METRICS = "SELECT id, name FROM metrics WHERE account_id = %s AND service = %s AND name = ANY(%s)"
_SAID = """
    SELECT profile_id, metric_id, time FROM {live}.events
    WHERE account_id = %(account)s AND profile_id = ANY(%(people)s) AND metric_id = ANY(%(metrics)s)
        AND time <= %(until)s ORDER BY profile_id, time, id"""
_CONSENTS = "SELECT * FROM {live}.consents WHERE account_id = %(account)s AND profile_id = ANY(%(people)s)"
_BARRED = """
    INSERT INTO past_suppressions (account_id, profile_id, reason, at, held_from, held_until)
    SELECT account_id, profile_id, 'UNSUBSCRIBE', held_from, held_from, held_until FROM past_consents
    WHERE account_id = %s AND channel = 'email' AND status = 'UNSUBSCRIBED' AND held_until IS NOT NULL"""
_COLUMNS = (*consents.columns.keys(), "held_from", "held_until")


@dataclass(frozen=True)
class Comers:
    """Who could have started the flow: `entrants` in the order of time (none of a flow of dates, whose calendar knows
    when), `events` by id. `people`: those taken; `every`: how many there are."""

    entrants: Sequence[Entrant]
    events: Mapping[int, Happened]
    people: Sequence[int]
    every: int


async def comers(stage: Stage, account: Account, flow: Flow, since: datetime, until: datetime) -> Comers:
    trigger = flow.typed_trigger
    kind = flow.trigger_kind
    is_dated = isinstance(trigger, DateTrigger)
    if kind not in _COMERS or not (is_dated or flow.trigger_ref):
        return Comers([], {}, [], 0)
    parameters: dict[str, Any] = {
        "account": account.account_id,
        "ref": flow.trigger_ref,
        "since": since,
        "until": until,
        "most": MOST,
        "key": appointments.key_of(trigger) if isinstance(trigger, DateTrigger) else "",
    }
    query = _CHOSEN.format(comers=_COMERS[kind].format(live=stage.live))
    rows = await db.rows(stage.conn, query, parameters)
    people = sorted(row[0] for row in rows if row[2])
    parameters["people"] = people
    if is_dated:
        return Comers([], {}, people, len(rows))
    if kind != "metric":
        joined = await db.rows(stage.conn, _JOINED.format(live=stage.live, kind=kind), parameters)
        entrants = [Entrant(profile, f"{kind}:{flow.trigger_ref}:{profile}:{at}", at, at) for profile, at in joined]
        return Comers(entrants, {}, people, len(rows))
    happened = await db.rows(stage.conn, _EVENTS.format(live=stage.live), parameters)
    entrants = [Entrant(row[0], str(row[2]), row[1], row[1], row[2]) for row in happened]
    return Comers(entrants, {row[2]: Happened(*row[2:]) for row in happened}, people, len(rows))


@dataclass(frozen=True)
class Past:
    """`metrics`: internal ids of those that the flow asks about. `looks_at_flows`: it asks about other flows."""

    metrics: frozenset[int]
    looks_at_flows: bool


async def load(
    stage: Stage,
    account: Account,
    flow: Flow,
    people: Collection[int],
    depends: Dependencies,
    since: datetime,
    until: datetime,
) -> Past:
    """Put all that the flow can ask of these people on the stage."""
    names = await resolve(stage.conn, account.account_id, depends)
    public = names.metrics_of(depends)
    metrics = {names.metrics[id] for id in public & names.metrics.keys()}
    metrics |= {metric.id for metric in names.purposes.values() if metric is not None}
    if flow.trigger_kind == "metric" and flow.trigger_ref:
        metrics.add(flow.trigger_ref)
    parameters = {
        "account": account.account_id,
        "people": db.array(sorted(people)),
        "metrics": sorted(metrics),
        "since": since,
        "until": until,
        "before": since - _BEFORE,
        "flow": flow.public_id,
        "flow_number": flow.id,
    }
    for statement in (*_LOAD, _MESSAGES, _ENROLMENTS):
        await db.execute(stage.conn, statement.format(live=stage.live), parameters)
    await _load_consents(stage, account, parameters)
    await stage.conn.execute("ANALYZE profiles, past_events, past_messages, past_consents")
    return Past(frozenset(metrics), bool(depends.things))


async def end_runs(stage: Stage, account: Account, moment: datetime) -> None:
    """Runs of other flows that had come to their end by then."""
    await db.execute(stage.conn, _ENDED, (account.account_id, moment))


async def _load_consents(stage: Stage, account: Account, parameters: Mapping[str, Any]) -> None:
    """What people allowed, from when to when: told by the events about it, and by what stands now."""
    status_of = {name: (channel, "SUBSCRIBED") for channel, name in SUBSCRIBED_METRIC.items()}
    status_of |= {name: (channel, "UNSUBSCRIBED") for channel, name in UNSUBSCRIBED_METRIC.items()}
    rows = await db.rows(stage.conn, _CONSENT_METRICS, (account.account_id, PLATFORM, list(status_of)))
    by_metric = {id: status_of[name] for id, name in rows}
    asked = {**parameters, "metrics": list(by_metric)}
    said: dict[tuple[int, str], list[tuple[datetime, str]]] = {}
    for profile, metric, time in await db.rows(stage.conn, _SAID.format(live=stage.live), asked):
        channel, status = by_metric[metric]
        said.setdefault((profile, channel), []).append((time, status))
    stored = {
        (row["profile_id"], row["channel"]): row
        for row in await db.dicts(stage.conn, _CONSENTS.format(live=stage.live), dict(parameters))
    }
    records = [
        record
        for profile, channel in sorted(said.keys() | stored.keys())
        for record in _spans(
            {"account_id": account.account_id, "profile_id": profile, "channel": channel, "method_detail": ""},
            stored.get((profile, channel)),
            said.get((profile, channel), []),
        )
    ]
    await db.copy_rows(stage.conn, "past_consents", _COLUMNS, ([row.get(name) for name in _COLUMNS] for row in records))
    await db.execute(stage.conn, _BARRED, (account.account_id,))


def _spans(
    named: dict[str, Any], now: Mapping[str, Any] | None, said: Iterable[tuple[datetime, str]]
) -> Iterator[dict[str, Any]]:
    """Rows of one person's consent to a channel, each with when it held."""
    # what was said again changes nothing
    turns = [next(group) for _, group in groupby(said, key=lambda turn: turn[1])]
    if now is not None and (not turns or turns[-1][1] != now["status"]):
        begun = now["updated"] if turns else now["created"] or now["consented_at"] or now["updated"]
        turns.append((begun, now["status"]))
    for at, (time, status) in enumerate(turns):
        until = turns[at + 1][0] if at + 1 < len(turns) else None
        last = dict(now) if now is not None and until is None else {}
        span = {"consented_at": time, "updated": time, "created": time, **named, **last}
        yield span | {"status": status, "held_from": time, "held_until": until}
