"""Operations of campaigns and audiences, from revision 2026-10-15 on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import ColumnElement, Select, func, select

from rapport.accounts.api import account_of
from rapport.campaigns import schedules, service, store
from rapport.campaigns.reading import audience_of, campaign_tree, tree, tree_by_id
from rapport.campaigns.records import AUDIENCE, CAMPAIGN, MESSAGE, NO_SMART_SENDING, SMART_SENDING
from rapport.campaigns.service import AudienceDraft, MessageDraft, Refused, VariationDraft
from rapport.campaigns.store import Campaign
from rapport.campaigns.tables import campaigns
from rapport.campaigns.types import (
    AudienceDefinition,
    AudienceWrite,
    CampaignCreate,
    CampaignDefinition,
    CampaignUpdate,
    CloneName,
    InlineMessage,
    InlineVariation,
)
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Row,
    ToMany,
    ToOne,
    Versions,
    deleting,
    getting,
    hold_version,
    invalid,
    listing,
    operation,
    related_many,
    related_one,
)
from rapport.kit.ratelimit import M
from rapport.tags import service as tags

SINCE = "2026-10-15"
READ, WRITE = "campaigns:read", "campaigns:write"
VERSIONS = Versions("campaign", "campaigns", "ulid")
RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
_THROTTLING = {
    None: SMART_SENDING,
    "NONE": NO_SMART_SENDING,
    "FOR_CAMPAIGNS": "throttle-for-campaigns",
    "FOR_FLOWS": "throttle-for-flows",
    "FOR_CAMPAIGNS_AND_FLOWS": SMART_SENDING,
}


def same_status(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    """Status in any case: guides write `draft` where answers say `Draft`."""
    wanted = [value] if isinstance(value, str) else list(value)
    return func.lower(campaigns.c.status).in_([status.lower() for status in wanted])


def campaigns_of(call: AnyCall) -> Select[Any]:
    return select(campaigns).where(campaigns.c.account_id == call.principal.account_id)


def campaign_of(row: Row) -> Campaign:
    return Campaign(**{name: row[name] for name in Campaign.__dataclass_fields__})


async def _records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        loaded = await tree(conn, call.principal.account_id, [campaign_of(row) for row in rows])
    records = [loaded.campaign_record(campaign) for campaign in loaded.campaigns]
    if "planned_at" in call.additional:
        zone = account_of(call).timezone
        for campaign, record in zip(loaded.campaigns, records, strict=True):
            record.attributes.planned_at = schedules.planned(campaign.options.get("send_strategy"), zone)
    return records


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
        "name": Field(campaigns.c.name, ("contains",)),
        "archived": Field(campaigns.c.archived, ("equals",), bool),
        "builder": Field(campaigns.c.options["builder"].astext, ("equals",)),
        "status": Field(None, ("any", "equals"), translate=same_status),
        "created_at": Field(campaigns.c.created, RANGE, datetime),
        "updated_at": Field(campaigns.c.updated, RANGE, datetime),
        "send_time": Field(campaigns.c.send_time, RANGE, datetime),
    },
    sorts={
        "created_at": campaigns.c.created,
        "id": campaigns.c.ulid,
        "name": campaigns.c.name,
        "updated_at": campaigns.c.updated,
    },
    default_sort="-created_at",
    page=PageSize(100, 100),
    since=SINCE,
    includes={"campaign-audiences": None, "campaign-messages": None},
)


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
    return loaded.campaign_record(loaded.campaigns[0])


get_campaign = getting(
    "get_campaign",
    CAMPAIGN,
    scopes=READ,
    rate=M,
    load=_load,
    since=SINCE,
    includes={"campaign-audiences": None, "campaign-messages": None},
)


@operation(
    "create_campaign",
    "POST",
    "/api/campaigns",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    status=201,
    since=SINCE,
    body=Body(
        "campaign",
        CampaignCreate,
        relationships={
            "campaign-audiences": ToMany("campaign-audience"),
            "campaign-messages": ToMany("campaign-message"),
            "tags": ToMany("tag"),
        },
    ),
)
async def create_campaign(call: Call[CampaignCreate]) -> Record:
    body = call.body
    name = body.definition.name
    if not name:
        raise invalid("'name' of the campaign is required.", pointer="/data/attributes/definition/name")
    places = {audience.temporary_id: place for place, audience in enumerate(body.audiences or [])}
    audiences = [
        AudienceDraft(audience.name or f"Audience {place + 1}", audience.included or [], audience.excluded or [])
        for place, audience in enumerate(body.audiences or [])
    ]
    messages = [_message_draft(message, places, place) for place, message in enumerate(body.messages or [])]
    async with call.transaction() as conn:
        campaign = await service.create(
            conn,
            account_of(call),
            name=name,
            options=_options(body.definition, {}),
            audiences=audiences,
            messages=messages,
            archived=body.definition.archived is True,
        )
        await _tag(call, conn, campaign.id)
        loaded = await campaign_tree(call, conn, campaign.ulid)
    return loaded.campaign_record(loaded.campaigns[0])


async def _tag(call: AnyCall, conn: db.Connection, campaign: int) -> None:
    """Hang on a new campaign the tags that the request names."""
    named = call.body_relationships.get("tags") or []
    await tags.put_on(conn, call.principal.account_id, "campaign", campaign, named)


def _message_draft(message: InlineMessage, places: dict[str, int], place: int) -> MessageDraft:
    if message.audience_temporary_id not in places:
        pointer = f"/data/attributes/messages/{place}/audience_temporary_id"
        raise invalid("'audience_temporary_id' must be the temporary_id of one of the audiences.", pointer=pointer)
    options = {"throttling": _THROTTLING[message.throttling_type], "tracking": {"add_utm": message.is_add_utm}}
    name = message.name or f"Message {place + 1}"
    return MessageDraft(places[message.audience_temporary_id], name, options, variation_drafts(message.variations))


def variation_drafts(variations: Sequence[InlineVariation] | None) -> list[VariationDraft]:
    """Variations of a request, named where they have no name."""
    return [
        VariationDraft(variation.definition.name or f"Variation {place + 1}", variation.definition.details or {})
        for place, variation in enumerate(variations or [])
    ]


def _options(definition: CampaignDefinition, current: dict[str, Any]) -> dict[str, Any]:
    sent = {name: getattr(definition, name) for name in ("builder", "color", "description", "send_settings")}
    options = {**current, **{name: value for name, value in sent.items() if value is not UNSET}}
    settings = msgspec.to_builtins(options.get("send_settings"))
    if (settings or {}).get("exit_condition_enabled"):
        raise Refused("Exit conditions of campaigns are not available yet.", "definition/send_settings")
    return {**options, "send_settings": settings}


@operation(
    "update_campaign",
    "PATCH",
    "/api/campaigns/{id}",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    since=SINCE,
    body=Body("campaign", CampaignUpdate),
    versions=VERSIONS,
)
async def update_campaign(call: Call[CampaignUpdate]) -> Record:
    definition = call.body.definition
    async with call.transaction() as conn:
        campaign = (await campaign_tree(call, conn, call.path["id"], lock=True)).campaigns[0]
        await hold_version(call, conn)
        values: dict[str, Any] = {"updated": call.now}
        if isinstance(definition.archived, bool):
            values["archived"] = definition.archived
        if definition != CampaignDefinition(archived=definition.archived):
            service.require_draft(campaign)
            values |= {"options": _options(definition, campaign.options), "name": definition.name or campaign.name}
        await store.edit_campaign(conn, call.principal.account_id, campaign, values)
        loaded = await campaign_tree(call, conn, call.path["id"])
    return loaded.campaign_record(loaded.campaigns[0])


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        campaign = await store.campaign(conn, call.principal.account_id, call.path["id"], lock=True)
        if campaign is None:
            return False
        await hold_version(call, conn)
        await service.delete(conn, account_of(call), campaign)
    return True


delete_campaign = deleting("delete_campaign", CAMPAIGN, scopes=WRITE, rate=M, delete=_delete, versions=VERSIONS)


async def clone(call: Call[CloneName]) -> Campaign:
    """A clone of the campaign that the body names; both revisions' operations answer it in their shapes."""
    async with call.transaction() as conn:
        original = (await campaign_tree(call, conn, call.body_id or "")).campaigns[0]
        return await service.clone(conn, account_of(call), original, call.body.name or call.body.new_name)


@operation(
    "clone_campaign",
    "POST",
    "/api/campaign-clone",
    scopes=WRITE,
    rate=M,
    answers=CAMPAIGN,
    status=201,
    body=Body("campaign", CloneName),
    since=SINCE,
)
async def clone_campaign(call: Call[CloneName]) -> Record:
    async with call.transaction() as conn:
        campaign = await clone(call)
        loaded = await campaign_tree(call, conn, campaign.ulid)
    return loaded.campaign_record(loaded.campaigns[0])


# ---- audiences -----------------------------------------------------------------------------------------------------
async def _load_audience(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        audience = await audience_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, audience.campaign_id)
    return loaded.audience_record(audience)


get_campaign_audience = getting(
    "get_campaign_audience",
    AUDIENCE,
    scopes=READ,
    rate=M,
    load=_load_audience,
    since=SINCE,
    includes={"campaign": None, "campaign-messages": None},
)


@operation(
    "create_campaign_audience",
    "POST",
    "/api/campaign-audiences",
    scopes=WRITE,
    rate=M,
    answers=AUDIENCE,
    status=201,
    since=SINCE,
    body=Body(
        "campaign-audience",
        AudienceWrite,
        relationships={"campaign": ToOne("campaign"), "campaign-messages": ToMany("campaign-message")},
    ),
)
async def create_campaign_audience(call: Call[AudienceWrite]) -> Record:
    sent = call.body.definition
    draft = AudienceDraft(sent.name or "Audience", sent.included or [], sent.excluded or [])
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_relationships.get("campaign") or "", lock=True)
        service.require_draft(loaded.campaigns[0])
        audience = await service.add_audience(conn, account_of(call), loaded.campaigns[0], draft)
        await store.edited(conn, call.principal.account_id, audience.campaign_id, call.now)
        loaded = await tree_by_id(call, conn, audience.campaign_id)
    return loaded.audience_record(audience)


@operation(
    "update_campaign_audience",
    "PATCH",
    "/api/campaign-audiences/{id}",
    scopes=WRITE,
    rate=M,
    answers=AUDIENCE,
    since=SINCE,
    body=Body("campaign-audience", AudienceWrite),
)
async def update_campaign_audience(call: Call[AudienceWrite]) -> Record:
    account = account_of(call)
    async with call.transaction() as conn:
        audience = await audience_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, audience.campaign_id, lock=True)
        service.require_draft(loaded.campaigns[0])
        values = _audience_changes(call.body.definition)
        await service.check_groups(conn, account, [*values.get("included", []), *values.get("excluded", [])])
        values["updated"] = call.now
        await store.change(conn, account.account_id, "campaign_audiences", audience.id, values)
        await store.edited(conn, call.principal.account_id, audience.campaign_id, call.now)
    return await _load_audience(call)


def _audience_changes(sent: AudienceDefinition) -> dict[str, Any]:
    values: dict[str, Any] = {"name": sent.name} if sent.name else {}
    for name in ("included", "excluded"):
        group_ids = getattr(sent, name)
        if group_ids is not UNSET:
            values[name] = group_ids or []
    return values


async def _delete_audience(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        audience = await audience_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, audience.campaign_id, lock=True)
        service.require_draft(loaded.campaigns[0])
        if any(message.audience_id == audience.id for message in loaded.messages):
            raise Refused("The audience still has messages. Delete them first.")
        await store.delete_one(conn, call.principal.account_id, "campaign_audiences", audience.id)
        await store.edited(conn, call.principal.account_id, audience.campaign_id, call.now)
    return True


delete_campaign_audience = deleting("delete_campaign_audience", AUDIENCE, scopes=WRITE, rate=M, delete=_delete_audience)


# ---- what belongs to what ------------------------------------------------------------------------------------------
async def _audiences_of_campaign(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
    return [loaded.audience_record(audience) for audience in loaded.audiences]


async def _campaign_of_audience(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        audience = await audience_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, audience.campaign_id)
    return loaded.campaign_record(loaded.campaigns[0])


async def _messages_of_audience(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        audience = await audience_of(call, conn, call.path["id"])
        loaded = await tree_by_id(call, conn, audience.campaign_id)
    return [loaded.message_record(message) for message in loaded.messages if message.audience_id == audience.id]


get_campaign_audiences_for_campaign = related_many(
    "get_campaign_audiences_for_campaign",
    "get_audience_ids_for_campaign",
    CAMPAIGN,
    "campaign-audiences",
    AUDIENCE,
    scopes=READ,
    rate=M,
    load=_audiences_of_campaign,
    since=SINCE,
)
get_campaign_for_campaign_audience = related_one(
    "get_campaign_for_campaign_audience",
    "get_campaign_id_for_campaign_audience",
    AUDIENCE,
    "campaign",
    CAMPAIGN,
    scopes=READ,
    rate=M,
    load=_campaign_of_audience,
    since=SINCE,
)
get_campaign_messages_for_campaign_audience = related_many(
    "get_campaign_messages_for_campaign_audience",
    "get_message_ids_for_campaign_audience",
    AUDIENCE,
    "campaign-messages",
    MESSAGE,
    scopes=READ,
    rate=M,
    load=_messages_of_audience,
    since=SINCE,
)
