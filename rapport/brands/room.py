"""An account's brand."""

from rapport.brands import api, email_defaults_api, voice_api
from rapport.kit.rooms import Room

ROOM = Room(name="brands", operations=(api, voice_api, email_defaults_api))
