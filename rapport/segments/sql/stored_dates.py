"""Dates that are stored with a person: which of them are in a timeframe, which a moving boundary reaches, and when it
next will.

Of most no index over time can exist (any property can be asked for), so a scan answers, and only when one is `due`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from rapport.kit import db
from rapport.kit.clock import midnight
from rapport.segments.grammar.timeframes import ALLTIME, DAY, TICK, YEARLY_PAUSE, Edge, Timeframe
from rapport.segments.sql import predicates
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement, either


@dataclass(frozen=True)
class Dated:
    """A stored date under a timeframe. `rows`: SQL `FROM … WHERE …`; `moment` and `person`: the date and the profile id
    in it."""

    rows: str
    moment: str
    timeframe: Timeframe
    person: str = "p.id"


async def within(dated: Sequence[Dated], statement: Statement, scope: Scope) -> BitMap64:
    """Profiles in question whose date lies in the timeframe."""
    profiles = BitMap64()
    for date in dated:
        rows = date.rows + scope.restricted(date.person, statement)
        if date.timeframe != ALLTIME:
            rows += f" AND {predicates.inside(date.timeframe.window(scope.now), date.moment, statement)}"
        profiles |= await scope.ids(f"SELECT {date.person} {rows}", statement)
    return profiles


async def crossed(dated: Sequence[Dated], statement: Statement, scope: Scope, after: datetime) -> BitMap64:
    """Profiles whose date a boundary passed between `after` and `scope.now`."""
    profiles = BitMap64()
    for date in dated:
        swept = date.timeframe.swept(after, scope.now)
        if windows := [predicates.inside(window, date.moment, statement) for _, window in swept]:
            profiles |= await scope.ids(f"SELECT {date.person} {date.rows} AND ({either(windows)})", statement)
    return profiles


async def due(dated: Sequence[Dated], statement: Statement, scope: Scope) -> datetime | None:
    """The next time at which a boundary may reach a date; None when no boundary moves."""
    moments = [await _due(date, edge, statement, scope) for date in dated for edge in date.timeframe.moving()]
    return min((moment for moment in moments if moment is not None), default=None)


async def _due(dated: Dated, edge: Edge, statement: Statement, scope: Scope) -> datetime | None:
    if not edge.flows:
        return midnight(scope.now) + DAY
    if dated.timeframe.yearly:
        return scope.now + YEARLY_PAUSE
    ahead = statement.add(edge.at(scope.now), "timestamptz")
    # tenant-scope: `rows` holds the condition
    among = scope.restricted(dated.person, statement)
    query = f"SELECT min({dated.moment}) {dated.rows} AND {dated.moment} >= {ahead}{among}"
    row = await db.row(scope.conn, query, statement.parameters)
    return row[0] - edge.offset + TICK if row and row[0] else None
