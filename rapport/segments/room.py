"""Segments: who belongs where, kept as events come, as time passes and as definitions change."""

from rapport.events import mapped_metrics, prefer_wait
from rapport.events.lake.spark import Cluster
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.kit import locks
from rapport.kit.rooms import CLOCK, Include, LoopOf, Room
from rapport.kit.settings import Settings
from rapport.profiles import api as profiles_api
from rapport.profiles.held import HELD
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES
from rapport.segments import api, estimates_api, explain_api, progress_api, service
from rapport.segments.explaining import event_facts, people_facts
from rapport.segments.explaining.facts import TELLERS
from rapport.segments.membership import event_totals, held, merge, privacy
from rapport.segments.membership.build import SegmentBuilder
from rapport.segments.membership.inactivity import SegmentSleep
from rapport.segments.membership.live import Live
from rapport.segments.membership.timer import SegmentTimer
from rapport.segments.sql import spark
from rapport.segments.tables import segments
from rapport.tags.relations import TAGGABLE, Taggable


def _scans(settings: Settings) -> None:
    if settings.spark_url:
        spark.use(Cluster(settings.spark_url))


ROOM = Room(
    name="segments",
    operations=(api, estimates_api, explain_api, progress_api),
    includes=lambda: [Include(profiles_api.get_profile, "segments", api.load_segments)],
    loops=(
        LoopOf("segment-builder", lambda process: SegmentBuilder(process.pool), wakes=(service.CHANNEL, CLOCK)),
        LoopOf("segment-timer", lambda process: SegmentTimer(process.pool), wakes=(CLOCK,)),
        LoopOf("segment-sleep", lambda process: SegmentSleep(process.pool), wakes=(CLOCK,)),
    ),
    adds=(
        MOVES.add(*merge.MOVES),
        ERASURES.add(privacy.ERASES),
        HELD.add(held.HELD),
        TAGGABLE.add(Taggable(api.SEGMENT, segments, segments.c.public_id, shown=(api.get_segments, api.get_segment))),
        REACTIONS.add(
            ReactionOf("event-totals", lambda: event_totals.react),
            ReactionOf("segments", lambda: Live().react, after=("event-totals",)),
        ),
        TELLERS.add(event_facts.TELLERS, people_facts.TELLERS),
        mapped_metrics.FOLLOWERS.add(service.mapped_anew),
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished("segments", "built IS NULL AND is_active", "create_segment", "update_segment")
        ),
    ),
    settings=_scans,
    locks=(locks.SEGMENT_DEFINITIONS, locks.SEGMENT_BUILDS),
)
