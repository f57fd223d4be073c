"""Operations on mapped metrics: seven purposes, each with a metric, a custom metric or nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from rapport.events import custom_metrics, metrics
from rapport.events import mapped_metrics as service
from rapport.events.api import METRIC, metric_record
from rapport.events.custom_metrics_api import CUSTOM_METRIC, custom_metric_record
from rapport.kit import db
from rapport.kit.jsonapi import (
    AnyCall,
    Body,
    Call,
    Page,
    Record,
    Resource,
    Row,
    ToOne,
    getting,
    invalid,
    operation,
    page_of,
    related_one,
)
from rapport.kit.ratelimit import MAPPED_METRICS, S


class MappedMetricAttributes(msgspec.Struct):
    updated: datetime


_TARGETS = {"metric": ToOne("metric"), "custom-metric": ToOne("custom-metric")}
MAPPED_METRIC = Resource(
    type="mapped-metric", path="/api/mapped-metrics", attributes=MappedMetricAttributes, relationships=_TARGETS
)
_METRICS = "SELECT * FROM metrics WHERE account_id = %s AND id = ANY(%s)"
_CUSTOM = "SELECT * FROM custom_metrics WHERE account_id = %s AND id = ANY(%s)"


def _record(row: Row) -> Record:
    return Record(row["purpose"], MappedMetricAttributes(row["updated"]), key=row, resource=MAPPED_METRIC)


def _purpose(call: AnyCall) -> str:
    """Raises ApiError 400 for a word that is none of the seven."""
    id = call.path["id"]
    if id not in service.PURPOSES:
        raise invalid(f"'{id}' is not a valid choice for 'id'.", pointer="/data/id")
    return id


async def _rows(call: AnyCall, column: str, query: str, records: Sequence[Record]) -> dict[int, Row]:
    wanted = [record.key[column] for record in records if record.key[column] is not None]
    async with call.transaction() as conn:
        rows = await db.dicts(conn, query, (call.principal.account_id, wanted))
    return {row["id"]: row for row in rows}


async def _metrics_of(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    row_by_id = await _rows(call, "metric_id", _METRICS, records)
    rows = {record.id: row_by_id.get(record.key["metric_id"]) for record in records}
    return {id: metric_record(row, call) if row else None for id, row in rows.items()}


async def _custom_metrics_of(call: AnyCall, records: Sequence[Record]) -> Mapping[str, Record | None]:
    row_by_id = await _rows(call, "custom_metric_id", _CUSTOM, records)
    rows = {record.id: row_by_id.get(record.key["custom_metric_id"]) for record in records}
    return {id: custom_metric_record(row, call) if row else None for id, row in rows.items()}


async def _load(call: AnyCall) -> Record:
    purpose = _purpose(call)
    async with call.transaction() as conn:
        (row,) = await service.mapped(conn, call.principal.account_id, [purpose])
    return _record(row)


async def _metric_of(call: AnyCall) -> Record | None:
    record = await _load(call)
    return (await _metrics_of(call, [record]))[record.id]


async def _custom_metric_of(call: AnyCall) -> Record | None:
    record = await _load(call)
    return (await _custom_metrics_of(call, [record]))[record.id]


_INCLUDES = {"metric": _metrics_of, "custom-metric": _custom_metrics_of}


@operation(
    "get_mapped_metrics",
    "GET",
    "/api/mapped-metrics",
    scopes="metrics:read",
    rate=S,
    answers=MAPPED_METRIC,
    many=True,
    includes=_INCLUDES,
)
async def get_mapped_metrics(call: AnyCall) -> Page:
    async with call.transaction() as conn:
        rows = await service.mapped(conn, call.principal.account_id)
    return page_of(call, [_record(row) for row in rows])


get_mapped_metric = getting(
    "get_mapped_metric", MAPPED_METRIC, scopes="metrics:read", rate=S, load=_load, includes=_INCLUDES
)
get_metric_for_mapped_metric = related_one(
    "get_metric_for_mapped_metric",
    "get_metric_id_for_mapped_metric",
    MAPPED_METRIC,
    "metric",
    METRIC,
    scopes="metrics:read",
    rate=S,
    load=_metric_of,
)
get_custom_metric_for_mapped_metric = related_one(
    "get_custom_metric_for_mapped_metric",
    "get_custom_metric_id_for_mapped_metric",
    MAPPED_METRIC,
    "custom-metric",
    CUSTOM_METRIC,
    scopes="metrics:read",
    rate=S,
    load=_custom_metric_of,
)


@operation(
    "update_mapped_metric",
    "PATCH",
    "/api/mapped-metrics/{id}",
    scopes="metrics:write",
    rate=MAPPED_METRICS,
    body=Body("mapped-metric", relationships=_TARGETS),
    answers=MAPPED_METRIC,
)
async def update_mapped_metric(call: Call[None]) -> Record:
    """Point it to the metric or the custom metric named; null unsets it."""
    purpose, named = _purpose(call), dict(call.body_relationships)
    if not named:
        raise invalid("A metric or a custom metric is needed.", pointer="/data/relationships")
    if all(named.values()) and len(named) > 1:
        raise invalid("Give either a metric or a custom metric.", pointer="/data/relationships")
    account = call.principal.account_id
    async with call.transaction() as conn:
        metric, custom = await _metric_id(call, conn, named), await _custom_id(call, conn, named)
        await service.set_(conn, account, purpose, metric=metric, custom=custom, now=call.now)
        (row,) = await service.mapped(conn, account, [purpose])
    return _record(row)


async def _metric_id(call: AnyCall, conn: db.Connection, named: Mapping[str, Any]) -> int | None:
    id = named.get("metric")
    metric = await metrics.by_public_id(conn, call.principal.account_id, id) if id else None
    if id and metric is None:
        raise invalid(f"A metric with id {id} does not exist.", pointer="/data/relationships/metric/data/id")
    return metric.id if metric else None


async def _custom_id(call: AnyCall, conn: db.Connection, named: Mapping[str, Any]) -> int | None:
    id = named.get("custom-metric")
    custom_metric = await custom_metrics.by_public_id(conn, call.principal.account_id, id) if id else None
    if id and custom_metric is None:
        where = "/data/relationships/custom-metric/data/id"
        raise invalid(f"A custom metric with id {id} does not exist.", pointer=where)
    return custom_metric["id"] if custom_metric else None
