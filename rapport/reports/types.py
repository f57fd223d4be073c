"""Requests of reports (behaviour-messaging 6.1)."""

from typing import Any, Literal

import msgspec


class ValuesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`statistics`: see `statistics`; `timeframe`: {key} or {start, end}; `filter`: text in the filter grammar."""

    statistics: list[str]
    timeframe: dict[str, Any]
    conversion_metric_id: str
    group_by: list[str] | None = None
    filter: str | None = None


class SeriesRequest(ValuesRequest, kw_only=True):
    interval: Literal["hourly", "daily", "weekly", "monthly"]


class SegmentValuesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`filter`: equals or any of segment_id; without it every segment is answered."""

    statistics: list[str]
    timeframe: dict[str, Any]
    filter: str | None = None


class SegmentSeriesRequest(SegmentValuesRequest, kw_only=True):
    interval: Literal["hourly", "daily", "weekly", "monthly"]
