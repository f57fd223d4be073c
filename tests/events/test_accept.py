"""What is taken as an event and what is not (behaviour-people 3.1 to 3.3)."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Shop
from tests.people import Json, event_body, events_of, everybody, made, send, sent

ANN = {"email": "ann@example.com"}


def only(shop: Shop) -> Json:
    """The attributes of the account's one event."""
    shop.wait_until_recorded()
    (one,) = shop.http.get("/api/events").json()["data"]
    return dict(one["attributes"])


@pytest.mark.rule("3.1", "1.4")
@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2018-12-27", "2018-12-27T00:00:00+00:00"),
        ("2018-12-27T12:30:00", "2018-12-27T12:30:00+00:00"),
        ("2018-12-27T12:30:00Z", "2018-12-27T12:30:00+00:00"),
        ("2018-12-27T12:30:00.710Z", "2018-12-27T12:30:00+00:00"),
        ("2018-12-27T12:30:00.999999Z", "2018-12-27T12:30:00+00:00"),
        ("2018-12-27T12:30:00+03:00", "2018-12-27T09:30:00+00:00"),
        ("2018-12-27T00:30:00-0100", "2018-12-27T01:30:00+00:00"),
        ("1990-01-02T00:00:00Z", "1990-01-02T00:00:00+00:00"),
    ],
)
def test_it_reads_the_time_and_keeps_whole_seconds(shop: Shop, time: str, moment: str) -> None:
    sent(shop, person=ANN, time=time)
    found = only(shop)
    assert found["datetime"] == moment
    assert found["timestamp"] == int(datetime.fromisoformat(moment).timestamp())


@pytest.mark.rule("3.1")
def test_the_time_of_the_request_is_the_default(shop: Shop) -> None:
    before = int(datetime.now(UTC).timestamp())
    sent(shop, person=ANN)
    assert before <= only(shop)["timestamp"] <= datetime.now(UTC).timestamp()


@pytest.mark.rule("3.1")
@pytest.mark.parametrize(
    "time",
    ["1989-12-31T23:59:59Z", "yesterday", "1545913800", "", "2018-13-01", 1545913800, "9999-12-31T23:59:59-12:00"],
)
def test_it_refuses_a_time_that_is_none_or_out_of_bounds(shop: Shop, time: Any) -> None:
    answer = send(shop, person=ANN, time=time)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/time"


@pytest.mark.rule("3.1")
def test_it_takes_times_up_to_a_year_ahead(shop: Shop) -> None:
    ahead = datetime.now(UTC)
    assert send(shop, person=ANN, time=(ahead + timedelta(days=364)).isoformat()).status_code == 202
    assert send(shop, person=ANN, time=(ahead + timedelta(days=368)).isoformat()).status_code == 400


@pytest.mark.rule("3.3")
def test_the_first_of_equal_unique_ids_wins(shop: Shop) -> None:
    for value in (1, 2):
        sent(shop, "Placed Order", person=ANN, unique_id="o-1", value=value, properties={"n": value})
    assert only(shop)["event_properties"] == {"n": 1, "$value": 1.0, "$event_id": "o-1"}


@pytest.mark.rule("3.3")
def test_a_unique_id_counts_for_one_person_and_metric(shop: Shop) -> None:
    for metric, person in (("A", ANN), ("B", ANN), ("A", {"email": "bea@example.com"})):
        sent(shop, metric, person=person, unique_id="o-1")
    assert len(shop.http.get("/api/events").json()["data"]) == 3


@pytest.mark.rule("3.3")
def test_without_a_unique_id_one_a_second_is_kept(shop: Shop) -> None:
    for time in ("2024-06-01T10:00:00.1Z", "2024-06-01T10:00:00.9Z", "2024-06-01T10:00:01Z"):
        sent(shop, person=ANN, time=time)
    times = [one["attributes"]["timestamp"] for one in shop.http.get("/api/events").json()["data"]]
    assert len(times) == len({*times}) == 2


@pytest.mark.rule("3.1", "3.3")
def test_the_value_and_id_among_the_properties_count(shop: Shop) -> None:
    for _ in range(2):
        sent(shop, person=ANN, properties={"$value": 9.99, "$event_id": "cart-1"}, time="2024-06-01T10:00:00Z")
    sent(shop, person=ANN, unique_id="cart-1", time="2024-06-01T10:00:05Z")
    assert only(shop)["event_properties"] == {"$value": 9.99, "$event_id": "cart-1"}


@pytest.mark.rule("3.1")
def test_the_value_is_kept_to_the_cent(shop: Shop) -> None:
    for number in range(10):
        sent(shop, person=ANN, unique_id=str(number), value=0.1)
    (total,) = shop.query("SELECT sum(value)::text FROM events WHERE account_id = %s", shop.account_id)
    assert total == ("1.0",)


@pytest.mark.rule("3.1")
@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"properties": None}, "/data/attributes/properties"),
        ({"properties": [1]}, "/data/attributes/properties"),
        ({"properties": {f"k{n}": n for n in range(401)}}, "/data/attributes/properties"),
        ({"properties": {"x": "y" * 100_001}}, "/data/attributes/properties/x"),
        ({"properties": {"x": {"y": "z" * 100_001}}}, "/data/attributes/properties/x/y"),
        ({"properties": {"x": [0] * 4001}}, "/data/attributes/properties/x"),
        ({"metric": 5}, "/data/attributes/metric"),
        ({"metric": {"data": {"type": "metric", "attributes": {}}}}, "/data/attributes/metric/data/attributes/name"),
        (
            {"metric": {"data": {"type": "metric", "attributes": {"name": "m" * 128}}}},
            "/data/attributes/metric/data/attributes/name",
        ),
        (
            {"metric": {"data": {"type": "metric", "attributes": {"name": ""}}}},
            "/data/attributes/metric/data/attributes/name",
        ),
        ({"value": "12"}, "/data/attributes/value"),
        ({"value": 1e16}, "/data/attributes/value"),
        ({"value_currency": "dollars"}, "/data/attributes/value_currency"),
        ({"unique_id": 5}, "/data/attributes/unique_id"),
        ({"backfill": "no"}, "/data/attributes/backfill"),
        ({"surely_unknown": 1}, "/data/attributes/surely_unknown"),
        ({"profile": {"data": {"type": "metric"}}}, "/data/attributes/profile/data/type"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_it_refuses_at_once_what_can_not_be_recorded(shop: Shop, attributes: Json, pointer: str) -> None:
    answer = send(shop, person=ANN, **attributes)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer
    assert everybody(shop) == {}


@pytest.mark.rule("3.1")
def test_it_takes_everything_up_to_its_limits(shop: Shop) -> None:
    deep: Any = "bottom"
    for _ in range(9):
        deep = {"d": deep}
    properties = {
        **{f"k{n}": n for n in range(397)},
        "long": "y" * 100_000,
        "wide": [0] * 4000,
        "deep": deep,
    }
    answer = send(shop, "m" * 127, person=ANN, properties=properties)
    assert answer.status_code == 202, answer.text
    assert only(shop)["event_properties"].items() >= properties.items()
    assert send(shop, person=ANN, properties={"deep": {"d": deep}}).status_code == 400


@pytest.mark.rule("3.1")
def test_it_counts_the_decompressed_bytes(shop: Shop) -> None:
    def zipped(size: int) -> httpx.Response:
        body = event_body(person=ANN, unique_id=str(size), properties={f"k{n}": "x" * 90_000 for n in range(size)})
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        return shop.http.post("/api/events", content=gzip.compress(json.dumps(body).encode()), headers=headers)

    assert zipped(40).status_code == 202
    assert zipped(60).status_code == 413


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1e99999", b"9" * 400])
def test_a_number_beyond_every_range_is_refused_or_kept_never_lost(shop: Shop, number: bytes) -> None:
    body = json.dumps(event_body(person=ANN, properties={"n": "HERE"})).encode().replace(b'"HERE"', number)
    answer = shop.http.post("/api/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (202, 400), answer.text
    shop.wait_until_recorded()
    kept = shop.query("SELECT 1 FROM events WHERE account_id = %s", shop.account_id)
    assert bool(kept) == (answer.status_code == 202)
    assert shop.http.get("/api/events").status_code == 200


def group(person: Json, *events: Json, **attributes: Any) -> Json:
    """One group of a bulk call; each event needs a `metric` name."""
    rows = []
    for one in events:
        whole = event_body(one.get("metric", "Viewed Product"), person={})["data"]
        del whole["attributes"]["profile"]
        whole["attributes"] |= {key: value for key, value in one.items() if key != "metric"}
        rows.append(whole)
    profile = {"data": {"type": "profile", "attributes": person}}
    given = {"profile": profile, "events": {"data": rows}, **attributes}
    return {"type": "event-bulk-create", "attributes": given}


def bulk(shop: Shop, *groups: Json) -> httpx.Response:
    attributes = {"events-bulk-create": {"data": list(groups)}}
    return shop.http.post(
        "/api/event-bulk-create-jobs", json={"data": {"type": "event-bulk-create-job", "attributes": attributes}}
    )


@pytest.mark.rule("3.2")
def test_bulk_records_the_events_of_many_people(shop: Shop) -> None:
    bea = {"email": "bea@example.com", "first_name": "Bea"}
    answer = bulk(
        shop,
        group(ANN, {"metric": "A", "unique_id": "1"}, {"metric": "B", "unique_id": "1"}),
        group(bea, {"metric": "A", "value": 5, "time": "2024-06-01"}),
    )
    assert (answer.status_code, answer.content) == (202, b"")
    shop.wait_until_recorded()
    people = {one["email"]: (id, one) for id, one in everybody(shop).items()}
    assert sorted(one["metric"] for one in events_of(shop, people["ann@example.com"][0])) == ["A", "B"]
    assert people["bea@example.com"][1]["first_name"] == "Bea"


@pytest.mark.rule("3.2")
def test_bulk_takes_a_thousand_events_and_not_one_more(shop: Shop) -> None:
    rows = [{"unique_id": str(n)} for n in range(1001)]
    assert bulk(shop, group(ANN, *rows)).status_code == 400
    assert bulk(shop, group(ANN, *rows[:501]), group({"email": "b@example.com"}, *rows[501:])).status_code == 400
    assert bulk(shop, group(ANN, *rows[:1000])).status_code == 202
    shop.wait_until_recorded()
    assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [(1000,)]


@pytest.mark.rule("3.2")
def test_bulk_is_all_or_nothing(shop: Shop) -> None:
    answer = bulk(shop, group(ANN, {"unique_id": "1"}), group(ANN, {"unique_id": "2"}, {"time": "never"}))
    assert answer.status_code == 400
    where = "/data/attributes/events-bulk-create/data/1/attributes/events/data/1/attributes/time"
    assert answer.json()["errors"][0]["source"]["pointer"] == where
    assert everybody(shop) == {}


@pytest.mark.rule("3.2")
def test_bulk_refuses_a_unique_id_twice_in_one_call(shop: Shop) -> None:
    answer = bulk(shop, group(ANN, {"unique_id": "1"}, {"unique_id": "1"}))
    assert answer.status_code == 400
    assert "'1'" in answer.json()["errors"][0]["detail"]
    assert bulk(shop, group(ANN, {"unique_id": "1"})).status_code == 202
    assert bulk(shop, group(ANN, {"unique_id": "1"})).status_code == 202
    only(shop)


@pytest.mark.rule("3.2")
@pytest.mark.parametrize("groups", [[], [group(ANN)]])
def test_bulk_wants_an_event(shop: Shop, groups: list[Json]) -> None:
    assert bulk(shop, *groups).status_code == 400


def test_what_was_answered_202_is_in_the_inbox_or_the_log(shop: Shop) -> None:
    """Asked right after each answer, before anything is settled."""
    made(shop, **ANN)
    kept = """
        SELECT (SELECT count(*) FROM inbox WHERE account_id = %s AND kind = 'event')
             + (SELECT count(*) FROM events WHERE account_id = %s)"""
    for number in range(1, 21):
        assert send(shop, person=ANN, unique_id=str(number)).status_code == 202
        assert shop.query(kept, shop.account_id, shop.account_id) == [(number,)]
