"""The first two versions of the API."""

from rapport.kit.rooms import Room
from rapport.legacy import api

ROOM = Room(name="legacy", pages=api.routes)
