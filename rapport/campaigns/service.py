"""What can be done with a campaign: make it, change it, schedule it, call it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rapport.accounts.types import Account
from rapport.campaigns import ab_tests, store
from rapport.campaigns import audience as audiences
from rapport.campaigns.plan import Plan
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import db, refusals
from rapport.messages import outbox, pauses, senders
from rapport.templates import service as templates

# Listeners wake on this channel: a campaign may be due.
CHANNEL = "rapport_campaigns"
_NOTIFY = f"NOTIFY {CHANNEL}"

DRAFT, SCHEDULED, SENDING, SENT, CANCELLED = "Draft", "Scheduled", "Sending", "Sent", "Cancelled"
# The variations of a test went out; who waits gets the one that wins.
VARIATIONS_SENT = "Variations Sent"
# Handed over for sending at once; its audience is resolved in a moment.
QUEUED = "Queued without Recipients"
NO_RECIPIENTS, MISCONFIGURED = "Cancelled: No Recipients", "Cancelled: Misconfigured"
# All that was handed over failed for one reason (`messages.stops`).
STOPPED = "Cancelled: Internal Error"
ALL_SMART_SENT = "Cancelled: Smart Sending"
_WAITING = frozenset({SCHEDULED, QUEUED})
_UNDER_WAY = frozenset({SENDING, VARIATIONS_SENT})
# Where the approval of a draft is kept among its campaign's options (`campaigns.approval`).
APPROVAL = "approval"
# What the sending of a message leaves in its options, which a copy of it does not take over.
_OF_SENDING = ("schedule", "smart", "winner")

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
    if campaign.status in _WAITING | _UNDER_WAY:
        raise Refused("The campaign is scheduled or being sent. Cancel its send job first.")
    await store.delete_campaign(conn, account.account_id, campaign.id)


async def schedule(conn: db.Connection, account: Account, campaign: Campaign, plans: Mapping[int, Plan]) -> None:
    """Hand messages (by internal id) over for sending as planned. Raises Refused.

    The campaign must be locked by the caller. What is missing is said before anything is scheduled (2.9).
    """
    now = account.now()
    messages = [
        message for message in await store.messages(conn, account.account_id, [campaign.id]) if message.id in plans
    ]
    await _check_ready(conn, account, messages)
    for message in messages:
        plan = plans[message.id]
        await _check_test(conn, account, message, plan)
        options = {**_without_sending(message.options), "schedule": msgspec.to_builtins(plan)}
        values = {"status": "scheduled", "send_time": plan.begins(now), "options": options, "updated": now}
        await store.change(conn, account.account_id, "campaign_messages", message.id, values)
    begins = min(plans[message.id].begins(now) for message in messages)
    status = SCHEDULED if begins > now else QUEUED
    if campaign.status in _UNDER_WAY:
        status = campaign.status
    first = min(plans[message.id].send_time or plans[message.id].begins(now) for message in messages)
    values = {"status": status, "scheduled": now, "send_time": max(first, now), "updated": now}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)
    await db.execute(conn, _NOTIFY)


def _without_sending(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in _OF_SENDING}


def _without_approval(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != APPROVAL}


async def _check_test(conn: db.Connection, account: Account, message: CampaignMessage, plan: Plan) -> None:
    """A winner is chosen at one moment, so that whoever waits for it can't have a time of their own (2.4)."""
    variations = await store.variations(conn, account.account_id, [message.id])
    if ab_tests.of(message.options) is None or len(variations) < 2:
        return
    if plan.strategy == "throttled":
        raise Refused("An A/B test can't be sent gradually. Use another strategy or end the test.", "send_strategy")
    if plan.strategy not in ("immediate", "static") and ab_tests.held_percent(message, variations):
        raise Refused(
            "With this strategy everybody must take part in the A/B test: set winner_percentage to 0.", "send_strategy"
        )


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
    if campaign.status not in _WAITING | _UNDER_WAY:
        raise Refused(f"There is nothing to cancel: the campaign's status is {campaign.status}.")
    await pauses.go_on(conn, account, await _message_ids(conn, account, campaign))
    await _stop_messages(conn, account, campaign, "cancelled")
    await outbox.cancel(conn, account.account_id, campaign_id=campaign.id)
    values = {"status": CANCELLED, "updated": account.now()}
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def revert(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """A draft again, with no send time. Raises Refused once sending has begun."""
    if campaign.status not in _WAITING:
        raise Refused(f"Only a scheduled campaign can be reverted: the campaign's status is {campaign.status}.")
    await _stop_messages(conn, account, campaign, "draft")
    values: dict[str, Any] = {"status": DRAFT, "send_time": None, "scheduled": None, "updated": account.now()}
    # a draft may be written on, so whoever approved it approved another
    values["options"] = _without_approval(campaign.options)
    await store.change(conn, account.account_id, "campaigns", campaign.id, values)


async def pause(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """Hand nothing more over until it goes on. A scheduled campaign becomes a draft again (2.2). Raises Refused."""
    if campaign.status in _WAITING:
        await revert(conn, account, campaign)
        return
    if campaign.status not in _UNDER_WAY:
        raise Refused(f"There is nothing to pause: the campaign's status is {campaign.status}.")
    await pauses.pause(conn, account, await _message_ids(conn, account, campaign))


async def resume(conn: db.Connection, account: Account, campaign: Campaign) -> None:
    """Go on after a pause. Raises Refused where there is none."""
    messages = await _message_ids(conn, account, campaign)
    if campaign.status not in _UNDER_WAY or not await pauses.paused(conn, account.account_id, messages):
        raise Refused(f"The campaign is not paused: its status is {campaign.status}.")
    await pauses.go_on(conn, account, messages)
    await db.execute(conn, _NOTIFY)


async def choose_winner(conn: db.Connection, account: Account, message: CampaignMessage, variation: str) -> None:
    """Send the variation (public id) to all who wait for the winner, now. Raises Refused."""
    if message.status not in ("scheduled", "sending") or not message.held:
        raise Refused("Nobody waits for a winner of this message.")
    if "variation" in (message.options.get("winner") or {}):
        raise Refused("The winner was chosen already.")
    variations = await store.variations(conn, account.account_id, [message.id])
    if variation not in {known.ulid for known in variations}:
        raise Refused(f"The message has no variation with id {variation}.", "variation")
    chosen = {**(message.options.get("winner") or {}), "variation": variation, "by": "hand"}
    values = {"options": {**message.options, "winner": chosen}, "send_time": account.now(), "updated": account.now()}
    await store.change(conn, account.account_id, "campaign_messages", message.id, values)
    await db.execute(conn, _NOTIFY)


async def _message_ids(conn: db.Connection, account: Account, campaign: Campaign) -> list[str]:
    return [message.ulid for message in await store.messages(conn, account.account_id, [campaign.id])]


async def _stop_messages(conn: db.Connection, account: Account, campaign: Campaign, status: str) -> None:
    for message in await store.messages(conn, account.account_id, [campaign.id]):
        if message.status in ("scheduled", "sending"):
            values: dict[str, Any] = {"status": status, "updated": account.now()}
            if status == "draft":
                values |= {"send_time": None, "options": _without_sending(message.options)}
            await store.change(conn, account.account_id, "campaign_messages", message.id, values)


async def clone(conn: db.Connection, account: Account, campaign: Campaign, name: str | None) -> Campaign:
    """A draft with the same audiences, messages and content; it shares nothing with the original."""
    now = account.now()
    copy = await store.add_campaign(
        conn,
        account.account_id,
        now,
        name=name or f"Clone of {campaign.name}",
        options=_without_approval(campaign.options),
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
    return await add_message(conn, account, audience, MessageDraft(0, name, _without_sending(message.options), copies))


async def _variation_draft(conn: db.Connection, account: Account, variation: Variation) -> VariationDraft:
    details = dict(variation.content)
    if variation.template_id is not None:
        template = await templates.by_id(conn, account.account_id, variation.template_id)
        details["template_id"] = template.public_id if template else None
    return VariationDraft(variation.name, details)
