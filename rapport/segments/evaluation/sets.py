"""Who meets a definition: boolean algebra over sets of profile ids, one set for each condition.

Builds, filters and splits of flows, and audiences all come here. A batch of the pipeline, which asks all segments at
once, has the same algebra over columns (`batch`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

from pyroaring import BitMap64

from rapport.accounts.types import Account
from rapport.kit import db
from rapport.segments.conditions.condition import Condition, Scanning
from rapport.segments.conditions.definition import Definition, resolve
from rapport.segments.sql import lake
from rapport.segments.sql.scope import Scope

Ask = Callable[[Condition, Scope], Awaitable[BitMap64]]


async def matching(
    conn: db.Connection,
    account: Account,
    definition: Definition,
    *,
    now: datetime,
    among: Collection[int] | None = None,
    since: Mapping[int, datetime] | None = None,
    entered: Mapping[int, datetime] | None = None,
) -> BitMap64:
    """The ids of profiles that meet `definition` at `now`, out of `among` (which must exist), or out of all profiles.

    `since`: when each profile entered the flow, for the timeframe operator flow-start; `entered`: when the run itself
    began.
    """
    names = await resolve(conn, account.account_id, definition.depends)
    scope = Scope(conn, account.account_id, now, names, None if among is None else list(among), since, entered)
    if among is None:
        return await everybody(definition, scope)
    return await combine(definition, scope, lambda condition: condition.matching(scope))


async def combine(definition: Definition, scope: Scope, ask: Callable[[Condition], Awaitable[BitMap64]]) -> BitMap64:
    """Apply AND and OR to the sets that `ask` returns for the conditions."""
    if not definition.groups:
        return await scope.everybody()
    everyone: BitMap64 | None = None
    for group in definition.groups:
        anyone = BitMap64()
        for condition in group:
            anyone |= await ask(condition)
        everyone = anyone if everyone is None else everyone & anyone
        if not everyone:
            break
    assert everyone is not None
    return everyone


async def everybody(
    definition: Definition, scope: Scope, ask: Ask = lambda condition, scope: condition.matching(scope)
) -> BitMap64:
    """All profiles that meet the definition.

    Conditions that scan share one view of the lake; the others are answered by PostgreSQL at the same time. Groups that
    hold for a profile without any data come last, so that only the profiles left by then are looked at.
    """
    if not definition.groups:
        return await scope.everybody()
    idle = [group for group in definition.groups if any(condition.idle for condition in group)]
    others = [group for group in definition.groups if group not in idle]
    async with _shared(scope, definition.conditions) as shared:
        everyone = await _every(others, shared, ask) if others else None
        if idle and everyone is None:
            everyone = await _every(idle, shared, ask)
        elif idle and everyone:
            everyone &= await _every(idle, replace(shared, everyone=everyone), ask)
    assert everyone is not None
    return everyone - await scope.deleted()


@asynccontextmanager
async def _shared(scope: Scope, conditions: Iterable[Condition]) -> AsyncIterator[Scope]:
    """The scope with one view of the lake for all conditions that scan; unchanged when none does, or the lake holds too
    little."""
    scanning = [condition for condition in conditions if isinstance(condition, Scanning)]
    parts = [part for condition in scanning if (part := condition.scanned(scope)) is not None]
    if not parts:
        yield scope
        return
    async with lake.opened(scope, reduce(lake.Part.__or__, parts)) as events:
        yield replace(scope, events=events)


async def _every(groups: Sequence[Sequence[Condition]], scope: Scope, ask: Ask) -> BitMap64:
    """Profiles that meet at least one condition of every group."""
    meeting: dict[Condition, BitMap64] = {}

    async def answer(some: Iterable[Condition]) -> None:
        for condition in some:
            meeting[condition] = await ask(condition, scope)

    conditions = list(dict.fromkeys(condition for group in groups for condition in group))
    if scope.events is None:
        await answer(conditions)
    else:
        scanning = [each for each in conditions if isinstance(each, Scanning) and each.scanned(scope) is not None]
        beside = [each for each in conditions if each not in scanning]
        await _both(answer(scanning), _looked_up(scope, conditions, answer(beside)))
    return reduce(BitMap64.__and__, (_union(meeting[condition] for condition in group) for group in groups))


def _union(sets: Iterable[BitMap64]) -> BitMap64:
    return reduce(BitMap64.__or__, sets)


async def _looked_up(scope: Scope, conditions: Sequence[Condition], rest: Coroutine[Any, Any, None]) -> None:
    """The set of all profiles, read first where it will be needed."""
    if any(condition.idle for condition in conditions):
        await scope.everybody()
    await rest


async def _both(first: Coroutine[Any, Any, None], second: Coroutine[Any, Any, None]) -> None:
    """Run both at once; when the first fails, the second is cancelled."""
    beside = asyncio.create_task(second)
    try:
        await first
    except BaseException:
        beside.cancel()
        await asyncio.wait([beside])
        raise
    await beside
