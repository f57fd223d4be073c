"""Flows: what starts them, their steps, the calls they make."""

from rapport.events import prefer_wait
from rapport.events.reactions import REACTIONS, ReactionOf
from rapport.flows import (
    api,
    calls_api,
    conditions,
    draft_api,
    editing_api,
    entry,
    experiments_api,
    explained,
    held,
    library_api,
    merge,
    numbers_api,
    privacy,
    progress_api,
    rehearsal_api,
    runs,
    site,
    triggers,
    uses,
    versions_api,
    webhooks,
)
from rapport.flows import gate as flow_gate
from rapport.flows.calendar import FlowCalendar
from rapport.flows.calling import WebhookCaller
from rapport.flows.engine import FlowEngine
from rapport.flows.records import FLOW
from rapport.flows.rehearsal.jobs import Rehearser
from rapport.flows.tables import flows
from rapport.kit.jobs import CHANNEL
from rapport.kit.rooms import CLOCK, LoopOf, Room
from rapport.messages import gate
from rapport.profiles.held import HELD
from rapport.profiles.merge import MOVES
from rapport.profiles.privacy import ERASURES
from rapport.segments.conditions.definition import EXTENSIONS
from rapport.segments.explaining.facts import TELLERS
from rapport.segments.membership import inactivity
from rapport.tags.relations import TAGGABLE, Taggable

ROOM = Room(
    name="flows",
    operations=(
        api,
        editing_api,
        draft_api,
        versions_api,
        experiments_api,
        progress_api,
        numbers_api,
        rehearsal_api,
        library_api,
        triggers,
        calls_api,
    ),
    pages=site.routes,
    includes=triggers.includes,
    loops=(
        LoopOf("flows", lambda process: FlowEngine(process.pool), wakes=(entry.CHANNEL, CLOCK)),
        LoopOf("flow-calendar", lambda process: FlowCalendar(process.pool), wakes=(CLOCK,)),
        LoopOf("flow-rehearsals", lambda process: Rehearser(process.pool), wakes=(CHANNEL,)),
        LoopOf("webhooks", lambda process: WebhookCaller(process.pool), wakes=(webhooks.CHANNEL, CLOCK)),
    ),
    adds=(
        MOVES.add(*merge.MOVES),
        ERASURES.add((privacy.erase,)),
        HELD.add(held.HELD),
        TAGGABLE.add(Taggable(FLOW, flows, flows.c.public_id, shown=(api.get_flows, api.get_flow))),
        EXTENSIONS.add(conditions.EXTENSION),
        TELLERS.add(explained.TELLERS),
        inactivity.USES.add(uses.SEGMENTS),
        prefer_wait.SOURCES.add(runs.DUE),
        gate.CHECKS.add(flow_gate.check),
        REACTIONS.add(
            ReactionOf(
                "flows",
                lambda: entry.react,
                after=("segments", "engagement", "feedback", "attribution", "report-totals"),
            )
        ),
    ),
)
