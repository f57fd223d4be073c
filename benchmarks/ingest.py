"""One event a request, durable, 64 connections; beside it a bare Starlette handler that COPYs the raw body."""

import json
import subprocess
import sys

from benchmarks.load import Result, request, run
from benchmarks.world import HEADERS, Line, World, free_port, running, wait_for_inbox
from tests import ends

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
        reference = _reference(world, requests)
    assert set(ours.statuses) == {"202"}, ours.statuses
    return [
        Line(
            "one event a request, durable, 64 connections",
            f"{ours.rate:,.0f}/s, p99 {ours.p99:.0f} ms",
            "≥ 5,000/s, p99 ≤ 100 ms",
            f"bare Starlette + COPY, one process: {reference.rate:,.0f}/s",
            f"{ours.rate / reference.rate:.2f}",
            ours.rate >= 5000 and ours.p99 <= 100,
        )
    ]


def _reference(world: World, requests: list[bytes]) -> Result:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", world.database_url, str(port)])
    ends.with_us(server.pid)
    try:
        _wait(port)
        run(f"http://127.0.0.1:{port}", requests, connections=_CONNECTIONS, seconds=1)
        return run(f"http://127.0.0.1:{port}", requests, connections=_CONNECTIONS, seconds=_SECONDS)
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    import socket
    import time

    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
