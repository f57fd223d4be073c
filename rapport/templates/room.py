"""Templates: their language, and filling them in."""

from rapport.kit.rooms import Room
from rapport.templates import api, starters_api, universal_api

ROOM = Room(name="templates", operations=(api, universal_api, starters_api), pages=starters_api.routes)
