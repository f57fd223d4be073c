"""What every type of condition can tell and answer, and the parts that several share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from pyroaring import BitMap64

from rapport.segments.grammar.dependencies import Dependencies, Mention
from rapport.segments.grammar.timeframes import Timeframe
from rapport.segments.sql.lake import Part
from rapport.segments.sql.scope import Scope


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


@runtime_checkable
class Scanning(Protocol):
    """A condition that asks the lake."""

    def scanned(self, scope: Scope) -> Part | None:
        """What it scans; None where it asks PostgreSQL anyway."""
        ...
