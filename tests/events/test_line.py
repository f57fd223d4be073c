"""The line goes on: a row that can't be processed is set aside with its reason, and everything else is recorded."""

import json
from itertools import groupby

import psycopg
import pytest

from rapport.events.pipeline import BATCH_BYTES
from rapport.profiles.merge import RECORDING_LOCK
from tests.conftest import Shop
from tests.people import Json, everybody, send, sent

ANN = {"email": "ann@example.com"}


def put(shop: Shop, kind: str, body: str) -> None:
    """Straight into the inbox, past every check."""
    statement = "INSERT INTO inbox (account_id, kind, body) VALUES (%s, %s, %s::json) RETURNING id"
    assert shop.query(statement, shop.account_id, kind, body)


def event(**changes: object) -> str:
    body: Json = {"person": ANN, "metric": "Broken", "time": 1717236000, "received": "2024-06-01T10:00:00Z"}
    return json.dumps(body | changes)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("event", "{}"),
        ("event", '"text"'),
        ("event", event(time="noon")),
        ("event", event(value="a lot")),
        ("event", event(time=10**17)),
        ("event", event(time=-(10**17))),
        ("event", event(time=34_990_890_368)),
        ("event", event(person={"pk": 987654321})),
        ("event", event(person={})),
        ("event", event(properties={"number": "HERE"}).replace('"HERE"', "1e999999")),
        ("change", "{}"),
        ("change", '{"profiles":["x"],"what":["profile"]}'),
    ],
)
def test_it_sets_aside_what_it_can_not_process(shop: Shop, kind: str, body: str) -> None:
    assert send(shop, "Before", person=ANN).status_code == 202
    put(shop, kind, body)
    sent(shop, "After", person=ANN)
    ((kept, reason),) = shop.query(
        "SELECT body::text, reason FROM inbox_refused WHERE account_id = %s", shop.account_id
    )
    assert json.loads(kept) == json.loads(body)
    assert reason
    names = {one["attributes"]["name"] for one in shop.http.get("/api/metrics").json()["data"]}
    assert {"Before", "After"} <= names
    assert len(shop.http.get("/api/events").json()["data"]) == 2


def test_a_broken_row_among_many_stops_none_of_them(shop: Shop) -> None:
    for number in range(30):
        assert send(shop, person={"email": f"p{number}@example.com"}).status_code == 202
        if number == 15:
            put(shop, "event", event(value="a lot"))
    shop.wait_until_recorded()
    assert len(everybody(shop)) >= 30
    assert shop.query("SELECT count(*) FROM events WHERE account_id = %s", shop.account_id) == [(30,)]
    assert shop.query("SELECT count(*) FROM inbox_refused WHERE account_id = %s", shop.account_id) == [(1,)]


def test_the_pipeline_says_how_far_it_is(shop: Shop) -> None:
    for number in range(3):
        sent(shop, "Call", person=ANN, unique_id=str(number))
    put(shop, "event", "{}")
    shop.wait_until_recorded()
    found = shop.http.get("/api/pipeline", params={"metric": "Call"}).json()["data"]["attributes"]
    reasons = found.pop("reasons")
    assert found.pop("lake") == {"sealed_until": None, "files": 0, "events": 0, "changed": 0}
    assert found == {"waiting": 0, "refused": 1, "oldest": None, "newest": None, "recorded": 3}
    assert reasons == [{"reason": "Object missing required field `person`", "count": 1}]


@pytest.mark.long
def test_what_is_heavy_is_worked_off_in_smaller_batches_and_in_order(shop: Shop) -> None:
    heavy = {f"p{number}": "x" * 99_000 for number in range(30)}
    rows = [event(metric="Heavy", time=1717236000 + number, properties=heavy | {"n": number}) for number in range(24)]
    rows.insert(12, event(metric="Heavy", time=1717235999, properties={"n": -1, "text": "x" * (BATCH_BYTES + 1)}))
    rows.insert(18, event(metric="Heavy", time=1717235998, value="a lot"))
    with psycopg.connect(shop.server.database_url, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s, %s)", (RECORDING_LOCK, shop.account_id))
        for row in rows:
            put(shop, "event", row)
    shop.wait_until_recorded()
    assert shop.query("SELECT count(*) FROM inbox_refused WHERE account_id = %s", shop.account_id) == [(1,)]
    statement = """SELECT (properties ->> 'n')::int, xmin::text::bigint, length(properties::text) FROM events
                   WHERE account_id = %s ORDER BY xmin::text::bigint, time"""
    found = shop.query(statement, shop.account_id)
    assert sorted(found, key=lambda one: one[1]) == found
    assert {number for number, _, _ in found} == {*range(-1, 24)}
    in_order = [number for number, _, _ in found if number >= 0]
    assert in_order == [*range(24)]
    batches = [[size for number, _, size in some if number >= 0] for _, some in groupby(found, key=lambda one: one[1])]
    # each is full before its last row is added
    assert max(sum(sizes[:-1]) for sizes in batches) < BATCH_BYTES < max(sum(sizes) for sizes in batches)
