"""Texts: what people outside read, in their language."""

from rapport.kit.rooms import Room
from rapport.texts import api

ROOM = Room(name="texts", operations=(api,))
