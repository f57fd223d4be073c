"""Mails before they are sent: as somebody would see them, what is to be mended in them, and tests to some addresses."""

from rapport.kit.rooms import Room
from rapport.previews import api

ROOM = Room(name="previews", operations=(api, api.sending))
