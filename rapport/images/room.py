"""Images of messages and pages."""

from rapport.images import api, site
from rapport.kit.rooms import Room

ROOM = Room(name="images", operations=(api, api.uploads), pages=site.routes)
