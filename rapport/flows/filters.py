"""Profile filters applied to runs: several runs of one profile may have started at different times."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from rapport.accounts.types import Account
from rapport.kit import db, ids
from rapport.segments.conditions import Definition
from rapport.segments.evaluation.sets import matching


class Walker(Protocol):
    """A profile in a flow, or about to enter it."""

    @property
    def profile_id(self) -> int: ...

    @property
    def since(self) -> datetime: ...

    @property
    def entered(self) -> datetime:
        """When the run began."""
        ...


_W = TypeVar("_W", bound=Walker)


def since(entered: datetime, event_id: int | None) -> datetime:
    """The time from which "since starting this flow" counts.

    Times of events are whole seconds: the event that started the run does not count, any later one does.
    """
    if event_id is not None:
        return ids.event_time(event_id) + timedelta(seconds=1)
    return entered.replace(microsecond=0)


async def passing(
    conn: db.Connection, account: Account, definition: Definition | None, walkers: Sequence[_W], now: datetime
) -> list[_W]:
    """Those of `walkers` whose profile meets the definition; None = all."""
    if definition is None:
        return [*walkers]
    passing_walkers: list[_W] = []
    for wave in waves(walkers):
        times = {walker.profile_id: walker.since for walker in wave}
        entered = {walker.profile_id: walker.entered for walker in wave}
        matched = await matching(conn, account, definition, now=now, among=times.keys(), since=times, entered=entered)
        passing_walkers += [walker for walker in wave if walker.profile_id in matched]
    return passing_walkers


def waves(walkers: Iterable[_W]) -> list[list[_W]]:
    """Split so that each part has a profile once; nearly always there is only one part."""
    parts: list[list[_W]] = []
    seen: dict[int, int] = {}
    for walker in walkers:
        place = seen.get(walker.profile_id, 0)
        seen[walker.profile_id] = place + 1
        if place == len(parts):
            parts.append([])
        parts[place].append(walker)
    return parts
