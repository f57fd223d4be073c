"""Reading one profile from 50 connections; beside it the same query on a bare connection."""

import time

import httpx
import psycopg

from benchmarks.load import request, run
from benchmarks.world import HEADERS, Line, World, account_id, percentile, running

_PROFILES = 500
_CONNECTIONS = 50


def measure() -> list[Line]:
    with running() as world:
        ids = _profiles(world)
        requests = [request("GET", f"/api/profiles/{one}/", HEADERS) for one in ids]
        run(world.url, requests, connections=_CONNECTIONS, seconds=1)
        # At full load latency only says how long the queue is, so it is read at 50 connections that pause.
        ours = run(world.url, requests, connections=_CONNECTIONS, seconds=5, pause=0.05)
        full = run(world.url, requests, connections=_CONNECTIONS, seconds=4)
        bare = _bare(world, ids)
    assert set(ours.statuses) == {"200"}, ours.statuses
    return [
        Line(
            f"reading one profile, 50 connections at {ours.rate:,.0f}/s",
            f"p50 {ours.p50:.1f} ms, p99 {ours.p99:.1f} ms (flat out {full.rate:,.0f}/s, p99 {full.p99:.0f} ms)",
            "p99 ≤ 20 ms",
            f"the same row by a bare connection: p99 {bare:.2f} ms",
            f"{ours.p99 / bare:.1f}",
            ours.p99 <= 20,
        )
    ]


def _profiles(world: World) -> list[str]:
    with httpx.Client(base_url=world.url, headers=HEADERS, timeout=30) as client:
        return [_create(client, number) for number in range(_PROFILES)]


def _create(client: httpx.Client, number: int) -> str:
    attributes = {
        "email": f"person{number}@example.com",
        "first_name": "Ada",
        "properties": {"Tier": "gold", "Visits": number},
    }
    answer = client.post("/api/profiles/", json={"data": {"type": "profile", "attributes": attributes}})
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])


def _bare(world: World, ids: list[str]) -> float:
    """Milliseconds, 99th percentile."""
    account, taken = account_id(world), []
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        for one in ids * 4:
            begun = time.perf_counter()
            conn.execute("SELECT * FROM profiles WHERE account_id = %s AND ulid = %s", (account, one)).fetchone()
            taken.append((time.perf_counter() - begun) * 1000)
    return percentile(taken, 0.99)
