"""What comes back after a message was handed over: bounces and complaints, by mail and by a provider's webhooks."""

from rapport.bounces import site
from rapport.bounces.listener import BounceListener
from rapport.kit.rooms import LoopOf, Room

ROOM = Room(
    name="bounces",
    pages=site.routes,
    loops=(LoopOf("bounces", lambda process: BounceListener(process.pool, process.settings)),),
)
