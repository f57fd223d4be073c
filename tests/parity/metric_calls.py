"""Calls of operations on metrics; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, custom_metric, resource

YEAR = ["greater-or-equal(datetime,2024-01-01T00:00:00)", "less-than(datetime,2025-01-01T00:00:00)"]


def _mapped(world: World) -> Any:
    body = resource("mapped-metric", "revenue")
    del body["data"]["attributes"]
    body["data"]["relationships"] = {"metric": {"data": {"type": "metric", "id": world.metric}}}
    return world.sdk.Metrics.update_mapped_metric("revenue", body)


def _aggregate(world: World) -> Any:
    question = resource(
        "metric-aggregate",
        metric_id=world.metric,
        measurements=["count", "sum_value", "unique"],
        interval="month",
        by=["$attributed_channel", "URL"],
        filter=YEAR,
        timezone="America/New_York",
        page_size=500,
        sort="-count",
    )
    return world.sdk.Metrics.query_metric_aggregates(question)


CALLS: dict[str, Callable[[World], Any]] = {
    "get_properties_for_metric": lambda w: w.sdk.Metrics.get_properties_for_metric(
        w.metric, additional_fields_metric_property=["sample_values"]
    ),
    "get_property_ids_for_metric": lambda w: w.sdk.Metrics.get_property_ids_for_metric(w.metric),
    "get_metric_property": lambda w: w.sdk.Metrics.get_metric_property(
        w.metric_property, additional_fields_metric_property=["sample_values"], include=["metric"]
    ),
    "get_metric_for_metric_property": lambda w: w.sdk.Metrics.get_metric_for_metric_property(w.metric_property),
    "get_metric_id_for_metric_property": lambda w: w.sdk.Metrics.get_metric_id_for_metric_property(w.metric_property),
    "get_custom_metrics": lambda w: w.custom_metric and w.sdk.Metrics.get_custom_metrics(include=["metrics"]),
    "get_custom_metric": lambda w: w.sdk.Metrics.get_custom_metric(w.custom_metric, include=["metrics"]),
    "create_custom_metric": lambda w: w.sdk.Metrics.create_custom_metric(custom_metric(w.unique("Custom "), w.metric)),
    "update_custom_metric": lambda w: w.sdk.Metrics.update_custom_metric(
        w.custom_metric, resource("custom-metric", w.custom_metric, name=w.unique("Custom "))
    ),
    "delete_custom_metric": lambda w: w.sdk.Metrics.delete_custom_metric(w.new_custom_metric()),
    "get_metrics_for_custom_metric": lambda w: w.sdk.Metrics.get_metrics_for_custom_metric(w.custom_metric),
    "get_metric_ids_for_custom_metric": lambda w: w.sdk.Metrics.get_metric_ids_for_custom_metric(w.custom_metric),
    "get_mapped_metrics": lambda w: w.sdk.Metrics.get_mapped_metrics(include=["metric", "custom-metric"]),
    "get_mapped_metric": lambda w: w.sdk.Metrics.get_mapped_metric("revenue", include=["metric"]),
    "update_mapped_metric": _mapped,
    "get_metric_for_mapped_metric": lambda w: w.sdk.Metrics.get_metric_for_mapped_metric(w.mapped("metric")),
    "get_metric_id_for_mapped_metric": lambda w: w.sdk.Metrics.get_metric_id_for_mapped_metric("revenue"),
    "get_custom_metric_for_mapped_metric": lambda w: w.sdk.Metrics.get_custom_metric_for_mapped_metric(
        w.mapped("custom-metric")
    ),
    "get_custom_metric_id_for_mapped_metric": lambda w: w.sdk.Metrics.get_custom_metric_id_for_mapped_metric(
        "viewed_product"
    ),
    "query_metric_aggregates": _aggregate,
}
