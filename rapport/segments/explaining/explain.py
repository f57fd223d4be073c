"""Why one profile meets a definition or does not: each condition's answer, since when, and when it turns.

There is no second evaluator. A condition is asked as a build asks it, only about one profile and, for the answers of
other times, at another `now`: at the moments its facts name and nowhere else, because it can't turn between them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments import service
from rapport.segments.conditions import Definition
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import resolve
from rapport.segments.evaluation.sets import combine
from rapport.segments.explaining.facts import Asked, Facts, Turning, facts
from rapport.segments.explaining.timeline import Asks, Timeline, points
from rapport.segments.grammar.timeframes import TICK
from rapport.segments.membership.index import stored
from rapport.segments.sql.scope import Scope

# Questions asked about one explanation, each less than a millisecond; and how far ahead it looks.
_MOST_ASKS = 4000
_HORIZON = timedelta(days=366 * 100)
_JOINED = "SELECT joined FROM segment_members WHERE account_id = %s AND segment_id = %s AND profile_id = %s"
_PICTURE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True)
class Explained:
    """One condition's answer. `written`: as it stands in the definition; `data`: what it was decided on.

    `next_change` None: not by time alone, as far as is known; `unknown_from` is from when on it is not, None = never.
    """

    written: dict[str, Any]
    holds: bool
    since: datetime | None
    next_change: datetime | None
    unknown_from: datetime | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    holds: bool
    conditions: Sequence[Explained]


@dataclass(frozen=True)
class Explanation:
    """`joined`: None = no member now. `holds`: what the definition says. The rest as for each condition."""

    joined: datetime | None
    holds: bool
    next_change: datetime | None
    unknown_from: datetime | None
    groups: Sequence[Group]


@asynccontextmanager
async def picture(conn: db.Connection) -> AsyncIterator[None]:
    """All questions inside see the same state of everything."""
    async with conn.transaction():
        await db.execute(conn, _PICTURE)
        yield


async def explain(
    conn: db.Connection, account_id: int, segment: Mapping[str, Any], profile: Mapping[str, Any], now: datetime
) -> Explanation:
    """How a profile's row stands to a segment's row at `now`."""
    asks = Asks(_MOST_ASKS)
    standing = await _Standing.of(conn, account_id, segment, profile, now, asks, frozenset())
    turn = await standing.first_turn()
    row = await db.row(conn, _JOINED, (account_id, segment["id"], profile["id"]))
    since = {condition: await standing.since(condition) for condition in standing.facts}
    groups = [
        Group(
            any(standing.holds[condition] for condition in group),
            [
                Explained(
                    one,
                    standing.holds[condition],
                    since[condition],
                    standing.first[condition].turns_at,
                    standing.first[condition].unknown_from,
                    standing.facts[condition].data,
                )
                for condition, one in zip(group, written["conditions"], strict=True)
            ],
        )
        for group, written in zip(standing.definition.groups, segment["definition"]["condition_groups"], strict=True)
    ]
    holds = await standing.whole(standing.holds)
    return Explanation(row[0] if row else None, holds, turn.turns_at, turn.unknown_from, groups)


@dataclass
class _Standing:
    """One profile before one definition: what each condition says now, and its facts."""

    definition: Definition
    scope: Scope
    asks: Asks
    facts: Mapping[Condition, Facts]
    holds: Mapping[Condition, bool]
    # each condition's own first turn, once `first_turn` was asked
    first: dict[Condition, Turning] = field(default_factory=dict)

    @classmethod
    async def of(
        cls,
        conn: db.Connection,
        account_id: int,
        segment: Mapping[str, Any],
        profile: Mapping[str, Any],
        now: datetime,
        asks: Asks,
        above: frozenset[str],
    ) -> "_Standing":
        """`above`: segments by way of which this one is asked."""
        definition = stored(segment["public_id"], segment["definition"])
        names = await resolve(conn, account_id, definition.depends)
        about = BitMap64([profile["id"]])
        scope = Scope(conn, account_id, now, names, list(about), everyone=about)
        above |= {segment["public_id"]}

        async def within(public_id: str) -> Turning:
            other = await service.by_public_id(conn, account_id, public_id)
            if other is None or not other["is_active"]:
                return Turning(None, None)
            if public_id in above or other["built"] is None:
                return Turning(None, now)
            inner = await cls.of(conn, account_id, other, profile, now, asks, above)
            return await inner.first_turn()

        asked = Asked(scope, profile, within)
        conditions = list(dict.fromkeys(one for group in definition.groups for one in group))
        found = {one: await facts(one, asked) for one in conditions}
        holds = {one: bool(await one.matching(scope)) for one in conditions}
        return cls(definition, scope, asks, found, holds)

    async def whole(self, holds: Mapping[Condition, bool]) -> bool:
        """What the definition says when its conditions say this."""
        everybody = BitMap64(self.scope.among or ())

        async def ask(condition: Condition) -> BitMap64:
            return everybody if holds[condition] else BitMap64()

        return bool(await combine(self.definition, self.scope, ask))

    async def first_turn(self) -> Turning:
        """When the whole definition's answer turns first; fills in each condition's own."""
        lines = {condition: self._ahead(condition) for condition in self.facts}
        upcoming = {condition: await line.advance() for condition, line in lines.items()}
        self.first = {
            condition: Turning(at, line.unknown_from if at is None else None)
            for (condition, line), at in zip(lines.items(), upcoming.values(), strict=True)
        }
        said, whole = dict(self.holds), await self.whole(self.holds)
        while True:
            unknown = min((line.unknown_from for line in lines.values() if line.unknown_from), default=None)
            at = min((moment for moment in upcoming.values() if moment is not None), default=None)
            if at is None or (unknown is not None and unknown < at):
                return Turning(None, unknown)
            for condition in [one for one, moment in upcoming.items() if moment == at]:
                said[condition] = not said[condition]
                upcoming[condition] = await lines[condition].advance()
            if await self.whole(said) != whole:
                return Turning(at, None)

    def _ahead(self, condition: Condition) -> Timeline:
        now, known = self.scope.now, self.facts[condition]
        last = min(known.complete_until or now + _HORIZON, now + _HORIZON)
        moments = [turn for turn in known.turns if now < turn.at <= last]

        async def ask(moment: datetime) -> bool:
            if known.then is not None and moment >= known.then[0]:
                return known.then[1]
            return bool(await condition.matching(replace(self.scope, now=moment)))

        ahead = points(moments, monotone=known.monotone)
        return Timeline(ask, ahead, self.holds[condition], self.asks, known.complete_until)

    async def since(self, condition: Condition) -> datetime | None:
        """From when on the condition has said what it says now; None where what is stored does not tell."""
        known = self.facts[condition]
        floor = max(
            (moment for moment in (known.unchanged_since, known.complete_from) if moment is not None), default=None
        )
        moments = [turn for turn in known.turns if turn.at <= self.scope.now and (floor is None or turn.at > floor)]

        async def ask(moment: datetime) -> bool:
            before = moment - TICK
            return bool(await condition.matching(replace(self.scope, now=before, known_until=before)))

        behind = points(moments, monotone=known.monotone)[::-1]
        line = Timeline(ask, behind, self.holds[condition], self.asks, None)
        turned = await line.advance()
        if turned is not None or line.unknown_from is not None or known.complete_from is not None:
            return turned
        return known.begun
