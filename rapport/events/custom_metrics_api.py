"""Operations on custom metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Select, select

from rapport.events import custom_metrics as service
from rapport.events import custom_metrics_definition as definitions
from rapport.events.api import METRIC, metric_record
from rapport.events.custom_metrics_definition import Definition
from rapport.events.tables import custom_metrics
from rapport.events.types import CustomMetricAttributes
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Record,
    Resource,
    Row,
    ToMany,
    deleting,
    getting,
    invalid,
    listing,
    not_found,
    operation,
    related_many,
)
from rapport.kit.ratelimit import CUSTOM_METRICS, S

CUSTOM_METRIC = Resource(
    type="custom-metric",
    path="/api/custom-metrics",
    attributes=CustomMetricAttributes,
    relationships={"metrics": ToMany("metric")},
)
_MAX_NAME = 255
_DEFINITION = "/data/attributes/definition"
_METRICS = "SELECT * FROM metrics WHERE account_id = %s AND public_id = ANY(%s)"


class CustomMetricCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    definition: Definition


class CustomMetricUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent or null stays as it is."""

    name: str | None | UnsetType = UNSET
    definition: Definition | None | UnsetType = UNSET


def custom_metric_record(row: Row, call: AnyCall) -> Record:
    definition = msgspec.convert(row["definition"], Definition)
    attributes = CustomMetricAttributes(row["name"], row["created"], row["updated"], definition)
    return Record(row["public_id"], attributes, key=definition, resource=CUSTOM_METRIC)


def _all(call: AnyCall) -> Select[Any]:
    return select(custom_metrics).where(custom_metrics.c.account_id == call.principal.account_id)


async def _load(call: AnyCall) -> Record | None:
    async with call.transaction() as conn:
        row = await service.by_public_id(conn, call.principal.account_id, call.path["id"])
    return custom_metric_record(row, call) if row else None


async def _metrics_of(call: AnyCall, records: Sequence[Record]) -> Mapping[str, list[Record]]:
    wanted = sorted({id for record in records for id in record.key.metric_ids})
    async with call.transaction() as conn:
        rows = await db.dicts(conn, _METRICS, (call.principal.account_id, wanted))
    record_by_metric = {row["public_id"]: metric_record(row, call) for row in rows}
    return {
        record.id: [record_by_metric[id] for id in record.key.metric_ids if id in record_by_metric]
        for record in records
    }


async def _metrics(call: AnyCall) -> list[Record]:
    record = await _load(call)
    if record is None:
        raise not_found("custom-metric", call.path["id"])
    return (await _metrics_of(call, [record]))[record.id]


_INCLUDES = {"metrics": _metrics_of}
get_custom_metrics = listing(
    "get_custom_metrics",
    CUSTOM_METRIC,
    "/api/custom-metrics",
    scopes="metrics:read",
    rate=S,
    select=_all,
    key=custom_metrics.c.id,
    record=custom_metric_record,
    page=None,
    includes=_INCLUDES,
)
get_custom_metric = getting(
    "get_custom_metric", CUSTOM_METRIC, scopes="metrics:read", rate=S, load=_load, includes=_INCLUDES
)
get_metrics_for_custom_metric = related_many(
    "get_metrics_for_custom_metric",
    "get_metric_ids_for_custom_metric",
    CUSTOM_METRIC,
    "metrics",
    METRIC,
    scopes="metrics:read",
    rate=S,
    load=_metrics,
)


@operation(
    "create_custom_metric",
    "POST",
    "/api/custom-metrics",
    scopes="metrics:write",
    rate=CUSTOM_METRICS,
    body=Body("custom-metric", CustomMetricCreate),
    answers=CUSTOM_METRIC,
    status=201,
)
async def create_custom_metric(call: Call[CustomMetricCreate]) -> Record:
    _check_name(call.body.name)
    async with call.transaction() as conn:
        await _check_definition(call, conn, call.body.definition)
        row = await service.create(conn, call.principal.account_id, call.body.name, call.body.definition, call.now)
    return custom_metric_record(row, call)


@operation(
    "update_custom_metric",
    "PATCH",
    "/api/custom-metrics/{id}",
    scopes="metrics:write",
    rate=CUSTOM_METRICS,
    body=Body("custom-metric", CustomMetricUpdate),
    answers=CUSTOM_METRIC,
)
async def update_custom_metric(call: Call[CustomMetricUpdate]) -> Record:
    name, definition = call.body.name or None, call.body.definition or None
    if isinstance(call.body.name, str):
        _check_name(call.body.name)
    async with call.transaction() as conn:
        if definition is not None:
            await _check_definition(call, conn, definition)
        row = await service.update(conn, call.principal.account_id, call.path["id"], name, definition, call.now)
    if row is None:
        raise not_found("custom-metric", call.path["id"])
    return custom_metric_record(row, call)


async def _delete(call: AnyCall) -> bool:
    async with call.transaction() as conn:
        return await service.delete(conn, call.principal.account_id, call.path["id"], call.now)


delete_custom_metric = deleting("delete_custom_metric", CUSTOM_METRIC, scopes="metrics:write", rate=S, delete=_delete)


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= len(name) <= _MAX_NAME:
        raise invalid(f"A custom metric's name has 1 to {_MAX_NAME} characters.", pointer="/data/attributes/name")


async def _check_definition(call: AnyCall, conn: db.Connection, definition: Definition) -> None:
    known = await service.known_metrics(conn, call.principal.account_id, definition.metric_ids)
    definitions.check(definition, known, _DEFINITION)
