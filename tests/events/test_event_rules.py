"""What else holds of events (behaviour-people 3.1 to 3.7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import messages_world as world
from tests import stories
from tests.conftest import Shop, eventually
from tests.events.test_accept import bulk, group
from tests.people import Json, event_body, events_of, everybody, made, read, send, sent

ANN, BEA = {"email": "ann@example.com"}, {"email": "bea@example.com"}


def only(shop: Shop) -> Json:
    shop.wait_until_recorded()
    (one,) = shop.http.get("/api/events").json()["data"]
    return dict(one)


@pytest.mark.rule("3.1")
def test_an_event_is_answered_202_without_a_body(shop: Shop) -> None:
    answer = send(shop, person=ANN)
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.rule("3.1", "3.5")
def test_a_metric_is_made_by_its_first_event_under_the_api_unless_the_platform_is_named(shop: Shop) -> None:
    assert shop.http.get("/api/metrics").json()["data"] == []
    sent(shop, "Call", person=ANN)
    named = {"data": {"type": "metric", "attributes": {"name": "Active on Site", "service": "klaviyo"}}}
    sent(shop, person=ANN, metric=named)
    found = {one["attributes"]["name"]: one["attributes"] for one in shop.http.get("/api/metrics").json()["data"]}
    assert {name: one["integration"]["key"] for name, one in found.items()} == {
        "Call": "api",
        "Active on Site": "klaviyo",
    }
    platform = found["Active on Site"]["integration"]
    assert (platform["object"], platform["name"], platform["category"]) == ("integration", "Klaviyo", "Internal")


@pytest.mark.rule("3.5")
def test_metrics_are_neither_made_nor_changed_nor_deleted_by_the_api(shop: Shop) -> None:
    sent(shop, "Call", person=ANN)
    id = shop.metric_id("Call")
    assert shop.http.post("/api/metrics", json={"data": {"type": "metric"}}).status_code == 405
    for method in ("PATCH", "DELETE"):
        assert shop.http.request(method, f"/api/metrics/{id}", json={"data": {}}).status_code == 405


@pytest.mark.rule("3.4")
def test_events_are_neither_changed_nor_deleted_by_the_api(shop: Shop) -> None:
    sent(shop, person=ANN)
    for method in ("PATCH", "DELETE"):
        assert shop.http.request(method, f"/api/events/{only(shop)['id']}", json={"data": {}}).status_code == 405


@pytest.mark.rule("3.1")
@pytest.mark.parametrize(
    "person", [{"phone_number": "+15005550006"}, {"external_id": "x-1"}, {"anonymous_id": "a-1"}, ANN]
)
def test_any_one_identifier_will_do_and_none_will_not(shop: Shop, person: Json) -> None:
    sent(shop, person=person)
    assert len(everybody(shop)) == 1
    assert send(shop, person={"first_name": "Nobody"}).status_code == 400


@pytest.mark.rule("3.1")
def test_attributes_of_the_person_change_the_profile_as_an_update_would(shop: Shop) -> None:
    id = made(shop, **ANN, first_name="Ann", last_name="Old", properties={"keep": 1, "tags": ["a"], "drop": 1})
    sent(
        shop,
        person={
            **ANN,
            "first_name": None,
            "title": "Dr",
            "properties": {"new": 2},
            "meta": {"patch_properties": {"append": {"tags": "b"}, "unset": ["drop"]}},
        },
    )
    found = read(shop, id)
    assert (found["first_name"], found["last_name"], found["title"]) == (None, "Old", "Dr")
    assert found["properties"] == {"keep": 1, "new": 2, "tags": ["a", "b"]}


@pytest.mark.rule("3.1")
def test_a_text_is_measured_in_bytes(shop: Shop) -> None:
    assert send(shop, person=ANN, properties={"x": "é" * 50_000}).status_code == 202
    answer = send(shop, person=ANN, properties={"x": "é" * 50_001})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/properties/x"


@pytest.mark.rule("3.1")
def test_a_body_of_more_than_five_megabytes_is_refused(shop: Shop) -> None:
    properties = {f"k{n}": "x" * 90_000 for n in range(60)}
    assert send(shop, person=ANN, properties=properties).status_code == 413


@pytest.mark.rule("3.1")
@pytest.mark.parametrize("missing", ["properties", "metric", "profile"])
def test_it_wants_properties_a_metric_and_a_profile(shop: Shop, missing: str) -> None:
    body = event_body(person=ANN)
    del body["data"]["attributes"][missing]
    answer = shop.http.post("/api/events", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{missing}"


@pytest.mark.rule("3.1", "3.2")
def test_what_is_backfilled_is_recorded_and_starts_no_flow(shop: Shop) -> None:
    """Said of the event, of the group in a bulk call, or of one of its events."""
    sent(shop, "Order", person={"email": "first@example.com"})
    letter = {
        "temporary_id": "a",
        "type": "send-email",
        "links": {"next": None},
        "data": {
            "status": "live",
            "message": {
                "from_email": "a@example.com",
                "from_label": "A",
                "subject_line": "Hi",
                "template_id": stories.template(shop),
            },
        },
    }
    metric = shop.metric_id("Order")
    stories.flow(shop, {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": [letter]})
    sent(shop, "Order", person={"email": "a@example.com"}, backfill=True)
    whole = group({"email": "b@example.com"}, {"metric": "Order"}, backfill=True)
    one = group({"email": "c@example.com"}, {"metric": "Order", "backfill": True})
    control = group({"email": "d@example.com"}, {"metric": "Order", "backfill": False}, backfill=False)
    assert bulk(shop, whole, one, control).status_code == 202
    shop.wait_until_recorded()
    enrolled = """
        SELECT p.email FROM enrolments e JOIN profiles p ON p.account_id = e.account_id AND p.id = e.profile_id
        WHERE e.account_id = %s"""
    assert eventually(lambda: shop.query(enrolled, shop.account_id)) == [("d@example.com",)]
    assert len(shop.http.get("/api/events", params={"filter": f'equals(metric_id,"{metric}")'}).json()["data"]) == 5


@pytest.mark.rule("3.2")
def test_a_unique_id_repeated_for_other_people_or_metrics_is_no_repetition(shop: Shop) -> None:
    again = {"metric": "Order", "unique_id": "1"}
    assert bulk(shop, group(ANN, again, {"metric": "Refund", "unique_id": "1"}), group(BEA, again)).status_code == 202
    shop.wait_until_recorded()
    assert len(shop.http.get("/api/events").json()["data"]) == 3


@pytest.mark.rule("3.2")
def test_a_unique_id_repeated_for_one_person_in_two_groups_is_one(shop: Shop) -> None:
    again = {"metric": "Order", "unique_id": "1"}
    both = {**ANN, "phone_number": "+15005550006"}
    for people in ((ANN, {"email": "ANN@example.com"}), (both, {"phone_number": "+15005550006"})):
        assert bulk(shop, *(group(person, again) for person in people)).status_code == 400
    assert everybody(shop) == {}


@pytest.mark.rule("3.2")
def test_the_events_of_a_group_share_its_profile_and_have_a_metric_each(shop: Shop) -> None:
    assert bulk(shop, group({**ANN, "first_name": "Ann"}, {"metric": "A"}, {"metric": "B"})).status_code == 202
    shop.wait_until_recorded()
    ((id, person),) = everybody(shop).items()
    assert person["first_name"] == "Ann"
    assert sorted(one["metric"] for one in events_of(shop, id)) == ["A", "B"]


@pytest.mark.rule("3.2")
def test_a_bulk_body_of_more_than_five_megabytes_is_refused(shop: Shop) -> None:
    rows = [{"unique_id": str(n), "properties": {"x": "y" * 90_000}} for n in range(60)]
    assert bulk(shop, group(ANN, *rows)).status_code == 413


@pytest.mark.rule("3.2")
def test_a_bulk_job_can_not_be_asked_about(shop: Shop) -> None:
    assert shop.http.get("/api/event-bulk-create-jobs").status_code == 405
    assert shop.http.get("/api/event-bulk-create-jobs/X").status_code == 404


@pytest.mark.rule("3.3")
def test_what_was_dropped_as_a_repetition_was_answered_202_all_the_same(shop: Shop) -> None:
    assert [send(shop, person=ANN, unique_id="1").status_code for _ in range(3)] == [202] * 3
    assert only(shop)["attributes"]["event_properties"] == {"$event_id": "1"}


@pytest.mark.rule("3.7", "3.3")
def test_an_order_and_its_refund_share_their_unique_id(shop: Shop) -> None:
    for metric in ("Placed Order", "Refunded Order", "Canceled Order"):
        sent(shop, metric, person=ANN, unique_id="order-1", value=10)
    (id,) = everybody(shop)
    assert sorted(one["metric"] for one in events_of(shop, id)) == ["Canceled Order", "Placed Order", "Refunded Order"]


@pytest.mark.rule("3.7")
def test_an_order_as_the_guide_recommends_it_comes_back_as_it_was_sent(shop: Shop) -> None:
    line = {"ProductID": "1", "SKU": "S", "Quantity": 2, "ItemPrice": 5.0, "ProductCategories": ["A"], "Brand": "B"}
    order = {
        "OrderId": "1", "Categories": ["A"], "ItemNames": ["Cup"], "Brands": ["B"], "DiscountCode": "TEN",
        "DiscountValue": 1.5, "Items": [line], "BillingAddress": {"City": "Bern"}, "$extra": {"html": "<b>"},
    }  # fmt: skip
    sent(shop, "Placed Order", person=ANN, value=10, value_currency="CHF", unique_id="1", properties=order)
    shown = only(shop)["attributes"]["event_properties"]
    assert shown == {**order, "$event_id": "1", "$value": 10.0, "$value_currency": "CHF"}


@pytest.mark.rule("3.4")
def test_an_event_is_shown_with_four_attributes_and_three_relationships(shop: Shop) -> None:
    sent(shop, person=ANN, time="2022-11-08T01:23:45Z")
    one = only(shop)
    assert one["attributes"] == {
        "timestamp": 1667870625,
        "event_properties": {"$event_id": "1667870625"},
        "datetime": "2022-11-08T01:23:45+00:00",
        "uuid": one["attributes"]["uuid"],
    }
    assert sorted(one["relationships"]) == ["attributions", "metric", "profile"]


@pytest.mark.rule("3.4")
@pytest.mark.parametrize("size", [0, 1001, -1, "many"])
def test_a_page_of_another_size_is_refused(shop: Shop, size: Any) -> None:
    answer = shop.http.get(f"/api/events?page[size]={size}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"parameter": "page[size]"}


@pytest.mark.rule("3.4")
@pytest.mark.parametrize(
    "query",
    [
        "filter=equals(datetime,2025-01-01)",
        "filter=any(metric_id,['A'])",
        "filter=equals(timestamp,5)",
        "sort=id",
        "include=flow",
        "filter=has(attributions)",
    ],
)
def test_nothing_else_filters_sorts_or_includes(shop: Shop, query: str) -> None:
    assert shop.http.get(f"/api/events?{query}").status_code == 400


@pytest.mark.rule("3.4")
def test_credit_is_no_property_but_can_be_included(shop: Shop) -> None:
    """`$attribution` left event_properties with revision 2024-02-15."""
    now = datetime.now(UTC).replace(microsecond=0)
    world.happened(shop, "Clicked Email", ANN["email"], now - timedelta(hours=1))
    world.ordered(shop, ANN["email"], now, unique_id="1")
    shop.wait_until_recorded()
    filter = f'equals(metric_id,"{shop.metric_id("Placed Order")}")'
    page = shop.http.get("/api/events", params={"filter": filter, "include": "attributions"}).json()
    assert page["data"][0]["attributes"]["event_properties"] == {"$event_id": "1", "$value": 10.0}
    assert [one["type"] for one in page["included"]] == ["attribution"]


@pytest.mark.rule("3.6")
def test_what_the_platform_says_of_a_message_carries_the_reference_s_properties(shop: Shop) -> None:
    address = f"zoe@{shop.public_id.lower()}.example.com"
    shop.profile(address, first_name="Zoe")
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])], name="Letter")
    stories.send(shop, campaign)
    metric = shop.metric_id("Received Email")
    listed = eventually(
        lambda: shop.http.get("/api/events", params={"filter": f'equals(metric_id,"{metric}")'}).json()["data"]
    )
    found = listed[0]["attributes"]["event_properties"]
    assert (found["$message"], found["Subject"]) == (message, "Hello Zoe")
    assert (found["Email Domain"], found["Inbox Provider"]) == (address.partition("@")[2], "Other")
    assert found["$event_id"].rpartition(":")[0] == message
    assert found["$event_id"].rpartition(":")[2].isdigit()
    sent_at, of = found["$_cohort$message_send_cohort"].split(":")
    assert (sent_at.isdigit(), of) == (True, message)
    assert found["$_cohort$variation_send_cohort"] == f"{sent_at}:{found['$variation']}"
    assert {"Campaign Name", "$ESP", "$group_ids"} <= found.keys()
    assert "$flow" not in found
    integration = shop.http.get(f"/api/metrics/{metric}").json()["data"]["attributes"]["integration"]
    assert (integration["key"], integration["name"]) == ("klaviyo", "Klaviyo")
