"""What a condition's answer about one profile is decided on: one teller for each type of condition.

A teller decides nothing. It shows the stored data and names the moments at which the answer may flip; what it is then
is asked of the condition itself. For a type without one, no data is shown and nothing is known of other moments.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from rapport.kit import db
from rapport.kit.rooms import Point
from rapport.segments.conditions.condition import Condition
from rapport.segments.explaining.flips import Flip, flips
from rapport.segments.sql.scope import Scope
from rapport.segments.sql.statement import Statement
from rapport.segments.sql.stored_dates import Dated

# What the driver can't read as a date is no date here; a cast's year reaches one further than Python's.
_READABLE = "CASE WHEN {moment} >= '0003-01-01' AND {moment} < '9998-01-01' THEN {moment} END"


@dataclass(frozen=True)
class FirstFlip:
    """When an answer flips first; `unknown_from`: the end of what is known when there is no flip, None = no end."""

    flips_at: datetime | None
    unknown_from: datetime | None


class Within(Protocol):
    """Answers, for the same profile, what a condition needs to know of another segment."""

    async def __call__(self, public_id: str) -> FirstFlip: ...


@dataclass(frozen=True)
class Subject:
    """One profile, and the scope that asks about it alone."""

    scope: Scope
    profile: Mapping[str, Any]
    within: Within

    @property
    def id(self) -> int:
        return int(self.profile["id"])

    @property
    def created(self) -> datetime:
        created: datetime = self.profile["created"]
        return created


@dataclass(frozen=True)
class Facts:
    """`data`: shown to the reader. `flips`: times at which the answer may flip, past and future, in any order."""

    data: Mapping[str, Any] = field(default_factory=dict)
    flips: Sequence[Flip] = ()
    # more of what enters can only flip the answer one way, more of what leaves only the other
    monotone: bool = False
    # the facts are as they are now since then; None = as far back as there are flips
    unchanged_since: datetime | None = None
    # since when the answer is what it is if it flipped at no moment known; None = not stored
    begun: datetime | None = None
    # flips may be missing before and after these; None = none is
    complete_from: datetime | None = None
    complete_until: datetime | None = None
    # known from elsewhere: from the moment on, the answer is this one
    then: tuple[datetime, bool] | None = None


Teller = Callable[[Any, Subject], Awaitable[Facts]]
# By the type of condition.
TELLERS: Point[Mapping[type[Any], Teller]] = Point("who tells the facts of a condition")


async def facts(condition: Condition, subject: Subject) -> Facts:
    """The stored facts on which a condition's answer about one profile rests."""
    teller = next((tellers[type(condition)] for tellers in TELLERS if type(condition) in tellers), None)
    if teller is not None:
        return await teller(condition, subject)
    now = subject.scope.now
    return Facts(complete_from=now, complete_until=now if condition.timeframes else None)


class Datable(Protocol):
    """A condition on dates that are stored with a profile."""

    def dated(self, statement: Statement) -> list[Dated]: ...


async def stored_flips(condition: Datable, subject: Subject) -> list[Flip]:
    """Times at which a moving boundary reached, or will reach, one of the stored dates."""
    now, statement = subject.scope.now, subject.scope.statement()
    moments: list[Flip] = []
    for dated in condition.dated(statement):
        for date in await _dates(dated, statement, subject):
            moments += flips(dated.timeframe, date, now)
    return moments


async def _dates(dated: Dated, statement: Statement, subject: Subject) -> list[datetime]:
    moment = _READABLE.format(moment=f"({dated.moment})")
    # tenant-scope: `rows` holds the condition
    query = f"SELECT {moment} {dated.rows} AND {dated.person} = {statement.add(subject.id, 'bigint')}"
    return [row[0] for row in await db.rows(subject.scope.conn, query, statement.parameters) if row[0] is not None]
