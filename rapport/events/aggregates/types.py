"""Metric aggregates as they cross the API (behaviour-people 3.8)."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rapport.kit.intervals import Interval

Measurement = Literal["count", "sum_value", "unique"]
ReturnField = Literal["id", "data", "dates"]


class AggregateInput(msgspec.Struct, forbid_unknown_fields=True):
    """The question. `filter`: texts of the filter grammar, joined by AND, among them the bounds of `datetime`."""

    metric_id: str
    measurements: list[Measurement]
    filter: list[str]
    interval: Interval | None = None
    by: list[str] | None = None
    timezone: str | None = None
    sort: str | None = None
    return_fields: list[ReturnField] | None = None
    page_size: int | None = None
    page_cursor: str | None = None


class AggregateRow(msgspec.Struct):
    """`dimensions`: values in the order of `by`, "" where there is none; `measurements`: one number a date."""

    dimensions: list[str]
    measurements: dict[str, list[Any]]


class AggregateAttributes(msgspec.Struct):
    """`dates`: the UTC instants at which the local hours, days, weeks or months begin."""

    dates: list[datetime] | UnsetType = UNSET
    data: list[AggregateRow] | UnsetType = UNSET
