"""Mapped metrics (behaviour-people 3.5, behaviour-messaging 6.6)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.events.test_custom_metrics import definition, made
from tests.people import Json, sent

ANN = {"email": "ann@example.com"}
PURPOSES = [
    "added_to_cart",
    "cancelled_sales",
    "ordered_product",
    "refunded_sales",
    "revenue",
    "started_checkout",
    "viewed_product",
]
KINDS = ("metric", "custom-metric")


def point(shop: Shop, purpose: str, **targets: str | None) -> httpx.Response:
    """To a metric, a custom_metric, or with None to nothing."""
    linked = {name.replace("_", "-"): _linkage(name.replace("_", "-"), id) for name, id in targets.items()}
    body = {"data": {"type": "mapped-metric", "id": purpose, "relationships": linked}}
    return shop.http.patch(f"/api/mapped-metrics/{purpose}", json=body)


def _linkage(kind: str, id: str | None) -> Json:
    return {"data": None if id is None else {"type": kind, "id": id}}


def targets(shop: Shop) -> dict[str, str]:
    """What each purpose that points to something points to."""
    rows = shop.http.get("/api/mapped-metrics?include=metric,custom-metric").json()["data"]
    assert [row["id"] for row in rows] == PURPOSES
    linked = {row["id"]: [row["relationships"][kind]["data"] for kind in KINDS] for row in rows}
    return {id: one["id"] for id, both in linked.items() for one in both if one}


def related(shop: Shop, purpose: str) -> list[Any]:
    here = f"/api/mapped-metrics/{purpose}"
    return [
        (data or {}).get("id")
        for kind in KINDS
        for data in [shop.http.get(f"{here}/{part}{kind}").json()["data"] for part in ("", "relationships/")]
    ]


@pytest.mark.rule("3.5")
def test_there_are_always_the_same_seven(shop: Shop) -> None:
    assert targets(shop) == {}
    for purpose in PURPOSES:
        one = shop.http.get(f"/api/mapped-metrics/{purpose}").json()["data"]
        assert [*one["attributes"]] == ["updated"]
        assert related(shop, purpose) == [None] * 4


@pytest.mark.rule("3.5")
def test_a_purpose_is_served_by_the_metric_of_the_usual_name_until_it_is_told_otherwise(shop: Shop) -> None:
    for name in ("Viewed Product", "Placed Order", "Something"):
        sent(shop, name, person=ANN)
    viewed, order = shop.metric_id("Viewed Product"), shop.metric_id("Placed Order")
    assert targets(shop) == {"viewed_product": viewed, "revenue": order}
    assert point(shop, "viewed_product", metric=None).status_code == 200
    assert targets(shop) == {"revenue": order}


@pytest.mark.rule("3.5")
def test_it_points_to_a_metric_or_a_custom_metric(shop: Shop) -> None:
    sent(shop, "Paid", person=ANN)
    metric = shop.metric_id("Paid")
    custom = made(shop, "Large", definition(metric))["id"]
    before = shop.http.get("/api/mapped-metrics/revenue").json()["data"]["attributes"]["updated"]
    shop.advance(hours=1)
    answer = point(shop, "revenue", metric=metric)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["attributes"]["updated"] > before
    assert (targets(shop), related(shop, "revenue")) == ({"revenue": metric}, [metric, metric, None, None])
    assert point(shop, "revenue", custom_metric=custom).status_code == 200
    assert (targets(shop), related(shop, "revenue")) == ({"revenue": custom}, [None, None, custom, custom])
    assert point(shop, "revenue", metric=None, custom_metric=custom).status_code == 200
    assert targets(shop) == {"revenue": custom}
    assert point(shop, "revenue", custom_metric=None).status_code == 200
    assert targets(shop) == {}


@pytest.mark.rule("3.5")
def test_it_points_to_nothing_once_its_custom_metric_is_deleted(shop: Shop) -> None:
    sent(shop, "Paid", person=ANN)
    custom = made(shop, "Large", definition(shop.metric_id("Paid")))["id"]
    point(shop, "revenue", custom_metric=custom)
    assert shop.http.delete(f"/api/custom-metrics/{custom}").status_code == 204
    assert (targets(shop), related(shop, "revenue")) == ({}, [None] * 4)


@pytest.mark.rule("3.5")
@pytest.mark.parametrize("path", ["", "/metric", "/custom-metric", "/relationships/metric"])
def test_any_other_word_is_refused(shop: Shop, path: str) -> None:
    answer = shop.http.get(f"/api/mapped-metrics/nope{path}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"] == "'nope' is not a valid choice for 'id'."
    assert point(shop, "nope", metric=None).status_code == 400


@pytest.mark.rule("3.5")
def test_it_says_what_is_wrong_with_a_target(shop: Shop) -> None:
    sent(shop, "Paid", person=ANN)
    metric = shop.metric_id("Paid")
    custom = made(shop, "Large", definition(metric))["id"]
    for given in (
        {},
        {"metric": "NOPE01"},
        {"custom_metric": "0" * 32},
        {"metric": custom},
        {"custom_metric": metric},
        {"metric": metric, "custom_metric": custom},
    ):
        assert point(shop, "revenue", **given).status_code == 400
    assert targets(shop) == {}
