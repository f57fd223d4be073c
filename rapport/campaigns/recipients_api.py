"""The recipients of a campaign over the API: listed by state, as a file, and made a list of."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Boolean, ColumnElement, Select, literal_column, select

from rapport.accounts import roles
from rapport.accounts.api import account_of
from rapport.campaigns import recipients, store
from rapport.campaigns.recipients import STATES, State
from rapport.kit import db, sheets_csv
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Field,
    PageSize,
    Parameter,
    Record,
    Resource,
    Row,
    Streamed,
    ToOne,
    invalid,
    listing,
    not_found,
    operation,
)
from rapport.kit.ratelimit import M, S
from rapport.lists.api import LIST, list_record
from rapport.messages.tables import messages
from rapport.profiles.tables import profiles

READ = "campaigns:read profiles:read"
_COLUMNS = ("email", "profile_id", "first_name", "last_name", "status", "reason", "sent_at", "opens", "clicks")
_COUNTS = """
    SELECT message_id, kind, count(*) FROM engagements
    WHERE account_id = %s AND message_id = ANY(%s) AND kind IN ('opened', 'clicked') GROUP BY message_id, kind"""
_STATES = Parameter(description=f"One of {', '.join(STATES)}; by default everybody, whatever became of it.")


class CampaignRecipientAttributes(msgspec.Struct):
    """One person's message of a campaign; the record's id is that of the message. `reason`: why it was skipped, or with
    which answer the mail server refused it."""

    email: str | None
    name: str
    profile_id: str | None
    status: str
    reason: str | None
    sent_at: datetime | None
    opens: int
    clicks: int


class RecipientListCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`state`: of the people who are put on the list."""

    state: State
    name: Annotated[str, Meta(max_length=500)]


RECIPIENT = Resource("campaign-recipient", "/api/campaigns", CampaignRecipientAttributes, self_link=False)


async def _message_ids(call: AnyCall, conn: db.Connection, ulid: str) -> list[str]:
    """The ids of a campaign's messages. Raises not_found."""
    account_id = call.principal.account_id
    campaign = await store.campaign(conn, account_id, ulid)
    if campaign is None:
        raise not_found("campaign", ulid)
    return await recipients.message_ids(conn, account_id, campaign)


async def _listed(call: AnyCall) -> Select[Any]:
    async with call.transaction() as conn:
        ids = await _message_ids(call, conn, call.path["id"])
    person = (profiles.c.account_id == messages.c.account_id) & (profiles.c.id == messages.c.profile_id)
    columns = (profiles.c.ulid.label("person"), profiles.c.email, profiles.c.first_name, profiles.c.last_name)
    return (
        select(messages, *columns)
        .select_from(messages.outerjoin(profiles, person))
        .where(messages.c.account_id == call.principal.account_id, messages.c.message_id.in_(ids))
    )


def _in_state(op: str, value: Any, call: AnyCall) -> ColumnElement[bool]:
    if value not in STATES:
        raise invalid(f"A recipient's state is one of {', '.join(STATES)}.", parameter="filter")
    return literal_column(f"({recipients.CONDITIONS[value]})", Boolean)


async def _records(rows: Sequence[Row], call: AnyCall) -> list[Record]:
    ids = [row["id"] for row in rows]
    async with call.transaction() as conn:
        counted = await db.rows(conn, _COUNTS, (call.principal.account_id, ids))
    counts = {(row[0], row[1]): row[2] for row in counted}
    return [
        Record(
            row["ulid"],
            CampaignRecipientAttributes(
                row["to_address"] or row["email"],
                " ".join(part for part in (row["first_name"], row["last_name"]) if part),
                row["person"],
                row["status"],
                row["skip_reason"] or (None if row["status"] == "sent" else row["reply"]),
                row["sent"] if row["status"] in ("sent", "bounced", "in_doubt") else None,
                counts.get((row["id"], "opened"), 0),
                counts.get((row["id"], "clicked"), 0),
            ),
            key=row["id"],
            resource=RECIPIENT,
        )
        for row in rows
    ]


get_campaign_recipients = listing(
    "get_campaign_recipients",
    RECIPIENT,
    "/api/campaigns/{id}/recipients",
    scopes=READ,
    rate=M,
    select=_listed,
    records=_records,
    key=messages.c.id,
    filters={
        "state": Field(None, ("equals",), translate=_in_state),
        "skip_reason": Field(messages.c.skip_reason, ("equals",)),
    },
    sorts={"created": messages.c.created},
    default_sort="created",
    page=PageSize(50, 100),
)


@operation(
    "export_campaign_recipients",
    "GET",
    "/api/campaigns/{id}/recipients-file",
    scopes=READ,
    permissions=roles.EXPORT,
    rate=S,
    parameters={"state": _STATES},
)
async def export_campaign_recipients(call: AnyCall) -> Streamed:
    """Everybody, or everybody in a state, as CSV."""
    asked = call.query.get("state")
    state = next((known for known in STATES if known == asked), None)
    if asked is not None and state is None:
        raise invalid(f"'state' must be one of {', '.join(STATES)}.", parameter="state")
    async with call.transaction() as conn:
        ids = await _message_ids(call, conn, call.path["id"])
    return Streamed(_lines(call, ids, state), "text/csv", f"campaign-{call.path['id']}-{state or 'everybody'}.csv")


async def _lines(call: AnyCall, ids: Sequence[str], state: State | None) -> AsyncGenerator[bytes, None]:
    yield sheets_csv.line(_COLUMNS)
    after = 0
    while True:
        async with call.transaction() as conn:
            rows = await recipients.lines(conn, call.principal.account_id, ids, state, after)
        for _, *texts, sent, opens, clicks in rows:
            cells = [str(text or "") for text in texts]
            yield sheets_csv.line([*cells, _written(sent), str(opens), str(clicks)])
        if len(rows) < recipients.CHUNK:
            return
        after = rows[-1][0]


def _written(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


@operation(
    "create_campaign_recipient_list",
    "POST",
    "/api/campaign-recipient-lists",
    scopes=f"{READ} lists:write",
    rate=M,
    answers=LIST,
    status=201,
    body=Body("campaign-recipient-list", RecipientListCreate, relationships={"campaign": ToOne("campaign")}),
)
async def create_campaign_recipient_list(call: Call[RecipientListCreate]) -> Record:
    """A new list of everybody who is in a state now."""
    if not call.body.name.strip():
        raise invalid("A list needs a name.", pointer="/data/attributes/name")
    async with call.transaction() as conn:
        ids = await _message_ids(call, conn, call.body_relationships.get("campaign") or "")
        row = await recipients.make_list(conn, account_of(call), ids, call.body.state, call.body.name, call.now)
    return list_record(row, call)
