"""Lists and who is on them."""

from rapport.kit.rooms import Include, Room
from rapport.lists import api, privacy, service
from rapport.lists.tables import lists
from rapport.profiles import api as profiles_api
from rapport.profiles import merge
from rapport.profiles.held import HELD
from rapport.profiles.privacy import ERASURES
from rapport.tags.relations import TAGGABLE, Taggable

ROOM = Room(
    name="lists",
    operations=(api,),
    includes=lambda: [Include(profiles_api.get_profile, "lists", api.load_lists)],
    adds=(
        merge.MOVES.add(*service.MOVES),
        ERASURES.add(privacy.ERASES),
        HELD.add(privacy.HELD),
        TAGGABLE.add(Taggable(api.LIST, lists, lists.c.public_id, shown=(api.get_lists, api.get_list))),
    ),
)
