"""Webhooks: what happens in an account, posted to addresses that it names."""

from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit.rooms import CLOCK, LoopOf, Process, Room
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES
from rapport.webhooks import api, deliveries_api, privacy, react, secret_keys, tasks
from rapport.webhooks.calling import Caller


def _caller(process: Process) -> Caller:
    return Caller(process.pool, process.settings.base_url)


ROOM = Room(
    name="webhooks",
    operations=(api, deliveries_api, deliveries_api.testing),
    loops=(LoopOf("webhook-deliveries", _caller, wakes=(react.CHANNEL, CLOCK)),),
    jobs={"webhooks": tasks.tasks},
    adds=(
        MOVES.add(*privacy.MOVES),
        ERASURES.add((privacy.erase,)),
        REACTIONS.add(ReactionOf("webhooks", lambda: react.react)),
    ),
    settings=lambda settings: secret_keys.use(settings.secret),
)
