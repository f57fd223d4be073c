"""Rows of campaigns, audiences, messages and variations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rapport.kit import db, ids
from rapport.tags import service as tags


@dataclass(frozen=True)
class Campaign:
    id: int
    ulid: str
    name: str
    status: str
    archived: bool
    options: dict[str, Any]
    created: datetime
    updated: datetime
    scheduled: datetime | None
    send_time: datetime | None
    version: int


@dataclass(frozen=True)
class Audience:
    """`included` and `excluded`: public ids of lists and segments."""

    id: int
    ulid: str
    campaign_id: int
    name: str
    included: list[str]
    excluded: list[str]
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class CampaignMessage:
    id: int
    ulid: str
    campaign_id: int
    audience_id: int
    name: str
    channel: str
    status: str
    options: dict[str, Any]
    send_time: datetime | None
    reached: int
    recipients: int
    held: int
    resolved: bool
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Variation:
    """`content`: the details of its channel; the template is the message's own copy."""

    id: int
    ulid: str
    message_id: int
    name: str
    content: dict[str, Any]
    template_id: int | None
    created: datetime
    updated: datetime


_CAMPAIGN = ", ".join(Campaign.__dataclass_fields__)
_AUDIENCE = ", ".join(Audience.__dataclass_fields__)
_MESSAGE = ", ".join(CampaignMessage.__dataclass_fields__)
_VARIATION = ", ".join(Variation.__dataclass_fields__)

_FIND_CAMPAIGN = f"SELECT {_CAMPAIGN} FROM campaigns WHERE account_id = %s AND ulid = %s"
_LOCK_CAMPAIGN = f"SELECT {_CAMPAIGN} FROM campaigns WHERE account_id = %s AND ulid = %s FOR UPDATE"
_CAMPAIGNS = f"SELECT {_CAMPAIGN} FROM campaigns WHERE account_id = %s AND id = ANY(%s) ORDER BY id"
_FIND_AUDIENCE = f"SELECT {_AUDIENCE} FROM campaign_audiences WHERE account_id = %s AND ulid = %s"
_AUDIENCES = f"SELECT {_AUDIENCE} FROM campaign_audiences WHERE account_id = %s AND campaign_id = ANY(%s) ORDER BY id"
_FIND_MESSAGE = f"SELECT {_MESSAGE} FROM campaign_messages WHERE account_id = %s AND ulid = %s"
_MESSAGES = f"SELECT {_MESSAGE} FROM campaign_messages WHERE account_id = %s AND campaign_id = ANY(%s) ORDER BY id"
_FIND_VARIATION = f"SELECT {_VARIATION} FROM campaign_variations WHERE account_id = %s AND ulid = %s"
_VARIATIONS = f"SELECT {_VARIATION} FROM campaign_variations WHERE account_id = %s AND message_id = ANY(%s) ORDER BY id"

_INSERT_CAMPAIGN = f"""
    INSERT INTO campaigns (account_id, ulid, name, status, archived, options, created, updated)
    VALUES (%s, %s, %s, 'Draft', %s, %s, %s, %s) RETURNING {_CAMPAIGN}"""
_INSERT_AUDIENCE = f"""
    INSERT INTO campaign_audiences (account_id, ulid, campaign_id, name, included, excluded, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_AUDIENCE}"""
_INSERT_MESSAGE = f"""
    INSERT INTO campaign_messages
        (account_id, ulid, campaign_id, audience_id, name, channel, status, options, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, 'draft', %s, %s, %s) RETURNING {_MESSAGE}"""
_INSERT_VARIATION = f"""
    INSERT INTO campaign_variations (account_id, ulid, message_id, name, content, template_id, created, updated)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_VARIATION}"""
_EDITED = "UPDATE campaigns SET version = version + 1, updated = %s WHERE account_id = %s AND id = %s"
_DELETE = (
    """DELETE FROM campaign_variations WHERE account_id = %(account)s AND message_id IN
       (SELECT id FROM campaign_messages WHERE account_id = %(account)s AND campaign_id = %(campaign)s)""",
    "DELETE FROM campaign_messages WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "DELETE FROM campaign_audiences WHERE account_id = %(account)s AND campaign_id = %(campaign)s",
    "DELETE FROM campaigns WHERE account_id = %(account)s AND id = %(campaign)s",
)


async def campaign(conn: db.Connection, account_id: int, ulid: str, *, lock: bool = False) -> Campaign | None:
    """`lock`: nobody else changes or starts it until the transaction ends."""
    row = await db.one(conn, _LOCK_CAMPAIGN if lock else _FIND_CAMPAIGN, (account_id, ulid))
    return Campaign(**row) if row else None


async def campaigns(conn: db.Connection, account_id: int, ids: Sequence[int]) -> list[Campaign]:
    return [Campaign(**row) for row in await db.dicts(conn, _CAMPAIGNS, (account_id, list(ids)))]


async def audience(conn: db.Connection, account_id: int, ulid: str) -> Audience | None:
    row = await db.one(conn, _FIND_AUDIENCE, (account_id, ulid))
    return Audience(**row) if row else None


async def audiences(conn: db.Connection, account_id: int, campaigns: Sequence[int]) -> list[Audience]:
    """Audiences of these campaigns, oldest first."""
    return [Audience(**row) for row in await db.dicts(conn, _AUDIENCES, (account_id, list(campaigns)))]


async def message(conn: db.Connection, account_id: int, ulid: str) -> CampaignMessage | None:
    row = await db.one(conn, _FIND_MESSAGE, (account_id, ulid))
    return CampaignMessage(**row) if row else None


async def messages(conn: db.Connection, account_id: int, campaigns: Sequence[int]) -> list[CampaignMessage]:
    """Messages of these campaigns, oldest first."""
    return [CampaignMessage(**row) for row in await db.dicts(conn, _MESSAGES, (account_id, list(campaigns)))]


async def variation(conn: db.Connection, account_id: int, ulid: str) -> Variation | None:
    row = await db.one(conn, _FIND_VARIATION, (account_id, ulid))
    return Variation(**row) if row else None


async def variations(conn: db.Connection, account_id: int, messages: Sequence[int]) -> list[Variation]:
    """Variations of these messages, oldest first."""
    return [Variation(**row) for row in await db.dicts(conn, _VARIATIONS, (account_id, list(messages)))]


async def add_campaign(
    conn: db.Connection,
    account_id: int,
    now: datetime,
    *,
    name: str,
    options: Mapping[str, Any],
    archived: bool = False,
) -> Campaign:
    values = (account_id, ids.ulid(now), name, archived, Jsonb(options), now, now)
    return Campaign(**await _made(conn, _INSERT_CAMPAIGN, values))


async def add_audience(
    conn: db.Connection,
    account_id: int,
    campaign_id: int,
    now: datetime,
    *,
    name: str,
    included: Sequence[str],
    excluded: Sequence[str],
) -> Audience:
    values = (account_id, ids.ulid(now), campaign_id, name, Jsonb(list(included)), Jsonb(list(excluded)), now, now)
    return Audience(**await _made(conn, _INSERT_AUDIENCE, values))


async def add_message(
    conn: db.Connection,
    account_id: int,
    audience: Audience,
    now: datetime,
    *,
    name: str,
    channel: str,
    options: Mapping[str, Any],
) -> CampaignMessage:
    place = (account_id, ids.ulid(now), audience.campaign_id, audience.id)
    return CampaignMessage(**await _made(conn, _INSERT_MESSAGE, (*place, name, channel, Jsonb(options), now, now)))


async def add_variation(
    conn: db.Connection,
    account_id: int,
    message_id: int,
    now: datetime,
    *,
    name: str,
    content: Mapping[str, Any],
    template_id: int | None = None,
) -> Variation:
    values = (account_id, ids.ulid(now), message_id, name, Jsonb(content), template_id, now, now)
    return Variation(**await _made(conn, _INSERT_VARIATION, values))


async def change(conn: db.Connection, account_id: int, table: str, id: int, values: Mapping[str, Any]) -> None:
    """Set columns of one row of `campaigns`, `campaign_audiences`, `campaign_messages` or `campaign_variations`."""
    columns = ", ".join(f"{name} = %s" for name in values)
    parameters = [Jsonb(value) if isinstance(value, dict | list) else value for value in values.values()]
    await db.execute(
        conn, f"UPDATE {table} SET {columns} WHERE account_id = %s AND id = %s", (*parameters, account_id, id)
    )


async def edit_campaign(conn: db.Connection, account_id: int, campaign: Campaign, values: Mapping[str, Any]) -> None:
    """Set columns of a campaign that is locked, as one change of it."""
    await change(conn, account_id, "campaigns", campaign.id, {**values, "version": campaign.version + 1})


async def edited(conn: db.Connection, account_id: int, campaign_id: int, now: datetime) -> None:
    """An audience, a message or a variation of it was changed: whoever edits the campaign has an older version."""
    await db.execute(conn, _EDITED, (now, account_id, campaign_id))


async def delete_campaign(conn: db.Connection, account_id: int, campaign_id: int) -> None:
    """The campaign with all that belongs to it; what was sent stays in the outbox and the event log."""
    for statement in _DELETE:
        await db.execute(conn, statement, {"account": account_id, "campaign": campaign_id})
    await tags.forget(conn, account_id, "campaign", campaign_id)


async def delete_one(conn: db.Connection, account_id: int, table: str, id: int) -> None:
    await db.execute(conn, f"DELETE FROM {table} WHERE account_id = %s AND id = %s", (account_id, id))


async def _made(conn: db.Connection, statement: str, values: Sequence[Any]) -> dict[str, Any]:
    row = await db.one(conn, statement, values)
    assert row is not None
    return row
