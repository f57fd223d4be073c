"""Campaigns."""

from rapport.campaigns import (
    api,
    approval_api,
    draft_api,
    jobs_api,
    messages_api,
    older_api,
    overview_api,
    preview_api,
    readiness_api,
    recipients_api,
    service,
    uses,
)
from rapport.campaigns.records import CAMPAIGN
from rapport.campaigns.sending import CampaignSender
from rapport.campaigns.tables import campaigns
from rapport.events import prefer_wait
from rapport.kit.rooms import CLOCK, LoopOf, Room
from rapport.messages import receipts
from rapport.segments.membership import inactivity
from rapport.tags.relations import TAGGABLE, Taggable

ROOM = Room(
    name="campaigns",
    operations=(
        api,
        messages_api,
        jobs_api,
        older_api,
        overview_api,
        draft_api,
        readiness_api.operations,
        preview_api,
        recipients_api,
        approval_api,
    ),
    loops=(
        LoopOf(
            "campaigns",
            lambda process: CampaignSender(process.pool),
            wakes=(service.CHANNEL, receipts.CHANNEL, CLOCK),
        ),
    ),
    adds=(
        TAGGABLE.add(
            Taggable(CAMPAIGN, campaigns, campaigns.c.ulid, shown=(older_api.get_campaigns, older_api.get_campaign))
        ),
        inactivity.USES.add(uses.SEGMENTS),
        prefer_wait.SOURCES.add(
            prefer_wait.unfinished("campaigns", "status IN ('Queued without Recipients', 'Sending')", "send_campaign")
        ),
    ),
)
