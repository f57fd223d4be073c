"""Words for tests of metric aggregates: load events, ask, read the answer."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.conftest import Shop
from tests.events.plain_aggregates import Sent
from tests.people import Json

RANGE = ["greater-or-equal(datetime,2025-01-01T00:00:00)", "less-than(datetime,2025-02-01T00:00:00)"]


def loaded(shop: Shop, metric: str, events: Sequence[Sent]) -> str:
    """Record the events; the metric's id."""
    for first in range(0, len(events), 1000):
        groups = [_group(metric, one, first + at) for at, one in enumerate(events[first : first + 1000])]
        body = {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}
        answer = shop.http.post("/api/event-bulk-create-jobs", json=body)
        assert answer.status_code == 202, answer.text
    shop.wait_until_recorded()
    return shop.metric_id(metric)


def _group(metric: str, one: Sent, number: int) -> Json:
    event: Json = {
        "properties": one.properties,
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "time": one.time.isoformat(),
        "unique_id": str(number),
    }
    event |= {} if one.value is None else {"value": one.value}
    event |= {} if one.currency is None else {"value_currency": one.currency}
    profile = {"data": {"type": "profile", "attributes": {"email": one.person}}}
    return {
        "type": "event-bulk-create",
        "attributes": {"profile": profile, "events": {"data": [{"type": "event", "attributes": event}]}},
    }


def asked(shop: Shop, metric: str, **attributes: Any) -> httpx.Response:
    whole = {"metric_id": metric, "measurements": ["count"], "filter": RANGE, **attributes}
    return shop.http.post("/api/metric-aggregates", json={"data": {"type": "metric-aggregate", "attributes": whole}})


def answered(shop: Shop, metric: str, **attributes: Any) -> Json:
    """The attributes of the answer."""
    answer = asked(shop, metric, **attributes)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def counts(shop: Shop, metric: str, **attributes: Any) -> dict[tuple[str, ...], int]:
    """By dimensions, over the whole range, in the order of the answer."""
    found = answered(shop, metric, **attributes)
    return {tuple(row["dimensions"]): sum(row["measurements"]["count"]) for row in found["data"]}


def refused(shop: Shop, metric: str, **attributes: Any) -> str:
    """Where the error points."""
    answer = asked(shop, metric, **attributes)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["errors"][0]["source"]["pointer"])
