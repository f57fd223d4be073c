"""Search: over all that rooms below keep by name."""

from rapport.kit.rooms import Room
from rapport.search import api, references_api

ROOM = Room(name="search", operations=(api, references_api))
