"""Reading events and metrics back (behaviour-people 3.4, 3.5)."""

import uuid
from typing import Any

import pytest

from tests.conftest import Server, Shop, new_shop
from tests.events.test_accept import bulk, group
from tests.people import Json, everybody, made, sent

ANN = {"email": "ann@example.com"}
TOTAL = 1_150


@pytest.fixture(scope="module")
def busy(server: Server) -> Any:
    """A shop with 1,150 events of two people and two metrics, many of them in one second."""
    with new_shop(server) as shop:
        rows = [
            {"metric": ("A", "B")[n % 2], "unique_id": str(n), "time": f"2024-06-01T10:{n // 400:02}:{n % 3:02}Z"}
            for n in range(TOTAL)
        ]
        assert bulk(shop, group(ANN, *rows[:600])).status_code == 202
        assert bulk(shop, group({"email": "bea@example.com"}, *rows[600:])).status_code == 202
        shop.wait_until_recorded()
        yield shop


def pages(shop: Shop, url: str, way: str = "next") -> tuple[list[Json], str]:
    """Every event from here on, and the last page's own link."""
    found: list[Json] = []
    last = url
    while url:
        page = shop.http.get(url).json()
        part = page["data"]
        found = [*found, *part] if way == "next" else [*part, *found]
        last, url = page["links"]["self"], page["links"][way]
    return found, last


@pytest.mark.rule("3.4")
@pytest.mark.parametrize("sort", ["datetime", "-datetime", "timestamp", "-timestamp"])
def test_paging_shows_each_event_once_in_order_both_ways(busy: Shop, sort: str) -> None:
    forth, last = pages(busy, f"/api/events?sort={sort}&page[size]=100")
    assert len({one["id"] for one in forth}) == len(forth) == TOTAL
    times = [one["attributes"]["timestamp"] for one in forth]
    assert times == sorted(times, reverse=sort.startswith("-"))
    back, _ = pages(busy, last, "prev")
    assert [one["id"] for one in back] == [one["id"] for one in forth]


@pytest.mark.rule("3.4")
def test_new_events_do_not_move_the_pages_being_read(shop: Shop) -> None:
    assert bulk(
        shop, group(ANN, *({"unique_id": str(n), "time": f"2024-06-01T10:00:{n:02}"} for n in range(9)))
    ).is_success
    shop.wait_until_recorded()
    first = shop.http.get("/api/events?page[size]=4").json()
    sent(shop, person=ANN, time="2024-06-02")
    rest, _ = pages(shop, first["links"]["next"])
    seen = [one["id"] for one in [*first["data"], *rest]]
    assert len(seen) == len({*seen}) == 9


@pytest.mark.rule("3.4")
def test_a_page_has_200_events_by_default_and_1000_at_most(busy: Shop) -> None:
    assert len(busy.http.get("/api/events").json()["data"]) == 200
    assert len(busy.http.get("/api/events?page[size]=1000").json()["data"]) == 1000


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ("greater-or-equal(datetime,2024-06-01T10:02:00Z)", 350),
        ("greater-than(datetime,2024-06-01T10:02:01Z)", 117),
        ("less-than(datetime,2024-06-01T10:01:00Z)", 400),
        ("less-or-equal(datetime,2024-06-01T10:00:00Z)", 134),
        ("greater-or-equal(timestamp,1717236120),less-than(timestamp,1717236121)", 117),
        ("has(metric),has(profile)", TOTAL),
    ],
)
def test_it_filters_by_time(busy: Shop, filter: str, count: int) -> None:
    found, _ = pages(busy, f"/api/events?page[size]=1000&filter={filter}")
    assert len(found) == count


@pytest.mark.rule("3.4")
def test_it_filters_by_metric_and_profile_together(busy: Shop) -> None:
    (ann,) = (id for id, one in everybody(busy).items() if one["email"] == ANN["email"])
    metric = busy.metric_id("A")
    both = f'equals(metric_id,"{metric}"),equals(profile_id,"{ann}")'
    found, _ = pages(busy, f"/api/events?page[size]=1000&filter={both}")
    assert len(found) == 300
    assert {one["relationships"]["metric"]["data"]["id"] for one in found} == {metric}
    assert {one["relationships"]["profile"]["data"]["id"] for one in found} == {ann}


def test_an_unknown_metric_or_profile_has_no_events(busy: Shop) -> None:
    for filter in ('equals(metric_id,"NOPE01")', 'equals(profile_id,"01ARZ3NDEKTSV4RRFFQ69G5FAV")'):
        assert busy.http.get("/api/events", params={"filter": filter}).json()["data"] == []


@pytest.mark.rule("3.4")
def test_it_includes_each_profile_and_metric_once(busy: Shop) -> None:
    page = busy.http.get("/api/events?include=metric,profile&page[size]=1000").json()
    assert sorted(one["type"] for one in page["included"]) == ["metric", "metric", "profile", "profile"]
    linked = {one["relationships"][name]["data"]["id"] for one in page["data"] for name in ("metric", "profile")}
    assert linked == {one["id"] for one in page["included"]}


@pytest.mark.rule("3.4")
def test_one_event_has_an_id_of_eleven_characters_and_a_uuid_of_its_time(shop: Shop) -> None:
    sent(shop, person=ANN, time="2024-06-01T10:00:00Z", value=5, value_currency="EUR", unique_id="o-1")
    (listed,) = shop.http.get("/api/events").json()["data"]
    assert len(listed["id"]) == 11
    one = shop.http.get(f"/api/events/{listed['id']}").json()["data"]
    assert one["attributes"] == listed["attributes"]
    assert one["attributes"]["event_properties"] == {"$event_id": "o-1", "$value": 5.0, "$value_currency": "EUR"}
    assert uuid.UUID(one["attributes"]["uuid"]).version == 1


@pytest.mark.rule("3.4")
@pytest.mark.parametrize("id", ["NOPE01", "0000000000", "000000000000", "0000-000000", "zzzzzzzzzzz"])
def test_an_id_that_can_not_be_one_is_a_400(shop: Shop, id: str) -> None:
    answer = shop.http.get(f"/api/events/{id}")
    assert answer.status_code == 400
    error = answer.json()["errors"][0]
    assert error["detail"] == f"Invalid Event ID: '{id}'"
    assert error["source"] == {"pointer": "/data/id"}


@pytest.mark.rule("3.4")
def test_an_event_leads_to_its_metric_and_profile(shop: Shop) -> None:
    ann = made(shop, **ANN)
    sent(shop, "Call", person=ANN)
    (event,) = shop.http.get("/api/events").json()["data"]
    here = f"/api/events/{event['id']}"
    assert shop.http.get(f"{here}/profile").json()["data"]["id"] == ann
    assert shop.http.get(f"{here}/metric").json()["data"]["attributes"]["name"] == "Call"
    assert shop.http.get(f"{here}/relationships/profile").json()["data"] == {"type": "profile", "id": ann}
    assert shop.http.get(f"{here}/relationships/metric").json()["data"]["id"] == shop.metric_id("Call")


def test_events_long_ago_and_far_ahead_are_found_by_id(shop: Shop) -> None:
    for time in ("1990-01-02", "1999-12-31T23:59:59", "2012-02-29"):
        sent(shop, person=ANN, time=time)
    for one in shop.http.get("/api/events").json()["data"]:
        assert shop.http.get(f"/api/events/{one['id']}").json()["data"]["attributes"] == one["attributes"]


# ---- metrics


def metric(name: str, service: str) -> Json:
    return {"data": {"type": "metric", "attributes": {"name": name, "service": service}}}


@pytest.mark.rule("3.5")
def test_a_metric_is_one_for_each_integration_and_name(shop: Shop) -> None:
    for name in ("Call", "call", "Call"):
        sent(shop, name, person=ANN)
    sent(shop, person=ANN, metric=metric("Call", "klaviyo"))
    found = shop.http.get("/api/metrics").json()["data"]
    assert sorted((one["attributes"]["name"], one["attributes"]["integration"]["key"]) for one in found) == [
        ("Call", "api"),
        ("Call", "klaviyo"),
        ("call", "api"),
    ]
    assert all(len(one["id"]) == 6 for one in found)


@pytest.mark.rule("3.5")
def test_a_metric_shows_its_integration(shop: Shop) -> None:
    sent(shop, "Call", person=ANN)
    one = shop.http.get(f"/api/metrics/{shop.metric_id('Call')}").json()["data"]["attributes"]
    assert one["integration"] == {
        "object": "integration",
        "id": "7FtS4J",
        "key": "api",
        "name": "API",
        "category": "API",
    }
    assert one["created"] and one["updated"]


@pytest.mark.rule("3.5")
@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('equals(integration.name,"API")', ["Call", "Order"]),
        ('equals(integration.name,"Klaviyo")', ["Received Email"]),
        ('equals(integration.category,"Internal")', ["Received Email"]),
        ('equals(integration.name,"Shopify")', []),
        ('equals(name,"Call")', ["Call"]),
    ],
)
def test_metrics_are_filtered_by_integration(shop: Shop, filter: str, names: list[str]) -> None:
    for name in ("Call", "Order"):
        sent(shop, name, person=ANN)
    sent(shop, person=ANN, metric=metric("Received Email", "klaviyo"))
    found = shop.http.get("/api/metrics", params={"filter": filter}).json()["data"]
    assert sorted(one["attributes"]["name"] for one in found) == names


@pytest.mark.rule("3.5")
def test_metrics_are_paged(shop: Shop) -> None:
    assert bulk(shop, group(ANN, *({"metric": f"M{n}"} for n in range(230)))).is_success
    shop.wait_until_recorded()
    found, last = pages(shop, "/api/metrics")
    assert len({one["id"] for one in found}) == len(found) == 230
    assert "page" in last
