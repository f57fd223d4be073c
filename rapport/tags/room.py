"""Tags, and what they hang on."""

from rapport.kit import locks
from rapport.kit.rooms import Room
from rapport.tags import api, relations

ROOM = Room(
    name="tags",
    operations=(api, relations.operations),
    includes=relations.includes,
    locks=(locks.TAGS,),
)
