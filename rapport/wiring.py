"""What the composition roots put together: operations, reactions, merge moves and worker loops, room by room."""

from collections.abc import Sequence
from types import ModuleType
from typing import Protocol

import rapport.accounts.api
import rapport.events.api
import rapport.events.merge
import rapport.lists.api
import rapport.lists.service
import rapport.profiles.api
from starlette.routing import BaseRoute

from rapport.events.inbox import Inbox
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Reaction
from rapport.kit import db
from rapport.kit.jsonapi import Operation, operations_of
from rapport.kit.settings import Settings
from rapport.profiles import merge

# A worker holds an advisory lock in this space for as long as it lives; /health counts them.
WORKER_LOCK = 7_270_010
_ROOMS: Sequence[ModuleType] = (
    rapport.accounts.api,
    rapport.profiles.api,
    rapport.lists.api,
    rapport.events.api,
)


class Loop(Protocol):
    """A worker's loop: does what is due and returns how much that was; 0 = nothing, wake me later."""

    async def run_once(self) -> int: ...


def operations(inbox: Inbox) -> list[Operation]:
    """Every operation of the API."""
    return [one for room in _ROOMS for one in operations_of(room)] + rapport.events.api.ingest(inbox)


def reactions() -> list[Reaction]:
    """In the order they run: who belongs where, then who earned what, then who starts what."""
    return []


def loops(pool: db.Pool, settings: Settings) -> dict[str, Loop]:
    """A worker's loops by name."""
    return {"pipeline": Pipeline(pool, reactions())}


def pages(pool: db.Pool, settings: Settings) -> list[BaseRoute]:
    """Web pages and links that are not the API: opens, clicks, unsubscribing."""
    return []


merge.moves(*rapport.events.merge.MOVES, *rapport.lists.service.MOVES)
