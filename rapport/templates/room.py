"""Templates: their language, and filling them in."""

from rapport.kit.rooms import Room
from rapport.templates import api

ROOM = Room(name="templates", operations=(api,))
