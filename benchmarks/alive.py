"""Segments kept alive: how soon an event shows, how soon a window that closes does, what a thousand of them cost."""

import json
import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from benchmarks import ingest, pipeline, watching
from benchmarks.load import run
from benchmarks.world import HEADERS, Line, World, account_id, percentile, running, wait_for_inbox

_SEGMENTS, _PER_SECOND, _SECONDS, _CALL = 50, 1000, 20, 50
_LEAVING = 10_000
_HOURS = 30 * 24
_DRAINED, _ROUNDS = 120_000, 8
_MANY = 1000
_PROFILES = """
    INSERT INTO profiles (account_id, id, ulid, email, created, updated)
    SELECT %(account)s, 1000000 + n, 'LEAVES' || n, 'leaves' || n || '@example.com', now(), now()
    FROM generate_series(1, %(count)s) AS n"""
_EVENTS = """
    INSERT INTO events (account_id, time, id, metric_id, profile_id, properties, recorded)
    SELECT %(account)s, %(at)s, (extract(epoch FROM %(at)s::timestamptz)::bigint - 631152000) << 28 | n, %(metric)s,
           1000000 + n, '{}', %(at)s FROM generate_series(1, %(count)s) AS n"""
# Their day may be in the lake already.
_LATE = """
    INSERT INTO lake_changes (account_id, time, event_id, rewritten)
    SELECT account_id, time, id, false FROM events WHERE account_id = %(account)s AND time = %(at)s"""
_TOTALS = """
    INSERT INTO event_totals (account_id, metric_id, profile_id, count, sum, last)
    SELECT %(account)s, %(metric)s, 1000000 + n, 1, 0, %(at)s FROM generate_series(1, %(count)s) AS n"""
_INSIDE = """
    SELECT p.email FROM segment_members m JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
    JOIN profiles p ON p.account_id = m.account_id AND p.id = m.profile_id
    WHERE m.account_id = %s AND s.public_id = %s AND m.joined >= %s"""
_COUNT = """
    SELECT count(*) FROM segment_members m JOIN segments s ON s.account_id = m.account_id AND s.id = m.segment_id
    WHERE m.account_id = %s AND s.public_id = %s"""
Json = dict[str, Any]


def measure() -> list[Line]:
    with _warm() as (world, client):
        watching.segments(world, _SEGMENTS)
        lines = [_lateness(world, client), _leaving(world, client)]
    return [*lines, *_throughput()]


@contextmanager
def _warm() -> Iterator[tuple[World, httpx.Client]]:
    with running() as world, httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client:
        for body in pipeline.calls(random.Random(1), "warm", 9_000):
            client.post("/api/event-bulk-create-jobs/", content=body).raise_for_status()
        wait_for_inbox(world)
        yield world, client


def _segment(client: httpx.Client, name: str, condition: Json) -> str:
    definition = {"condition_groups": [{"conditions": [condition]}]}
    data = {"type": "segment", "attributes": {"name": name, "definition": definition}}
    answer = client.post("/api/segments", json={"data": data})
    answer.raise_for_status()
    found = str(answer.json()["data"]["id"])
    while client.get(f"/api/segments/{found}").json()["data"]["attributes"]["is_processing"]:
        time.sleep(0.02)
    return found


def _metric(client: httpx.Client, name: str) -> str:
    return next(
        str(one["id"]) for one in client.get("/api/metrics").json()["data"] if one["attributes"]["name"] == name
    )


def _did(metric: str, timeframe: Json, filters: list[Json] | None = None) -> Json:
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": 1},
        "timeframe_filter": timeframe,
        "metric_filters": filters,
    }


class _Sender(threading.Thread):
    """So many events a second; the first of each call is of somebody new, whom one segment waits for."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._client = httpx.Client(base_url=url, headers=HEADERS, timeout=60)
        self.sent: dict[str, float] = {}

    def run(self) -> None:
        chance, begun = random.Random(5), time.perf_counter()
        for number in range(_SECONDS * _PER_SECOND // _CALL):
            time.sleep(max(0.0, begun + number * _CALL / _PER_SECOND - time.perf_counter()))
            body = self._body(chance, number)
            self.sent[f"probe{number}@example.com"] = time.perf_counter()
            self._client.post("/api/event-bulk-create-jobs/", content=body).raise_for_status()

    def _body(self, chance: random.Random, number: int) -> bytes:
        document = json.loads(pipeline.calls(chance, f"late{number}", 1000)[0])
        groups = document["data"]["attributes"]["events-bulk-create"]["data"][:_CALL]
        first = groups[0]["attributes"]
        first["profile"]["data"]["attributes"]["email"] = f"probe{number}@example.com"
        event = first["events"]["data"][0]["attributes"]
        event |= {"time": datetime.now(UTC).isoformat(), "properties": {"probe": "yes"}}
        event["metric"]["data"]["attributes"]["name"] = "Placed Order"
        document["data"]["attributes"]["events-bulk-create"]["data"] = groups
        return json.dumps(document).encode()


def _lateness(world: World, client: httpx.Client) -> Line:
    probe = {"property": "probe", "filter": {"type": "string", "operator": "equals", "value": "yes"}}
    day = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 30}
    segment = _segment(client, "probes", _did(_metric(client, "Placed Order"), day, [probe]))
    sender, seen = _Sender(world.url), dict[str, float]()
    sender.start()
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        while sender.is_alive() or len(seen) < len(sender.sent):
            recent = datetime.now(UTC) - timedelta(seconds=20)
            for (email,) in conn.execute(_INSIDE, (account_id(world), segment, recent)).fetchall():
                seen.setdefault(email, time.perf_counter())
            time.sleep(0.005)
    late = [seen[email] - sent for email, sent in sender.sent.items()]
    worst = percentile(late, 0.99)
    return Line(
        f"event to segment membership at {_PER_SECOND:,} events/s, {_SEGMENTS} segments",
        f"p50 {percentile(late, 0.5) * 1000:,.0f} ms, p99 {worst * 1000:,.0f} ms",
        "p99 ≤ 0.5 s",
        "–",
        "",
        worst <= 0.5,
    )


def _leaving(world: World, client: httpx.Client) -> Line:
    """All of them at one moment, which is the worst."""
    metric = _metric(client, "Added to Cart")
    with psycopg.connect(world.database_url) as conn:
        number = account_id(world)
        row = conn.execute(
            "SELECT id FROM metrics WHERE account_id = %s AND public_id = %s", (number, metric)
        ).fetchone()
        assert row is not None
        values = {"account": number, "count": _LEAVING, "metric": row[0]}
        conn.execute(_PROFILES, values)
        boundary = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
        for statement in (_EVENTS, _LATE, _TOTALS):
            conn.execute(statement, values | {"at": boundary - timedelta(hours=_HOURS)})
    window = {"type": "date", "operator": "in-the-last", "unit": "hour", "quantity": _HOURS}
    segment = _segment(client, "leaving", _did(metric, window))
    with psycopg.connect(world.database_url, autocommit=True) as conn:

        def inside() -> int:
            found = conn.execute(_COUNT, (account_id(world), segment)).fetchone()
            return int(found[0]) if found else 0

        before = inside()
        assert before >= _LEAVING, before
        while inside() > before - _LEAVING:
            time.sleep(0.02)
    late = (datetime.now(UTC) - boundary).total_seconds()
    return Line(
        f"{_LEAVING:,} members leaving a window of {_HOURS // 24} days at one moment, until all have left",
        f"{late:.1f} s",
        "≤ 60 s",
        "–",
        "",
        late <= 60,
    )


def _throughput() -> list[Line]:
    """Two servers side by side, one at a time at work, because a machine's own speed changes from minute to minute."""
    with _warm() as (alone, _), _warm() as (beside, _):
        watching.segments(beside, _MANY)
        rounds = [_round(alone, beside, number) for number in range(_ROUNDS)]
    names = (
        f"one event a request, durable, 64 connections, with {_MANY:,} segments",
        f"bulk events through accepting and the pipeline with {_MANY:,} segments",
    )
    return [_compared(name, pairs) for name, pairs in zip(names, zip(*rounds, strict=True), strict=True)]


def _compared(name: str, pairs: Sequence[tuple[float, float]]) -> Line:
    ratio = statistics.median(watched / alone for alone, watched in pairs)
    alone, watched = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Line(
        name,
        f"{watched:,.0f}/s",
        "≤ 20 % slower than with none",
        f"with none: {alone:,.0f}/s",
        f"{ratio:.2f}",
        ratio >= 0.8,
    )


def _round(alone: World, beside: World, number: int) -> list[tuple[float, float]]:
    """Accepted one by one, and in bulk until all are recorded: events a second without and with segments."""
    found: dict[str, tuple[float, float]] = {}
    for world in (alone, beside) if number % 2 else (beside, alone):
        found[world.url] = _rates(world, number)
    return list(zip(found[alone.url], found[beside.url], strict=True))


def _rates(world: World, number: int) -> tuple[float, float]:
    """Events a second: accepted one by one while the pipeline works, and in bulk until all are recorded."""
    accepted = run(world.url, ingest.events(20_000), connections=64, seconds=_SECONDS / 4)
    assert set(accepted.statuses) == {"202"}, accepted.statuses
    wait_for_inbox(world)
    return accepted.rate, pipeline.drain(world, pipeline.calls(random.Random(number), f"main{number}", _DRAINED))
