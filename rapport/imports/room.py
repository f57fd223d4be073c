"""Imports of files, as work of the server."""

from rapport.events import prefer_wait
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.imports import api, happenings, privacy, suppressed_api, tasks, upload_api
from rapport.imports.running import Runner
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import LoopOf, Room
from rapport.profiles.privacy import ERASURES

ROOM = Room(
    name="imports",
    operations=(api, upload_api.uploading, suppressed_api),
    loops=(LoopOf("file-imports", Runner.of, wakes=(CHANNEL,)),),
    jobs={"imports": tasks.tasks},
    adds=(
        ERASURES.add((privacy.erase,)),
        REACTIONS.add(ReactionOf("file-imports", lambda: happenings.count_recorded)),
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished("file_imports", "status IN ('checking', 'running')", "check_import", "start_import")
        ),
    ),
)
