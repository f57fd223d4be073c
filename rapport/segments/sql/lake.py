"""Events of everybody scanned in the event lake: which part of it is opened, what is asked, who is uncertain.

In: a `Measurement` of each profile's events of one metric, made of the condition's own SQL. Out: who passes for sure,
and who has an event about which the lake is not exact, so that PostgreSQL has to be asked about them (`duckdb`). The
quick way is tried first, and the exact one where that could read an event wrongly.
"""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
from pyroaring import BitMap64

from rapport.events.lake import kinds, query
from rapport.events.lake.query import Events
from rapport.segments.sql.bitmap import bitmap
from rapport.segments.sql.duckdb import LakeStatement, NotQuick
from rapport.segments.sql.scope import Scanned, Scope
from rapport.segments.sql.statement import NotExpressible, either, every

# Rows that are in no file cross from PostgreSQL as text: beyond so many it answers sooner itself.
MOST_OPEN = 200_000


@dataclass(frozen=True)
class Scan:
    """What scans the lake: how a view is opened (as `query.view`), and its SQL dialect."""

    view: Callable[..., AbstractAsyncContextManager[Scanned]]
    statement: type[LakeStatement]


_scan = Scan(query.view, LakeStatement)


def use(scan: Scan) -> None:
    """Called by the composition root when something else than DuckDB in this process is to scan."""
    global _scan
    _scan = scan


@dataclass(frozen=True)
class Measured:
    """`surely`: profiles that pass; `uncertain`: profiles that PostgreSQL has to decide."""

    surely: BitMap64
    uncertain: BitMap64


@dataclass(frozen=True)
class Measurement:
    """A test of each profile's events of one metric. `where`: SQL made for a statement, holds for events that count.
    `test`: whether the profile passes, `uncertainty`: whether rounding could decide that; both over aggregates in which
    `{passing}` stands for FILTER (…) of those events."""

    metric: int
    where: Callable[[LakeStatement], str]
    test: Callable[[LakeStatement], str]
    uncertainty: Callable[[LakeStatement], str]


# tenant-scope: a view of the lake holds one account's events
_MEASURED = """
    SELECT e.profile AS profile, {again} AS again, {uncertain} AS uncertain
    FROM {rows} GROUP BY e.profile HAVING ({test}) OR {again} OR {uncertain}"""
# Where nobody else need be looked at, those that pass are all there are.
_PASSING = "events e WHERE e.metric = {metric} AND ({passing})"
# What is asked of an event is worked out once, however often it is used.
_LOOKED_AT = """(
        SELECT e.profile, e.value, ({passing}) AS passing, ({again}) AS again, ({uncertain}) AS uncertain
        FROM events e WHERE e.metric = {metric}) AS e
    WHERE e.passing OR e.again OR e.uncertain"""


async def measured(
    events: Scanned, now: datetime, measurement: Measurement, properties: Collection[str] = ()
) -> Measured:
    """The profiles whose events of the metric pass. `properties`: those the test reads. Raises NotExpressible."""
    known_kinds = await kinds.kinds(events, sorted(properties)) if isinstance(events, Events) and properties else {}
    for quick in (True, False):
        statement = _scan.statement(now, quick=quick, kinds=known_kinds)
        try:
            query_text = _query(statement, measurement)
            answer = await events.numpy(query_text, statement.parameters)
        except NotQuick:
            continue
        except duckdb.Error:
            # A cast that is only tried fails all the same on an object with two keys that differ in case only.
            if quick:
                continue
            raise
        if not (quick and np.any(answer["again"])):
            uncertain = np.asarray(answer["uncertain"], dtype=bool)
            profiles = np.asarray(answer["profile"])
            return Measured(bitmap(profiles[~uncertain]), bitmap(profiles[uncertain]))
    raise NotExpressible


def _query(statement: LakeStatement, measurement: Measurement) -> str:
    passing = measurement.where(statement)
    test, uncertainty = measurement.test(statement), measurement.uncertainty(statement)
    metric, uncertain = int(measurement.metric), either(statement.uncertain)
    suspect = every([passing, either(statement.suspect)]) if statement.suspect else "false"
    if not statement.uncertain and not statement.odd:
        rows = _PASSING.format(metric=metric, passing=passing)
        uncertainty = uncertainty.replace("{passing}", "")
        test = test.replace("{passing}", "")
        again = _any(either(statement.suspect))
        return _MEASURED.format(rows=rows, test=test, again=again, uncertain=f"({uncertainty})")
    again = either([*statement.odd, suspect])
    rows = _LOOKED_AT.format(metric=metric, passing=passing, again=again, uncertain=uncertain)
    only = " FILTER (WHERE e.passing)"
    return _MEASURED.format(
        rows=rows,
        test=test.replace("{passing}", only),
        again=_any("e.again"),
        uncertain=f"({_any('e.uncertain')} OR {uncertainty.replace('{passing}', only)})",
    )


def _any(test: str) -> str:
    return "false" if test == "false" else f"coalesce(bool_or({test}), false)"


@dataclass(frozen=True)
class Part:
    """Events to scan: of these metrics, with `since` <= time < `until` (None = unbounded), and the properties
    to read."""

    metrics: frozenset[int]
    since: datetime | None
    until: datetime | None
    properties: frozenset[str]

    def __or__(self, other: "Part") -> "Part":
        since = None if self.since is None or other.since is None else min(self.since, other.since)
        until = None if self.until is None or other.until is None else max(self.until, other.until)
        return Part(self.metrics | other.metrics, since, until, self.properties | other.properties)


@asynccontextmanager
async def opened(scope: Scope, part: Part) -> AsyncIterator[Scanned | None]:
    """A view of these events as the open transaction sees them, or the shared one; None where the lake holds too few of
    them, so that PostgreSQL is faster."""
    if scope.events is not None:
        yield scope.events
        return
    metrics, since, until = sorted(part.metrics), part.since, part.until
    if not await query.mostly_sealed(scope.conn, scope.account_id, metrics, since, until, most=MOST_OPEN):
        yield None
        return
    named = sorted(part.properties) or False
    async with _scan.view(
        scope.conn, scope.account_id, metrics=metrics, since=since, until=until, properties=named
    ) as events:
        yield events
