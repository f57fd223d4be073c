"""Operations on events and metrics."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, select

from rapport.events import accept
from rapport.events import metrics as metric_service
from rapport.events.tables import events, metrics
from rapport.events.types import BulkDocument, EventAttributes, EventDocument, MetricAttributes
from rapport.inbox.requests import Inbox
from rapport.kit import db, ids
from rapport.kit.jsonapi import (
    AnyCall,
    Field,
    Operation,
    PageSize,
    Record,
    Resource,
    Row,
    ToMany,
    ToOne,
    decode_json,
    getting,
    invalid,
    listing,
    not_found,
    operation,
    related_one,
)
from rapport.kit.jsonapi.fields import column_clause
from rapport.kit.ratelimit import XL, M
from rapport.kit.rooms import Process
from rapport.profiles import service as profile_service
from rapport.profiles.api import profile_records
from rapport.profiles.records import PROFILE
from rapport.profiles.tables import profiles

EVENT = Resource(
    type="event",
    path="/api/events",
    attributes=EventAttributes,
    relationships={"profile": ToOne("profile"), "metric": ToOne("metric"), "attributions": ToMany("attribution")},
    whole_seconds=True,
)
METRIC = Resource(
    type="metric",
    path="/api/metrics",
    attributes=MetricAttributes,
    relationships={"flow-triggers": ToMany("flow")},
    whole_seconds=True,
)
# The form of a custom metric's id; a metric's has six characters.
_CUSTOM_METRIC = re.compile(r"[0-9a-f]{32}")
Include = Callable[[AnyCall, Sequence[Record]], Awaitable[Mapping[str, Any]]]

_event = msgspec.json.Decoder(EventDocument)
_bulk = msgspec.json.Decoder(BulkDocument)


def ingest(process: Process) -> list[Operation]:
    """The two ways in, over one inbox."""
    inbox = process.once(Inbox.of)

    @operation("create_event", "POST", "/api/events", scopes="events:write", rate=XL, stream=True, raw=True, status=202)
    async def create_event(call: AnyCall) -> None:
        accepted = accept.event(decode_json(call.raw, _event), call.now)
        await inbox.put(call.principal.account_id, [accepted])

    @operation(
        "bulk_create_events",
        "POST",
        "/api/event-bulk-create-jobs",
        scopes="events:write",
        rate=M,
        stream=True,
        raw=True,
        status=202,
    )
    async def bulk_create_events(call: AnyCall) -> None:
        accepted = accept.events(decode_json(call.raw, _bulk), call.now)
        await inbox.put(call.principal.account_id, accepted)

    return [create_event, bulk_create_events]


def metric_record(row: Row, call: AnyCall) -> Record:
    id, name, category = metric_service.INTEGRATIONS.get(row["service"], (row["service"], row["service"], "API"))
    integration = {"object": "integration", "id": id, "key": row["service"], "name": name, "category": category}
    attributes = MetricAttributes(row["name"], row["created"], row["updated"], integration)
    return Record(row["public_id"], attributes, key=row["id"], resource=METRIC)


def event_record(row: Row, call: AnyCall) -> Record:
    return record_of(row)


def record_of(row: Row) -> Record:
    """An event row with `metric_public_id` and `profile_ulid` beside it. The key is (id, profile id, metric id)."""
    number = ids.event_number(row["event_id"]) if "event_id" in row else row["id"]
    attributes = EventAttributes(
        int(row["time"].timestamp()),
        _shown_properties(row),
        row["time"].astimezone(UTC),
        ids.event_uuid(number, row["time"]),
    )
    relationships = {"profile": row["profile_ulid"], "metric": row["metric_public_id"]}
    return Record(
        ids.event_text(number),
        attributes,
        relationships,
        key=(number, row["profile_id"], row["metric_id"]),
        resource=EVENT,
    )


def _shown_properties(row: Row) -> dict[str, Any]:
    """What was sent, with `$event_id`, and `$value` and its currency when there is one (3.4)."""
    shown = {**row["properties"]}
    # Events about messages have one of the form that the reference gives them (3.6).
    if row["message_id"] is None or "$event_id" not in shown:
        shown["$event_id"] = row["unique_id"] or str(int(row["time"].timestamp()))
    if row["value"] is not None:
        shown["$value"] = float(row["value"])
    if row["value_currency"] is not None:
        shown["$value_currency"] = row["value_currency"]
    return shown


def _all(call: AnyCall) -> Select[Any]:
    account = call.principal.account_id
    return (
        select(events, metrics.c.public_id.label("metric_public_id"), profiles.c.ulid.label("profile_ulid"))
        .outerjoin(metrics, and_(metrics.c.account_id == account, metrics.c.id == events.c.metric_id))
        .outerjoin(profiles, and_(profiles.c.account_id == account, profiles.c.id == events.c.profile_id))
        .where(events.c.account_id == account)
    )


def _of_metric(op: str, value: Any, call: AnyCall) -> Any:
    if _CUSTOM_METRIC.fullmatch(value):
        raise invalid("Events can't be filtered by a custom metric.", parameter="filter")
    wanted = select(metrics.c.id).where(metrics.c.account_id == call.principal.account_id, metrics.c.public_id == value)
    return events.c.metric_id == wanted.scalar_subquery()


def _of_profile(op: str, value: Any, call: AnyCall) -> Any:
    wanted = select(profiles.c.id).where(profiles.c.account_id == call.principal.account_id, profiles.c.ulid == value)
    return events.c.profile_id == wanted.scalar_subquery()


def _at_timestamp(op: str, value: Any, call: AnyCall) -> Any:
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise invalid("timestamp must be seconds since 1970.", parameter="filter") from error
    return column_clause(events.c.time, op, moment)


async def _load_metrics(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    wanted = sorted({record.key[2] for record in records})
    query = "SELECT * FROM metrics WHERE account_id = %s AND id = ANY(%s)"
    async with call.transaction() as conn:
        rows = {row["id"]: row for row in await db.dicts(conn, query, (call.principal.account_id, wanted))}
    return {
        record.id: metric_record(rows[record.key[2]], call) if record.key[2] in rows else None for record in records
    }


async def _load_profiles(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    wanted = sorted({record.key[1] for record in records})
    async with call.transaction() as conn:
        rows = await profile_service.by_ids(conn, call.principal.account_id, wanted)
    record_by_profile = {record.key: record for record in await profile_records(rows, call)}
    return {record.id: record_by_profile.get(record.key[1]) for record in records}


# A higher room adds what it can include to an event (attributions).
INCLUDES: dict[str, Include] = {"metric": _load_metrics, "profile": _load_profiles}
_RANGE = ("greater-or-equal", "greater-than", "less-or-equal", "less-than")

get_events = listing(
    "get_events",
    EVENT,
    "/api/events",
    scopes="events:read",
    rate=XL,
    filters={
        "metric_id": Field(None, ("equals",), translate=_of_metric),
        "profile_id": Field(None, ("equals",), translate=_of_profile),
        "profile": Field(profiles.c.id, ("has",)),
        "metric": Field(metrics.c.id, ("has",)),
        "datetime": Field(events.c.time, _RANGE, datetime),
        "timestamp": Field(None, _RANGE, int, translate=_at_timestamp),
    },
    sorts={"datetime": events.c.time, "timestamp": events.c.time},
    default_sort="-datetime",
    key=events.c.id,
    page=PageSize(200, 1000),
    select=_all,
    record=event_record,
    includes=INCLUDES,
)


async def _event_row(call: AnyCall) -> dict[str, Any] | None:
    try:
        number = ids.event_number(call.path["id"])
    except ValueError as error:
        raise invalid(f"Invalid Event ID: '{call.path['id']}'", pointer="/data/id") from error
    # The id holds the second, so one partition is asked.
    query, parameters = db.compiled(_all(call).where(events.c.id == number, events.c.time == ids.event_time(number)))
    async with call.transaction() as conn:
        return await db.one(conn, query, parameters)


async def _load_event(call: AnyCall) -> Record | None:
    row = await _event_row(call)
    return event_record(row, call) if row else None


get_event = getting("get_event", EVENT, scopes="events:read", rate=M, load=_load_event, includes=INCLUDES)


async def _metric_of_event(call: AnyCall) -> Record | None:
    record = await _required_event(call)
    return (await _load_metrics(call, [record]))[record.id]


async def _profile_of_event(call: AnyCall) -> Record | None:
    record = await _required_event(call)
    return (await _load_profiles(call, [record]))[record.id]


async def _required_event(call: AnyCall) -> Record:
    record = await _load_event(call)
    if record is None:
        raise not_found("event", call.path["id"])
    return record


get_metric_for_event = related_one(
    "get_metric_for_event",
    "get_metric_id_for_event",
    EVENT,
    "metric",
    METRIC,
    scopes="events:read metrics:read",
    rate=XL,
    load=_metric_of_event,
)
get_profile_for_event = related_one(
    "get_profile_for_event",
    "get_profile_id_for_event",
    EVENT,
    "profile",
    PROFILE,
    scopes="events:read profiles:read",
    rate=XL,
    load=_profile_of_event,
)


def _all_metrics(call: AnyCall) -> Select[Any]:
    return select(metrics).where(metrics.c.account_id == call.principal.account_id)


def _of_integration(field: int) -> Callable[[str, Any, AnyCall], Any]:
    """Filter by the name (1) or category (2) that an integration is shown with."""

    def translate(op: str, value: Any, call: AnyCall) -> Any:
        keys = [key for key, shown in metric_service.INTEGRATIONS.items() if shown[field] == value]
        return metrics.c.service.in_([*keys, value])

    return translate


get_metrics = listing(
    "get_metrics",
    METRIC,
    "/api/metrics",
    scopes="metrics:read",
    rate=M,
    filters={
        "integration.name": Field(None, ("equals",), translate=_of_integration(1)),
        "integration.category": Field(None, ("equals",), translate=_of_integration(2)),
        "name": Field(metrics.c.name, ("equals", "any")),
    },
    sorts={"id": metrics.c.public_id},
    default_sort="id",
    key=metrics.c.id,
    page=PageSize(200, 200, documented=False),
    select=_all_metrics,
    record=metric_record,
)


async def _load_metric(call: AnyCall) -> Record | None:
    query, parameters = db.compiled(_all_metrics(call).where(metrics.c.public_id == call.path["id"]))
    async with call.transaction() as conn:
        row = await db.one(conn, query, parameters)
    return metric_record(row, call) if row else None


get_metric = getting("get_metric", METRIC, scopes="metrics:read", rate=M, load=_load_metric)
