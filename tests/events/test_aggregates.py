"""POST /api/metric-aggregates (behaviour-people 3.8)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tests import messages_world as world
from tests.conftest import Server, Shop, new_shop
from tests.events.aggregate_questions import RANGE, answered, asked, counts, loaded, refused
from tests.events.plain_aggregates import Sent

ANN, BEA = "ann@example.com", "bea@example.com"
JANUARY = datetime(2025, 1, 10, tzinfo=UTC)
DATETIME = "/data/attributes/filter"


def on(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 1, day, hour, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(server: Server) -> Any:
    with new_shop(server) as shop:
        shop.metric = loaded(
            shop,
            "Viewed",
            [
                Sent(ANN, on(2), 10.0, "USD", {"URL": "https://shop.example/a", "Client Name": "Chrome"}),
                Sent(ANN, on(2, 13), 5.5, "USD", {"URL": "https://shop.example/b", "Bot Click": True}),
                Sent(BEA, on(2, 14), None, None, {"URL": "https://shop.example/b"}),
                Sent(BEA, on(20), 1.0, "EUR", {"Client Name": "Chrome", "URL": None}),
            ],
        )
        yield shop


@pytest.mark.rule("3.8")
def test_it_measures_events_people_and_their_value_by_day_with_zeros_between(store: Any) -> None:
    found = answered(store, store.metric, measurements=["count", "unique", "sum_value"])
    assert len(found["dates"]) == 31
    assert (found["dates"][0], found["dates"][-1]) == ("2025-01-01T00:00:00+00:00", "2025-01-31T00:00:00+00:00")
    (row,) = found["data"]
    assert row["dimensions"] == []
    nothing = [0] * 31
    assert row["measurements"]["count"] == [*nothing[:1], 3, *nothing[2:19], 1, *nothing[20:]]
    assert row["measurements"]["unique"] == [*nothing[:1], 2, *nothing[2:19], 1, *nothing[20:]]
    assert row["measurements"]["sum_value"] == [*nothing[:1], 15.5, *nothing[2:19], 1.0, *nothing[20:]]


@pytest.mark.rule("3.8")
def test_unique_people_are_counted_within_each_interval(store: Any) -> None:
    for interval, uniques in (("day", 3), ("month", 2)):
        found = answered(store, store.metric, measurements=["unique"], interval=interval)
        assert sum(found["data"][0]["measurements"]["unique"]) == uniques


@pytest.mark.rule("3.8")
def test_only_the_measurements_asked_for_are_answered(store: Any) -> None:
    (row,) = answered(store, store.metric, measurements=["sum_value"])["data"]
    assert [*row["measurements"]] == ["sum_value"]


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("interval", "number", "first"),
    [
        ("hour", 24 * 31, "2025-01-01T00:00:00+00:00"),
        ("day", 31, "2025-01-01T00:00:00+00:00"),
        (None, 31, "2025-01-01T00:00:00+00:00"),
        ("week", 5, "2024-12-30T00:00:00+00:00"),
        ("month", 1, "2025-01-01T00:00:00+00:00"),
    ],
)
def test_an_interval_is_an_hour_a_day_a_week_from_monday_or_a_month(
    store: Any, interval: str | None, number: int, first: str
) -> None:
    found = answered(store, store.metric, interval=interval)
    assert (len(found["dates"]), found["dates"][0]) == (number, first)
    assert sum(found["data"][0]["measurements"]["count"]) == 4


@pytest.mark.rule("3.8")
def test_bounds_without_an_offset_are_in_the_zone_of_the_question(store: Any) -> None:
    for bounds in (RANGE, [RANGE[0].replace("2025-01-01T00:00:00", "2025-01-01T05:00:00Z"), RANGE[1]]):
        found = answered(store, store.metric, timezone="America/New_York", filter=bounds)
        assert found["dates"][0] == "2025-01-01T05:00:00+00:00"
        assert found["dates"][-1] == "2025-01-31T05:00:00+00:00"


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("day", "hours"),
    [("2025-03-09", 23), ("2025-11-02", 25), ("2025-06-01", 24)],
)
def test_a_day_on_which_clocks_are_changed_has_23_or_25_hours(store: Any, day: str, hours: int) -> None:
    after = datetime.fromisoformat(day) + timedelta(days=1)
    bounds = [f"greater-or-equal(datetime,{day})", f"less-than(datetime,{after.date()})"]
    asked_for = {"timezone": "America/New_York", "filter": bounds}
    assert len(answered(store, store.metric, interval="hour", **asked_for)["dates"]) == hours
    assert len(answered(store, store.metric, interval="day", **asked_for)["dates"]) == 1


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Asia/Kolkata", "2026-07-04T18:30:00+00:00"),
        ("Asia/Kathmandu", "2026-07-04T18:15:00+00:00"),
        ("Australia/Adelaide", "2026-07-04T14:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-07-04T13:30:00+00:00"),
        ("UTC", "2026-07-05T00:00:00+00:00"),
    ],
)
def test_hours_are_those_of_the_zone_also_where_it_is_half_or_a_quarter_of_one_from_utc(
    store: Any, zone: str, first: str
) -> None:
    begin = datetime(2026, 7, 5, 0, 45, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    name = f"Minutes {zone}"
    metric = loaded(store, name, [Sent(ANN, begin + timedelta(seconds=75 * step)) for step in range(204)])
    bounds = ["greater-or-equal(datetime,2026-07-05T00:45:00)", "less-than(datetime,2026-07-05T05:00:00)"]
    found = answered(store, metric, interval="hour", timezone=zone, filter=bounds)
    assert (found["dates"][0], len(found["dates"])) == (first, 5)
    assert [row["measurements"]["count"] for row in found["data"]] == [[12, 48, 48, 48, 48]]


@pytest.mark.rule("3.8")
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_a_range_before_clocks_differed_by_whole_quarters_is_answered(store: Any, interval: str) -> None:
    bounds = ["greater-or-equal(datetime,1915-01-01T00:10:00)", "less-than(datetime,1915-02-01)"]
    for zone in ("Africa/Monrovia", "Europe/Dublin", "Asia/Kolkata"):
        asked_for = {"timezone": zone, "interval": interval, "filter": bounds}
        assert counts(store, store.metric, **asked_for) == {(): 0}


@pytest.mark.rule("3.8")
def test_only_events_from_the_first_bound_and_before_the_second_count(store: Any) -> None:
    bounds = ["greater-or-equal(datetime,2025-01-02T12:00:00)", "less-than(datetime,2025-01-02T14:00:00)"]
    assert counts(store, store.metric, filter=bounds) == {(): 2}
    bounds = ["greater-or-equal(datetime,2025-01-02T12:00:01),less-than(datetime,2025-01-02T14:00:01)"]
    assert counts(store, store.metric, filter=bounds) == {(): 2}


@pytest.mark.rule("3.8")
def test_it_groups_by_dimensions_as_they_come_together_and_shows_a_missing_one_as_nothing(store: Any) -> None:
    assert counts(store, store.metric, by=["URL", "Client Name"]) == {
        ("", "Chrome"): 1,
        ("https://shop.example/a", "Chrome"): 1,
        ("https://shop.example/b", ""): 2,
    }
    assert counts(store, store.metric, by=["$value_currency", "Bot Click"]) == {
        ("", ""): 1,
        ("EUR", ""): 1,
        ("USD", ""): 1,
        ("USD", "true"): 1,
    }


@pytest.mark.rule("3.8")
def test_without_events_there_is_one_row_of_zeros_or_none_when_grouped(store: Any) -> None:
    bounds = ["greater-or-equal(datetime,2024-01-01)", "less-than(datetime,2024-01-03)"]
    assert answered(store, store.metric, filter=bounds)["data"] == [
        {"dimensions": [], "measurements": {"count": [0, 0]}}
    ]
    assert answered(store, store.metric, filter=bounds, by=["URL"])["data"] == []


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("condition", "number"),
    [
        ('equals(URL,"https://shop.example/b")', 2),
        ('equals(URL,"")', 1),
        ('any(URL,["https://shop.example/a","https://shop.example/b"])', 3),
        ('contains(URL,"shop")', 3),
        ('starts-with(URL,"https://shop.example/a")', 1),
        ('ends-with(URL,"/a")', 1),
        ("has(URL)", 3),
        ('equals(Client Name,"Chrome")', 2),
        ("equals(Bot Click,true)", 1),
        ('equals(URL,"https://shop.example/b"),equals(Bot Click,true)', 1),
        ('equals(URL,"it\'s; DROP TABLE events")', 0),
        ('equals($flow,"NOPE01")', 0),
    ],
)
def test_conditions_on_dimensions_hold_together(store: Any, condition: str, number: int) -> None:
    assert counts(store, store.metric, filter=[*RANGE, condition]) == {(): number}


@pytest.mark.rule("3.8")
def test_rows_are_sorted_by_a_dimension_or_a_measurement(store: Any) -> None:
    def order(sort: str | None, **more: Any) -> list[str]:
        return [one[0][-1:] for one in counts(store, store.metric, by=["URL"], sort=sort, **more)]

    assert order(None) == order("URL") == ["", "a", "b"]
    assert order("-URL") == ["b", "a", ""]
    assert order("-count") == ["b", "", "a"]
    assert order("sum_value") == ["", "b", "a"]
    assert order("-sum_value") == ["a", "b", ""]
    assert order("-unique") == ["b", "", "a"]


@pytest.mark.rule("3.8")
@pytest.mark.parametrize("sort", [None, "-URL", "count", "-count", "-sum_value", "unique"])
def test_pages_follow_each_other_by_the_next_link(store: Any, sort: str | None) -> None:
    whole = [one["dimensions"] for one in answered(store, store.metric, by=["URL"], sort=sort)["data"]]
    seen, cursor = [], None
    for _ in whole:
        page = asked(store, store.metric, by=["URL"], sort=sort, page_size=1, page_cursor=cursor).json()
        seen += [one["dimensions"] for one in page["data"]["attributes"]["data"]]
        cursor = page["links"].get("next")
    assert (seen, cursor) == (whole, None)


@pytest.mark.rule("3.8")
def test_the_next_link_can_be_sent_to_as_it_is(store: Any) -> None:
    first = asked(store, store.metric, by=["URL"], page_size=2)
    body = {"data": {"type": "metric-aggregate", "attributes": {
        "metric_id": store.metric, "measurements": ["count"], "filter": RANGE, "by": ["URL"], "page_size": 2,
    }}}  # fmt: skip
    rest = store.http.post(first.json()["links"]["next"], json=body).json()
    assert [one["dimensions"] for one in rest["data"]["attributes"]["data"]] == [["https://shop.example/b"]]


@pytest.mark.rule("3.8")
def test_the_answer_is_limited_to_the_fields_named(store: Any) -> None:
    assert [*answered(store, store.metric, return_fields=["dates"])] == ["dates"]
    assert [*answered(store, store.metric, return_fields=[])] == ["dates", "data"]
    query = "/api/metric-aggregates?fields[metric-aggregate]=data"
    attributes = {"metric_id": store.metric, "measurements": ["count"], "filter": RANGE}
    found = store.http.post(query, json={"data": {"type": "metric-aggregate", "attributes": attributes}}).json()
    assert [*found["data"]["attributes"]] == ["data"]


@pytest.mark.rule("3.8")
@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"metric_id": "NOPE01"}, "/data/attributes/metric_id"),
        ({"metric_id": "0" * 32}, "/data/attributes/metric_id"),
        ({"measurements": []}, "/data/attributes/measurements"),
        ({"measurements": ["mean"]}, "/data/attributes/measurements/0"),
        ({"interval": "year"}, "/data/attributes/interval"),
        ({"by": ["Colour"]}, "/data/attributes/by/0"),
        ({"timezone": "Factory"}, "/data/attributes/timezone"),
        ({"timezone": "Europe/Kyiv"}, "/data/attributes/timezone"),
        ({"timezone": "Pacific/Kanton"}, "/data/attributes/timezone"),
        ({"timezone": "america/new_york"}, "/data/attributes/timezone"),
        ({"timezone": "../../etc/passwd"}, "/data/attributes/timezone"),
        ({"sort": "URL"}, "/data/attributes/sort"),
        ({"sort": "colour"}, "/data/attributes/sort"),
        ({"return_fields": ["everything"]}, "/data/attributes/return_fields/0"),
        ({"page_size": 0}, "/data/attributes/page_size"),
        ({"page_size": 10**9}, "/data/attributes/page_size"),
        ({"page_cursor": "nope", "by": ["URL"]}, "/data/attributes/page_cursor"),
        ({"filter": []}, DATETIME),
        ({"filter": RANGE[:1]}, DATETIME),
        ({"filter": RANGE[1:]}, DATETIME),
        ({"filter": [*RANGE, RANGE[0]]}, DATETIME),
        ({"filter": [RANGE[0].replace("2025", "2026"), RANGE[1]]}, DATETIME),
        ({"filter": [RANGE[0], "less-or-equal(datetime,2025-02-01)"]}, f"{DATETIME}/1"),
        ({"filter": [RANGE[0], "less-than(datetime,5)"]}, f"{DATETIME}/1"),
        ({"filter": [RANGE[0], "less-than(datetime,9999-12-31)"]}, f"{DATETIME}/1"),
        ({"filter": [*RANGE, "less-than(URL,5)"]}, f"{DATETIME}/2"),
        ({"filter": [*RANGE, 'equals(Colour,"red")']}, f"{DATETIME}/2"),
        ({"filter": [*RANGE, 'any(URL,"red")']}, f"{DATETIME}/2"),
        ({"filter": [*RANGE, "equals(URL"]}, f"{DATETIME}/2"),
        ({"interval": "hour", "filter": [RANGE[0].replace("2025", "2020"), RANGE[1]]}, DATETIME),
    ],
    ids=str,
)
def test_it_says_which_part_of_a_question_is_wrong(store: Any, attributes: dict[str, Any], pointer: str) -> None:
    assert refused(store, attributes.pop("metric_id", store.metric), **attributes) == pointer


@pytest.mark.rule("3.8")
def test_every_other_zone_of_the_database_is_taken(store: Any) -> None:
    for zone in sorted(available_timezones() - {"Factory", "Europe/Kyiv", "Pacific/Kanton"})[::40]:
        assert counts(store, store.metric, timezone=zone) == {(): 4}


@pytest.mark.rule("3.8", "3.5")
def test_a_custom_metric_can_not_be_aggregated(store: Any) -> None:
    group = {"metric_id": store.metric}
    definition = {"aggregation_method": "count", "metric_groups": [group]}
    attributes = {"name": "Views", "definition": definition}
    made = store.sdk.Metrics.create_custom_metric({"data": {"type": "custom-metric", "attributes": attributes}}).data.id
    assert refused(store, made) == "/data/attributes/metric_id"


@pytest.mark.rule("3.8")
def test_it_groups_by_the_message_that_an_event_is_credited_to(shop: Shop) -> None:
    for address in (ANN, BEA):
        shop.profile(address)
    flow, campaign = world.flow(shop, now=JANUARY), world.campaign(shop, now=JANUARY)
    touched = JANUARY - timedelta(hours=1)
    world.happened(shop, "Clicked Email", ANN, touched, message=world.sent(shop, flow, ANN, touched))
    world.happened(
        shop, "Clicked Email", BEA, touched, message=world.sent(shop, campaign, BEA, touched, variation="V1")
    )
    for address in (ANN, BEA, "cyd@example.com"):
        world.ordered(shop, address, JANUARY)
    shop.wait_until_recorded()
    by = ["$attributed_channel", "$attributed_flow", "$attributed_message", "$attributed_variation"]
    metric = shop.metric_id("Placed Order")
    assert counts(shop, metric, by=by) == {
        ("", "", "", ""): 1,
        ("email", flow.public_id, flow.message_id, ""): 1,
        ("email", "", campaign.message_id, "V1"): 1,
    }
    condition = f'equals($attributed_message,"{flow.message_id}")'
    assert counts(shop, metric, filter=[*RANGE, condition]) == {(): 1}
    values = answered(shop, metric, by=["$attributed_flow"], measurements=["sum_value"], interval="month")["data"]
    assert [(row["dimensions"], row["measurements"]["sum_value"]) for row in values] == [
        ([""], [20.0]),
        ([flow.public_id], [10.0]),
    ]


@pytest.mark.rule("3.8", "3.6")
def test_events_about_messages_have_a_channel_by_their_sender_and_a_cohort(shop: Shop) -> None:
    cohort = f"{int(JANUARY.timestamp())}:M1"
    for number, more in enumerate(({}, {"$flow": "F1"}, {"$flow": "F2"})):
        properties = {"$message": "M1", "$_cohort$message_send_cohort": cohort, **more}
        world.happened(shop, "Opened Email", ANN, JANUARY + timedelta(hours=number), properties=properties)
    shop.wait_until_recorded()
    metric = shop.metric_id("Opened Email")
    assert counts(shop, metric, by=["$campaign_channel", "$flow_channel"]) == {("", "email"): 2, ("email", ""): 1}
    assert counts(shop, metric, by=["$flow"]) == {("",): 1, ("F1",): 1, ("F2",): 1}
    assert counts(shop, metric, by=["$message", "$message_send_cohort"]) == {("M1", cohort): 3}


@pytest.mark.rule("3.8")
def test_events_count_for_the_person_their_profile_was_folded_into(shop: Shop) -> None:
    metric = loaded(shop, "Viewed", [Sent(ANN, on(2)), Sent(BEA, on(2, 13))])
    ids = [row[0] for row in shop.query("SELECT ulid FROM profiles WHERE account_id = %s ORDER BY id", shop.account_id)]
    source = {"data": [{"type": "profile", "id": ids[0]}]}
    body = {"data": {"type": "profile-merge", "id": ids[1], "relationships": {"profiles": source}}}
    answer = shop.http.post("/api/profile-merge", json=body)
    if answer.status_code == 404:
        pytest.skip("profiles can't be merged yet")
    shop.wait_until_recorded()
    (row,) = answered(shop, metric, measurements=["unique"], interval="month")["data"]
    assert row["measurements"] == {"unique": [1]}


def test_a_stranger_can_not_ask_about_a_metric_of_ours(store: Any, shop: Shop) -> None:
    assert refused(shop, store.metric) == "/data/attributes/metric_id"
