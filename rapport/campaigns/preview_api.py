"""A campaign's message as one reader would see it, made by the same code that makes it for sending."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.accounts.api import account_of
from rapport.campaigns import sending
from rapport.campaigns.api import READ
from rapport.campaigns.reading import Tree, campaign_tree
from rapport.campaigns.store import CampaignMessage, Variation
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Parameter, Record, Resource, not_found, operation, permission_denied
from rapport.kit.ratelimit import M
from rapport.messages import compose, rendering_job
from rapport.messages.api import preview_urls
from rapport.messages.composed import Composed, Content, Message
from rapport.messages.email_body import email_body
from rapport.messages.rendering import render
from rapport.messages.types import Options
from rapport.previews import sources
from rapport.templates import service as templates
from rapport.templates.language import TemplateError

PEOPLE = "profiles:read"


class CampaignPreviewAttributes(msgspec.Struct):
    """`html` null: there is no content yet, or it could not be filled in, which `error` says."""

    subject: str
    preview_text: str
    sender: str
    html: str | None
    error: str | None


PREVIEW = Resource("campaign-preview", "/api/campaigns", CampaignPreviewAttributes, self_link=False)


@operation(
    "preview_campaign",
    "GET",
    "/api/campaigns/{id}/preview",
    scopes=READ,
    rate=M,
    answers=PREVIEW,
    parameters={
        "variation": Parameter(description="Id of a variation; by default the first."),
        "profile": Parameter(description="Id of the profile that it is shown for; by default a made-up reader."),
    },
)
async def preview_campaign(call: AnyCall) -> Record:
    """As it would be sent now: nothing is recorded, and its links lead nowhere."""
    account = account_of(call)
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
        variation = _chosen(loaded, call.query.get("variation"))
        person = await _person(call, conn, call.query.get("profile"))
        organization = await compose.shown_organization(conn, account)
        template = None
        if variation is not None and variation.template_id is not None:
            template = await templates.by_id(conn, account.account_id, variation.template_id)
    if variation is None or template is None:
        return Record(call.path["id"], CampaignPreviewAttributes("", "", "", None, None), resource=PREVIEW)
    message = next(one for one in loaded.messages if one.id == variation.message_id)
    email = sending.email_of(account, variation.content, template.mail_html or "", template.text, message.options)
    composed = _composed(call, message, email_body(account, email), person, organization)
    return Record(call.path["id"], await _attributes(account.account_id, composed), resource=PREVIEW)


async def _attributes(account_id: int, composed: Composed) -> CampaignPreviewAttributes:
    try:
        email = await render(account_id, composed, rendering_job.rendered)
    except TemplateError as problem:
        return CampaignPreviewAttributes("", "", "", None, str(problem))
    sender = f"{email.from_label} <{email.from_email}>" if email.from_label else email.from_email
    return CampaignPreviewAttributes(email.subject, email.preview_text, sender, email.html, None)


def _chosen(loaded: Tree, ulid: str | None) -> Variation | None:
    """The variation that is asked for. Raises ApiError for one that is not the campaign's."""
    if ulid is None:
        return loaded.variations[0] if loaded.variations else None
    for variation in loaded.variations:
        if variation.ulid == ulid:
            return variation
    raise not_found("campaign-variation", ulid)


async def _person(call: AnyCall, conn: db.Connection, ulid: str | None) -> Mapping[str, Any]:
    """Whom it is shown for. Raises ApiError or Refused for a profile that is not there or not to be seen."""
    if ulid is None:
        return sources.MADE_UP
    scopes = call.principal.scopes
    if isinstance(scopes, frozenset) and PEOPLE not in scopes:
        raise permission_denied("To see it as a profile, your role or key needs the scope profiles:read.")
    return await sources.person(conn, call.principal.account_id, ulid)


def _composed(
    call: AnyCall,
    message: CampaignMessage,
    body: Mapping[str, Any],
    person: Mapping[str, Any],
    organization: Mapping[str, Any],
) -> Composed:
    """A message that is in no outbox."""
    made_up = Message(
        id=0,
        ulid=message.ulid,
        channel=message.channel,
        profile_id=0,
        source="campaign",
        campaign_id=None,
        flow_id=None,
        message_id=message.ulid,
        variation_id=None,
        content_id=0,
        context={"person": person, "now": call.now.isoformat(), "organization": 0},
        options=Options(name=message.name),
        to_address=str(person["email"] or ""),
        sent=call.now,
        status="queued",
        subject=None,
    )
    return Composed(made_up, Content(body), Content(organization), preview_urls(call.base_url))
