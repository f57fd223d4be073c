"""Reading one profile from 50 connections; beside it a plain handler that reads the same row and answers JSON."""

import httpx

from benchmarks.load import request, run
from benchmarks.world import HEADERS, Line, World, bare_server, running

_PROFILES = 500
_CONNECTIONS = 50


def measure() -> list[Line]:
    with running() as world:
        ids = _profiles(world)
        requests = [request("GET", f"/api/profiles/{one}/", HEADERS) for one in ids]
        run(world.url, requests, connections=_CONNECTIONS, seconds=1)
        full = run(world.url, requests, connections=_CONNECTIONS, seconds=5)
        # At full load latency only says how long the queue is, so it is read at 50 connections that pause.
        calm = run(world.url, requests, connections=_CONNECTIONS, seconds=4, pause=0.05)
        with bare_server(world) as url:
            bare = run(url, requests, connections=_CONNECTIONS, seconds=5)
    assert set(full.statuses) == set(bare.statuses) == {"200"}, (full.statuses, bare.statuses)
    ratio = full.rate / bare.rate
    return [
        Line(
            "reading one profile, 50 connections, flat out",
            f"{full.rate:,.0f}/s (at {calm.rate:,.0f}/s: p50 {calm.p50:.1f} ms, p99 {calm.p99:.1f} ms)",
            "≥ 0.4",
            f"a Starlette handler that reads the same row: {bare.rate:,.0f}/s",
            f"{ratio:.2f}",
            ratio >= 0.4,
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
