"""Conditions that only Rapport has: who is in a flow, and who has completed one. And those that only flows can ask: to
whom nothing was sent lately, and who was not in the flow before (behaviour-messaging 1.4).

A run is completed when it reached its end, messages or not. One that ended early (the person was folded into another)
is not. Both conditions hold for nobody, and their negations for everybody, once the flow is deleted, as those about a
deleted list do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pyroaring import BitMap64

from rapport.flows.changes import WHAT
from rapport.segments.conditions import membership
from rapport.segments.conditions.condition import Condition, Timeless
from rapport.segments.conditions.definition import Definition, Extension
from rapport.segments.grammar import timeframes
from rapport.segments.grammar.dependencies import Dependencies, Mention, Thing
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import ALLTIME, Timeframe
from rapport.segments.sql import stored_dates
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.stored_dates import Dated

_MOST_UNITS = 36_500
_THERE = "SELECT public_id, id FROM flows WHERE account_id = %s AND public_id = ANY(%s)"
_UNDER_WAY = """
    SELECT e.profile_id FROM enrolments e
    WHERE e.account_id = %(account)s AND e.flow_id = {flow} AND e.action_id IS NOT NULL"""
# Runs outlive people who were deleted.
_COMPLETED = """
    FROM enrolments e JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
    WHERE e.account_id = %(account)s AND e.flow_id = {flow} AND e.finished IS NOT NULL AND NOT e.left_early"""


def _depends(flow: str, positive: bool) -> Dependencies:
    # Who never was in it is not from the moment the profile exists.
    changes = frozenset[str]() if positive else frozenset({"profile"})
    return Dependencies(changes=changes, things=frozenset({Thing(WHAT, flow)}))


@dataclass(frozen=True)
class InFlow(Timeless):
    """A run of the flow is under way, wherever it stands or waits."""

    flow: str
    wanted: bool

    @property
    def depends(self) -> Dependencies:
        return _depends(self.flow, self.wanted)

    @property
    def mentions(self) -> Sequence[Mention]:
        return (Mention(WHAT, self.flow, "/flow_id"),)

    @property
    def idle(self) -> bool:
        return not self.wanted

    async def matching(self, scope: Scope) -> BitMap64:
        flow = scope.names.things.get(Thing(WHAT, self.flow))
        matching_ids = BitMap64() if flow is None else await self._under_way(scope, flow)
        return matching_ids if self.wanted else await scope.everybody() - matching_ids

    async def _under_way(self, scope: Scope, flow: int) -> BitMap64:
        statement = scope.statement()
        query = _UNDER_WAY.format(flow=statement.add(flow, "bigint"))
        return await scope.ids(query + scope.restricted("e.profile_id", statement), statement)


@dataclass(frozen=True)
class CompletedFlow:
    """At least one run reached the end, within the timeframe."""

    flow: str
    wanted: bool
    timeframe: Timeframe = ALLTIME

    @property
    def depends(self) -> Dependencies:
        return _depends(self.flow, self.wanted)

    @property
    def mentions(self) -> Sequence[Mention]:
        return (Mention(WHAT, self.flow, "/flow_id"),)

    @property
    def idle(self) -> bool:
        return not self.wanted

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return (self.timeframe,) if self.timeframe.moving() else ()

    @property
    def indexed(self) -> bool:
        return True

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        matching_ids = await stored_dates.within(self._completed(scope, statement), statement, scope)
        return matching_ids if self.wanted else await scope.everybody() - matching_ids

    def _completed(self, scope: Scope, statement: Statement) -> list[Dated]:
        flow = scope.names.things.get(Thing(WHAT, self.flow))
        if flow is None:
            return []
        rows = _COMPLETED.format(flow=statement.add(flow, "bigint"))
        if scope.known_until is not None:
            rows += f" AND e.finished <= {statement.add(scope.known_until, 'timestamptz')}"
        return [Dated(rows, "e.finished", self.timeframe, "e.profile_id")]

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored_dates.crossed(self._completed(scope, statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        """Never: the index over the time of finishing tells what was crossed."""
        return None


def _in_flow(node: Node) -> InFlow:
    node.only("type", "flow_id", "is_in_flow")
    return InFlow(node["flow_id"].text(), node["is_in_flow"].boolean())


def _completed_flow(node: Node) -> CompletedFlow:
    node.only("type", "flow_id", "has_completed", "timeframe_filter")
    flow, wanted, timeframe = node["flow_id"].text(), node["has_completed"].boolean(), node["timeframe_filter"]
    if not timeframe.is_set:
        return CompletedFlow(flow, wanted)
    if not wanted:
        raise timeframe.error("A timeframe is only possible when has_completed is true.")
    return CompletedFlow(flow, wanted, timeframes.read(timeframe, membership.OPERATORS))


# Channels by what asks for them.
_NOT_SENT = {"profile-not-sent-email": "email", "profile-not-sent-sms": "sms", "profile-not-sent-push": "push"}
_SENT = """
    SELECT DISTINCT m.profile_id FROM messages m
    WHERE m.account_id = %(account)s AND m.channel = {channel} AND m.source IN ('campaign', 'flow')
        AND m.sent >= {after}"""
# Of a run that is under way, its own beginning does not count.
_ENTERED = """
    SELECT DISTINCT e.profile_id FROM enrolments e
    LEFT JOIN unnest({profiles}, {times}) AS own (profile_id, entered) ON own.profile_id = e.profile_id
    WHERE e.account_id = %(account)s AND e.flow_id = {flow} AND NOT e.back_populated AND e.entered >= {after}
        AND (own.entered IS NULL OR e.entered < own.entered)"""
_EVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class NotSent(Timeless):
    """No message of a channel was sent to the profile lately, or ever."""

    channel: str
    within: timedelta | None

    depends = Dependencies(changes=frozenset({"profile"}))
    mentions: ClassVar[Sequence[Mention]] = ()
    idle = True

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        channel = statement.add(self.channel, "text")
        after = statement.add(_after(scope, self.within), "timestamptz")
        query = _SENT.format(channel=channel, after=after) + scope.restricted("m.profile_id", statement)
        return await scope.everybody() - await scope.ids(query, statement)


@dataclass(frozen=True)
class NotInFlow(Timeless):
    """The profile did not enter the flow, whose filter this is, lately or ever, before now. `flow`: its internal id,
    once it has one."""

    within: timedelta | None
    flow: int = 0

    depends = Dependencies(changes=frozenset({"profile"}))
    mentions: ClassVar[Sequence[Mention]] = ()
    idle = True

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        own = scope.entered or {}
        query = _ENTERED.format(
            flow=statement.add(self.flow, "bigint"),
            after=statement.add(_after(scope, self.within), "timestamptz"),
            profiles=statement.add(list(own), "bigint[]"),
            times=statement.add(list(own.values()), "timestamptz[]"),
        )
        return await scope.everybody() - await scope.ids(query + scope.restricted("e.profile_id", statement), statement)


def _after(scope: Scope, within: timedelta | None) -> datetime:
    return _EVER if within is None else scope.now - within


def _within(node: Node) -> timedelta | None:
    """None = ever."""
    timeframe = node["timeframe_filter"]
    if timeframe["type"].choice(("date",)) and timeframe["operator"].choice(("alltime", "in-the-last")) == "alltime":
        timeframe.only("type", "operator")
        return None
    timeframe.only("type", "operator", "unit", "quantity")
    return timeframes.UNITS[timeframe["unit"].choice(tuple(timeframes.UNITS))] * timeframe["quantity"].integer(
        0, _MOST_UNITS
    )


def _of_flows(node: Node, flow: bool) -> timedelta | None:
    if not flow:
        raise node["type"].error("Only flows can have conditions of this type.")
    node.only("type", "timeframe_filter")
    return _within(node)


def bound(definition: Definition, flow: int) -> Definition:
    """The definition as a filter of this flow, by its internal id."""
    groups = [[_bound(condition, flow) for condition in group] for group in definition.groups]
    return Definition(tuple(map(tuple, groups)))


def _bound(condition: Condition, flow: int) -> Condition:
    return replace(condition, flow=flow) if isinstance(condition, NotInFlow) else condition


def _not_sent(node: Node, flow: bool) -> NotSent:
    return NotSent(_NOT_SENT[node["type"].text()], _of_flows(node, flow))


EXTENSION = Extension(
    readers={
        "profile-in-flow": lambda node, flow, place: _in_flow(node),
        "profile-completed-flow": lambda node, flow, place: _completed_flow(node),
        "profile-not-in-flow": lambda node, flow, place: NotInFlow(_of_flows(node, flow)),
        **{type: lambda node, flow, place: _not_sent(node, flow) for type in _NOT_SENT},
    },
    kind=WHAT,
    query=_THERE,
)
