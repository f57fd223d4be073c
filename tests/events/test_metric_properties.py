"""Properties of metrics: names, inferred types, sample values (behaviour-people 3.5, 1.4)."""

import base64
from typing import Any

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.events.test_accept import bulk, group
from tests.people import Json, sent

ANN = {"email": "ann@example.com"}


def properties(shop: Shop, name: str, *, samples: bool = False) -> dict[str, Json]:
    """Attributes by name of property."""
    query = {"additional-fields[metric-property]": "sample_values"} if samples else {}
    answer = shop.http.get(f"/api/metrics/{shop.metric_id(name)}/metric-properties", params=query)
    assert answer.status_code == 200, answer.text
    return {one["attributes"]["property"]: one["attributes"] for one in answer.json()["data"]}


def types(shop: Shop, name: str) -> dict[str, str]:
    return {property: one["inferred_type"] for property, one in properties(shop, name).items()}


@pytest.mark.rule("3.5", "1.4")
def test_a_metric_has_the_properties_its_events_carry_with_their_types(shop: Shop) -> None:
    sent(
        shop,
        "Call",
        person=ANN,
        properties={
            "Number": 5,
            "Price": 9.5,
            "Truth": True,
            "Text": "five",
            "Written number": "5",
            "List": ["a"],
            "Empty": [],
            "Lines": [{"a": 1}],
            "Object": {"a": 1},
            "Date": "2026-01-31 12:00:00",
            "Day": "2026-01-31",
            "Nothing": None,
        },
    )
    assert types(shop, "Call") == {
        "Number": "numeric",
        "Price": "numeric",
        "Truth": "numeric",
        "Text": "string",
        "Written number": "string",
        "List": "List",
        "Empty": "List",
        "Lines": "List",
        "Object": "object",
        "Date": "date",
        "Day": "string",
        "Nothing": "string",
    }


@pytest.mark.rule("3.5", "1.4")
def test_what_is_not_always_of_one_type_is_text(shop: Shop) -> None:
    rows = [{"A": 1, "B": "2026-01-31 12:00:00", "C": None}, {"A": "one", "B": "soon", "C": 5}]
    for number, given in enumerate(rows):
        sent(shop, "Call", person=ANN, properties=given, unique_id=str(number))
    assert types(shop, "Call") == {"A": "string", "B": "string", "C": "numeric"}


@pytest.mark.rule("3.5")
def test_value_and_currency_are_properties_too(shop: Shop) -> None:
    sent(shop, "Order", person=ANN, value=5, value_currency="EUR")
    sent(shop, "Call", person=ANN)
    assert types(shop, "Order") == {"$value": "numeric", "$value_currency": "string"}
    assert types(shop, "Call") == {}


@pytest.mark.rule("3.5")
def test_properties_of_old_events_stay_when_newer_ones_lack_them(shop: Shop) -> None:
    assert bulk(
        shop, group(ANN, {"metric": "Call", "unique_id": "old", "time": "2020-01-01", "properties": {"Old": 1}})
    )
    rows = [{"metric": "Call", "unique_id": str(n), "properties": {"New": "x"}} for n in range(700)]
    assert bulk(shop, group(ANN, *rows)).is_success
    shop.wait_until_recorded()
    assert types(shop, "Call") == {"New": "string", "Old": "numeric"}


@pytest.mark.rule("3.5")
def test_a_name_that_comes_late_is_noted(shop: Shop) -> None:
    for n in range(5):
        rows = [{"metric": "Call", "unique_id": f"{n}-{m}", "properties": {"A": 1}} for m in range(900)]
        assert bulk(shop, group(ANN, *rows)).is_success
    shop.wait_until_recorded()
    rows = [{"metric": "Call", "unique_id": f"late-{m}", "properties": {"A": 1, "Late": 1}} for m in range(40)]
    assert bulk(shop, group(ANN, *rows)).is_success
    shop.wait_until_recorded()
    noted = "SELECT property FROM metric_properties WHERE account_id = %s ORDER BY property"
    assert shop.query(noted, shop.account_id) == [("A",), ("Late",)]


@pytest.mark.rule("3.5")
def test_sample_values_are_shown_when_they_are_asked_for(shop: Shop) -> None:
    for n in range(12):
        given = {"Colour": f"c{n}", "Sizes": ["S", n], "Object": {"a": 1}, "Long": "x" * 500, "Truth": n > 5}
        sent(shop, "Call", person=ANN, properties=given, time=f"2025-01-01T00:00:{n:02}", value=n)
    assert all("sample_values" not in one for one in properties(shop, "Call").values())
    samples = {name: one["sample_values"] for name, one in properties(shop, "Call", samples=True).items()}
    assert samples["Colour"] == [f"c{n}" for n in range(11, 1, -1)]
    assert samples["Sizes"][0] in ("S", 11) and len(samples["Sizes"]) == 10
    assert samples["Truth"] == [True, False]
    assert samples["$value"][:2] == [11, 10]
    assert samples["Object"] == samples["Long"] == []


@pytest.mark.rule("3.5")
def test_an_id_is_the_metric_and_the_name_in_base64_and_leads_back(shop: Shop) -> None:
    sent(shop, "Call", person=ANN, properties={"Größe ?>": 1, "B": 2})
    metric = shop.metric_id("Call")
    rows = shop.http.get(f"/api/metrics/{metric}/metric-properties").json()["data"]
    (one,) = (row for row in rows if row["attributes"]["property"] == "Größe ?>")
    text = base64.urlsafe_b64decode(one["id"] + "=" * (-len(one["id"]) % 4)).decode()
    assert (text, "=" in one["id"]) == (f"{metric}.Größe ?>", False)
    alone = shop.http.get(f"/api/metric-properties/{one['id']}?include=metric").json()
    assert (
        alone["data"]["attributes"]
        == one["attributes"]
        == {"label": "Größe ?>", "property": "Größe ?>", "inferred_type": "numeric"}
    )
    assert [(row["type"], row["id"]) for row in alone["included"]] == [("metric", metric)]
    assert alone["data"]["relationships"]["metric"]["data"] == {"type": "metric", "id": metric}
    here = f"/api/metric-properties/{one['id']}"
    assert shop.http.get(f"{here}/metric").json()["data"]["id"] == metric
    assert shop.http.get(f"{here}/relationships/metric").json()["data"] == {"type": "metric", "id": metric}
    listed = shop.http.get(f"/api/metrics/{metric}/relationships/metric-properties").json()["data"]
    assert [row["id"] for row in listed] == [row["id"] for row in rows]


@pytest.mark.parametrize("id", ["NOPE01", "!", "VGhpcw", "=", "%00"])
def test_an_id_that_is_none_is_not_found(shop: Shop, id: str) -> None:
    assert shop.http.get(f"/api/metric-properties/{id}").status_code in (400, 404)


def test_an_unknown_property_of_a_known_metric_is_not_found(shop: Shop) -> None:
    sent(shop, "Call", person=ANN, properties={"A": 1})
    id = base64.urlsafe_b64encode(f"{shop.metric_id('Call')}.B".encode()).decode().rstrip("=")
    for path in ("", "/metric", "/relationships/metric"):
        assert shop.http.get(f"/api/metric-properties/{id}{path}").status_code == 404
    assert shop.http.get("/api/metrics/NOPE01/metric-properties").status_code == 404


@pytest.fixture
def other(server: Server) -> Any:
    with new_shop(server) as made:
        yield made


def test_another_shop_sees_none_of_them(shop: Shop, other: Shop) -> None:
    sent(shop, "Call", person=ANN, properties={"A": 1})
    (one,) = shop.http.get(f"/api/metrics/{shop.metric_id('Call')}/metric-properties").json()["data"]
    assert other.http.get(f"/api/metric-properties/{one['id']}").status_code == 404


def test_names_made_up_on_the_way_end_somewhere(shop: Shop) -> None:
    for n in range(7):
        rows = [{"metric": "Call", "unique_id": f"{n}", "properties": {f"id-{n}-{m}": 1 for m in range(399)}}]
        assert bulk(shop, group(ANN, *rows)).is_success
        shop.wait_until_recorded()
    sent(shop, "Call", person=ANN, properties={"x" * 300: 1})
    noted = "SELECT count(*) FROM metric_properties WHERE account_id = %s"
    assert shop.query(noted, shop.account_id) == [(2000,)]
