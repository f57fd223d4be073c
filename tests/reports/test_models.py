"""All models side by side: `POST /api/attribution-model-reports`."""

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import messages_world as world
from tests.attribution import plain
from tests.attribution.test_models import MODELS, NOW, accept, history, logged, senders
from tests.conftest import Server, Shop, new_shop
from tests.reports.test_values import report


def compared(shop: Shop, **attributes: Any) -> dict[str, Any]:
    body = {
        "data": {
            "type": "attribution-model-report",
            "attributes": {
                "timeframe": {"key": "last_30_days"},
                "conversion_metric_id": shop.metric_id("Placed Order"),
                **attributes,
            },
        }
    }
    answer = shop.http.post("/api/attribution-model-reports", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def sums(answer: dict[str, Any], name: str) -> dict[str, dict[Any, tuple[float, float]]]:
    """By model and group: conversions and value."""
    return {
        model: {
            result["groupings"][name]: (
                round(numbers["conversions"], 6),
                round(numbers["conversion_value"], 6),
            )
            for result in answer["results"]
            if (numbers := result["models"][model]) and numbers["conversions"]
        }
        for model in MODELS
    }


def test_every_group_of_every_model_equals_a_plain_recomputation_also_under_windows_not_yet_saved(
    server: Server,
) -> None:
    chance = random.Random("reports")
    with new_shop(server) as shop:
        numbers, _ = senders(shop)
        events = [event for n in range(100) for event in history(chance, f"p{n}", numbers)]
        accept(shop, [accepted for accepted, _ in events])
        shop.wait_until_recorded()
        log = logged(shop, events)
        metrics = {event.unique_id: event for event in log}
        saved = shop.http.get("/api/attribution-settings").json()["data"]["attributes"]
        preview = {"windows": {"sms_click": {"value": 9, "unit": "days"}, "email_open": None}}
        for changes in ({}, preview):
            shown = {**saved, "windows": {**saved["windows"], **changes.get("windows", {})}}
            by_channel, by_message = (compared(shop, group_by=by, **changes) for by in ("channel", "campaign"))
            assert by_channel["settings"]["windows"] == shown["windows"]
            for model in MODELS:
                expected: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
                campaigns: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
                for (_, touch), (share, value) in plain.credits(log, shown, model).items():
                    part = Decimal(share.numerator) / share.denominator
                    place = metrics[touch].message
                    channel = plain.KINDS[metrics[touch].metric][0].partition("_")[0]
                    sender = ("Spring", "Summer", None, None, None)[4 if place is None else place]
                    groups = ((expected, channel), (campaigns, sender))
                    for totals, group in groups:
                        totals[group][0] += part
                        totals[group][1] += value or 0
                named = {"push": "push-notification"}
                assert sums(by_channel, "send_channel")[model] == {
                    named.get(name, name): (float(round(count, 6)), float(round(total, 6)))
                    for name, (count, total) in expected.items()
                }
                assert sums(by_message, "campaign_name")[model] == {
                    name: (float(round(count, 6)), float(round(total, 6))) for name, (count, total) in campaigns.items()
                }
        assert shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["windows"] == saved["windows"]


def test_it_counts_by_day_and_everything_beside_what_is_credited(shop: Shop) -> None:
    world.happened(shop, "Clicked Email", "ann@example.com", NOW - timedelta(days=3))
    for days in (2, 1):
        world.ordered(shop, "ann@example.com", NOW - timedelta(days=days))
    world.ordered(shop, "bea@example.com", NOW - timedelta(days=1), "7")
    world.happened(shop, "Refunded Order", "bea@example.com", NOW, value="3", service="api")
    shop.wait_until_recorded()
    answer = compared(shop, timeframe={"key": "last_7_days"}, interval="daily")
    assert len(answer["date_times"]) == 8
    (email,) = answer["results"]
    for model in MODELS:
        assert sum(email["models"][model]["conversions"]) == 2
        assert sorted(email["models"][model]["conversion_value"])[-2:] == [10.0, 10.0]
    assert email["models"]["data-driven"] is None
    assert answer["data_driven"]["status"] == "too-few-paths"
    assert sum(answer["totals"]["conversion_value"]) == 27.0
    assert answer["unmatched_refunds"] == {"count": 1, "value": 3.0}


def test_campaign_reports_events_and_aggregates_follow_the_model(shop: Shop) -> None:
    shop.profile("ann@example.com")
    first, last = (world.campaign(shop, name, now=NOW) for name in ("Spring", "Summer"))
    for campaign, days in ((first, 3), (last, 2)):
        message = world.sent(shop, campaign, "ann@example.com", NOW - timedelta(days=days))
        world.happened(shop, "Clicked Email", "ann@example.com", NOW - timedelta(days=days), message=message)
    world.ordered(shop, "ann@example.com", NOW - timedelta(days=1), "10.01")
    shop.wait_until_recorded()

    def earned() -> dict[str, tuple[float, float]]:
        found = report(shop, statistics=["conversions", "conversion_value"])
        return {
            one["groupings"]["campaign_id"]: (
                one["statistics"]["conversions"],
                one["statistics"]["conversion_value"],
            )
            for one in found
            if one["statistics"]["conversions"]
        }

    def credited() -> list[str]:
        found = shop.sdk.Events.get_events(
            include=["attributions"], filter=f'equals(metric_id,"{shop.metric_id("Placed Order")}")'
        )
        return [one["relationships"]["campaign"]["data"]["id"] for one in found.included or []]

    def aggregated() -> dict[str, float]:
        """Revenue by the message that metric aggregates name."""
        since, until = (moment.replace(tzinfo=None).isoformat() for moment in (NOW - timedelta(days=9), NOW))
        attributes = {
            "metric_id": shop.metric_id("Placed Order"),
            "measurements": ["sum_value"],
            "by": ["$attributed_message"],
            "filter": [f"greater-or-equal(datetime,{since})", f"less-than(datetime,{until})"],
        }
        found = shop.sdk.Metrics.query_metric_aggregates(
            {"data": {"type": "metric-aggregate", "attributes": attributes}}
        )
        return {row.dimensions[0]: sum(row.measurements["sum_value"]) for row in found.data.attributes.data}

    assert earned() == {last.public_id: (1, 10.01)}
    assert credited() == [last.public_id]
    assert aggregated() == {last.message_id: 10.01}
    body = {"data": {"type": "attribution-settings", "attributes": {"model": "linear"}}}
    assert shop.http.patch("/api/attribution-settings", json=body).json()["data"]["attributes"]["recomputing"]
    shop.wait_until_recorded()
    assert earned() == {first.public_id: (0.5, 5.0), last.public_id: (0.5, 5.01)}
    assert sorted(credited()) == sorted([first.public_id, last.public_id])
    body["data"]["attributes"] = {"model": "first-touch"}
    shop.http.patch("/api/attribution-settings", json=body)
    shop.wait_until_recorded()
    assert earned() == {first.public_id: (1, 10.01)}
    assert credited() == [first.public_id]
    assert aggregated() == {first.message_id: 10.01}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"group_by": "weather"}, "/data/attributes/group_by"),
        ({"interval": "yearly"}, "/data/attributes/interval"),
        ({"timeframe": {}}, "/data/attributes/timeframe"),
        ({"windows": {"sms_click": {"value": 91, "unit": "days"}}}, "/data/attributes/windows/sms_click"),
        ({"position_weights": {"first": 50, "middle": 50, "last": 50}}, "/data/attributes/position_weights"),
        ({"conversion_metric_id": "NOPE00"}, "/data/attributes/conversion_metric_id"),
        ({"model": "linear"}, "/data/attributes/model"),
    ],
)
def test_it_refuses_what_it_does_not_know(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    given = {"timeframe": {"key": "today"}, "conversion_metric_id": "ABCDEF", **attributes}
    body = {"data": {"type": "attribution-model-report", "attributes": given}}
    answer = shop.http.post("/api/attribution-model-reports", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer
