"""What a condition is asked within, and what every condition can tell."""

import array
import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import numpy as np
from pyroaring import BitMap64

from rapport.events.metrics import Metric
from rapport.kit import db
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql.statement import Statement

_EVERYBODY = "SELECT id FROM profiles WHERE account_id = %(account)s"
_DELETED = "SELECT profile_id FROM deleted_profiles WHERE account_id = %(account)s"
# OFFSET 0 keeps the planner from handing the aggregate to several processes, where the lake is scanned beside it.
_IDS = "SELECT string_agg(int8send(found.id), '') FROM (SELECT * FROM ({query}) AS asked OFFSET 0) AS found (id)"
# Ids in a row from which on it is quicker to add them at once.
_STRETCH = 64
# One in so many numbers, or fewer, between the least id and the greatest.
_SPARSE = 16


def bitmap(ids: "np.ndarray[Any, Any]") -> BitMap64:
    """A set of ids; sorted first, because that is how it is made ten times as quickly."""
    known = _sorted(np.ascontiguousarray(ids, dtype=np.uint64))
    # All profiles of an account are few stretches without a gap.
    ends = np.append(np.flatnonzero(np.diff(known) != 1), len(known) - 1)
    if len(ends) * _STRETCH < len(known):
        found = BitMap64()
        for first, last in zip(known[np.append(0, ends[:-1] + 1)].tolist(), known[ends].tolist(), strict=True):
            found.add_range(first, last + 1)
        return found
    # Half the time that a list takes.
    return BitMap64(array.array("Q", known.tobytes()))


def _sorted(ids: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    if not np.any(ids[1:] < ids[:-1]):
        return ids
    least, most = int(ids.min()), int(ids.max())
    if most - least >= _SPARSE * len(ids):
        return np.sort(ids)
    # Ticked off on a list of all that there could be: a tenth of what sorting takes.
    there = np.zeros(most - least + 1, dtype=np.bool_)
    there[ids - np.uint64(least)] = True
    return np.flatnonzero(there).astype(np.uint64) + np.uint64(least)


@dataclass(frozen=True)
class Group:
    kind: Literal["list", "segment"]
    id: int


@dataclass(frozen=True)
class Thing:
    """Something of a kind that a room above added (`definition.extend`), by its public id."""

    kind: str
    public_id: str


@dataclass(frozen=True)
class Names:
    """Ids as clients see them -> the database's own. What is not there is not in it."""

    metrics: Mapping[str, int]
    groups: Mapping[str, Group]
    things: Mapping[Thing, int] = field(default_factory=dict)
    # purpose -> the metric that serves it; None = a custom metric does, which no condition can add up
    purposes: Mapping[str, Metric | None] = field(default_factory=dict)

    def metrics_of(self, depends: "Dependencies") -> frozenset[str]:
        """Public ids of the metrics that matter, those that serve a purpose included."""
        serving = (self.purposes.get(purpose) for purpose in depends.purposes)
        return depends.metrics | {metric.public_id for metric in serving if metric is not None}

    def has(self, mention: "Mention") -> bool:
        if mention.kind == "metric":
            return mention.public_id in self.metrics
        if mention.kind == "group":
            return mention.public_id in self.groups
        if mention.kind == "purpose":
            # Nothing may serve it yet: then nobody has done it.
            return self.purposes.get(mention.public_id, ...) is not None
        return Thing(mention.kind, mention.public_id) in self.things


class Scanned(Protocol):
    """An open view of events."""

    async def numpy(self, query: str, parameters: Mapping[str, Any], /) -> dict[str, Any]: ...


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
    # what became known later does not count: for asking how it was. None = everything that is recorded counts
    known_until: datetime | None = None
    # the event lake may be asked, where everybody is asked about
    lake: bool = True
    # a view of all that the conditions scan, where one was opened for all of them
    events: Scanned | None = None
    # metrics of which an event that was dated ahead has come since the boundaries were applied; None = not known
    arrived: frozenset[int] | None = None
    _looking: "asyncio.Task[BitMap64] | None" = field(default=None, init=False, repr=False)

    @property
    def scans(self) -> bool:
        """Everybody is asked about, as it is now, so that the lake may answer."""
        return self.lake and self.among is None and self.known_until is None

    async def everybody(self) -> BitMap64:
        """All profiles there are, of those asked about. Looked up once, whoever asks meanwhile."""
        if self.everyone is None:
            if self._looking is None:
                statement = self.statement()
                asked = self.ids(_EVERYBODY + self.restricted("id", statement), statement)
                self._looking = asyncio.create_task(asked)
            self.everyone = await self._looking
        return self.everyone

    async def deleted(self) -> BitMap64:
        """Who was deleted: their events stay."""
        return await self.ids(_DELETED, self.statement())

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

    def known(self, event: str, statement: Statement) -> str:
        """` AND …` for the alias `event` of the log when only what was known by then counts: from its own time on, or
        from when it was recorded where it was dated ahead."""
        if self.known_until is None:
            return ""
        return f" AND least({event}.time, {event}.recorded) <= {statement.add(self.known_until, 'timestamptz')}"

    async def ids(self, query: str, statement: Statement) -> BitMap64:
        """The first column of a query as a set; null is nobody. They come as one row of bytes, a tenth of what rows
        cost."""
        # tenant-scope: `query` holds the condition
        cursor = await self.conn.execute(_IDS.format(query=query), statement.parameters, binary=True)
        found = await cursor.fetchone()
        return bitmap(np.frombuffer(found[0] or b"" if found else b"", dtype=">i8"))


@dataclass(frozen=True)
class Dependencies:
    """What a membership follows from. Metrics, lists and segments by their public ids."""

    metrics: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    # kinds of Change besides those of `groups`
    changes: frozenset[str] = frozenset()
    # any event at all (last_event_date)
    activity: bool = False
    # purposes whose metric matters, whichever it is (`events.mapped_metrics`)
    purposes: frozenset[str] = frozenset()
    things: frozenset[Thing] = frozenset()

    @classmethod
    def of_all(cls, several: "Iterable[Dependencies]") -> "Dependencies":
        """All of them in one; of a thousand in a thousandth of what adding one after the other takes."""
        some = list(several)
        return cls(
            frozenset().union(*(one.metrics for one in some)),
            frozenset().union(*(one.groups for one in some)),
            frozenset().union(*(one.changes for one in some)),
            any(one.activity for one in some),
            frozenset().union(*(one.purposes for one in some)),
            frozenset().union(*(one.things for one in some)),
        )

    def __or__(self, other: "Dependencies") -> "Dependencies":
        return Dependencies(
            self.metrics | other.metrics,
            self.groups | other.groups,
            self.changes | other.changes,
            self.activity or other.activity,
            self.purposes | other.purposes,
            self.things | other.things,
        )


@dataclass(frozen=True)
class Mention:
    """A name in a definition. `kind`: metric, group (a list or segment), purpose, or the kind of a Thing; `pointer`:
    where it stands, inside the condition."""

    kind: str
    public_id: str
    pointer: str


class Condition(Protocol):
    """Frozen and hashable: equal conditions of several segments are asked once."""

    @property
    def depends(self) -> Dependencies: ...

    @property
    def mentions(self) -> Sequence[Mention]:
        """What it names, each of which has to exist when the definition is accepted."""
        ...

    @property
    def timeframes(self) -> Collection[Timeframe]:
        """Those that move with time. Empty when time alone changes nothing."""
        ...

    @property
    def idle(self) -> bool:
        """Whether it holds for somebody of whom nothing is on record, so that `matching` looks at all profiles."""
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
class OfProfile:
    """The part of a condition that asks for what is on record with each profile: it names nothing."""

    @property
    def mentions(self) -> Sequence[Mention]:
        return ()

    @property
    def idle(self) -> bool:
        return False


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
