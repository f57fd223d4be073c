"""Operations on the properties of metrics (behaviour-people 3.5)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rapport.events import metric_properties as service
from rapport.events.api import METRIC, metric_record
from rapport.events.metric_properties import MetricProperty
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Record, Resource, Row, ToOne, getting, not_found, related_many, related_one
from rapport.kit.ratelimit import XS


class MetricPropertyAttributes(msgspec.Struct):
    """`inferred_type`: numeric, string, date, List or object. `sample_values` only when asked for."""

    label: str
    property: str
    inferred_type: str
    sample_values: list[Any] | UnsetType = UNSET


METRIC_PROPERTY = Resource(
    type="metric-property",
    path="/api/metric-properties",
    attributes=MetricPropertyAttributes,
    relationships={"metric": ToOne("metric")},
    additional=("sample_values",),
)
_METRIC = "SELECT * FROM metrics WHERE account_id = %s AND public_id = %s"


async def _metric(call: AnyCall, public_id: str) -> Row | None:
    async with call.transaction() as conn:
        return await db.one(conn, _METRIC, (call.principal.account_id, public_id))


def _record(metric_property: MetricProperty, metric: Row) -> Record:
    samples = UNSET if metric_property.sample_values is None else metric_property.sample_values
    attributes = MetricPropertyAttributes(
        metric_property.name, metric_property.name, metric_property.inferred_type, samples
    )
    return Record(
        service.id_of(metric["public_id"], metric_property.name), attributes, key=metric, resource=METRIC_PROPERTY
    )


async def _of(call: AnyCall, metric: Row) -> list[Record]:
    samples = "sample_values" in call.additional
    async with call.transaction() as conn:
        properties = await service.of_metric(conn, call.principal.account_id, metric["id"], samples=samples)
    return [_record(metric_property, metric) for metric_property in properties]


async def _of_metric(call: AnyCall) -> list[Record]:
    metric = await _metric(call, call.path["id"])
    if metric is None:
        raise not_found("metric", call.path["id"])
    return await _of(call, metric)


async def _load(call: AnyCall) -> Record | None:
    named = service.read_id(call.path["id"])
    metric = await _metric(call, named[0]) if named else None
    if metric is None:
        return None
    return next((record for record in await _of(call, metric) if record.id == call.path["id"]), None)


async def _metric_of(call: AnyCall) -> Record:
    record = await _load(call)
    if record is None:
        raise not_found("metric-property", call.path["id"])
    return metric_record(record.key, call)


async def _metrics_of(call: AnyCall, records: Any) -> dict[str, Record]:
    return {record.id: metric_record(record.key, call) for record in records}


get_metric_property = getting(
    "get_metric_property", METRIC_PROPERTY, scopes="metrics:read", rate=XS, load=_load, includes={"metric": _metrics_of}
)
get_properties_for_metric = related_many(
    "get_properties_for_metric",
    "get_property_ids_for_metric",
    METRIC,
    "metric-properties",
    METRIC_PROPERTY,
    scopes="metrics:read",
    rate=XS,
    load=_of_metric,
)
get_metric_for_metric_property = related_one(
    "get_metric_for_metric_property",
    "get_metric_id_for_metric_property",
    METRIC_PROPERTY,
    "metric",
    METRIC,
    scopes="metrics:read",
    rate=XS,
    load=_metric_of,
)
