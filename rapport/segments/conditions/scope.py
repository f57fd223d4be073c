"""What a condition is asked within, and what every condition can tell."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments.conditions.statement import Statement
from rapport.segments.conditions.timeframes import Timeframe

_EVERYBODY = "SELECT id FROM profiles WHERE account_id = %(account)s"


@dataclass(frozen=True)
class Group:
    kind: Literal["list", "segment"]
    id: int


@dataclass(frozen=True)
class Names:
    """Ids as clients see them -> the database's own. What is not there is not in it."""

    metrics: Mapping[str, int]
    groups: Mapping[str, Group]


@dataclass
class Scope:
    """One question about one account at one moment; `among` None asks about everybody."""

    conn: db.Connection
    account_id: int
    now: datetime
    names: Names
    among: list[int] | None = None
    # when each profile entered a flow, for "since starting this flow"
    since: Mapping[int, datetime] | None = None
    # who is taken to exist; None = to be looked up
    everyone: BitMap64 | None = None

    async def everybody(self) -> BitMap64:
        """All profiles there are, of those asked about."""
        if self.everyone is None:
            statement = self.statement()
            self.everyone = await self.ids(_EVERYBODY + self.restricted("id", statement), statement)
        return self.everyone

    def about(self, profiles: BitMap64) -> "Scope":
        """The same question about some, who are taken to exist."""
        return replace(self, among=list(profiles), everyone=profiles)

    def statement(self) -> Statement:
        return Statement(self.now, {"account": self.account_id})

    def restricted(self, column: str, statement: Statement) -> str:
        """` AND column = ANY(…)` when only some are asked about.

        The array goes through a sub-select, because planning takes longer than the query when the planner weighs
        each of two thousand constants against the statistics of every partition (18 ms against 7).
        """
        if self.among is None:
            return ""
        return f" AND {column} = ANY(ARRAY(SELECT unnest({statement.add(db.array(self.among), 'bigint[]')})))"

    async def ids(self, query: str, statement: Statement) -> BitMap64:
        """The first column of a query as a set. One array is an order of magnitude cheaper to take over than rows."""
        # tenant-scope: `query` holds the condition
        found = await db.row(
            self.conn, f"SELECT array_agg(found.id) FROM ({query}) AS found (id)", statement.parameters
        )
        return BitMap64(found[0] if found and found[0] else ())


@dataclass(frozen=True)
class Dependencies:
    """What a membership follows from. Metrics, lists and segments by their public ids."""

    metrics: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    # kinds of Change besides those of `groups`
    changes: frozenset[str] = frozenset()
    # any event at all (last_event_date)
    activity: bool = False

    def __or__(self, other: "Dependencies") -> "Dependencies":
        return Dependencies(
            self.metrics | other.metrics,
            self.groups | other.groups,
            self.changes | other.changes,
            self.activity or other.activity,
        )


class Condition(Protocol):
    """Frozen and hashable: equal conditions of several segments are asked once."""

    @property
    def depends(self) -> Dependencies: ...

    @property
    def timeframes(self) -> Collection[Timeframe]:
        """Those that move with time. Empty when time alone changes nothing."""
        ...

    @property
    def indexed(self) -> bool:
        """`crossed` is a range query, to be asked whenever a boundary moved; else `due` says when to ask."""
        ...

    async def matching(self, scope: Scope) -> BitMap64: ...

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        """Profiles that a boundary swept over between `after` and `scope.now`: the only ones time alone may move."""
        ...

    async def due(self, scope: Scope) -> datetime | None:
        """When a boundary next reaches a stored value, for conditions without an index over time; None = never."""
        ...


FOREVER: tuple[Timeframe, ...] = ()


@dataclass(frozen=True)
class Timeless:
    """The part of a condition that time alone never changes."""

    @property
    def timeframes(self) -> Collection[Timeframe]:
        return FOREVER

    @property
    def indexed(self) -> bool:
        return True

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        return BitMap64()

    async def due(self, scope: Scope) -> datetime | None:
        return None
