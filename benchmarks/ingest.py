"""One event a request, durable, 64 connections; beside it a bare Starlette handler that COPYs the raw body."""

import json

from benchmarks.load import request, run
from benchmarks.world import HEADERS, Line, bare_server, running, wait_for_inbox

_SECONDS = 6.0
_CONNECTIONS = 64


def events(count: int) -> list[bytes]:
    """Distinct events of 500 people, as whole requests."""
    return [request("POST", "/api/events/", HEADERS, _body(number)) for number in range(count)]


def _body(number: int) -> bytes:
    attributes = {
        "properties": {"ProductName": "Wool blanket", "SKU": "JP-121", "Categories": ["Home"], "Price": 110.0},
        "unique_id": f"bench-{number}",
        "value": 110.0,
        "metric": {"data": {"type": "metric", "attributes": {"name": "Viewed Product"}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": f"person{number % 500}@example.com"}}},
    }
    return json.dumps({"data": {"type": "event", "attributes": attributes}}).encode()


def measure() -> list[Line]:
    requests = events(20_000)
    with running() as world:
        run(world.url, requests, connections=_CONNECTIONS, seconds=2)
        ours = run(world.url, requests, connections=_CONNECTIONS, seconds=_SECONDS)
        wait_for_inbox(world)
        with bare_server(world) as url:
            run(url, requests, connections=_CONNECTIONS, seconds=1)
            reference = run(url, requests, connections=_CONNECTIONS, seconds=_SECONDS)
    assert set(ours.statuses) == {"202"}, ours.statuses
    return [
        Line(
            "one event a request, durable, 64 connections",
            f"{ours.rate:,.0f}/s, p99 {ours.p99:.0f} ms",
            "≥ 0.9, p99 ≤ 50 ms",
            f"bare Starlette + COPY, one process: {reference.rate:,.0f}/s",
            f"{ours.rate / reference.rate:.2f}",
            ours.rate >= 0.9 * reference.rate and ours.p99 <= 50,
        )
    ]
