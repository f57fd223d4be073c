"""Operations of approval, for people who are signed in, and the setting that asks for it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rapport.accounts import roles
from rapport.accounts import service as accounts
from rapport.accounts.api import account_of
from rapport.accounts.types import Principal
from rapport.accounts.users.api import person
from rapport.campaigns import approval
from rapport.campaigns.api import READ, VERSIONS, WRITE
from rapport.campaigns.approval import Actor, Approval
from rapport.campaigns.jobs_api import send_draft
from rapport.campaigns.reading import campaign_tree
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Record, Resource, ToOne, hold_version, operation
from rapport.kit.ratelimit import M, S

KIND = "campaign-approval"
_Words = Annotated[str, Meta(max_length=2000)]


class ApprovalAsk(msgspec.Struct, forbid_unknown_fields=True):
    """`words`: to whoever decides."""

    words: _Words = ""


class ApprovalDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`approve` sends it as planned; what would go at once waits `hold_seconds`, and can be reverted meanwhile.
    `decline` needs `words`."""

    decision: Literal["approve", "decline"]
    words: _Words = ""
    hold_seconds: Annotated[int, Meta(ge=0, le=300)] = 0


class CampaignSettingsAttributes(msgspec.Struct):
    """`needs_approval`: who may not send asks for it, and no key sends a campaign."""

    needs_approval: bool


class CampaignSettingsUpdate(msgspec.Struct, forbid_unknown_fields=True):
    needs_approval: bool


APPROVAL = Resource(KIND, "/api/campaign-approvals", Approval, self_link=False)
SETTINGS = Resource("campaign-settings", "/api/campaign-settings", CampaignSettingsAttributes, self_link=False)


def _who(call: AnyCall) -> Actor:
    """Whoever is signed in, as colleagues call them: without the address that tells them apart in the audit log."""
    principal = person(call)
    return Actor(principal.user_id, principal.actor.rpartition(" <")[0] or principal.actor)


@operation(
    "ask_campaign_approval",
    "POST",
    "/api/campaign-approvals",
    scopes=WRITE,
    permissions=roles.SELF,
    personal=True,
    rate=M,
    answers=APPROVAL,
    status=201,
    body=Body(KIND, ApprovalAsk, relationships={"campaign": ToOne("campaign")}),
)
async def ask_campaign_approval(call: Call[ApprovalAsk]) -> Record:
    """Whoever may send is told."""
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_relationships.get("campaign") or "", lock=True)
        campaign = loaded.campaigns[0]
        asked = await approval.ask(conn, account_of(call), campaign, _who(call), call.body.words)
    return Record(campaign.ulid, asked, resource=APPROVAL)


@operation(
    "decide_campaign_approval",
    "PATCH",
    "/api/campaign-approvals/{id}",
    scopes=WRITE,
    permissions=roles.SEND,
    personal=True,
    rate=M,
    answers=APPROVAL,
    body=Body(KIND, ApprovalDecision),
    versions=VERSIONS,
)
async def decide_campaign_approval(call: Call[ApprovalDecision]) -> Record:
    """With If-Match, of the campaign as it was looked at: what was changed since is not sent unseen."""
    body, who = call.body, _who(call)
    async with call.transaction() as conn:
        campaign = (await campaign_tree(call, conn, call.path["id"], lock=True)).campaigns[0]
        await hold_version(call, conn)
        if body.decision == "decline":
            decided = await approval.decline(conn, account_of(call), campaign, who, body.words)
        else:
            decided = await approval.approve(conn, account_of(call), campaign, who, body.words)
            await send_draft(call, conn, campaign.ulid, body.hold_seconds, must_be_ready=True)
    return Record(campaign.ulid, decided, resource=APPROVAL)


@operation(
    "withdraw_campaign_approval",
    "DELETE",
    "/api/campaign-approvals/{id}",
    scopes=WRITE,
    permissions=roles.SELF,
    personal=True,
    rate=M,
    status=204,
)
async def withdraw_campaign_approval(call: AnyCall) -> None:
    async with call.transaction() as conn:
        campaign = (await campaign_tree(call, conn, call.path["id"], lock=True)).campaigns[0]
        await approval.withdraw(conn, account_of(call), campaign)


@operation("get_campaign_settings", "GET", "/api/campaign-settings", scopes=READ, rate=S, answers=SETTINGS)
async def get_campaign_settings(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return await _settings(conn, call.principal.account_id)


async def _settings(conn: db.Connection, account_id: int) -> Record:
    account, version = await accounts.load_with_version(conn, account_id, approval.VERSIONS)
    attributes = CampaignSettingsAttributes(approval.is_needed(account))
    return Record(account.public_id, attributes, resource=SETTINGS, version=version)


@operation(
    "update_campaign_settings",
    "PATCH",
    "/api/campaign-settings",
    scopes="accounts:write",
    rate=S,
    answers=SETTINGS,
    body=Body("campaign-settings", CampaignSettingsUpdate, id="optional"),
    versions=approval.VERSIONS,
)
async def update_campaign_settings(call: Call[CampaignSettingsUpdate]) -> Record:
    principal = call.principal
    assert isinstance(principal, Principal)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await approval.change(conn, await accounts.load(conn, principal.account_id), needed=call.body.needs_approval)
        answer = await _settings(conn, principal.account_id)
    principal.forget()
    return answer
