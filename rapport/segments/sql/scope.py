"""What a condition is evaluated within: one account at one moment, for everybody or some profiles."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import numpy as np
from pyroaring import BitMap64

from rapport.events.metrics import Metric
from rapport.kit import db
from rapport.segments.grammar.dependencies import Dependencies, Mention, Thing
from rapport.segments.sql.bitmap import bitmap
from rapport.segments.sql.statement import Statement

_EVERYBODY = "SELECT id FROM profiles WHERE account_id = %(account)s"
_DELETED = "SELECT profile_id FROM deleted_profiles WHERE account_id = %(account)s"
# OFFSET 0 keeps the planner from handing the aggregate to several processes, where the lake is scanned beside it.
_IDS = "SELECT string_agg(int8send(found.id), '') FROM (SELECT * FROM ({query}) AS asked OFFSET 0) AS found (id)"


@dataclass(frozen=True)
class Group:
    kind: Literal["list", "segment"]
    id: int


@dataclass(frozen=True)
class Names:
    """Public ids to internal ids. What does not exist is not in it."""

    metrics: Mapping[str, int]
    groups: Mapping[str, Group]
    things: Mapping[Thing, int] = field(default_factory=dict)
    # purpose -> the metric that serves it; None = a custom metric does, which no condition can add up
    purposes: Mapping[str, Metric | None] = field(default_factory=dict)

    def metrics_of(self, depends: Dependencies) -> frozenset[str]:
        """Public ids of the metrics in `depends`, those mapped to a purpose included."""
        serving = (self.purposes.get(purpose) for purpose in depends.purposes)
        return depends.metrics | {metric.public_id for metric in serving if metric is not None}

    def has(self, mention: Mention) -> bool:
        if mention.kind == "metric":
            return mention.public_id in self.metrics
        if mention.kind == "group":
            return mention.public_id in self.groups
        if mention.kind == "purpose":
            # Nothing may serve it yet: then nobody has done it.
            return self.purposes.get(mention.public_id, ...) is not None
        return Thing(mention.kind, mention.public_id) in self.things


class Scanned(Protocol):
    """An open view of events in the lake."""

    async def numpy(self, query: str, parameters: Mapping[str, Any], /) -> dict[str, Any]: ...


@dataclass
class Scope:
    """One account at one moment. `among`: the profiles in question; None = all."""

    conn: db.Connection
    account_id: int
    now: datetime
    names: Names
    among: list[int] | None = None
    # when each profile entered a flow, for "since starting this flow"
    since: Mapping[int, datetime] | None = None
    # when the run began that is asked about
    entered: Mapping[int, datetime] | None = None
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
        """Whether the lake may answer: everybody is in question, and as of the present."""
        return self.lake and self.among is None and self.known_until is None

    async def everybody(self) -> BitMap64:
        """All profiles in question that exist. Read once, also when several ask at a time."""
        if self.everyone is None:
            if self._looking is None:
                statement = self.statement()
                looking = self.ids(_EVERYBODY + self.restricted("id", statement), statement)
                self._looking = asyncio.create_task(looking)
            self.everyone = await self._looking
        return self.everyone

    async def deleted(self) -> BitMap64:
        """Deleted profiles: their events are still in the log."""
        return await self.ids(_DELETED, self.statement())

    def about(self, profiles: BitMap64) -> "Scope":
        """The same scope for some profiles, which must exist."""
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
        """` AND …` for the alias `event` of the log, where only what was known at the moment counts: an event counts
        from its own time on, or from when it was recorded if it was dated ahead."""
        if self.known_until is None:
            return ""
        return f" AND least({event}.time, {event}.recorded) <= {statement.add(self.known_until, 'timestamptz')}"

    async def ids(self, query: str, statement: Statement) -> BitMap64:
        """The first column of a query as a set, null left out. It is sent as one row of bytes, which costs a tenth of
        as many rows."""
        # tenant-scope: `query` holds the condition
        cursor = await self.conn.execute(_IDS.format(query=query), statement.parameters, binary=True)
        row = await cursor.fetchone()
        return bitmap(np.frombuffer(row[0] or b"" if row else b"", dtype=">i8"))
