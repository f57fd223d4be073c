"""Sent messages and what people did with them, written as the platform writes them, without sending anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from rapport.inbox import service as inbox
from rapport.inbox.types import Accepted
from rapport.kit import ids
from rapport.profiles.identity import Person
from tests.conftest import Shop, run


@dataclass(frozen=True)
class Sender:
    """A campaign or flow with one message: `id` inside, `public_id` and `message_id` as the API calls them."""

    source: str
    id: int
    public_id: str
    message_id: str
    name: str


def campaign(shop: Shop, name: str = "Spring", *, now: datetime) -> Sender:
    public_id, message_id = ids.ulid(now), ids.ulid(now)
    number = shop.query(
        """INSERT INTO campaigns (account_id, ulid, name, status, created, updated, send_time)
           VALUES (%s, %s, %s, 'Sent', %s, %s, %s) RETURNING id""",
        shop.account_id,
        public_id,
        name,
        now,
        now,
        now,
    )[0][0]
    shop.query(
        """INSERT INTO campaign_messages
               (account_id, ulid, campaign_id, audience_id, name, channel, status, created, updated)
           VALUES (%s, %s, %s, 0, %s, 'email', 'sent', %s, %s) RETURNING id""",
        shop.account_id,
        message_id,
        number,
        f"{name} mail",
        now,
        now,
    )
    return Sender("campaign", number, public_id, message_id, name)


def flow(shop: Shop, name: str = "Welcome", *, now: datetime) -> Sender:
    public_id, message_id = ids.short_id(), ids.short_id()
    number = shop.query(
        """INSERT INTO flows (account_id, public_id, name, status, trigger_kind, trigger, created, updated)
           VALUES (%s, %s, %s, 'live', 'metric', '{}', %s, %s) RETURNING id""",
        shop.account_id,
        public_id,
        name,
        now,
        now,
    )[0][0]
    shop.query(
        """INSERT INTO flow_messages
               (account_id, public_id, flow_id, action_id, name, channel, content, created, updated)
           VALUES (%s, %s, %s, 1, %s, 'email', '{}', %s, %s) RETURNING id""",
        shop.account_id,
        message_id,
        number,
        f"{name} mail",
        now,
        now,
    )
    return Sender("flow", number, public_id, message_id, name)


def sent(
    shop: Shop,
    sender: Sender,
    email: str,
    at: datetime,
    *,
    status: str = "sent",
    options: Mapping[str, Any] | None = None,
    variation: str | None = None,
) -> int:
    """A message of the sender to this person; its number inside."""
    person = shop.query("SELECT id FROM profiles WHERE account_id = %s AND email = %s", shop.account_id, email)[0][0]
    values = {
        "account_id": shop.account_id,
        "ulid": ids.ulid(at),
        "channel": "email",
        "profile_id": person,
        "status": status,
        "to_address": email,
        "source": sender.source,
        f"{sender.source}_id": sender.id,
        "message_id": sender.message_id,
        "variation_id": variation,
        "content_id": 0,
        "context": Jsonb({}),
        "options": Jsonb(dict(options or {})),
        "cause": ids.ulid(at),
        "due": at,
        "created": at,
        "sent": at,
    }
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    return int(shop.query(f"INSERT INTO messages ({columns}) VALUES ({marks}) RETURNING id", *values.values())[0][0])


def happened(
    shop: Shop,
    metric: str,
    email: str,
    at: datetime,
    *,
    message: int | None = None,
    service: str = "klaviyo",
    properties: Mapping[str, Any] | None = None,
    value: str | None = None,
    unique_id: str | None = None,
) -> None:
    """An event through the inbox, at any time."""
    one = Accepted(
        person=Person(email=email),
        metric=metric,
        service=service,
        message=message,
        time=int(at.timestamp()),
        properties=msgspec.Raw(msgspec.json.encode(dict(properties or {}))),
        value=value,
        received=at,
        unique_id=unique_id or ids.ulid(at),
    )

    async def put() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            await inbox.append(conn, shop.account_id, [one])

    run(put())


def ordered(shop: Shop, email: str, at: datetime, value: str = "10.00", *, unique_id: str | None = None) -> None:
    happened(shop, "Placed Order", email, at, service="api", value=value, unique_id=unique_id)


def ago(now: datetime, **delta: float) -> datetime:
    return now - timedelta(**delta)
