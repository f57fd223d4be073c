"""What follows from recorded events: the protocol that higher rooms implement."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapport.accounts.types import Account
from rapport.events.record import Recorded
from rapport.inbox.types import Change, Waiting
from rapport.kit import db
from rapport.kit.rooms import Point


@dataclass
class Batch:
    """What one transaction of the pipeline recorded.

    A reaction reads it and writes what follows through `conn`. What it changes about profiles (a segment joined)
    it appends to `changes`, for the reactions after it. When `more` waits behind this batch, it may put off what it
    has to do: what it appends to `put_off` is the next batch's `later`. Who is meant there may be gone
    (`follow_merges_of_waiting`).
    """

    conn: db.Connection
    account: Account
    now: datetime
    events: Sequence[Recorded]
    changes: list[Change] = field(default_factory=list)
    later: Sequence[Waiting] = ()
    more: bool = False
    put_off: list[Waiting] = field(default_factory=list)

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
    """Their names, each after those it must follow, else in the order of the rooms."""
    waiting = list(REACTIONS)
    found: list[str] = []
    while waiting:
        names = {reaction.name for reaction in waiting}
        following = next(reaction for reaction in waiting if names.isdisjoint(reaction.after))
        waiting.remove(following)
        found.append(following.name)
    return found


def in_order() -> list[Reaction]:
    """One of each, in `order`."""
    by_name = {one.name: one for one in REACTIONS}
    return [by_name[name].make() for name in order()]
