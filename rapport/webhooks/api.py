"""Operations on webhooks and their topics (behaviour-rest 15)."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType

from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Page,
    PageSize,
    Record,
    Resource,
    Row,
    ToMany,
    Versions,
    deleting,
    getting,
    hold_version,
    operation,
    page_of,
)
from rapport.kit.ratelimit import XS
from rapport.webhooks import service, topics
from rapport.webhooks.service import RELATIONSHIP, Topics
from rapport.webhooks.types import TopicAttributes, WebhookAttributes, WebhookCreate, WebhookUpdate

READ, WRITE = "webhooks:read", "webhooks:write"
WEBHOOK = Resource("webhook", "/api/webhooks", WebhookAttributes, relationships={RELATIONSHIP: ToMany("webhook-topic")})
TOPIC = Resource("webhook-topic", "/api/webhook-topics", TopicAttributes)
VERSIONS = Versions("webhook", "webhooks", "ulid")
# Nobody who asks for them expects pages.
_ALL_AT_ONCE = PageSize(10_000, 10_000, documented=False)
_TOPICS = {RELATIONSHIP: ToMany("webhook-topic")}


def masked(url: str) -> str:
    """`https://hooks.example.com/*****`: what follows the host may be as good as a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/*****"


def _record(row: Row) -> Record:
    attributes = WebhookAttributes(
        row["name"],
        row["description"],
        masked(row["endpoint_url"]),
        row["enabled"],
        row["created"],
        row["updated"],
    )
    linked = {RELATIONSHIP: row["topics"]}
    return Record(row["ulid"], attributes, linked, key=row["topics"], resource=WEBHOOK, version=row["version"])


def _topic(name: str) -> Record:
    return Record(name, TopicAttributes(), resource=TOPIC)


async def _load_topics(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    return {record.id: [_topic(name) for name in record.key] for record in records}


@operation(
    "get_webhooks",
    "GET",
    "/api/webhooks",
    scopes=READ,
    rate=XS,
    answers=WEBHOOK,
    many=True,
    includes={RELATIONSHIP: _load_topics},
    page=_ALL_AT_ONCE,
)
async def get_webhooks(call: AnyCall) -> Page:
    async with call.transaction() as conn:
        rows = await service.all_of(conn, call.principal.account_id)
    return page_of(call, [_record(row) for row in rows])


async def _load(call: AnyCall) -> Record:
    async with call.transaction() as conn:
        return _record(await service.by_ulid(conn, call.principal.account_id, call.path["id"]))


get_webhook = getting("get_webhook", WEBHOOK, scopes=READ, rate=XS, load=_load, includes={RELATIONSHIP: _load_topics})


@operation(
    "create_webhook",
    "POST",
    "/api/webhooks",
    scopes=WRITE,
    rate=XS,
    body=Body("webhook", WebhookCreate, relationships=_TOPICS),
    answers=WEBHOOK,
    status=201,
)
async def create_webhook(call: Call[WebhookCreate]) -> Record:
    asked = _asked(call, call.body.topics) or Topics((), f"/data/relationships/{RELATIONSHIP}/data")
    app_id = getattr(call.principal, "app_id", None)
    async with call.transaction() as conn:
        row = await service.create(conn, call.principal.account_id, call.body, asked, call.now, app_id=app_id)
    return _record(row)


@operation(
    "update_webhook",
    "PATCH",
    "/api/webhooks/{id}",
    scopes=WRITE,
    rate=XS,
    body=Body("webhook", WebhookUpdate, relationships=_TOPICS),
    answers=WEBHOOK,
    versions=VERSIONS,
)
async def update_webhook(call: Call[WebhookUpdate]) -> Record:
    asked = _asked(call, call.body.topics)
    async with call.transaction() as conn:
        await hold_version(call, conn)
        row = await service.update(conn, call.principal.account_id, call.path["id"], call.body, asked, call.now)
    return _record(row)


def _asked(call: AnyCall, attribute: list[str] | UnsetType | None) -> Topics | None:
    """The topics of a body, from the relationship or, where there is none, from the attribute; None = not said."""
    linked = call.body_relationships.get(RELATIONSHIP)
    if linked is not None:
        return Topics(linked, f"/data/relationships/{RELATIONSHIP}/data")
    return None if attribute is UNSET or attribute is None else Topics(attribute, "/data/attributes/topics")


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        await hold_version(call, conn)
        await service.delete(conn, call.principal.account_id, call.path["id"])
    return True


delete_webhook = deleting("delete_webhook", WEBHOOK, scopes=WRITE, rate=XS, delete=_delete, versions=VERSIONS)


@operation(
    "get_webhook_topics",
    "GET",
    "/api/webhook-topics",
    scopes=READ,
    rate=XS,
    answers=TOPIC,
    many=True,
    page=_ALL_AT_ONCE,
)
async def get_webhook_topics(call: AnyCall) -> Page:
    async with call.transaction() as conn:
        names = await topics.every(conn, call.principal.account_id)
    return page_of(call, [_topic(name) for name in names])


async def _load_topic(call: AnyCall) -> Record | None:
    name = call.path["id"]
    async with call.transaction() as conn:
        unknown = await topics.unknown(conn, call.principal.account_id, [name])
    return None if unknown else _topic(name)


get_webhook_topic = getting("get_webhook_topic", TOPIC, scopes=READ, rate=XS, load=_load_topic)
