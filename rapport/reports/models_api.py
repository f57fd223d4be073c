"""What every attribution model would credit, beside each other: an extension.

Counted on the day of the conversion, from the log itself, so other windows can be looked at before they are saved.
"""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.attribution import comparison
from rapport.attribution.comparison import Cell, Comparison, GroupBy
from rapport.attribution.models import DATA_DRIVEN, MODELS, model_of
from rapport.attribution.windows import RulesUpdate, changed, settings_of
from rapport.events import metrics
from rapport.kit import db
from rapport.kit.jsonapi import Body, Call, Document, invalid, operation
from rapport.kit.ratelimit import S
from rapport.reports import timeframes
from rapport.reports.grouping import shown_channel


class ModelReportRequest(RulesUpdate, kw_only=True):
    """`timeframe`: {key} or {start, end}, in which the conversions lie; `interval`: series instead of single numbers.
    Settings that are given take the place of the account's, for this answer only."""

    timeframe: dict[str, Any]
    conversion_metric_id: str
    group_by: GroupBy = "channel"
    interval: Literal["hourly", "daily", "weekly", "monthly"] | None = None


@operation(
    "query_attribution_models",
    "POST",
    "/api/attribution-model-reports",
    scopes="metrics:read",
    rate=S,
    body=Body("attribution-model-report", ModelReportRequest),
)
async def query_attribution_models(call: Call[ModelReportRequest]) -> Document:
    request = call.body
    async with call.transaction() as conn:
        account = await accounts.load(conn, call.principal.account_id)
        range = timeframes.read(request.timeframe, ZoneInfo(account.timezone), call.now)
        starts = timeframes.buckets(range, request.interval) if request.interval else [range.start]
        settings = changed(settings_of(account), request)
        metric = await _metric(conn, account, request.conversion_metric_id)
        model = model_of(settings, account.account_id)
        edges = [range.start, *starts[1:]]
        compared = await comparison.compare(conn, account, model, metric, edges, range.end, request.group_by)
    shown = _Shown(request, compared, len(starts))
    attributes = {
        **shown.attributes(),
        "settings": msgspec.to_builtins(settings),
        "currency": account.currency,
        **({"date_times": starts} if request.interval else {}),
    }
    data = {"type": "attribution-model-report", "id": str(uuid.uuid4()), "attributes": attributes}
    return Document({"data": data})


async def _metric(conn: db.Connection, account: Account, public_id: str) -> int:
    metric = await metrics.by_public_id(conn, account.account_id, public_id)
    if metric is None:
        raise invalid(f"Metric not found with id {public_id}.", pointer="/data/attributes/conversion_metric_id")
    return metric.id


class _Shown:
    """A comparison as it is answered: one number a statistic, or with an interval one for each of them."""

    def __init__(self, request: ModelReportRequest, compared: Comparison, intervals: int) -> None:
        self._request, self._compared, self._intervals = request, compared, intervals

    def attributes(self) -> dict[str, Any]:
        count, value = self._compared.unmatched_refunds
        cells = self._compared.cells
        credited = [cell for cell in cells if cell.model is not None]
        by_group: dict[tuple[str | None, str | None], list[Cell]] = {}
        for cell in sorted(credited, key=lambda cell: (cell.name or "", cell.id or "")):
            by_group.setdefault((cell.id, cell.name), []).append(cell)
        return {
            "results": [self._group(id, name, group) for (id, name), group in by_group.items()],
            "totals": self._statistics([cell for cell in cells if cell.model is None]),
            "unmatched_refunds": {"count": count, "value": float(value)},
            DATA_DRIVEN.replace("-", "_"): self._compared.learned.shown,
        }

    def _group(self, id: str | None, name: str | None, cells: Sequence[Cell]) -> dict[str, Any]:
        """Under a model that could not be learned there is no figure."""
        unknown = () if self._compared.learned.is_enough else (DATA_DRIVEN,)
        return {
            "groupings": self._groupings(id, name),
            "models": {
                model: None if model in unknown else self._statistics([cell for cell in cells if cell.model == model])
                for model in MODELS
            },
        }

    def _groupings(self, id: str | None, name: str | None) -> dict[str, str | None]:
        by = self._request.group_by
        return {"send_channel": shown_channel(id or "")} if by == "channel" else {f"{by}_id": id, f"{by}_name": name}

    def _statistics(self, cells: Sequence[Cell]) -> dict[str, Any]:
        conversions, values = ([Decimal(0)] * self._intervals for _ in range(2))
        for cell in cells:
            conversions[cell.bucket] += cell.conversions
            values[cell.bucket] += cell.value
        series = {"conversions": list(map(float, conversions)), "conversion_value": list(map(float, values))}
        return series if self._request.interval else {name: numbers[0] for name, numbers in series.items()}
