"""Exports in bulk, made in the background."""

from rapport.exports import api, privacy
from rapport.exports.exporter import Exporter
from rapport.kit import locks
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import CLOCK, LoopOf, Room
from rapport.profiles.privacy import ERASURES

ROOM = Room(
    name="exports",
    operations=(api, api.downloads),
    loops=(LoopOf("exports", Exporter.of, wakes=(CHANNEL, CLOCK)),),
    adds=(ERASURES.add((privacy.erase,)),),
    locks=(locks.EXPORTS,),
)
