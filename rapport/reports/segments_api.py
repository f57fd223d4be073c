"""Segment reports: how many were added and removed, and how many there were (behaviour-messaging 6.1, 6.4)."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rapport.accounts import service as accounts
from rapport.kit.jsonapi import Body, Call, Record, Resource, operation
from rapport.kit.ratelimit import REPORTS
from rapport.reports import segments, timeframes
from rapport.reports.segments import STATISTICS, Cell
from rapport.reports.types import SegmentSeriesRequest, SegmentValuesRequest

VALUES = Resource("segment-values-report", "/api/segment-values-reports", self_link=False)
SERIES = Resource("segment-series-report", "/api/segment-series-reports", self_link=False)


@operation(
    "query_segment_values",
    "POST",
    "/api/segment-values-reports",
    scopes="segments:read",
    rate=REPORTS,
    body=Body("segment-values-report", SegmentValuesRequest),
    answers=VALUES,
)
async def query_segment_values(call: Call[SegmentValuesRequest]) -> Record:
    """Over the whole timeframe; total_members at its end."""
    _, cells_by_segment = await _cells(call)
    results = [_result(public_id, _statistics(call, cells[0])) for public_id, cells in cells_by_segment.items()]
    return Record(str(uuid.uuid4()), {"results": results})


@operation(
    "query_segment_series",
    "POST",
    "/api/segment-series-reports",
    scopes="segments:read",
    rate=REPORTS,
    body=Body("segment-series-report", SegmentSeriesRequest),
    answers=SERIES,
)
async def query_segment_series(call: Call[SegmentSeriesRequest]) -> Record:
    """Interval by interval; total_members at the end of each."""
    starts, cells_by_segment = await _cells(call, call.body.interval)
    results = []
    for public_id, cells in cells_by_segment.items():
        each = [_statistics(call, cell) for cell in cells]
        results.append(_result(public_id, {name: [statistics[name] for statistics in each] for name in each[0]}))
    return Record(str(uuid.uuid4()), {"date_times": starts, "results": results})


async def _cells(call: Call[Any], interval: str | None = None) -> tuple[Sequence[datetime], dict[str, list[Cell]]]:
    """Starts of the intervals, and what every segment asked for did in each. Raises ApiError 400."""
    request: SegmentValuesRequest = call.body
    request.statistics = list(segments.checked_statistics(request.statistics))
    wanted = segments.wanted_segments(request.filter)
    async with call.transaction() as conn:
        account = await accounts.load(conn, call.principal.account_id)
        range = timeframes.read(request.timeframe, ZoneInfo(account.timezone), call.now)
        starts = timeframes.buckets(range, interval) if interval else [range.start]
        # An interval that began before the timeframe counts from there.
        edges = [range.start, *starts[1:], range.end]
        return starts, await segments.cells(conn, account.account_id, wanted, edges)


def _statistics(call: Call[Any], cell: Cell) -> dict[str, int]:
    return {name: STATISTICS[name](cell) for name in call.body.statistics}


def _result(public_id: str, statistics: dict[str, Any]) -> dict[str, Any]:
    return {"groupings": {"segment_id": public_id}, "statistics": statistics}
