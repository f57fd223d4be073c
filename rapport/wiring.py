"""What the composition roots put together: operations, reactions, merge moves and worker loops, room by room."""

from collections.abc import Sequence
from types import ModuleType
from typing import Protocol

from starlette.routing import BaseRoute

import rapport.accounts.api
import rapport.attribution.api
import rapport.campaigns.api
import rapport.campaigns.jobs_api
import rapport.campaigns.messages_api
import rapport.campaigns.older_api
import rapport.campaigns.overview_api
import rapport.events.api
import rapport.events.pipeline_api
import rapport.flows.api
import rapport.lists.api
import rapport.messages.api
import rapport.messages.subscriptions_api
import rapport.profiles.api
import rapport.reports.api
import rapport.reports.overview_api
import rapport.segments.api
import rapport.subscriptions.api
import rapport.templates.api
from rapport.attribution import react as attribution
from rapport.campaigns.sending import CampaignSender
from rapport.events import merge as events_merge
from rapport.events import tasks
from rapport.events.inbox import Inbox
from rapport.events.pipeline import Pipeline
from rapport.events.reactions import Reaction
from rapport.flows import entry
from rapport.flows import gate as flow_gate
from rapport.flows import merge as flows_merge
from rapport.flows.engine import FlowEngine
from rapport.flows.webhooks import WebhookCaller
from rapport.kit import db
from rapport.kit.jobs import Blueprint
from rapport.kit.jsonapi import Operation, operations_of
from rapport.kit.settings import Settings
from rapport.lists import service as lists
from rapport.messages import engagement, tracking
from rapport.messages import merge as messages_merge
from rapport.messages.deliver import Deliverer
from rapport.profiles import merge
from rapport.reports import totals as report_totals
from rapport.segments import merge as segments_merge
from rapport.segments import totals
from rapport.segments.build import SegmentBuilder
from rapport.segments.live import Live
from rapport.segments.timer import SegmentTimer

# A worker holds an advisory lock in this space for as long as it lives; /health counts them.
WORKER_LOCK = 7_270_010
# Workers' loops wake on these, whatever the room they belong to.
CHANNELS = ("rapport_inbox", "rapport_outbox", "rapport_campaigns", "rapport_flows", "rapport_webhooks")
_ROOMS: Sequence[ModuleType] = (
    rapport.accounts.api,
    rapport.profiles.api,
    rapport.subscriptions.api,
    rapport.lists.api,
    rapport.events.api,
    rapport.events.pipeline_api,
    rapport.segments.api,
    rapport.templates.api,
    rapport.messages.api,
    rapport.messages.subscriptions_api,
    rapport.campaigns.api,
    rapport.campaigns.messages_api,
    rapport.campaigns.jobs_api,
    rapport.campaigns.older_api,
    rapport.campaigns.overview_api,
    rapport.flows.api,
    rapport.attribution.api,
    rapport.reports.api,
    rapport.reports.overview_api,
)


class Loop(Protocol):
    """A worker's loop: does what is due and returns how much that was; 0 = nothing, wake me later.

    One that keeps work or connections open between runs also has `async def close(self) -> None`.
    """

    async def run_once(self) -> int: ...


def operations(inbox: Inbox, settings: Settings) -> list[Operation]:
    """Every operation of the API."""
    declared = [one for room in _ROOMS for one in operations_of(room)]
    return [*declared, *rapport.events.api.ingest(inbox), *rapport.messages.api.delivered(settings)]


def reactions() -> list[Reaction]:
    """In the order they run: totals, who belongs where, what was opened, who earned what, who starts what."""
    return [totals.react, Live().react, engagement.react, attribution.react, report_totals.react, entry.react]


def loops(pool: db.Pool, settings: Settings) -> dict[str, Loop]:
    """A worker's loops by name."""
    return {
        "pipeline": Pipeline(pool, reactions()),
        "segment-builder": SegmentBuilder(pool),
        "segment-timer": SegmentTimer(pool),
        "flows": FlowEngine(pool),
        "webhooks": WebhookCaller(pool),
        "campaigns": CampaignSender(pool),
        "deliverer": Deliverer(pool, settings, checks=[flow_gate.check]),
    }


def jobs(pool: db.Pool) -> dict[str, Blueprint]:
    """Scheduled and queued jobs, by room."""
    return {"events": tasks.tasks(pool)}


def pages(pool: db.Pool, settings: Settings, inbox: Inbox) -> list[BaseRoute]:
    """Web pages and links that are not the API: opens, clicks, unsubscribing."""
    return tracking.routes(pool, settings, inbox)


merge.moves(
    *events_merge.MOVES,
    *lists.MOVES,
    *segments_merge.MOVES,
    *messages_merge.MOVES,
    *flows_merge.MOVES,
    *attribution.MOVES,
)
