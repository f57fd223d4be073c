"""Calls of segment reports; see `calls`."""

from collections.abc import Callable
from typing import Any

from tests.parity.world import World, resource


def _report(world: World, kind: str, **more: Any) -> dict[str, Any]:
    everything = ["total_members", "members_added", "members_removed", "net_members_changed"]
    only = f'equals(segment_id,"{world.segment}")'
    return resource(kind, statistics=everything, timeframe={"key": "last_7_days"}, filter=only, **more)


CALLS: dict[str, Callable[[World], Any]] = {
    "query_segment_values": lambda w: w.sdk.Reporting.query_segment_values(_report(w, "segment-values-report")),
    "query_segment_series": lambda w: w.sdk.Reporting.query_segment_series(
        _report(w, "segment-series-report", interval="daily")
    ),
}
