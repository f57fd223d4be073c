"""Operations of campaigns for revisions before 2026-10-15, and those that kept their shape from then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import ColumnElement, select

from rapport.accounts.api import account_of
from rapport.campaigns import older, service, store
from rapport.campaigns.api import RANGE, READ, VERSIONS, WRITE, campaign_of, campaigns_of, clone, same_status
from rapport.campaigns.older import CAMPAIGN, MESSAGE, Audiences, CampaignCreate, CampaignUpdate, MessageAttributes
from rapport.campaigns.reading import Tree, campaign_tree, message_of, message_tree, tree, tree_by_id
from rapport.campaigns.service import AudienceDraft, MessageDraft, Refused
from rapport.campaigns.store import Campaign, CampaignMessage
from rapport.campaigns.tables import campaign_messages, campaigns
from rapport.campaigns.types import CloneName
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Row,
    ToOne,
    getting,
    hold_version,
    invalid,
    listing,
    operation,
    related_many,
    related_one,
)
from rapport.kit.ratelimit import M
from rapport.templates import service as templates
from rapport.templates.api import TEMPLATE, template_record

UNTIL = "2026-07-15"
_CHANNELS = {"email": "email", "sms": "sms", "mobile_push": "push"}


def _of_channel(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    wanted = select(campaign_messages.c.campaign_id).where(
        campaign_messages.c.account_id == call.principal.account_id,
        campaign_messages.c.channel == _CHANNELS.get(value, value),
    )
    return campaigns.c.id.in_(wanted)


async def _records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        loaded = await tree(conn, call.principal.account_id, [campaign_of(row) for row in rows])
    return [older.campaign_record(loaded, campaign, call.revision) for campaign in loaded.campaigns]


# The reference demands a channel filter; guides written for it list without one, so none is demanded here.
get_campaigns = listing(
    "get_campaigns",
    CAMPAIGN,
    scopes=READ,
    rate=M,
    select=campaigns_of,
    records=_records,
    key=campaigns.c.id,
    filters={
        "id": Field(campaigns.c.ulid, ("any", "equals")),
        "messages.channel": Field(None, ("equals",), translate=_of_channel),
        "name": Field(campaigns.c.name, ("contains",)),
        "status": Field(None, ("any", "equals"), translate=same_status),
        "archived": Field(campaigns.c.archived, ("equals",), bool),
        "created_at": Field(campaigns.c.created, RANGE, datetime),
        "scheduled_at": Field(campaigns.c.scheduled, RANGE, datetime),
        "updated_at": Field(campaigns.c.updated, RANGE, datetime),
    },
    sorts={
        "created_at": campaigns.c.created,
        "id": campaigns.c.ulid,
        "name": campaigns.c.name,
        "scheduled_at": campaigns.c.scheduled,
        "updated_at": campaigns.c.updated,
    },
    default_sort="-created_at",
    page=PageSize(100, 100),
    includes={"campaign-messages": None},
    until=UNTIL,
)


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
    return older.campaign_record(loaded, loaded.campaigns[0], call.revision)


get_campaign = getting(
    "get_campaign", CAMPAIGN, scopes=READ, rate=M, load=_load, includes={"campaign-messages": None}, until=UNTIL
)


@operation(
    "create_campaign",
    "POST",
    "/api/campaigns",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    status=201,
    body=Body("campaign", CampaignCreate),
    until=UNTIL,
)
async def create_campaign(call: Call[CampaignCreate]) -> Record:
    body = call.body
    if not body.campaign_messages.data:
        raise invalid("A campaign needs at least one message.", pointer="/data/attributes/campaign-messages/data")
    audience = AudienceDraft(
        "Audience 1",
        older.included_of(body.audiences, "included", []),
        older.included_of(body.audiences, "excluded", []),
    )
    common = {
        "throttling": older.throttling(body.send_options),
        "tracking": older.tracking(body.tracking_options, {}),
    }
    messages = [_draft(message.attributes, body.name, common) for message in body.campaign_messages.data]
    async with call.transaction() as conn:
        campaign = await service.create(
            conn,
            account_of(call),
            name=body.name,
            audiences=[audience],
            messages=messages,
            options={"send_strategy": older.strategy(body.send_strategy)},
        )
        loaded = await campaign_tree(call, conn, campaign.ulid)
    return older.campaign_record(loaded, loaded.campaigns[0], call.revision)


def _draft(sent: MessageAttributes, name: str, common: Mapping[str, Any]) -> MessageDraft:
    label, details = older.message_parts(sent)
    return MessageDraft(0, label or name, {**common, "label": label}, [older.variation_draft(details)])


@operation(
    "update_campaign",
    "PATCH",
    "/api/campaigns/{id}",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    until=UNTIL,
    body=Body("campaign", CampaignUpdate),
    versions=VERSIONS,
)
async def update_campaign(call: Call[CampaignUpdate]) -> Record:
    body, account_id = call.body, call.principal.account_id
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"], lock=True)
        campaign = loaded.campaigns[0]
        await hold_version(call, conn)
        service.require_draft(campaign)
        values = {"name": body.name or campaign.name, "options": _options(body, campaign), "updated": call.now}
        await store.edit_campaign(conn, account_id, campaign, values)
        for message in loaded.messages:
            options = {**message.options, **_message_options(body, message)}
            await store.change(conn, account_id, "campaign_messages", message.id, {"options": options})
        if isinstance(body.audiences, Audiences):
            await _change_audience(call, conn, loaded, body.audiences)
    return await _load(call)


def _options(body: CampaignUpdate, campaign: Campaign) -> dict[str, Any]:
    if body.send_strategy is UNSET:
        return campaign.options
    sent = body.send_strategy if isinstance(body.send_strategy, dict) else None
    return {**campaign.options, "send_strategy": older.strategy(sent)}


def _message_options(body: CampaignUpdate, message: CampaignMessage) -> dict[str, Any]:
    options: dict[str, Any] = {"tracking": older.tracking(body.tracking_options, message.options.get("tracking", {}))}
    if body.send_options is not UNSET:
        options["throttling"] = older.throttling(body.send_options)
    return options


async def _change_audience(call: AnyCall, conn: db.Connection, loaded: Tree, sent: Audiences) -> None:
    audience = loaded.audiences[0]
    included = older.included_of(sent, "included", audience.included)
    excluded = older.included_of(sent, "excluded", audience.excluded)
    await service.check_groups(conn, account_of(call), [*included, *excluded])
    values = {"included": included, "excluded": excluded, "updated": call.now}
    await store.change(conn, call.principal.account_id, "campaign_audiences", audience.id, values)


@operation(
    "clone_campaign",
    "POST",
    "/api/campaign-clone",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    status=201,
    body=Body("campaign", CloneName),
    until=UNTIL,
)
async def clone_campaign(call: Call[CloneName]) -> Record:
    async with call.transaction() as conn:
        campaign = await clone(call)
        loaded = await campaign_tree(call, conn, campaign.ulid)
    return older.campaign_record(loaded, loaded.campaigns[0], call.revision)


# ---- messages --------------------------------------------------------------------------------------------------------
async def _message_record(call: AnyCall, conn: db.Connection, ulid: str) -> Record:
    message = await message_of(call, conn, ulid)
    return older.message_record(await tree_by_id(call, conn, message.campaign_id), message, call.revision)


async def _load_message(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return await _message_record(call, conn, call.path["id"])


get_campaign_message = getting(
    "get_campaign_message",
    MESSAGE,
    scopes=READ,
    rate=M,
    load=_load_message,
    until=UNTIL,
    includes={"campaign": None, "template": None},
)


@operation(
    "update_campaign_message",
    "PATCH",
    "/api/campaign-messages/{id}",
    scopes=WRITE,
    rate=M,
    answers=MESSAGE,
    until=UNTIL,
    body=Body("campaign-message", MessageAttributes, relationships={"image": ToOne("image")}),
)
async def update_campaign_message(call: Call[MessageAttributes]) -> Record:
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"], lock=True)
        service.require_draft(loaded.campaigns[0])
        if call.body_relationships.get("image") and message.channel == "email":
            raise Refused("Image relationships are only supported for push and SMS messages", "image")
        label, details = older.message_parts(call.body)
        for variation in loaded.variations_of(message.id):
            await service.change_variation(conn, account_of(call), variation, name=None, details=details)
        options = {**message.options, **({"label": label} if label else {})}
        values = {"options": options, "name": label or message.name, "updated": call.now}
        await store.change(conn, call.principal.account_id, "campaign_messages", message.id, values)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
    return await _load_message(call)


@operation(
    "assign_template_to_campaign_message",
    "POST",
    "/api/campaign-message-assign-template",
    scopes=WRITE,
    rate=M,
    answers=MESSAGE,
    body=Body("campaign-message", dict, relationships={"template": ToOne("template")}),
)
async def assign_template_to_campaign_message(call: Call[dict[str, Any]]) -> Record:
    """The message gets its own copy; the answer has the same shape in every revision."""
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.body_id or "")
        loaded = await tree_by_id(call, conn, message.campaign_id, lock=True)
        service.require_draft(loaded.campaigns[0])
        template_id = call.body_relationships.get("template")
        if not template_id:
            raise invalid("The template's id is required.", pointer="/data/relationships/template/data/id")
        await service.assign_template(conn, account_of(call), message, template_id)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
        return await _message_record(call, conn, message.ulid)


async def _messages_of_campaign(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
    return [older.message_record(loaded, message, call.revision) for message in loaded.messages]


async def _campaign_of_message(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, message.campaign_id)
    return older.campaign_record(loaded, loaded.campaigns[0], call.revision)


async def _template_of_message(call: AnyCall) -> Record | None:
    """The copy that the message's first variation holds."""
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, message.campaign_id)
        copy = next((variation.template_id for variation in loaded.variations_of(message.id)), None)
        template = await templates.by_id(conn, call.principal.account_id, copy) if copy else None
    return template_record(template, call) if template else None


get_messages_for_campaign = related_many(
    "get_messages_for_campaign",
    "get_message_ids_for_campaign",
    CAMPAIGN,
    "campaign-messages",
    MESSAGE,
    scopes=READ,
    rate=M,
    load=_messages_of_campaign,
    until=UNTIL,
    includes={"campaign": None, "template": None},
)
get_campaign_for_campaign_message = related_one(
    "get_campaign_for_campaign_message",
    "get_campaign_id_for_campaign_message",
    MESSAGE,
    "campaign",
    CAMPAIGN,
    scopes=READ,
    rate=M,
    load=_campaign_of_message,
    until=UNTIL,
)
get_template_for_campaign_message = related_one(
    "get_template_for_campaign_message",
    "get_template_id_for_campaign_message",
    MESSAGE,
    "template",
    TEMPLATE,
    scopes=f"{READ} templates:read",
    rate=M,
    load=_template_of_message,
)
