"""How one profile stands to one definition: what each condition says, since when, and when that flips."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pyroaring import BitMap64

from rapport.kit import db
from rapport.segments import service
from rapport.segments.conditions.condition import Condition
from rapport.segments.conditions.definition import Definition, parse_stored, resolve
from rapport.segments.explaining.facts import Facts, FirstFlip, Subject, facts
from rapport.segments.explaining.timeline import Asks, Timeline, just_before, points
from rapport.segments.sql.scope import Scope

# How far ahead it looks.
_HORIZON = timedelta(days=366 * 100)


@dataclass
class Standing:
    """One profile and one definition: what each condition gives now, and its facts."""

    definition: Definition
    scope: Scope
    asks: Asks
    facts: Mapping[Condition, Facts]
    holds: Mapping[Condition, bool]
    # each condition's own first flip, once `first_flip` was asked
    first: dict[Condition, FirstFlip] = field(default_factory=dict)

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
    ) -> "Standing":
        """`above`: the segments through which this one was reached, so that a circle ends."""
        definition = parse_stored(segment["public_id"], segment["definition"])
        names = await resolve(conn, account_id, definition.depends)
        about = BitMap64([profile["id"]])
        scope = Scope(conn, account_id, now, names, list(about), everyone=about)
        above |= {segment["public_id"]}

        async def within(public_id: str) -> FirstFlip:
            other = await service.by_public_id(conn, account_id, public_id)
            if other is None or not other["is_active"]:
                return FirstFlip(None, None)
            if public_id in above or other["built"] is None:
                return FirstFlip(None, now)
            inner = await cls.of(conn, account_id, other, profile, now, asks, above)
            return await inner.first_flip()

        subject = Subject(scope, profile, within)
        conditions = list(dict.fromkeys(condition for group in definition.groups for condition in group))
        known = {condition: await facts(condition, subject) for condition in conditions}
        holds = {condition: bool(await condition.matching(scope)) for condition in conditions}
        return cls(definition, scope, asks, known, holds)

    async def first_flip(self) -> FirstFlip:
        """When the whole definition's answer flips first. Fills in each condition's own time."""
        lines = {condition: self._ahead(condition) for condition in self.facts}
        upcoming = {condition: await line.advance() for condition, line in lines.items()}
        self.first = {
            condition: FirstFlip(at, line.unknown_from if at is None else None)
            for (condition, line), at in zip(lines.items(), upcoming.values(), strict=True)
        }
        said, whole = dict(self.holds), self.definition.holds(self.holds)
        while True:
            unknown = min((line.unknown_from for line in lines.values() if line.unknown_from), default=None)
            at = min((moment for moment in upcoming.values() if moment is not None), default=None)
            if at is None or (unknown is not None and unknown < at):
                return FirstFlip(None, unknown)
            for condition in [each for each, moment in upcoming.items() if moment == at]:
                said[condition] = not said[condition]
                upcoming[condition] = await lines[condition].advance()
            if self.definition.holds(said) != whole:
                return FirstFlip(at, None)

    def _ahead(self, condition: Condition) -> Timeline:
        now, known = self.scope.now, self.facts[condition]
        last = min(known.complete_until or now + _HORIZON, now + _HORIZON)
        moments = [flip for flip in known.flips if now < flip.at <= last]

        async def ask(moment: datetime) -> bool:
            if known.then is not None and moment >= known.then[0]:
                return known.then[1]
            return bool(await condition.matching(replace(self.scope, now=moment)))

        ahead = points(moments, monotone=known.monotone)
        return Timeline(ask, ahead, self.holds[condition], self.asks, known.complete_until)

    async def since(self, condition: Condition) -> datetime | None:
        """From when on the condition has given its present answer; None when stored data does not tell."""
        known = self.facts[condition]
        floor = max(
            (moment for moment in (known.unchanged_since, known.complete_from) if moment is not None), default=None
        )
        moments = [flip for flip in known.flips if flip.at <= self.scope.now and (floor is None or flip.at > floor)]

        async def ask(moment: datetime) -> bool:
            before = just_before(moment)
            return bool(await condition.matching(replace(self.scope, now=before, known_until=before)))

        behind = points(moments, monotone=known.monotone)[::-1]
        line = Timeline(ask, behind, self.holds[condition], self.asks, None)
        flipped = await line.advance()
        if flipped is not None or line.unknown_from is not None or known.complete_from is not None:
            return flipped
        return known.begun
