"""The operation on metric aggregates."""

import asyncio
import re
import uuid

from msgspec import UNSET

from rapport.events import metrics
from rapport.events.aggregates import question
from rapport.events.aggregates.compute import answer
from rapport.events.aggregates.types import AggregateAttributes, AggregateInput
from rapport.events.metrics import Metric
from rapport.kit.jsonapi import Answer, AnyCall, Body, Call, Record, Resource, invalid, operation
from rapport.kit.ratelimit import S

METRIC_AGGREGATE = Resource(type="metric-aggregate", path="/api/metric-aggregates", attributes=AggregateAttributes)
_CUSTOM = re.compile(r"[0-9a-f]{32}")


@operation(
    "query_metric_aggregates",
    "POST",
    "/api/metric-aggregates",
    scopes="metrics:read",
    rate=S,
    body=Body("metric-aggregate", AggregateInput),
    answers=METRIC_AGGREGATE,
)
async def query_metric_aggregates(call: Call[AggregateInput]) -> Answer:
    query = await asyncio.to_thread(question.read, call.body, call.page.cursor)
    metric = await _metric(call, call.body.metric_id)
    rows, cursor = await answer(call.pool, call.principal.account_id, metric, query)
    fields = call.body.return_fields or ("data", "dates")
    attributes = AggregateAttributes(
        dates=list(query.dates) if "dates" in fields else UNSET, data=rows if "data" in fields else UNSET
    )
    return Answer(Record(str(uuid.uuid4()), attributes), next=cursor)


async def _metric(call: AnyCall, public_id: str) -> Metric:
    pointer = "/data/attributes/metric_id"
    if _CUSTOM.fullmatch(public_id):
        raise invalid("Custom metrics can't be aggregated; give the id of a metric.", pointer=pointer)
    async with call.transaction() as conn:
        metric = await metrics.by_public_id(conn, call.principal.account_id, public_id)
    if metric is None:
        raise invalid(f"A metric with id {public_id} does not exist.", pointer=pointer)
    return metric
