"""Campaign and flow reports. Everything counts on the day the message was sent (behaviour-messaging 6.2).

All results are answered on one page: there are as many as messages were sent, not as recipients.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.attribution.windows import settings_of
from rapport.events import metrics
from rapport.kit import db
from rapport.kit.jsonapi import AnyCall, Body, Call, Parameter, Record, Resource, ToMany, invalid, operation
from rapport.kit.ratelimit import REPORTS
from rapport.reports import query, timeframes
from rapport.reports.grouping import (
    CAMPAIGNS,
    FLOWS,
    Groups,
    Kind,
    checked_filter,
    checked_group_by,
    checked_statistics,
    grouped,
)
from rapport.reports.statistics import Counts, statistic
from rapport.reports.timeframes import Range
from rapport.reports.types import SeriesRequest, ValuesRequest

CAMPAIGN_VALUES = Resource(
    "campaign-values-report",
    "/api/campaign-values-reports",
    relationships={"campaigns": ToMany("campaign")},
    self_link=False,
)
_OF_FLOWS = {"flows": ToMany("flow"), "flow-messages": ToMany("flow-message")}
FLOW_VALUES = Resource("flow-values-report", "/api/flow-values-reports", relationships=_OF_FLOWS, self_link=False)
FLOW_SERIES = Resource("flow-series-report", "/api/flow-series-reports", relationships=_OF_FLOWS, self_link=False)
_PAGING = {"page_cursor": Parameter(description="Accepted; all results are on the first page.")}
Results = dict[Groups, list[Counts]]


@operation(
    "query_campaign_values",
    "POST",
    "/api/campaign-values-reports",
    scopes="campaigns:read",
    rate=REPORTS,
    body=Body("campaign-values-report", ValuesRequest),
    answers=CAMPAIGN_VALUES,
    parameters=_PAGING,
)
async def query_campaign_values(call: Call[ValuesRequest]) -> Record:
    results, group_by, _ = await _results(call, CAMPAIGNS)
    return _record(call, results, group_by, {"campaigns": "campaign_id"})


@operation(
    "query_flow_values",
    "POST",
    "/api/flow-values-reports",
    scopes="flows:read",
    rate=REPORTS,
    body=Body("flow-values-report", ValuesRequest),
    answers=FLOW_VALUES,
    parameters=_PAGING,
)
async def query_flow_values(call: Call[ValuesRequest]) -> Record:
    results, group_by, _ = await _results(call, FLOWS)
    return _record(call, results, group_by, {"flows": "flow_id", "flow-messages": "flow_message_id"})


@operation(
    "query_flow_series",
    "POST",
    "/api/flow-series-reports",
    scopes="flows:read",
    rate=REPORTS,
    body=Body("flow-series-report", SeriesRequest),
    answers=FLOW_SERIES,
    parameters=_PAGING,
)
async def query_flow_series(call: Call[SeriesRequest]) -> Record:
    results, group_by, starts = await _results(call, FLOWS, interval=call.body.interval)
    record = _record(call, results, group_by, {"flows": "flow_id", "flow-messages": "flow_message_id"}, series=True)
    record.attributes["date_times"] = starts
    return record


async def _results(
    call: Call[Any], kind: Kind, interval: str | None = None
) -> tuple[Results, Sequence[str], Sequence[datetime]]:
    """Counts by groupings, the groupings, and the starts of the intervals. Raises ApiError 400."""
    request: ValuesRequest = call.body
    request.statistics = list(checked_statistics(request.statistics))
    group_by = checked_group_by(kind, request.group_by)
    conditions = checked_filter(kind, request.filter)
    async with call.transaction() as conn:
        account = await accounts.load(conn, call.principal.account_id)
        range = timeframes.read(request.timeframe, ZoneInfo(account.timezone), call.now)
        starts = timeframes.buckets(range, interval) if interval else [range.start]
        metric = await _metric(conn, account, request.conversion_metric_id)
        cells = await _cells(conn, account, kind, metric, range, starts)
        by_group = not {"group", "group_name"}.isdisjoint(group_by)
        names = await query.names(conn, account.account_id, kind.source, cells, groups=by_group)
    return grouped(cells, names, group_by, conditions, len(starts)), group_by, starts


async def _metric(conn: db.Connection, account: Account, public_id: str) -> int:
    metric = await metrics.by_public_id(conn, account.account_id, public_id)
    if metric is None:
        raise invalid(f"Metric not found with id {public_id}.", pointer="/data/attributes/conversion_metric_id")
    return metric.id


async def _cells(
    conn: db.Connection, account: Account, kind: Kind, metric: int, range: Range, starts: Sequence[datetime]
) -> list[query.Cell]:
    no_bots = settings_of(account).exclude_bot_clicks
    return await query.cells(conn, account.account_id, kind.source, metric, range, starts, no_bots=no_bots)


def _record(
    call: AnyCall, results: Results, group_by: Sequence[str], related: dict[str, str], *, series: bool = False
) -> Record:
    shown = [
        {"groupings": dict(zip(group_by, groups, strict=True)), "statistics": _shown(call, counts, series)}
        for groups, counts in results.items()
    ]
    ids = {name: _distinct(results, group_by.index(grouping)) for name, grouping in related.items()}
    return Record(str(uuid.uuid4()), {"results": shown}, ids)


def _shown(call: AnyCall, counts: Sequence[Counts], series: bool) -> dict[str, Any]:
    """One number a statistic, or with `series` one for each interval."""
    if not series:
        return {name: statistic(name, counts[0]) for name in call.body.statistics}
    return {name: [statistic(name, interval_counts) for interval_counts in counts] for name in call.body.statistics}


def _distinct(results: Results, place: int) -> list[str]:
    return list(dict.fromkeys(str(groups[place]) for groups in results))
