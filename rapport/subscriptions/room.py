"""Subscriptions: consent given and withdrawn, suppression."""

from rapport.events import prefer_wait
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import LoopOf, Room
from rapport.subscriptions import api, settings_api
from rapport.subscriptions.jobs import Suppressor

ROOM = Room(
    name="subscriptions",
    operations=(api, settings_api),
    loops=(LoopOf("suppressions", lambda process: Suppressor(process.pool), wakes=(CHANNEL,)),),
    adds=(
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished(
                "suppression_jobs",
                "status IN ('queued', 'processing')",
                "bulk_suppress_profiles",
                "bulk_unsuppress_profiles",
            )
        ),
    ),
)
