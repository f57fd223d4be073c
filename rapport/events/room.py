"""Events: accepting, recording and counting them; metrics, aggregates, the event lake."""

from datetime import timedelta

from rapport.events import (
    api,
    custom_metrics_api,
    held,
    mapped_metrics_api,
    metric_properties_api,
    pipeline_api,
    prefer_wait,
    privacy,
    reactions,
    retention,
    retention_api,
    tasks,
)
from rapport.events import merge as events_merge
from rapport.events.aggregates import api as aggregates_api
from rapport.events.lake import folder
from rapport.events.lake.sealer import Sealer
from rapport.events.metric_properties import PropertyNames
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import ReactionOf
from rapport.inbox import service as inbox
from rapport.kit import locks
from rapport.kit.rooms import CLOCK, LoopOf, Process, Room
from rapport.kit.settings import Settings
from rapport.profiles import merge
from rapport.profiles.held import HELD
from rapport.profiles.privacy import ERASURES


def _lake(settings: Settings) -> None:
    folder.use(settings.data)


def _sealer(process: Process) -> Sealer:
    days = process.settings.keep_events_days
    return Sealer(process.pool, folder.use(process.settings.data), keep=timedelta(days=days) if days else None)


ROOM = Room(
    name="events",
    operations=(
        api,
        api.ingest,
        metric_properties_api,
        custom_metrics_api,
        mapped_metrics_api,
        aggregates_api,
        pipeline_api,
        retention_api,
    ),
    loops=(
        # Events come by the hundred a second, so nothing else wakes on them.
        LoopOf("pipeline", lambda process: Pipeline(process.pool, reactions.in_order()), wakes=(inbox.CHANNEL,)),
        LoopOf("lake", _sealer, wakes=(CLOCK,)),
        LoopOf("retention", lambda process: retention.Keeper(process.pool), wakes=(CLOCK, retention.CHANNEL)),
    ),
    jobs={"events": tasks.tasks},
    adds=(
        merge.MOVES.add(*events_merge.MOVES),
        ERASURES.add((privacy.erase,)),
        HELD.add(held.HELD),
        reactions.REACTIONS.add(ReactionOf("property-names", lambda: PropertyNames().react)),
        # a deletion is carried out by a loop, and leaves what follows in the inbox
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished("deletion_jobs", "status = 'queued'", "request_profile_deletion")
        ),
    ),
    settings=_lake,
    locks=(locks.PARTITIONS, locks.SEALING),
)
