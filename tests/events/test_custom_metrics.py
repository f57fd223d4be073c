"""Custom metrics (behaviour-people 3.5, behaviour-messaging 6.6)."""

from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.people import Json, sent

ANN = {"email": "ann@example.com"}
DEFINITION = "/data/attributes/definition"


@pytest.fixture
def metric(shop: Shop) -> str:
    sent(shop, "Placed Order", person=ANN, value=5)
    return shop.metric_id("Placed Order")


def definition(metric: str, *filters: Json, method: str = "count", **group: Any) -> Json:
    found = {"metric_id": metric, "metric_filters": list(filters), **group}
    return {"aggregation_method": method, "metric_groups": [found]}


def create(shop: Shop, name: str, given: Json) -> httpx.Response:
    body = {"data": {"type": "custom-metric", "attributes": {"name": name, "definition": given}}}
    return shop.http.post("/api/custom-metrics", json=body)


def made(shop: Shop, name: str, given: Json) -> Json:
    answer = create(shop, name, given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def change(shop: Shop, id: str, **attributes: Any) -> httpx.Response:
    body = {"data": {"type": "custom-metric", "id": id, "attributes": attributes}}
    return shop.http.patch(f"/api/custom-metrics/{id}", json=body)


FILTERS = [
    {"type": "numeric", "operator": "greater-than", "value": 5},
    {"type": "numeric", "operator": "not-equals", "value": 0.5},
    {"type": "string", "operator": "equals", "value": None},
    {"type": "string", "operator": "regex", "value": "^a+$"},
    {"type": "string", "operator": "in", "value": ["a", "b"]},
    {"type": "boolean", "operator": "equals", "value": False},
    {"type": "existence", "operator": "not-set"},
    {"type": "list", "operator": "contains", "value": 5},
    {"type": "list", "operator": "not-contains-starts-with", "value": "a"},
    {"type": "list", "operator": "contains-substring", "value": None},
]


@pytest.mark.rule("3.5")
def test_it_keeps_the_definition_as_it_was_given(shop: Shop, metric: str) -> None:
    filters = [{"property": f"P{at}", "filter": one} for at, one in enumerate(FILTERS)]
    given = definition(metric, *filters, method="value", value_property="Total")
    one = made(shop, "Large orders", given)
    assert one["attributes"]["definition"] == given
    assert one["attributes"]["name"] == "Large orders"
    again = shop.http.get(f"/api/custom-metrics/{one['id']}").json()["data"]
    assert again["attributes"] == one["attributes"]
    assert again["attributes"]["created"] == again["attributes"]["updated"]


@pytest.mark.rule("3.5")
def test_it_lists_them_with_their_metrics(shop: Shop, metric: str) -> None:
    sent(shop, "Refunded Order", person=ANN)
    refund = shop.metric_id("Refunded Order")
    both = {"aggregation_method": "count", "metric_groups": [{"metric_id": refund}, {"metric_id": metric}] * 2}
    one, two = made(shop, "Both", both), made(shop, "One", definition(metric))
    page = shop.http.get("/api/custom-metrics?include=metrics").json()
    shown = {row["id"]: [ref["id"] for ref in row["relationships"]["metrics"]["data"]] for row in page["data"]}
    assert shown == {one["id"]: [refund, metric], two["id"]: [metric]}
    assert sorted(row["id"] for row in page["included"]) == sorted([refund, metric])
    here = f"/api/custom-metrics/{one['id']}"
    assert [row["id"] for row in shop.http.get(f"{here}/metrics").json()["data"]] == [refund, metric]
    listed = shop.http.get(f"{here}/relationships/metrics").json()["data"]
    assert listed == [{"type": "metric", "id": refund}, {"type": "metric", "id": metric}]


@pytest.mark.rule("3.5")
def test_a_name_that_is_taken_is_refused(shop: Shop, metric: str) -> None:
    made(shop, "Mine", definition(metric))
    other = made(shop, "Other", definition(metric))
    for answer in (create(shop, "Mine", definition(metric)), change(shop, other["id"], name="Mine")):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/name"
    assert change(shop, other["id"], name="Other").status_code == 200


@pytest.mark.rule("3.5")
def test_there_are_at_most_fifty(shop: Shop, metric: str) -> None:
    for number in range(50):
        made(shop, f"M{number}", definition(metric))
    assert create(shop, "One more", definition(metric)).status_code == 400
    (first, *_) = shop.http.get("/api/custom-metrics").json()["data"]
    assert shop.http.delete(f"/api/custom-metrics/{first['id']}").status_code == 204
    made(shop, "One more", definition(metric))


@pytest.mark.rule("3.5")
def test_it_changes_only_what_is_given(shop: Shop, metric: str) -> None:
    one = made(shop, "Mine", definition(metric))
    shop.advance(hours=1)
    found = change(shop, one["id"], name="Ours").json()["data"]["attributes"]
    assert (found["name"], found["definition"]) == ("Ours", one["attributes"]["definition"])
    assert found["updated"] > found["created"] == one["attributes"]["created"]
    new = definition(metric, method="value", value_property=None)
    found = change(shop, one["id"], definition=new, name=None).json()["data"]["attributes"]
    assert (found["name"], found["definition"]) == ("Ours", new)


@pytest.mark.rule("3.5")
def test_one_that_is_deleted_is_gone(shop: Shop, metric: str) -> None:
    one = made(shop, "Mine", definition(metric))
    assert shop.http.delete(f"/api/custom-metrics/{one['id']}").status_code == 204
    for answer in (
        shop.http.get(f"/api/custom-metrics/{one['id']}"),
        shop.http.get(f"/api/custom-metrics/{one['id']}/metrics"),
        shop.http.delete(f"/api/custom-metrics/{one['id']}"),
        change(shop, one["id"], name="x"),
    ):
        assert answer.status_code == 404


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"aggregation_method": "mean"}, f"{DEFINITION}/aggregation_method"),
        ({"metric_groups": []}, f"{DEFINITION}/metric_groups"),
        ({"metric_groups": [{"metric_id": "NOPE01"}]}, f"{DEFINITION}/metric_groups/0/metric_id"),
        ({"metric_groups": [{}]}, f"{DEFINITION}/metric_groups/0/metric_id"),
        ({"surely_unknown": 1}, f"{DEFINITION}/surely_unknown"),
    ],
)
def test_it_says_what_is_wrong_with_a_definition(shop: Shop, metric: str, changes: Json, pointer: str) -> None:
    answer = create(shop, "Mine", definition(metric) | changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    "filter",
    [
        {"type": "numeric", "operator": "equals", "value": "5"},
        {"type": "numeric", "operator": "contains", "value": 5},
        {"type": "string", "operator": "in", "value": "a"},
        {"type": "string", "operator": "equals", "value": ["a"]},
        {"type": "string", "operator": "regex", "value": "(("},
        {"type": "boolean", "operator": "equals", "value": 1},
        {"type": "existence", "operator": "is-set", "value": True},
        {"type": "list", "operator": "contains", "value": None},
        {"type": "list", "operator": "contains-substring", "value": 5},
        {"type": "date", "operator": "before", "value": "2025-01-01"},
        {},
    ],
    ids=str,
)
def test_it_says_what_is_wrong_with_a_filter(shop: Shop, metric: str, filter: Json) -> None:
    answer = create(shop, "Mine", definition(metric, {"property": "P", "filter": filter}))
    assert answer.status_code == 400
    where = f"{DEFINITION}/metric_groups/0/metric_filters/0/filter"
    assert answer.json()["errors"][0]["source"]["pointer"].startswith(where)


@pytest.mark.parametrize("name", ["", " ", "x" * 256])
def test_it_wants_a_name(shop: Shop, metric: str, name: str) -> None:
    assert create(shop, name, definition(metric)).status_code == 400
    one = made(shop, "Mine", definition(metric))
    assert change(shop, one["id"], name=name).status_code == 400


@pytest.mark.rule("3.4")
def test_events_can_not_be_filtered_by_one(shop: Shop, metric: str) -> None:
    one = made(shop, "Mine", definition(metric))
    answer = shop.http.get("/api/events", params={"filter": f'equals(metric_id,"{one["id"]}")'})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": "filter"}
