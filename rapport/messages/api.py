"""The outbox over the API: what was sent to whom, as the recipient saw it, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, Select, column, literal, select, table

from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Field,
    Operation,
    PageSize,
    Raw,
    Record,
    Resource,
    Row,
    getting,
    listing,
    missing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import L
from rapport.kit.rooms import Process
from rapport.messages import compose, rendering_job
from rapport.messages.composed import Composed
from rapport.messages.content import Contents
from rapport.messages.credits import VERSION_READ
from rapport.messages.mail import MimeError, RecipientUrls
from rapport.messages.rendering import render
from rapport.messages.rendering_job import Preview
from rapport.messages.tables import messages
from rapport.profiles.tables import profiles
from rapport.templates.language import TemplateError

# messages name who got them
READ = "campaigns:read profiles:read"
RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")
_contents = Contents()
# Rooms above this one, by name only: which campaign or flow a message belongs to.
_campaigns = table("campaigns", column("account_id"), column("id"), column("ulid"))
_campaign_messages = table("campaign_messages", column("account_id"), column("campaign_id"), column("ulid"))
_flows = table("flows", column("account_id"), column("id"), column("public_id"))
_flow_messages = table("flow_messages", column("account_id"), column("flow_id"), column("public_id"))


class TimelineEntry(msgspec.Struct):
    """`kind`: queued, sent, opened, clicked, unsubscribed, complained, ordered, skipped, bounced, failed, in_doubt."""

    at: datetime
    kind: str
    detail: str


class MessageAttributes(msgspec.Struct):
    """A message of the outbox. `html`, `text`, `headers` and `timeline` only where one message is asked for."""

    channel: str
    status: str
    skip_reason: str | None
    to: str | None
    subject: str | None
    created: datetime
    sent_at: datetime | None
    opens: int
    clicks: int
    source: dict[str, Any]
    profile_id: str | None
    html: str | UnsetType | None = UNSET
    text: str | UnsetType | None = UNSET
    headers: dict[str, str] | UnsetType = UNSET
    timeline: list[TimelineEntry] | UnsetType = UNSET


MESSAGE = Resource("message", "/api/messages", attributes=MessageAttributes)


def _mine(call: AnyCall) -> Select[Any]:
    person = (profiles.c.account_id == messages.c.account_id) & (profiles.c.id == messages.c.profile_id)
    return (
        select(messages, profiles.c.ulid.label("profile_ulid"), profiles.c.email.label("profile_email"))
        .select_from(messages.outerjoin(profiles, person))
        .where(messages.c.account_id == call.principal.account_id)
    )


def _of_campaign(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = literal(call.principal.account_id)
    campaign = select(_campaigns.c.id).where(_campaigns.c.account_id == account, _campaigns.c.ulid == value)
    return messages.c.message_id.in_(
        select(_campaign_messages.c.ulid).where(
            _campaign_messages.c.account_id == account, _campaign_messages.c.campaign_id.in_(campaign)
        )
    )


def _of_flow(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    account = literal(call.principal.account_id)
    flow = select(_flows.c.id).where(_flows.c.account_id == account, _flows.c.public_id == value)
    return messages.c.message_id.in_(
        select(_flow_messages.c.public_id).where(
            _flow_messages.c.account_id == account, _flow_messages.c.flow_id.in_(flow)
        )
    )


def _of_profile(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    person = select(profiles.c.id).where(profiles.c.account_id == call.principal.account_id, profiles.c.ulid == value)
    return messages.c.profile_id.in_(person)


_COUNTS = """
    SELECT message_id, kind, count(*) FROM engagements
    WHERE account_id = %s AND message_id = ANY(%s) AND kind IN ('opened', 'clicked') GROUP BY message_id, kind"""


async def _records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    async with call.transaction() as conn:
        counts = await _counts(conn, call.principal.account_id, [row["id"] for row in rows])
    return [Record(row["ulid"], _attributes(row, counts), key=row["id"], resource=MESSAGE) for row in rows]


async def _counts(conn: db.Connection, account_id: int, ids: Sequence[int]) -> dict[tuple[int, str], int]:
    return {(row[0], row[1]): row[2] for row in await db.rows(conn, _COUNTS, (account_id, list(ids)))}


def _attributes(row: Mapping[str, Any], counts: Mapping[tuple[int, str], int]) -> MessageAttributes:
    handed_over = row["status"] in ("sent", "bounced", "in_doubt")
    return MessageAttributes(
        row["channel"],
        row["status"],
        row["skip_reason"],
        row["to_address"] or row["profile_email"],
        row["subject"],
        row["created"],
        row["sent"] if handed_over else None,
        counts.get((row["id"], "opened"), 0),
        counts.get((row["id"], "clicked"), 0),
        _source(row),
        row["profile_ulid"],
    )


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    """Id and name are those the message was queued with."""
    options = row["options"]
    extra = options.get("extra", {})
    return {
        "kind": row["source"],
        "id": extra.get(row["source"]),
        "name": options.get("name", ""),
        "message_id": row["message_id"],
    }


get_messages = listing(
    "get_messages",
    MESSAGE,
    scopes=READ,
    rate=L,
    select=_mine,
    records=_records,
    key=messages.c.id,
    filters={
        "id": Field(messages.c.ulid, ("any", "equals")),
        "status": Field(messages.c.status, ("any", "equals")),
        "channel": Field(messages.c.channel, ("equals",)),
        "to": Field(messages.c.to_address, ("contains", "equals")),
        "campaign_id": Field(None, ("equals",), translate=_of_campaign),
        "flow_id": Field(None, ("equals",), translate=_of_flow),
        "profile_id": Field(None, ("equals",), translate=_of_profile),
        "message_id": Field(messages.c.message_id, ("equals",)),
        "created": Field(messages.c.created, RANGE, datetime),
    },
    sorts={"created": messages.c.created},
    default_sort="-created",
    page=PageSize(50, 100),
)

_ONE = """
    SELECT m.*, p.ulid AS profile_ulid, p.email AS profile_email FROM messages m
    LEFT JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
    WHERE m.account_id = %s AND m.ulid = %s"""


async def _load(call: AnyCall) -> Record | None:
    account_id = call.principal.account_id
    async with call.transaction() as conn:
        row = await db.one(conn, _ONE, (account_id, call.path["id"]))
        if row is None:
            return None
        attributes = _attributes(row, await _counts(conn, account_id, [row["id"]]))
        composed = await compose.load(conn, _contents, account_id, row["id"], preview_urls(call.base_url))
        attributes.timeline = await _timeline(conn, account_id, row)
    preview = await _preview(account_id, composed)
    attributes.html, attributes.text, attributes.headers = preview.html, preview.text, preview.headers
    return Record(row["ulid"], attributes, key=row["id"], resource=MESSAGE)


get_message = getting("get_message", MESSAGE, scopes=READ, rate=L, load=_load)


def delivered(process: Process) -> list[Operation]:
    """The message as it went out, for tests without a mail server."""
    settings = process.settings

    @operation("get_message_source", "GET", "/api/messages/{id}/source", scopes=READ, rate=L)
    async def get_message_source(call: AnyCall) -> Raw:
        """MIME text whose links work: following one counts, as it would for the recipient."""
        account_id = call.principal.account_id
        async with call.transaction() as conn:
            row = await db.one(conn, _ONE, (account_id, call.path["id"]))
            if row is None:
                raise not_found("message", call.path["id"])
            untracked = row["context"].get("untracked") or ()
            urls = compose.urls_of(settings, account_id, row["id"], untracked)
            composed = await compose.load(conn, _contents, account_id, row["id"], urls)
        if composed is None:
            raise missing("This message was not made: it is queued, or was held back.")
        try:
            return Raw(await render(account_id, composed, rendering_job.source), "message/rfc822")
        except (TemplateError, MimeError) as error:
            raise missing(f"This message was not made: {error}") from None

    return [get_message_source]


def preview_urls(base_url: str) -> RecipientUrls:
    """Looking at a message here must not open it, and its links must not unsubscribe anybody."""
    return RecipientUrls(None, "", f"{base_url}/u/...", f"{base_url}/p/...", f"{base_url}/v/...")


async def _preview(account_id: int, composed: Composed | None) -> Preview:
    """Empty for what was never made."""
    if composed is None:
        return Preview()
    try:
        return await render(account_id, composed, rendering_job.preview)
    except TemplateError:
        return Preview()


# What was done is read from the log itself, whose properties say which link it was.
_DONE = """
    SELECT g.time, g.kind, coalesce(e.properties ->> 'URL', e.properties ->> 'Client Name', '')
    FROM engagements g LEFT JOIN events e ON e.account_id = g.account_id AND e.time = g.time AND e.id = g.event_id
    WHERE g.account_id = %s AND g.message_id = %s AND g.kind <> 'received' ORDER BY g.time, g.event_id LIMIT 500"""
_ORDERED = f"""
    SELECT a.event_time, m.name, a.value FROM attributions a
    JOIN metrics m ON m.account_id = a.account_id AND m.id = a.metric_id
    WHERE a.account_id = %(account)s AND a.version = {VERSION_READ} AND a.message_id = %(message)s
    ORDER BY a.event_time LIMIT 500"""


async def _timeline(conn: db.Connection, account_id: int, row: Mapping[str, Any]) -> list[TimelineEntry]:
    entries = [TimelineEntry(row["created"], "queued", ""), *_ended(row)]
    for at, kind, detail in await db.rows(conn, _DONE, (account_id, row["id"])):
        if kind != "bounced":
            # Events know whole seconds only; nothing was opened before it was sent.
            entries.append(TimelineEntry(max(at, row["sent"] or at), kind, detail))
    for at, metric, value in await db.rows(conn, _ORDERED, {"account": account_id, "message": row["id"]}):
        entries.append(TimelineEntry(at, "ordered", metric if value is None else f"{metric}, {value}"))
    return sorted(entries, key=lambda entry: entry.at)


def _ended(row: Mapping[str, Any]) -> list[TimelineEntry]:
    """What became of it. A skipped message was judged when it was due."""
    status = row["status"]
    if status in ("queued", "in_flight"):
        return []
    detail = row["skip_reason"] if status in ("skipped", "failed") else row["reply"]
    return [TimelineEntry(row["sent"] or max(row["created"], row["due"]), status, detail or "")]
