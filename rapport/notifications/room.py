"""What a person is told that happened without them."""

from rapport.accounts.notices import LISTENERS
from rapport.kit.rooms import Room
from rapport.notifications import api, mailing, service, tasks

ROOM = Room(
    name="notifications",
    operations=(api,),
    jobs={"notifications": tasks.tasks},
    settings=mailing.use,
    adds=(LISTENERS.add(service.write),),
)
