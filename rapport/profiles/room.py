"""Profiles: who somebody is, merging, deleting, push tokens."""

from rapport.kit import locks
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import Include, LoopOf, Room
from rapport.profiles import api, conversations_api, exchange, held_api, privacy, privacy_api, push_api


def _includes() -> list[Include]:
    loaders = {"conversations": conversations_api.load_conversations, "push-tokens": push_api.load_push_tokens}
    return [
        Include(shown, name, load) for name, load in loaders.items() for shown in (api.get_profiles, api.get_profile)
    ]


ROOM = Room(
    name="profiles",
    operations=(api, privacy_api, held_api, push_api, conversations_api),
    includes=_includes,
    loops=(LoopOf("deletions", lambda process: privacy.Eraser(process.pool), wakes=(CHANNEL,)),),
    settings=lambda settings: exchange.use(settings.secret),
    locks=(locks.RECORDING,),
)
