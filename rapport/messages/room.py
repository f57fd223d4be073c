"""Messages: gate, outbox, delivery, tracking, consent pages, what became of each."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.inbox.requests import Inbox
from rapport.kit import locks
from rapport.kit.rooms import CLOCK, LoopOf, Process, Room
from rapport.messages import (
    api,
    engagement,
    feedback,
    gate,
    merge,
    outbox,
    privacy,
    subscriptions_api,
    tracking,
    tracking_settings_api,
)
from rapport.messages.deliver import Deliverer
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES


def _pages(process: Process) -> Sequence[BaseRoute]:
    return tracking.routes(process.pool, process.settings, process.once(Inbox.of))


def _deliverer(process: Process) -> Deliverer:
    return Deliverer(process.pool, process.settings, checks=list(gate.CHECKS))


ROOM = Room(
    name="messages",
    operations=(api, api.delivered, subscriptions_api, tracking_settings_api),
    pages=_pages,
    loops=(LoopOf("deliverer", _deliverer, wakes=(outbox.CHANNEL, CLOCK)),),
    adds=(
        MOVES.add(*merge.MOVES),
        ERASURES.add((privacy.erase,)),
        REACTIONS.add(
            ReactionOf("engagement", lambda: engagement.react),
            ReactionOf("feedback", lambda: feedback.react, after=("engagement",)),
        ),
    ),
    locks=(locks.GATE, locks.SENDERS),
)
