"""Bulk events through the whole pipeline, ten segments and three flows watching; beside it a COPY of the same rows."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from benchmarks.world import HEADERS, Line, World, account_id, running, wait_for_inbox

_EVENTS = 60_000
_PEOPLE = 20_000
_CALL = 1000
_METRICS = ("Viewed Product", "Added to Cart", "Placed Order")


def measure() -> list[Line]:
    with running() as world, httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client:
        drain(world, calls(random.Random(1), "warm", 9_000))
        watchers(client)
        wait_for_inbox(world)
        ours = drain(world, calls(random.Random(2), "main", _EVENTS))
        reference = _copy(world)
    return [
        Line(
            "bulk events through the whole pipeline, 10 segments, 3 flows",
            f"{ours:,.0f}/s",
            "≥ 0.2",
            f"COPY of the same rows into the same indexed table: {reference:,.0f}/s",
            f"{ours / reference:.2f}",
            ours >= 0.2 * reference,
        )
    ]


def drain(world: World, calls: list[bytes]) -> float:
    """Events a second from the first call to the empty inbox."""
    begun = time.perf_counter()
    with httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client, ThreadPoolExecutor(3) as pool:
        for answer in pool.map(lambda body: _send(client, body), calls):
            assert answer == 202, answer
    wait_for_inbox(world)
    return len(calls) * _CALL / (time.perf_counter() - begun)


def _send(client: httpx.Client, body: bytes) -> int:
    return client.post(
        "/api/event-bulk-create-jobs/", content=body, headers={"Content-Type": "application/json"}
    ).status_code


def calls(chance: random.Random, name: str, count: int) -> list[bytes]:
    now = datetime.now(UTC)
    return [
        _call([_group(chance, f"{name}-{first + n}", now) for n in range(_CALL)]) for first in range(0, count, _CALL)
    ]


def _call(groups: list[dict[str, Any]]) -> bytes:
    attributes = {"events-bulk-create": {"data": groups}}
    return json.dumps({"data": {"type": "event-bulk-create-job", "attributes": attributes}}).encode()


def _group(chance: random.Random, unique: str, now: datetime) -> dict[str, Any]:
    event = {
        "metric": {"data": {"type": "metric", "attributes": {"name": chance.choice(_METRICS)}}},
        "time": (now - timedelta(minutes=chance.randrange(60 * 24 * 40))).isoformat(timespec="seconds"),
        "unique_id": unique,
        "value": chance.randrange(500) / 2,
        "properties": {"SKU": f"JP-{chance.randrange(200)}", "Category": chance.choice(("Coats", "Shoes", "Home"))},
    }
    # Some people do much and most do little, as in any shop.
    person = int(chance.random() ** 2 * _PEOPLE)
    profile = {"type": "profile", "attributes": {"email": f"person{person}@example.com"}}
    attributes = {"profile": {"data": profile}, "events": {"data": [{"type": "event", "attributes": event}]}}
    return {"type": "event-bulk-create", "attributes": attributes}


def watchers(client: httpx.Client) -> None:
    metrics = {one["attributes"]["name"]: one["id"] for one in client.get("/api/metrics").json()["data"]}
    for number in range(10):
        definition = {"condition_groups": [{"conditions": [_condition(metrics[_METRICS[number % 3]], number)]}]}
        data = {"type": "segment", "attributes": {"name": f"watching {number}", "definition": definition}}
        answer = client.post("/api/segments", json={"data": data})
        answer.raise_for_status()
        _built(client, answer.json()["data"]["id"])
    for metric in metrics.values():
        _flow(client, metric)


def _built(client: httpx.Client, segment: str) -> None:
    """Five may be processing at once, so each is waited for."""
    while client.get(f"/api/segments/{segment}").json()["data"]["attributes"]["is_processing"]:
        time.sleep(0.02)


def _condition(metric: str, number: int) -> dict[str, Any]:
    days = (None, 7, 30, 90)[number % 4]
    timeframe = {"type": "date", "operator": "alltime"}
    if days:
        timeframe = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}  # type: ignore[dict-item]
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "sum" if number % 2 else "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": 1 + number},
        "timeframe_filter": timeframe,
        "metric_filters": None,
    }


def _flow(client: httpx.Client, metric: str) -> None:
    delay = {"temporary_id": "a", "type": "time-delay", "links": {"next": "b"}, "data": {"unit": "days", "value": 3}}
    message = {
        "profile_operations": [
            {"operator": "update", "property_type": "string", "property_key": "seen", "property_value": "yes"}
        ]
    }
    update = {
        "temporary_id": "b",
        "type": "update-profile",
        "links": {"next": None},
        "data": {**message, "status": "live"},
    }
    definition = {
        "triggers": [{"type": "metric", "id": metric}],
        "entry_action_id": "a",
        "actions": [delay, update],
        "reentry_criteria": {"duration": 1, "unit": "alltime"},
    }
    answer = client.post(
        "/api/flows", json={"data": {"type": "flow", "attributes": {"name": "watching", "definition": definition}}}
    )
    answer.raise_for_status()
    flow = answer.json()["data"]["id"]
    client.patch(
        f"/api/flows/{flow}", json={"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
    ).raise_for_status()


def _copy(world: World) -> float:
    """The rows of the log, COPYed into an empty table with the same columns and indexes."""
    with psycopg.connect(world.database_url) as conn:
        conn.execute("CREATE TABLE bench_copy (LIKE events INCLUDING DEFAULTS)")
        conn.execute("ALTER TABLE bench_copy ADD PRIMARY KEY (account_id, time, id)")
        conn.execute("CREATE INDEX ON bench_copy (account_id, profile_id, metric_id, time)")
        conn.execute("CREATE INDEX ON bench_copy (account_id, metric_id, time)")
        rows = conn.execute("SELECT * FROM events WHERE account_id = %s", (account_id(world),)).fetchall()
        texts = [tuple(json.dumps(cell) if isinstance(cell, dict) else cell for cell in row) for row in rows]
        conn.commit()
        begun = time.perf_counter()
        with conn.cursor() as cursor, cursor.copy("COPY bench_copy FROM STDIN") as copy:
            for text in texts:
                copy.write_row(text)
        conn.commit()
        return len(texts) / (time.perf_counter() - begun)
