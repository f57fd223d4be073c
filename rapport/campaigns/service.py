"""What can be done with a campaign: make it, change it, schedule it, call it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapport.accounts.types import Account
from rapport.campaigns import audience as audiences
from rapport.campaigns import store
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import db, refusals
from rapport.messages import outbox, senders
from rapport.templates import service as templates

# Listeners wake on this channel: a campaign may be due.
CHANNEL = "rapport_campaigns"
_NOTIFY = f"NOTIFY {CHANNEL}"

DRAFT, SCHEDULED, SENDING, SENT, CANCELLED = "Draft", "Scheduled", "Sending", "Sent", "Cancelled"
# Handed over for sending at once; its audience is resolved in a moment.
QUEUED = "Queued without Recipients"
NO_RECIPIENTS, MISCONFIGURED = "Cancelled: No Recipients", "Cancelled: Misconfigured"
# All that was handed over failed for one reason (`messages.stops`).
STOPPED = "Cancelled: Internal Error"
_WAITING = frozenset({SCHEDULED, QUEUED})

_EMAIL = {
    "channel": "email", "from_label": "", "from_email": "", "reply_to_email": "", "cc_email": "", "bcc_email": "",
    "subject": "", "preview_text": "",
}  # fmt: skip
_DEFAULTS: dict[str, dict[str, Any]] = {
    "email": _EMAIL,
    "sms": {"channel": "sms", "body": "", "shorten_links": True, "add_org_prefix": True, "add_info_link": True,
            "add_opt_out_language": False},
    "push": {"channel": "push", "title": "", "body": ""},
    "whatsapp": {"channel": "whatsapp"},
}  # fmt: skip


class Refused(refusals.Refused):
    """What was sent makes no sense (`field` names the attribute), or the campaign can't do that in its state."""

    def __init__(self, detail: str, field: str = "") -> None:
        if field:
            super().__init__(detail, pointer=f"/data/attributes/{field}")
        else:
            super().__init__(detail, status=409, code="invalid_state")


@dataclass(frozen=True)
class AudienceDraft:
    name: str
    included: Sequence[str]
    excluded: Sequence[str]


@dataclass(frozen=True)
class VariationDraft:
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class MessageDraft:
    """`audience`: its place among the campaign's."""

    audience: int
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    variations: Sequence[VariationDraft] = ()


async def create(
    conn: db.Connection,
    account: Account,
    *,
    name: str,
    options: Mapping[str, Any],
    audiences: Sequence[AudienceDraft],
    messages: Sequence[MessageDraft],
    archived: bool = False,
) -> Campaign:
    """A draft. Raises Refused for unknown lists, segments and templates."""
    now = account.now()
    campaign = await store.add_campaign(conn, account.account_id, now, name=name, options=options, archived=archived)
    places = [await add_audience(conn, account, campaign, draft) for draft in audiences]
    for message in messages:
        await add_message(conn, account, places[message.audience], message)
    return campaign


async def add_audience(conn: db.Connection, account: Account, campaign: Campaign, draft: AudienceDraft) -> Audience:
    await check_groups(conn, account, [*draft.included, *draft.excluded])
    return await store.add_audience(
        conn,
        account.account_id,
        campaign.id,
        account.now(),
        name=draft.name,
        included=draft.included,
        excluded=draft.excluded,
    )


async def check_groups(conn: db.Connection, account: Account, ids: Sequence[str]) -> None:
    """Raises Refused for an id that is no list and no segment."""
    known = await audiences.groups(conn, account.account_id, ids)
    for id in ids:
        if id not in known:
            raise Refused(f"There is no list or segment with id {id}.", "audiences")


async def add_message(
    conn: db.Connection, account: Account, audience: Audience, draft: MessageDraft
) -> CampaignMessage:
    """With its variations; an empty one is made where there is none."""
    drafts = draft.variations or [VariationDraft("Variation 1", {})]
    channels = {_channel(variation_draft.details) for variation_draft in drafts}
    if len(channels) > 1:
        raise Refused("All variations of a message must be of one channel.", "variations")
    message = await store.add_message(
        conn,
        account.account_id,
        audience,
        account.now(),
        name=draft.name,
        channel=channels.pop(),
        options=draft.options,
    )
    for variation_draft in drafts:
        await add_variation(conn, account, message, variation_draft)
    return message


def _channel(details: Mapping[str, Any]) -> str:
    channel = details.get("channel", "email")
    if channel not in _DEFAULTS:
        raise Refused(f"'{channel}' is not a channel. Use one of {', '.join(_DEFAULTS)}.", "definition/details/channel")
    return str(channel)


async def add_variation(
    conn: db.Connection, account: Account, message: CampaignMessage, draft: VariationDraft
) -> Variation:
    channel = _channel({"channel": message.channel, **draft.details})
    if channel != message.channel:
        raise Refused(f"The message is of channel {message.channel}.", "definition/details/channel")
    _check_sender(draft.details)
    content = {**_DEFAULTS[channel], **draft.details}
    copy = await _own_copy(conn, account, content.pop("template_id", None))
    return await store.add_variation(
        conn, account.account_id, message.id, account.now(), name=draft.name, content=content, template_id=copy
    )


async def change_variation(
    conn: db.Connection, account: Account, variation: Variation, *, name: str | None, details: Mapping[str, Any]
) -> None:
    """Merge `details` key by key. A new template_id is copied; the id of the copy it has already changes nothing."""
    _check_sender(details)
    content = {**variation.content, **details}
    values: dict[str, Any] = {"name": name or variation.name, "updated": account.now()}
    if "template_id" in content:
        values["template_id"] = await _template_of(conn, account, variation, content.pop("template_id"))
    await store.change(conn, account.account_id, "campaign_variations", variation.id, {**values, "content": content})


def _check_sender(details: Mapping[str, Any]) -> None:
    for name, wrong in senders.problems(details):
        raise Refused(wrong, f"definition/details/{name}")


async def _template_of(
    conn: db.Connection, account: Account, variation: Variation, public_id: str | None
) -> int | None:
    if variation.template_id is not None:
        current = await templates.by_id(conn, account.account_id, variation.template_id)
        if current is not None and current.public_id == public_id:
            return current.id
    return await _own_copy(conn, account, public_id)


async def _own_copy(conn: db.Connection, account: Account, public_id: str | None) -> int | None:
    """A template is copied when it is assigned: later edits of the original change nothing here (2.1)."""
    if public_id is None:
        return None
    copy = await templates.copy_of(conn, account.account_id, public_id, account.now())
    if copy is None:
        raise Refused(f"A template with id {public_id} does not exist.", "template_id")
    return copy.id


async def assign_template(conn: db.Connection, account: Account, message: CampaignMessage, public_id: str) -> None:
    """Give a copy of the template to every variation of the message. Raises Refused."""
    if message.channel != "email":
        raise Refused("Templates can be assigned to e-mail messages only.", "template")
    copy = await _own_copy(conn, account, public_id)
    for variation in await store.variations(conn, account.account_id, [message.id]):
        values = {"template_id": copy, "updated": account.now()}
        await store.change(conn, account.account_id, "campaign_variations", variation.id, values)


def require_draft(campaign: Campaign) -> None:
    """Raises Refused unless the campaign can still be changed (2.2)."""
    if campaign.status in _WAITING:
        raise Refused("The campaign is scheduled. Revert its send job first, then change it.")
    if campaign.status != DRAFT:
        raise Refused(f"The campaign can no longer be changed: its status is {campaign.status}.")


async def delete(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """Anything but a campaign under way. Raises Refused."""
    if campaign.status in _WAITING or campaign.status == SENDING:
        raise Refused("The campaign is scheduled or being sent. Cancel its send job first.")
    await store.delete_campaign(conn, account.account_id, campaign.id)


async def schedule(
    conn: db.Connection, account: Account, campaign: Campaign, times: Mapping[int, datetime | None]
) -> None:
    """Hand messages (by internal id) over for sending at their times, None = now. Raises Refused.

    The campaign must be locked by the caller. What is missing is said before anything is scheduled (2.9).
    """
    now = account.now()
    messages = [
        message for message in await store.messages(conn, account.account_id, [campaign.id]) if message.id in times
    ]
    await _check_ready(conn, account, messages)
    for message in messages:
        at = times[message.id] or now
        values = {"status": "scheduled", "send_time": at, "updated": now}
        await store.change(conn, account.account_id, "campaign_messages", message.id, values)
    first = min(times[message.id] or now for message in messages)
    status = SCHEDULED if first > now else QUEUED
    if campaign.status == SENDING:
        status = SENDING
    values = {"status": status, "scheduled": now, "send_time": first, "updated": now}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)
    await db.execute(conn, _NOTIFY)


async def _check_ready(conn: db.Connection, account: Account, messages: Sequence[CampaignMessage]) -> None:
    if not messages:
        raise Refused("The campaign has no message that could be sent.")
    for message in messages:
        if message.status != "draft":
            raise Refused(f"The message {message.ulid} is no draft: its status is {message.status}.")
        if message.channel != "email":
            raise Refused(f"Campaigns of channel {message.channel} cannot be sent yet.")
    audience_by_id = {audience.id: audience for audience in await _audiences_of(conn, account, messages)}
    for message in messages:
        if not audience_by_id[message.audience_id].included:
            raise Refused("The campaign has no audience. Include at least one list or segment.", "audiences/included")
    for variation in await store.variations(conn, account.account_id, [message.id for message in messages]):
        _check_content(variation)


async def _audiences_of(conn: db.Connection, account: Account, messages: Sequence[CampaignMessage]) -> list[Audience]:
    return await store.audiences(conn, account.account_id, sorted({message.campaign_id for message in messages}))


def _check_content(variation: Variation) -> None:
    if variation.template_id is None:
        raise Refused("The message has no template. Assign one first.", "template")
    if not variation.content.get("subject"):
        raise Refused("The message has no subject.", "content/subject")
    for name, wrong in senders.problems(variation.content):
        raise Refused(wrong, f"content/{name}")


async def cancel(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """Final: what has not gone out stays here (2.2). Raises Refused for a draft and for what is over."""
    if campaign.status not in _WAITING and campaign.status != SENDING:
        raise Refused(f"There is nothing to cancel: the campaign's status is {campaign.status}.")
    await _stop_messages(conn, account, campaign, "cancelled")
    await outbox.cancel(conn, account.account_id, campaign_id=campaign.id)
    values = {"status": CANCELLED, "updated": account.now()}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def revert(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """A draft again, with no send time. Raises Refused once sending has begun."""
    if campaign.status not in _WAITING:
        raise Refused(f"Only a scheduled campaign can be reverted: the campaign's status is {campaign.status}.")
    await _stop_messages(conn, account, campaign, "draft")
    values = {"status": DRAFT, "send_time": None, "scheduled": None, "updated": account.now()}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def _stop_messages(conn: db.Connection, account: Account, campaign: Campaign, status: str) -> None:
    for message in await store.messages(conn, account.account_id, [campaign.id]):
        if message.status in ("scheduled", "sending"):
            values: dict[str, Any] = {"status": status, "updated": account.now()}
            if status == "draft":
                values["send_time"] = None
            await store.change(conn, account.account_id, "campaign_messages", message.id, values)


async def clone(conn: db.Connection, account: Account, campaign: Campaign, name: str | None) -> Campaign:
    """A draft with the same audiences, messages and content; it shares nothing with the original."""
    now = account.now()
    copy = await store.add_campaign(
        conn, account.account_id, now, name=name or f"Clone of {campaign.name}", options=campaign.options
    )
    places: dict[int, Audience] = {}
    for audience in await store.audiences(conn, account.account_id, [campaign.id]):
        draft = AudienceDraft(audience.name, audience.included, audience.excluded)
        places[audience.id] = await add_audience(conn, account, copy, draft)
    for message in await store.messages(conn, account.account_id, [campaign.id]):
        await clone_message(conn, account, message, places[message.audience_id], message.name)
    return copy


async def clone_message(
    conn: db.Connection, account: Account, message: CampaignMessage, audience: Audience, name: str
) -> CampaignMessage:
    """A draft of the same content, for `audience`."""
    copies = [
        await _variation_draft(conn, account, variation)
        for variation in await store.variations(conn, account.account_id, [message.id])
    ]
    return await add_message(conn, account, audience, MessageDraft(0, name, message.options, copies))


async def _variation_draft(conn: db.Connection, account: Account, variation: Variation) -> VariationDraft:
    details = dict(variation.content)
    if variation.template_id is not None:
        template = await templates.by_id(conn, account.account_id, variation.template_id)
        details["template_id"] = template.public_id if template else None
    return VariationDraft(variation.name, details)
