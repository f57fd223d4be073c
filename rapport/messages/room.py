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
from rapport.messages.deliver import Deliverer, providers_of
from rapport.messages.providers import Provider
from rapport.messages.take import Urgency
from rapport.profiles.held import HELD
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES


def _providers(process: Process) -> dict[str, Provider]:
    return providers_of(process.settings, process.pool)


def _deliverer(process: Process, urgency: Urgency) -> Deliverer:
    providers = process.once(_providers)
    return Deliverer(process.pool, process.settings, providers, checks=list(gate.CHECKS), urgency=urgency)


def _letter_sender(process: Process) -> LetterSender:
    return LetterSender(process.pool, process.settings, process.once(_providers)["email"])


ROOM = Room(
    name="messages",
    operations=(api, api.delivered, tracking_settings_api),
    pages=tracking.routes,
    loops=(
        LoopOf("deliverer", lambda process: _deliverer(process, Urgency.BULK), wakes=(outbox.CHANNEL, CLOCK)),
        LoopOf("prompt", lambda process: _deliverer(process, Urgency.PROMPT), wakes=(outbox.CHANNEL, CLOCK)),
        LoopOf("letters", _letter_sender, wakes=(letters.CHANNEL,)),
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
    locks=(locks.GATE, locks.SENDERS, locks.SMTP_CONNECTIONS),
)
