"""What follows from recorded events: the protocol that higher rooms implement."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport.accounts.types import Account
from rapport.events.record import Recorded
from rapport.inbox.types import Change
from rapport.kit import db
from rapport.kit.rooms import Point


@dataclass
class Batch:
    """What one transaction of the pipeline recorded.

    A reaction reads it and writes what follows through `conn`. Changes that it makes to profiles (such as a segment
    joined) it appends to `changes`, for the reactions after it. When `more` rows wait behind this batch, it may `defer`
    its work as bytes that only it reads: they are in `deferred` of the next batch, for this reaction alone. Profiles in
    them may have been merged or deleted by then (`follow_merges`).
    """

    conn: db.Connection
    account: Account
    now: datetime
    events: Sequence[Recorded]
    changes: list[Change] = field(default_factory=list)
    more: bool = False
    deferred: Sequence[bytes] = ()
    # by the name of a reaction
    _deferring: dict[str, list[bytes]] = field(default_factory=dict)
    _reaction: str = ""

    def seen_by(self, reaction: str, deferred: Sequence[bytes]) -> "Batch":
        """The batch for one reaction, with what that reaction deferred before."""
        return replace(self, deferred=deferred, _reaction=reaction)

    def defer(self, data: bytes) -> None:
        """Leave these bytes to the same reaction in the next batch."""
        self._deferring.setdefault(self._reaction, []).append(data)

    @property
    def deferring(self) -> Mapping[str, Sequence[bytes]]:
        """What is left to the next batch, by name of the reaction."""
        return self._deferring

    def profiles(self, *what: str) -> set[int]:
        """Profiles with a change of one of these kinds."""
        return {
            profile for change in self.changes if not {*what}.isdisjoint(change.what) for profile in change.profiles
        }


Reaction = Callable[[Batch], Awaitable[None]]


@dataclass(frozen=True)
class ReactionOf:
    """A reaction as its room declares it: its name, how a worker makes it, and those that must have run before."""

    name: str
    make: Callable[[], Reaction]
    after: tuple[str, ...] = ()


REACTIONS: Point[ReactionOf] = Point("what follows from recorded events")


def order() -> list[str]:
    """Names of the reactions: each after those it must follow, otherwise in the order of the rooms."""
    waiting = list(REACTIONS)
    ordered: list[str] = []
    while waiting:
        names = {reaction.name for reaction in waiting}
        following = next(reaction for reaction in waiting if names.isdisjoint(reaction.after))
        waiting.remove(following)
        ordered.append(following.name)
    return ordered


def in_order() -> dict[str, Reaction]:
    """New reactions for a worker, by name, in `order`."""
    by_name = {reaction.name: reaction for reaction in REACTIONS}
    return {name: by_name[name].make() for name in order()}
