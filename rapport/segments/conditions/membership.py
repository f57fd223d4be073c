"""profile-group-membership: on a list, or in a segment (behaviour-people 4.2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.segments.grammar import timeframes
from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.nodes import Node
from rapport.segments.grammar.timeframes import ALLTIME, Timeframe
from rapport.segments.sql import stored_dates
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.stored_dates import Dated

_MEMBERS = {
    "list": "FROM list_members WHERE account_id = %(account)s AND list_id = {group}",
    "segment": "FROM segment_members WHERE account_id = %(account)s AND segment_id = {group}",
}
# Of the dates of joining, and of whatever else happens to somebody once or now and then.
OPERATORS = (*timeframes.STATIC, *timeframes.RELATIVE)


@dataclass(frozen=True)
class MembershipCondition:
    group: str
    is_member: bool
    # when they joined
    timeframe: Timeframe = ALLTIME

    @property
    def depends(self) -> Dependencies:
        # Who is no member is none from the moment the profile exists.
        changes = frozenset[str]() if self.is_member else frozenset({"profile"})
        return Dependencies(groups=frozenset({self.group}), changes=changes)

    @property
    def mentions(self) -> Sequence[Mention]:
        return (Mention("group", self.group, "/group_ids/0"),)

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return (self.timeframe,) if self.timeframe.moving() else ()

    @property
    def idle(self) -> bool:
        return not self.is_member

    @property
    def indexed(self) -> bool:
        return True

    async def matching(self, scope: Scope) -> BitMap64:
        statement = scope.statement()
        members = await stored_dates.within(self._joined(scope, statement), statement, scope)
        return members if self.is_member else await scope.everybody() - members

    def _joined(self, scope: Scope, statement: Statement) -> list[Dated]:
        group = scope.names.groups.get(self.group)
        if group is None:
            return []
        rows = _MEMBERS[group.kind].format(group=statement.add(group.id, "bigint"))
        return [Dated(rows, "joined", self.timeframe, "profile_id")]

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        statement = scope.statement()
        return await stored_dates.crossed(self._joined(scope, statement), statement, scope, after)

    async def due(self, scope: Scope) -> datetime | None:
        """Never: `crossed` finds passed boundaries by the index over the time of joining."""
        return None


def read(node: Node) -> MembershipCondition:
    """A condition from its JSON. Raises DefinitionError."""
    if not node["is_member"].boolean():
        node.only("type", "is_member", "group_ids", "timeframe_filter")
        if node["timeframe_filter"].is_set:
            raise node["timeframe_filter"].error("A timeframe is only possible when is_member is true.")
        return MembershipCondition(_group(node["group_ids"]), False)
    node.only("type", "is_member", "group_ids", "timeframe_filter")
    date_filter = node["timeframe_filter"]
    timeframe = timeframes.read(date_filter, OPERATORS) if date_filter.is_set else ALLTIME
    return MembershipCondition(_group(node["group_ids"]), True, timeframe)


def _group(node: Node) -> str:
    groups = node.texts()
    if len(groups) > 1:
        raise node.error("Exactly one list or segment is needed here; combine several with several conditions.")
    return groups[0]
