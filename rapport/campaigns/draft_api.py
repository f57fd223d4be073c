"""Operations of the composer of the web app: a campaign's draft as one document, with one version."""

from collections.abc import Collection

from rapport.accounts.api import account_of
from rapport.campaigns import draft
from rapport.campaigns.api import READ, VERSIONS, WRITE
from rapport.campaigns.draft import CampaignDraftAttributes, CampaignDraftUpdate
from rapport.campaigns.reading import Tree, campaign_tree
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, hold_version, operation
from rapport.kit.ratelimit import L

DRAFT = Resource("campaign-draft", "/api/campaigns", CampaignDraftAttributes, self_link=False)
_NAMES = "SELECT id, name FROM templates WHERE account_id = %s AND id = ANY(%s)"


async def _record(call: AnyCall, conn: db.Connection, loaded: Tree) -> Record:
    names = await _template_names(conn, call.principal.account_id, loaded.templates)
    campaign = loaded.campaigns[0]
    return Record(campaign.ulid, draft.shown(account_of(call), loaded, names), version=campaign.version)


async def _template_names(conn: db.Connection, account_id: int, ids: Collection[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in await db.rows(conn, _NAMES, (account_id, list(ids)))}


@operation("get_campaign_draft", "GET", "/api/campaigns/{id}/draft", scopes=READ, rate=L, answers=DRAFT)
async def get_campaign_draft(call: AnyCall) -> Record:
    """What the composer edits, in one document."""
    async with call.transaction() as conn:
        return await _record(call, conn, await campaign_tree(call, conn, call.path["id"]))


@operation(
    "update_campaign_draft",
    "PATCH",
    "/api/campaigns/{id}/draft",
    scopes=WRITE,
    rate=L,
    answers=DRAFT,
    body=Body("campaign-draft", CampaignDraftUpdate, id="optional"),
    versions=VERSIONS,
)
async def update_campaign_draft(call: Call[CampaignDraftUpdate]) -> Record:
    """Change any part of it: all that was sent is written, or nothing."""
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"], lock=True)
        await hold_version(call, conn)
        await draft.change(conn, account_of(call), loaded, call.body)
        return await _record(call, conn, await campaign_tree(call, conn, call.path["id"]))
