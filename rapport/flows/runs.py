"""Runs under way: claimed together, moved together, written together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from rapport.accounts.types import Account
from rapport.events.prefer_wait import Source
from rapport.flows import changes, filters
from rapport.flows.plan import Action, Flow
from rapport.flows.trigger_filter import Happened
from rapport.kit import db, ids

# By due, so that after a jump of the clock everybody's steps are done in the order they would have been done.
_CLAIM = """
    SELECT id, flow_id, profile_id, event_id, entered, action_id, due, waiting, anchor, yes_at, silent_before
    FROM enrolments
    WHERE account_id = %s AND action_id IS NOT NULL AND due <= %s
    ORDER BY due, id LIMIT %s FOR UPDATE SKIP LOCKED"""
_WRITE = """
    UPDATE enrolments e SET action_id = n.action_id, due = n.due, waiting = n.waiting,
        finished = CASE WHEN n.action_id IS NULL THEN %s END, path = e.path || n.path::bigint[]
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::boolean[], %s::text[])
        AS n (id, action_id, due, waiting, path)
    WHERE e.account_id = %s AND e.id = n.id"""
# In the order of the ids, so that two engines that meet can't wait for each other.
_COUNT = """
    INSERT INTO flow_action_counts AS c (account_id, action_id, done)
    SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[])
    ON CONFLICT (account_id, action_id) DO UPDATE SET done = c.done + excluded.done"""
_IS_DUE = """
    (EXISTS (SELECT FROM enrolments e WHERE e.account_id = a.account_id AND e.action_id IS NOT NULL
             AND e.due <= now() + a.clock_offset)
     OR EXISTS (SELECT FROM messages m WHERE m.account_id = a.account_id AND m.status = 'queued'
                AND m.due <= now() + a.clock_offset)
     OR EXISTS (SELECT FROM messages m WHERE m.account_id = a.account_id AND m.status = 'in_flight')
     OR EXISTS (SELECT FROM flow_appointments d WHERE d.account_id = a.account_id
                AND d.start <= now() + a.clock_offset)
     OR EXISTS (SELECT FROM flows f WHERE f.account_id = a.account_id AND f.dated_until <= now() + a.clock_offset))"""
# What a moved clock makes due: steps of runs, the messages they queue, and flows of dates that begin. What stands
# aside is due later.
DUE = Source(
    f"SELECT max(a.account_id) FROM accounts a WHERE a.account_id = %s AND {_IS_DUE}",
    f"""SELECT w.place FROM unnest(%s::int[], %s::bigint[]) WITH ORDINALITY AS w (account_id, upto, place)
        JOIN accounts a ON a.account_id = w.account_id WHERE {_IS_DUE}""",
    frozenset({"advance_test_clock"}),
)
# The id holds the second of the event, so each is one probe of the primary key, in the one partition it can be in.
_EVENTS = """
    SELECT e.id, e.properties::text, e.value::text
    FROM unnest(%(times)s::timestamptz[], %(ids)s::bigint[]) AS w (time, id)
    JOIN events e ON e.account_id = %(account)s AND e.time = w.time AND e.id = w.id"""


# What became of a run at a step: it acted, was passed without acting, the flow's filter did not hold, or its
# time was over when the person was put in.
DONE, PASSED, FILTERED, PAST = 1, 0, 2, 3


@dataclass(slots=True)
class Run:
    """One profile's run. `due`: when it arrives at its action, or, when `waiting`, leaves the delay."""

    id: int
    flow_id: int
    profile_id: int
    event_id: int | None
    entered: datetime
    action_id: int | None
    due: datetime
    waiting: bool
    # the date that a flow of dates is about for this person
    anchor: date | None = None
    # a split that is passed on its first side, without being asked
    yes_at: int | None = None
    # steps that were due before are walked, but do nothing
    silent_before: datetime | None = None
    # of this round, step after step: the action, the second of arrival, what became of it
    path: list[int] = field(default_factory=list)
    # by which of a split's ways it went on last
    way: str | None = None

    @property
    def since(self) -> datetime:
        return filters.since(self.entered, self.event_id)

    def go(self, action_id: int | None, way: str | None = None) -> None:
        """Move on to an action, at the same moment; None ends the run."""
        self.action_id, self.waiting, self.way = action_id, False, way

    def wait(self, until: datetime) -> None:
        self.due, self.waiting = until, True

    def arrive(self) -> None:
        """Note the step it stands at."""
        if not self.waiting and self.action_id is not None:
            self.path += (self.action_id, int(self.due.timestamp()), DONE)

    def note(self, outcome: int) -> None:
        """What became of it at the step it stands at."""
        if self.path:
            self.path[-1] = outcome


@dataclass
class Round:
    """One transaction of the engine. `counts`: runs that passed each action."""

    conn: db.Connection
    account: Account
    now: datetime
    flows: Mapping[int, Flow]
    counts: dict[int, int] = field(default_factory=dict)
    _events: dict[int, Happened] = field(default_factory=dict)

    @cached_property
    def actions(self) -> Mapping[int, Action]:
        return {id: action for flow in self.flows.values() for id, action in flow.actions.items()}

    def flow_of(self, action: Action) -> Flow:
        return self.flows[action.flow_id]

    def passed(self, action: Action, number: int) -> None:
        if number:
            self.counts[action.id] = self.counts.get(action.id, 0) + number

    def note(self, action: Action, moved: Sequence[Run]) -> None:
        """These runs have taken the action's step. For whoever wants to know (`rehearsal`)."""

    async def allowed(self, action: Action, runs: Sequence[Run]) -> list[Run]:
        """Runs whose profile meets the flow's filter now; the others skip the action (1.4)."""
        passing = await filters.passing(self.conn, self.account, self.flow_of(action).filter, runs, self.now)
        held = {run.id for run in passing}
        for run in runs:
            if run.id not in held:
                run.note(FILTERED)
        return passing

    async def events(self, runs: Iterable[Run]) -> Mapping[int, Happened]:
        """The events that started these runs, by id."""
        wanted = sorted({run.event_id for run in runs if run.event_id is not None} - self._events.keys())
        if wanted:
            times = [ids.event_time(number) for number in wanted]
            parameters = {"account": self.account.account_id, "ids": wanted, "times": times}
            rows = await db.rows(self.conn, _EVENTS, parameters)
            self._events |= {row[0]: Happened(*row) for row in rows}
        return self._events


async def claim(conn: db.Connection, account: Account, limit: int) -> list[Run]:
    rows = await db.rows(conn, _CLAIM, (account.account_id, account.now(), limit))
    return [Run(*row) for row in rows]


async def write(work: Round, runs: Sequence[Run]) -> None:
    """Write where each run stands, the counts, and the changes about runs that ended."""
    columns: list[list[Any]] = [
        [run.id for run in runs],
        [run.action_id for run in runs],
        [run.due for run in runs],
        [run.waiting for run in runs],
        [f"{{{','.join(map(str, run.path))}}}" for run in runs],
    ]
    await db.execute(work.conn, _WRITE, (work.now, *columns, work.account.account_id))
    ordered = sorted(work.counts)
    if ordered:
        counted = [work.counts[action] for action in ordered]
        await db.execute(work.conn, _COUNT, (work.account.account_id, ordered, counted))
    ended: dict[int, list[int]] = defaultdict(list)
    for run in runs:
        if run.action_id is None:
            ended[run.flow_id].append(run.profile_id)
    await changes.enqueue(work.conn, work.account.account_id, ended)
