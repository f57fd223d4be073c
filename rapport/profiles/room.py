"""Profiles: who somebody is, merging, deleting, push tokens."""

from rapport.kit import locks
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import LoopOf, Room
from rapport.profiles import api, conversations_api, exchange, privacy, privacy_api, push_api

ROOM = Room(
    name="profiles",
    operations=(api, privacy_api, push_api, conversations_api),
    loops=(LoopOf("deletions", lambda process: privacy.Eraser(process.pool), wakes=(CHANNEL,)),),
    settings=lambda settings: exchange.use(settings.secret),
    locks=(locks.RECORDING,),
)
