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
        """The things it names (metrics, lists, segments …). Each must exist when the definition is accepted."""
        ...

    @property
    def timeframes(self) -> Collection[Timeframe]:
        """Its timeframes that move with time. Empty when the passing of time alone never changes an answer."""
        ...

    @property
    def idle(self) -> bool:
        """Whether a profile with no data at all meets the condition. If so, `matching` has to look at every profile."""
        ...

    @property
    def indexed(self) -> bool:
        """Whether `crossed` is a cheap range query that can run each time a boundary moved. Otherwise `due` says when
        to run it."""
        ...

    async def matching(self, scope: Scope) -> BitMap64: ...

    async def crossed(self, scope: Scope, after: datetime) -> BitMap64:
        """Profiles that a moving boundary passed between `after` and `scope.now`. Time alone can change no others."""
        ...

    async def due(self, scope: Scope) -> datetime | None:
        """The next time a boundary reaches a stored value, for conditions without an index over time; None = never."""
        ...


FOREVER: tuple[Timeframe, ...] = ()


@dataclass(frozen=True)
class OfProfile:
    """Mixin for conditions on what is stored with the profile itself: they name no other object."""

    @property
    def mentions(self) -> Sequence[Mention]:
        return ()

    @property
    def idle(self) -> bool:
        return False


@dataclass(frozen=True)
class Timeless:
    """Mixin for conditions that the passing of time alone never changes."""

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
    """A condition that can be answered by scanning the event lake."""

    def scanned(self, scope: Scope) -> Part | None:
        """The part of the lake to scan; None when PostgreSQL is to answer anyway."""
        ...
