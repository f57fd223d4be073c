"""Campaigns and their parts as one tree, read with one statement a level, whatever the number of campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.campaigns import store
from rapport.campaigns.records import audience_record, campaign_record, message_record, variation_record
from rapport.campaigns.store import Audience, Campaign, CampaignMessage, Variation
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, not_found

_TEMPLATES = "SELECT id, public_id FROM templates WHERE account_id = %s AND id = ANY(%s)"


@dataclass(frozen=True)
class Tree:
    """Campaigns with everything that belongs to them."""

    campaigns: Sequence[Campaign]
    audiences: Sequence[Audience]
    messages: Sequence[CampaignMessage]
    variations: Sequence[Variation]
    # internal -> public id of the variations' templates
    templates: dict[int, str]

    def campaign(self, id: int) -> Campaign:
        return next(campaign for campaign in self.campaigns if campaign.id == id)

    def audiences_of(self, campaign_id: int) -> list[Audience]:
        return [audience for audience in self.audiences if audience.campaign_id == campaign_id]

    def messages_of(self, campaign_id: int) -> list[CampaignMessage]:
        return [message for message in self.messages if message.campaign_id == campaign_id]

    def variations_of(self, message_id: int) -> list[Variation]:
        return [variation for variation in self.variations if variation.message_id == message_id]

    def campaign_record(self, campaign: Campaign) -> Record:
        """With its audiences and messages, as records, so that they can be included."""
        record = campaign_record(campaign)
        record.relationships = {
            "campaign-audiences": [audience_record(audience, campaign) for audience in self.audiences_of(campaign.id)],
            "campaign-messages": [self.message_record(message) for message in self.messages_of(campaign.id)],
        }
        return record

    def audience_record(self, audience: Audience) -> Record:
        campaign = self.campaign(audience.campaign_id)
        record = audience_record(audience, campaign)
        messages = [message for message in self.messages_of(campaign.id) if message.audience_id == audience.id]
        record.relationships = {
            "campaign": campaign_record(campaign),
            "campaign-messages": [self.message_record(message) for message in messages],
        }
        return record

    def message_record(self, message: CampaignMessage) -> Record:
        campaign = self.campaign(message.campaign_id)
        audience = next(audience for audience in self.audiences if audience.id == message.audience_id)
        relations = {
            "campaign": campaign_record(campaign),
            "campaign-audience": audience_record(audience, campaign),
            "campaign-variations": [self._variation(variation, {}) for variation in self.variations_of(message.id)],
        }
        return message_record(message, relations)

    def variation_record(self, variation: Variation) -> Record:
        message = next(message for message in self.messages if message.id == variation.message_id)
        return self._variation(variation, {"campaign-message": self.message_record(message)})

    def _variation(self, variation: Variation, relations: dict[str, Record]) -> Record:
        return variation_record(variation, self.templates.get(variation.template_id or 0), relations)


async def tree(conn: db.Connection, account_id: int, campaigns: Sequence[Campaign]) -> Tree:
    ids = [campaign.id for campaign in campaigns]
    messages = await store.messages(conn, account_id, ids)
    variations = await store.variations(conn, account_id, [message.id for message in messages])
    copies = [variation.template_id for variation in variations if variation.template_id is not None]
    template_rows = await db.rows(conn, _TEMPLATES, (account_id, copies))
    audiences = await store.audiences(conn, account_id, ids)
    return Tree(campaigns, audiences, messages, variations, {row[0]: row[1] for row in template_rows})


async def campaign_tree(call: AnyCall, conn: db.Connection, ulid: str, *, lock: bool = False) -> Tree:
    """The tree of one campaign. Raises not_found."""
    campaign = await store.campaign(conn, call.principal.account_id, ulid, lock=lock)
    if campaign is None:
        raise not_found("campaign", ulid)
    return await tree(conn, call.principal.account_id, [campaign])


async def tree_by_id(call: AnyCall, conn: db.Connection, campaign_id: int, *, lock: bool = False) -> Tree:
    """The tree of a campaign by its internal id, which a part of it refers to."""
    campaigns = await store.campaigns(conn, call.principal.account_id, [campaign_id])
    return await campaign_tree(call, conn, campaigns[0].ulid, lock=lock)


async def message_of(call: AnyCall, conn: db.Connection, ulid: str) -> CampaignMessage:
    """Raises not_found."""
    message = await store.message(conn, call.principal.account_id, ulid)
    if message is None:
        raise not_found("campaign-message", ulid)
    return message


async def message_tree(
    call: AnyCall, conn: db.Connection, ulid: str, *, lock: bool = False
) -> tuple[CampaignMessage, Tree]:
    """The message with its campaign's tree; as it is once that is locked, so that of two changes at once none is lost.
    Raises not_found."""
    campaign_id = (await message_of(call, conn, ulid)).campaign_id
    loaded = await tree_by_id(call, conn, campaign_id, lock=lock)
    for current in loaded.messages:
        if current.ulid == ulid:
            return current, loaded
    raise not_found("campaign-message", ulid)


async def audience_of(call: AnyCall, conn: db.Connection, ulid: str) -> Audience:
    """Raises not_found."""
    audience = await store.audience(conn, call.principal.account_id, ulid)
    if audience is None:
        raise not_found("campaign-audience", ulid)
    return audience


async def variation_of(call: AnyCall, conn: db.Connection, ulid: str, *, lock: bool = False) -> tuple[Variation, Tree]:
    """As it is once its campaign is locked, so that of two changes at once none is lost. Raises not_found."""
    variation = await store.variation(conn, call.principal.account_id, ulid)
    if variation is None:
        raise not_found("campaign-variation", ulid)
    message = await db.row(
        conn,
        "SELECT campaign_id FROM campaign_messages WHERE account_id = %s AND id = %s",
        (call.principal.account_id, variation.message_id),
    )
    assert message is not None
    loaded = await tree_by_id(call, conn, message[0], lock=lock)
    for current in loaded.variations:
        if current.ulid == ulid:
            return current, loaded
    raise not_found("campaign-variation", ulid)
