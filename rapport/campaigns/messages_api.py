"""Operations of campaign messages and variations, from revision 2026-10-15 on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Select, select

from rapport.accounts.api import account_of
from rapport.campaigns import service, store
from rapport.campaigns.api import RANGE, READ, SINCE, WRITE, variation_drafts
from rapport.campaigns.reading import (
    audience_of,
    campaign_tree,
    message_of,
    message_tree,
    tree,
    tree_by_id,
    variation_of,
)
from rapport.campaigns.records import AUDIENCE, CAMPAIGN, MESSAGE, SMART_SENDING, VARIATION
from rapport.campaigns.service import MessageDraft, Refused, VariationDraft
from rapport.campaigns.store import CampaignMessage
from rapport.campaigns.tables import campaign_messages, campaigns
from rapport.campaigns.types import (
    CloneMessage,
    MessageCreate,
    MessageDefinition,
    MessageUpdate,
    SendOptions,
    TrackingOptions,
    VariationWrite,
)
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Record,
    Row,
    ToOne,
    deleting,
    getting,
    listing,
    not_found,
    operation,
    related_many,
    related_one,
)
from rapport.kit.ratelimit import M

_TRACKING = {"is_add_utm": "add_utm", "is_tracking_clicks": "clicks", "is_tracking_opens": "opens"}
_INCLUDES: dict[str, None] = {"campaign": None, "campaign-audience": None, "campaign-variations": None}


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"])
    return loaded.message_record(message)


get_campaign_message = getting(
    "get_campaign_message", MESSAGE, scopes=READ, rate=M, load=_load, since=SINCE, includes=_INCLUDES
)


def _all(call: AnyCall) -> Select[Any]:
    joined = campaign_messages.join(
        campaigns,
        (campaigns.c.account_id == campaign_messages.c.account_id)
        & (campaigns.c.id == campaign_messages.c.campaign_id),
    )
    mine = campaign_messages.c.account_id == call.principal.account_id
    return select(campaign_messages).select_from(joined).where(mine)


async def _records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    messages = [CampaignMessage(**{name: row[name] for name in CampaignMessage.__dataclass_fields__}) for row in rows]
    async with call.transaction() as conn:
        owners = await store.campaigns(
            conn, call.principal.account_id, sorted({message.campaign_id for message in messages})
        )
        loaded = await tree(conn, call.principal.account_id, owners)
    return [loaded.message_record(message) for message in messages]


get_campaign_messages = listing(
    "get_campaign_messages",
    MESSAGE,
    scopes=READ,
    rate=M,
    select=_all,
    records=_records,
    key=campaign_messages.c.id,
    filters={
        "id": Field(campaign_messages.c.ulid, ("any", "equals")),
        "campaign_id": Field(campaigns.c.ulid, ("equals",)),
        "name": Field(campaign_messages.c.name, ("contains",)),
        "status": Field(campaign_messages.c.status, ("equals",)),
        "created": Field(campaign_messages.c.created, RANGE, datetime),
        "updated": Field(campaign_messages.c.updated, RANGE, datetime),
    },
    sorts={
        "created": campaign_messages.c.created,
        "id": campaign_messages.c.ulid,
        "name": campaign_messages.c.name,
        "updated": campaign_messages.c.updated,
    },
    default_sort="-created",
    page=PageSize(20, 100),
    since=SINCE,
    includes={"campaign": None, "campaign-audience": None, "campaign-variations": None},
)


@operation(
    "create_campaign_message",
    "POST",
    "/api/campaign-messages",
    scopes=WRITE,
    rate=M,
    answers=MESSAGE,
    status=201,
    since=SINCE,
    body=Body(
        "campaign-message",
        MessageCreate,
        relationships={"campaign": ToOne("campaign"), "campaign-audience": ToOne("campaign-audience")},
    ),
)
async def create_campaign_message(call: Call[MessageCreate]) -> Record:
    sent = call.body.definition
    draft = MessageDraft(0, sent.name or "Message", _options(sent, {}), variation_drafts(call.body.variations))
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.body_relationships.get("campaign") or "", lock=True)
        service.require_draft(loaded.campaigns[0])
        audience = await audience_of(call, conn, call.body_relationships.get("campaign-audience") or "")
        if audience.campaign_id != loaded.campaigns[0].id:
            raise Refused("The audience belongs to another campaign.", "audience")
        message = await service.add_message(conn, account_of(call), audience, draft)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
        loaded = await tree_by_id(call, conn, message.campaign_id)
    return loaded.message_record(message)


def _options(sent: MessageDefinition, current: dict[str, Any]) -> dict[str, Any]:
    """The stored options, with what was sent laid over them."""
    options = dict(current)
    if isinstance(sent.tracking_options, TrackingOptions):
        sent_options = msgspec.structs.asdict(sent.tracking_options)
        changed = {_TRACKING[name]: value for name, value in sent_options.items() if value is not UNSET}
        options["tracking"] = {**options.get("tracking", {}), **changed}
    if isinstance(sent.send_options, SendOptions):
        if sent.send_options.is_ignoring_unsubscribes is True:
            raise Refused("Marketing messages are never sent to people who unsubscribed.", "definition/send_options")
        if sent.send_options.throttling_type is not UNSET:
            options["throttling"] = sent.send_options.throttling_type or SMART_SENDING
    if sent.ab_test is not UNSET:
        options["ab_test"] = msgspec.to_builtins(sent.ab_test)
    return options


@operation(
    "update_campaign_message",
    "PATCH",
    "/api/campaign-messages/{id}",
    scopes=WRITE,
    rate=M,
    answers=MESSAGE,
    since=SINCE,
    body=Body("campaign-message", MessageUpdate),
)
async def update_campaign_message(call: Call[MessageUpdate]) -> Record:
    sent = call.body.definition
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"], lock=True)
        service.require_draft(loaded.campaigns[0])
        values = {
            "name": sent.name or message.name,
            "options": _options(sent, message.options),
            "updated": call.now,
        }
        await store.change(conn, call.principal.account_id, "campaign_messages", message.id, values)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
    return await _load(call)


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"], lock=True)
        service.require_draft(loaded.campaigns[0])
        for variation in loaded.variations_of(message.id):
            await store.delete_one(conn, call.principal.account_id, "campaign_variations", variation.id)
        await store.delete_one(conn, call.principal.account_id, "campaign_messages", message.id)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
    return True


delete_campaign_message = deleting("delete_campaign_message", MESSAGE, scopes=WRITE, rate=M, delete=_delete)


_INTO = {"campaign-audience": ToOne("campaign-audience")}


@operation(
    "clone_campaign_message",
    "POST",
    "/api/campaign-message-clone",
    scopes=WRITE,
    rate=M,
    answers=MESSAGE,
    status=201,
    since=SINCE,
    body=Body("campaign-message", CloneMessage, relationships=_INTO),
)
async def clone_campaign_message(call: Call[CloneMessage]) -> Record:
    """Into the audience that is named, or else the message's own."""
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.body_id or call.body.id or "")
        loaded = await tree_by_id(call, conn, message.campaign_id, lock=True)
        service.require_draft(loaded.campaigns[0])
        wanted = call.body_relationships.get("campaign-audience")
        audience = next(
            (
                candidate
                for candidate in loaded.audiences
                if (candidate.ulid == wanted if wanted else candidate.id == message.audience_id)
            ),
            None,
        )
        if audience is None:
            raise not_found("campaign-audience", str(wanted))
        name = call.body.name or f"Clone of {message.name}"
        copy = await service.clone_message(conn, account_of(call), message, audience, name)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
        loaded = await tree_by_id(call, conn, message.campaign_id)
    return loaded.message_record(copy)


# ---- variations ----------------------------------------------------------------------------------------------------
async def _load_variation(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        variation, loaded = await variation_of(call, conn, call.path["id"])
    return loaded.variation_record(variation)


get_campaign_variation = getting(
    "get_campaign_variation",
    VARIATION,
    scopes=READ,
    rate=M,
    load=_load_variation,
    since=SINCE,
    includes={"campaign-message": None},
)


@operation(
    "create_campaign_variation",
    "POST",
    "/api/campaign-variations",
    scopes=WRITE,
    rate=M,
    answers=VARIATION,
    status=201,
    since=SINCE,
    body=Body("campaign-variation", VariationWrite, relationships={"campaign-message": ToOne("campaign-message")}),
)
async def create_campaign_variation(call: Call[VariationWrite]) -> Record:
    sent = call.body.definition
    async with call.transaction() as conn:
        message = await message_of(call, conn, call.body_relationships.get("campaign-message") or "")
        loaded = await tree_by_id(call, conn, message.campaign_id, lock=True)
        service.require_draft(loaded.campaigns[0])
        name = sent.name or f"Variation {len(loaded.variations_of(message.id)) + 1}"
        draft = VariationDraft(name, sent.details or {})
        variation = await service.add_variation(conn, account_of(call), message, draft)
        await store.edited(conn, call.principal.account_id, message.campaign_id, call.now)
        loaded = await tree_by_id(call, conn, message.campaign_id)
    return loaded.variation_record(variation)


@operation(
    "update_campaign_variation",
    "PATCH",
    "/api/campaign-variations/{id}",
    scopes=WRITE,
    rate=M,
    answers=VARIATION,
    since=SINCE,
    body=Body("campaign-variation", VariationWrite),
)
async def update_campaign_variation(call: Call[VariationWrite]) -> Record:
    sent = call.body.definition
    async with call.transaction() as conn:
        variation, loaded = await variation_of(call, conn, call.path["id"], lock=True)
        service.require_draft(loaded.campaigns[0])
        await service.change_variation(
            conn, account_of(call), variation, name=sent.name or None, details=sent.details or {}
        )
        await store.edited(conn, call.principal.account_id, loaded.campaigns[0].id, call.now)
    return await _load_variation(call)


async def _delete_variation(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        variation, loaded = await variation_of(call, conn, call.path["id"], lock=True)
        service.require_draft(loaded.campaigns[0])
        if len(loaded.variations_of(variation.message_id)) == 1:
            raise Refused("A message needs at least one variation.")
        await store.delete_one(conn, call.principal.account_id, "campaign_variations", variation.id)
        await store.edited(conn, call.principal.account_id, loaded.campaigns[0].id, call.now)
    return True


delete_campaign_variation = deleting(
    "delete_campaign_variation", VARIATION, scopes=WRITE, rate=M, delete=_delete_variation
)


# ---- what belongs to what ------------------------------------------------------------------------------------------
async def _messages_of_campaign(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        loaded = await campaign_tree(call, conn, call.path["id"])
    return [loaded.message_record(message) for message in loaded.messages]


async def _campaign_of_message(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        _, loaded = await message_tree(call, conn, call.path["id"])
    return loaded.campaign_record(loaded.campaigns[0])


async def _audience_of_message(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"])
    return loaded.audience_record(next(audience for audience in loaded.audiences if audience.id == message.audience_id))


async def _variations_of_message(call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        message, loaded = await message_tree(call, conn, call.path["id"])
    return [loaded.variation_record(variation) for variation in loaded.variations_of(message.id)]


async def _message_of_variation(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        variation, loaded = await variation_of(call, conn, call.path["id"])
    return loaded.message_record(next(message for message in loaded.messages if message.id == variation.message_id))


get_messages_for_campaign = related_many(
    "get_messages_for_campaign",
    "get_message_ids_for_campaign",
    CAMPAIGN,
    "campaign-messages",
    MESSAGE,
    scopes=READ,
    rate=M,
    load=_messages_of_campaign,
    since=SINCE,
    includes=_INCLUDES,
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
    since=SINCE,
)
get_audience_for_campaign_message = related_one(
    "get_audience_for_campaign_message",
    "get_audience_id_for_campaign_message",
    MESSAGE,
    "campaign-audience",
    AUDIENCE,
    scopes=READ,
    rate=M,
    load=_audience_of_message,
    since=SINCE,
)
get_variations_for_campaign_message = related_many(
    "get_variations_for_campaign_message",
    "get_variation_ids_for_campaign_message",
    MESSAGE,
    "campaign-variations",
    VARIATION,
    scopes=READ,
    rate=M,
    load=_variations_of_message,
    since=SINCE,
)
get_message_for_campaign_variation = related_one(
    "get_message_for_campaign_variation",
    "get_message_id_for_campaign_variation",
    VARIATION,
    "campaign-message",
    MESSAGE,
    scopes=READ,
    rate=M,
    load=_message_of_variation,
    since=SINCE,
)
