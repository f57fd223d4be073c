"""What the composition roots put together: operations, reactions, merge moves and worker loops, room by room."""

from collections.abc import Sequence
from types import ModuleType
from typing import Protocol

from starlette.routing import BaseRoute

import rapport.accounts.api
import rapport.events.api
import rapport.events.merge
import rapport.events.pipeline_api
import rapport.lists.api
import rapport.lists.service
import rapport.messages.merge
import rapport.profiles.api
import rapport.segments.merge
import rapport.templates.api
from rapport.events.inbox import Inbox
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Reaction
from rapport.kit import db
from rapport.kit.jsonapi import Operation, operations_of
from rapport.kit.settings import Settings
from rapport.messages import engagement, tracking
from rapport.messages.deliver import Deliverer
from rapport.profiles import merge
from rapport.segments import totals
from rapport.segments.build import SegmentBuilder
from rapport.segments.live import Live
from rapport.segments.timer import SegmentTimer

# A worker holds an advisory lock in this space for as long as it lives; /health counts them.
WORKER_LOCK = 7_270_010
_ROOMS: Sequence[ModuleType] = (
    rapport.accounts.api,
    rapport.profiles.api,
    rapport.lists.api,
    rapport.events.api,
    rapport.events.pipeline_api,
    rapport.templates.api,
)


class Loop(Protocol):
    """A worker's loop: does what is due and returns how much that was; 0 = nothing, wake me later."""

    async def run_once(self) -> int: ...


def operations(inbox: Inbox) -> list[Operation]:
    """Every operation of the API."""
    return [one for room in _ROOMS for one in operations_of(room)] + rapport.events.api.ingest(inbox)


def reactions() -> list[Reaction]:
    """In the order they run: totals, who belongs where, what was opened and clicked."""
    return [totals.react, Live().react, engagement.react]


def loops(pool: db.Pool, settings: Settings) -> dict[str, Loop]:
    """A worker's loops by name."""
    return {
        "pipeline": Pipeline(pool, reactions()),
        "segment-builder": SegmentBuilder(pool),
        "segment-timer": SegmentTimer(pool),
        "deliverer": Deliverer(pool, settings),
    }


def pages(pool: db.Pool, settings: Settings, inbox: Inbox) -> list[BaseRoute]:
    """Web pages and links that are not the API: opens, clicks, unsubscribing."""
    return tracking.routes(pool, settings, inbox)


merge.moves(
    *rapport.events.merge.MOVES,
    *rapport.lists.service.MOVES,
    *rapport.segments.merge.MOVES,
    *rapport.messages.merge.MOVES,
)
