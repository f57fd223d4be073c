"""Profiles imported in bulk."""

from rapport.bulk import api, privacy, service, tasks
from rapport.bulk.importer import Importer
from rapport.events import prefer_wait
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import LoopOf, Room
from rapport.profiles import merge
from rapport.profiles.privacy import ERASURES

ROOM = Room(
    name="bulk",
    operations=(api,),
    loops=(LoopOf("imports", lambda process: Importer(process.pool), wakes=(CHANNEL,)),),
    jobs={"bulk": tasks.tasks},
    adds=(
        merge.MOVES.add(*service.MOVES),
        ERASURES.add((privacy.erase,)),
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished("import_jobs", "status IN ('queued', 'processing')", "bulk_import_profiles")
        ),
    ),
)
