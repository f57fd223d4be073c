"""What the composition roots put together: operations, reactions, merge moves and worker loops, room by room."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from types import ModuleType
from typing import Protocol

from starlette.routing import BaseRoute

import rapport.accounts.api
import rapport.attribution.api
import rapport.bulk.api
import rapport.campaigns.api
import rapport.campaigns.jobs_api
import rapport.campaigns.messages_api
import rapport.campaigns.older_api
import rapport.campaigns.overview_api
import rapport.campaigns.records
import rapport.events.aggregates.api
import rapport.events.api
import rapport.events.custom_metrics_api
import rapport.events.mapped_metrics_api
import rapport.events.metric_properties_api
import rapport.events.pipeline_api
import rapport.flows.api
import rapport.flows.calls_api
import rapport.flows.records
import rapport.flows.triggers
import rapport.lists.api
import rapport.messages.api
import rapport.messages.subscriptions_api
import rapport.onsite.api
import rapport.onsite.subscribing
import rapport.profiles.api
import rapport.profiles.conversations_api
import rapport.profiles.privacy_api
import rapport.profiles.push_api
import rapport.reports.api
import rapport.reports.overview_api
import rapport.reports.segments_api
import rapport.segments.api
import rapport.segments.estimates_api
import rapport.segments.explain_api
import rapport.segments.progress_api
import rapport.subscriptions.api
import rapport.subscriptions.settings_api
import rapport.tags.api
import rapport.templates.api
from rapport.accounts import sign_in
from rapport.accounts import tasks as accounts_tasks
from rapport.accounts.oauth import site as oauth
from rapport.accounts.oauth import tasks as oauth_tasks
from rapport.attribution import dimensions as attributed
from rapport.attribution import react as attribution
from rapport.bulk import privacy as bulk_privacy
from rapport.bulk import service as bulk
from rapport.bulk import tasks as bulk_tasks
from rapport.bulk.importer import Importer
from rapport.campaigns import uses as campaign_uses
from rapport.campaigns.sending import CampaignSender
from rapport.campaigns.tables import campaigns as campaigns_table
from rapport.events import mapped_metrics, tasks
from rapport.events import merge as events_merge
from rapport.events import privacy as events_privacy
from rapport.events.aggregates import dimensions
from rapport.events.inbox import Inbox
from rapport.events.lake import folder as lake_folder
from rapport.events.lake.sealer import Sealer
from rapport.events.lake.spark import Cluster
from rapport.events.metric_properties import PropertyNames
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Reaction
from rapport.events.settled import unfinished
from rapport.flows import conditions as flow_conditions
from rapport.flows import entry
from rapport.flows import explained as flow_explained
from rapport.flows import gate as flow_gate
from rapport.flows import merge as flows_merge
from rapport.flows import privacy as flows_privacy
from rapport.flows import uses as flow_uses
from rapport.flows.calling import WebhookCaller
from rapport.flows.engine import FlowEngine
from rapport.flows.tables import flows as flows_table
from rapport.kit import db, geoip, outgoing
from rapport.kit.jobs import Blueprint
from rapport.kit.jsonapi import Operation, operations_of
from rapport.kit.settings import Settings
from rapport.lists import privacy as lists_privacy
from rapport.lists import service as lists
from rapport.lists.tables import lists as lists_table
from rapport.messages import engagement, feedback, tracking
from rapport.messages import merge as messages_merge
from rapport.messages import privacy as messages_privacy
from rapport.messages.deliver import Deliverer
from rapport.onsite import script
from rapport.profiles import exchange, merge, privacy
from rapport.reports import totals as report_totals
from rapport.segments import explain_facts, inactivity, totals
from rapport.segments import merge as segments_merge
from rapport.segments import privacy as segments_privacy
from rapport.segments import service as segments
from rapport.segments.build import SegmentBuilder
from rapport.segments.conditions import definition as segment_definitions
from rapport.segments.conditions import spark
from rapport.segments.live import Live
from rapport.segments.tables import segments as segments_table
from rapport.segments.timer import SegmentTimer
from rapport.subscriptions.jobs import Suppressor
from rapport.tags import relations as tag_relations
from rapport.tags.relations import Taggable

# Workers' loops wake on these, whatever the room they belong to.
CHANNELS = (
    "rapport_inbox",
    "rapport_outbox",
    "rapport_campaigns",
    "rapport_flows",
    "rapport_webhooks",
    "rapport_jobs",
    "rapport_segments",
    "rapport_clock",
)
# A loop that is not named here wakes on all. Events come by the hundred a second, so only the pipeline wakes on them; a
# test account's clock that is moved wakes whatever waits for a time.
WAKES = {
    "pipeline": ("rapport_inbox",),
    "imports": ("rapport_jobs",),
    "deletions": ("rapport_jobs",),
    "suppressions": ("rapport_jobs",),
    "segment-builder": ("rapport_segments", "rapport_clock"),
    "segment-timer": ("rapport_clock",),
    "segment-sleep": ("rapport_clock",),
    "flows": ("rapport_flows", "rapport_clock"),
    "webhooks": ("rapport_webhooks", "rapport_clock"),
    "campaigns": ("rapport_campaigns", "rapport_clock"),
    "deliverer": ("rapport_outbox", "rapport_clock"),
}
# Work beside the inbox that a call leaves behind, for clients that prefer to wait for it.
SOURCES = (
    unfinished("import_jobs", "status IN ('queued', 'processing')", "bulk_import_profiles"),
    unfinished(
        "suppression_jobs", "status IN ('queued', 'processing')", "bulk_suppress_profiles", "bulk_unsuppress_profiles"
    ),
    unfinished("deletion_jobs", "status = 'queued'", "request_profile_deletion"),
    unfinished("segments", "built IS NULL AND is_active", "create_segment", "update_segment"),
    unfinished("campaigns", "status IN ('Queued without Recipients', 'Sending')", "send_campaign"),
)
_ROOMS: Sequence[ModuleType] = (
    rapport.accounts.api,
    rapport.profiles.api,
    rapport.profiles.privacy_api,
    rapport.profiles.push_api,
    rapport.profiles.conversations_api,
    rapport.subscriptions.api,
    rapport.subscriptions.settings_api,
    rapport.tags.api,
    rapport.lists.api,
    rapport.bulk.api,
    rapport.events.api,
    rapport.events.metric_properties_api,
    rapport.events.custom_metrics_api,
    rapport.events.mapped_metrics_api,
    rapport.events.aggregates.api,
    rapport.events.pipeline_api,
    rapport.segments.api,
    rapport.segments.estimates_api,
    rapport.segments.explain_api,
    rapport.segments.progress_api,
    rapport.templates.api,
    rapport.messages.api,
    rapport.messages.subscriptions_api,
    rapport.campaigns.api,
    rapport.campaigns.messages_api,
    rapport.campaigns.jobs_api,
    rapport.campaigns.older_api,
    rapport.campaigns.overview_api,
    rapport.flows.api,
    rapport.flows.triggers,
    rapport.flows.calls_api,
    rapport.attribution.api,
    rapport.reports.api,
    rapport.reports.overview_api,
    rapport.reports.segments_api,
)

# What tags hang on, and the operations that can include them.
_TAGGABLE = (
    Taggable(rapport.lists.api.LIST, lists_table, lists_table.c.public_id),
    Taggable(rapport.segments.api.SEGMENT, segments_table, segments_table.c.public_id),
    Taggable(rapport.campaigns.records.CAMPAIGN, campaigns_table, campaigns_table.c.ulid),
    Taggable(rapport.flows.records.FLOW, flows_table, flows_table.c.public_id),
)
_INCLUDING_TAGS = (
    (rapport.lists.api.get_lists, rapport.lists.api.get_list),
    (rapport.segments.api.get_segments, rapport.segments.api.get_segment),
    (rapport.campaigns.older_api.get_campaigns, rapport.campaigns.older_api.get_campaign),
    (rapport.flows.api.get_flows, rapport.flows.api.get_flow),
)
for _kind, _shown in zip(_TAGGABLE, _INCLUDING_TAGS, strict=True):
    tag_relations.include(_kind, *_shown)


class Loop(Protocol):
    """A worker's loop: does what is due and returns how much that was; 0 = nothing, wake me later.

    One that keeps work or connections open between runs also has `async def close(self) -> None`.
    """

    async def run_once(self) -> int: ...


def use_lake(settings: Settings) -> None:
    """Tell where the event lake lies, and who scans it for segments where it is not DuckDB."""
    lake_folder.use(settings.data)
    if settings.spark_url:
        spark.use(Cluster(settings.spark_url))


def operations(inbox: Inbox, settings: Settings) -> list[Operation]:
    """Every operation of the API."""
    exchange.use(settings.secret)
    geoip.use(settings.geoip)
    outgoing.use(settings.outgoing_allow)
    use_lake(settings)
    declared = [one for room in _ROOMS for one in operations_of(room)]
    declared += [one for kind in _TAGGABLE for one in tag_relations.operations(kind)]
    return [*declared, *rapport.events.api.ingest(inbox), *rapport.messages.api.delivered(settings)]


def client_operations(inbox: Inbox) -> list[Operation]:
    """Every operation of the client API, which browsers and apps call with the public key alone."""
    rooms = (rapport.onsite.api, rapport.onsite.subscribing)
    return [*(one for room in rooms for one in operations_of(room)), *rapport.onsite.api.ingest(inbox)]


def reactions() -> list[Reaction]:
    """In the order they run: names, totals, who belongs where, what was opened, who earned what, who starts what."""
    return [
        PropertyNames().react,
        totals.react,
        Live().react,
        engagement.react,
        feedback.react,
        attribution.react,
        report_totals.react,
        entry.react,
    ]


def loops(pool: db.Pool, settings: Settings) -> dict[str, Loop]:
    """A worker's loops by name."""
    exchange.use(settings.secret)
    geoip.use(settings.geoip)
    outgoing.use(settings.outgoing_allow)
    use_lake(settings)
    return {
        "pipeline": Pipeline(pool, reactions()),
        "imports": Importer(pool),
        "deletions": privacy.Eraser(pool),
        "suppressions": Suppressor(pool),
        "lake": _sealer(pool, settings),
        "segment-builder": SegmentBuilder(pool),
        "segment-timer": SegmentTimer(pool),
        "segment-sleep": inactivity.SegmentSleep(pool),
        "flows": FlowEngine(pool),
        "webhooks": WebhookCaller(pool),
        "campaigns": CampaignSender(pool),
        "deliverer": Deliverer(pool, settings, checks=[flow_gate.check]),
    }


def _sealer(pool: db.Pool, settings: Settings) -> Sealer:
    keep = timedelta(days=settings.keep_events_days) if settings.keep_events_days else None
    return Sealer(pool, lake_folder.use(settings.data), keep=keep)


def jobs(pool: db.Pool) -> dict[str, Blueprint]:
    """Scheduled and queued jobs, by room."""
    return {
        "accounts": accounts_tasks.tasks(pool),
        "bulk": bulk_tasks.tasks(pool),
        "events": tasks.tasks(pool),
        "oauth": oauth_tasks.tasks(pool),
    }


def pages(pool: db.Pool, settings: Settings, inbox: Inbox, forget: Callable[[], None]) -> list[BaseRoute]:
    """Web pages and links that are not the API: opens, clicks, unsubscribing, the script for shops' pages, OAuth,
    signing in.

    `forget`: makes this process ask anew who its callers are.
    """
    return [
        *tracking.routes(pool, settings, inbox),
        *script.routes(pool, settings),
        *oauth.routes(pool, settings, forget),
        *sign_in.routes(pool, settings, forget),
    ]


merge.moves(
    *events_merge.MOVES,
    *lists.MOVES,
    *bulk.MOVES,
    *segments_merge.MOVES,
    *messages_merge.MOVES,
    *flows_merge.MOVES,
    *attribution.MOVES,
)

segment_definitions.extend(flow_conditions.EXTENSION)
mapped_metrics.followed_by(segments.mapped_anew)
dimensions.source(attributed.SOURCE)
inactivity.uses(campaign_uses.SEGMENTS, flow_uses.SEGMENTS)
explain_facts.tells(flow_explained.TELLERS)
# From the top down: what a message was made of is still known when its events are read through.
privacy.erases(
    bulk_privacy.erase,
    flows_privacy.erase,
    messages_privacy.erase,
    *segments_privacy.ERASES,
    *lists_privacy.ERASES,
    events_privacy.erase,
)
