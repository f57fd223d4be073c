"""The client API and the script of a shop's pages."""

from rapport.kit.rooms import Room
from rapport.onsite import api, script, subscribing

ROOM = Room(
    name="onsite",
    client_operations=(api, subscribing, api.ingest),
    pages=lambda process: script.routes(process.pool, process.settings),
)
