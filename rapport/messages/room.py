"""Messages: gate, outbox, delivery, tracking, what became of each."""

from rapport.accounts.users import letters
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit import locks
from rapport.kit.rooms import CLOCK, LoopOf, Process, Room
from rapport.messages import (
    api,
    engagement,
    feedback,
    gate,
    held,
    merge,
    outbox,
    privacy,
    tracking,
    tracking_settings_api,
)
from rapport.messages.account_letters import LetterSender
from rapport.messages.deliver import Deliverer
from rapport.profiles.held import HELD
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES


def _deliverer(process: Process) -> Deliverer:
    return Deliverer(process.pool, process.settings, checks=list(gate.CHECKS))


ROOM = Room(
    name="messages",
    operations=(api, api.delivered, tracking_settings_api),
    pages=tracking.routes,
    loops=(
        LoopOf("deliverer", _deliverer, wakes=(outbox.CHANNEL, CLOCK)),
        LoopOf("letters", lambda process: LetterSender(process.pool, process.settings), wakes=(letters.CHANNEL,)),
    ),
    adds=(
        MOVES.add(*merge.MOVES),
        ERASURES.add((privacy.erase,)),
        HELD.add(held.HELD),
        REACTIONS.add(
            ReactionOf("engagement", lambda: engagement.react),
            ReactionOf("feedback", lambda: feedback.react, after=("engagement",)),
        ),
    ),
    locks=(locks.GATE, locks.SENDERS),
)
