"""profile-group-membership: on a list, or in a segment (behaviour-people 4.2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.segments.conditions import timeframes
from rapport.segments.conditions.reading import Node
from rapport.segments.conditions.scope import Dependencies, Group, Mention, Scope
from rapport.segments.conditions.statement import Statement, either
from rapport.segments.conditions.timeframes import ALLTIME, Timeframe

_MEMBERS = {
    "list": "SELECT profile_id FROM list_members WHERE account_id = %(account)s AND list_id = {group}",
    "segment": "SELECT profile_id FROM segment_members WHERE account_id = %(account)s AND segment_id = {group}",
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
    def indexed(self) -> bool:
        return True

    async def matching(self, scope: Scope) -> BitMap64:
        group = scope.names.groups.get(self.group)
        members = BitMap64() if group is None else await self._members(scope, group)
        return members if self.is_member else await scope.everybody() - members

    async def _members(self, scope: Scope, group: Group) -> BitMap64:
        statement = scope.statement()
        query = _members(group, statement) + scope.restricted("profile_id", statement)
        if self.timeframe != ALLTIME:
            query += f" AND {self.timeframe.window(scope.now).predicate('joined', statement)}"
        return await scope.ids(query, statement)

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        group, swept = scope.names.groups.get(self.group), self.timeframe.swept(after, scope.now)
        if group is None or not swept:
            return BitMap64()
        statement = scope.statement()
        windows = either(window.predicate("joined", statement) for _, window in swept)
        return await scope.ids(f"{_members(group, statement)} AND ({windows})", statement)

    async def due(self, scope: Scope) -> datetime | None:
        """Never: the index over the time of joining tells what was crossed."""
        return None


def _members(group: Group, statement: Statement) -> str:
    return _MEMBERS[group.kind].format(group=statement.add(group.id, "bigint"))


def read(node: Node) -> MembershipCondition:
    """Raises DefinitionError."""
    if not node["is_member"].boolean():
        node.only("type", "is_member", "group_ids", "timeframe_filter")
        if node["timeframe_filter"].given:
            raise node["timeframe_filter"].error("A timeframe is only possible when is_member is true.")
        return MembershipCondition(_group(node["group_ids"]), False)
    node.only("type", "is_member", "group_ids", "timeframe_filter")
    given = node["timeframe_filter"]
    timeframe = timeframes.read(given, OPERATORS) if given.given else ALLTIME
    return MembershipCondition(_group(node["group_ids"]), True, timeframe)


def _group(node: Node) -> str:
    found = node.texts()
    if len(found) > 1:
        raise node.error("Exactly one list or segment is needed here; combine several with several conditions.")
    return found[0]
