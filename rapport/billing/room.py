"""What an account uses."""

from rapport.billing import api
from rapport.kit.rooms import Room

ROOM = Room(name="billing", operations=(api,))
