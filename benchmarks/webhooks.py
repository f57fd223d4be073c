"""Webhooks: how soon an event is told of, with three webhooks on every event, also while one hangs and one fails.

`python -m benchmarks.webhooks KIND …` is the receivers, a process of their own: prints their ports as JSON, and when
its input ends, of each that takes what it is told, when each event came.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import uvloop

from benchmarks import pipeline
from benchmarks.world import HEADERS, Line, World, percentile, running, wait_for_inbox

_PER_SECOND, _SECONDS, _CALL = 1000, 15, 20
_METRIC, _TOPIC = "Benched", "event:api.benched"
_PEOPLE = 5000
_WORST = 2.0
_ANSWERS = {
    "takes": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "fails": b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno",
    "hangs": b"",
}
Json = dict[str, Any]


def measure() -> list[Line]:
    with (
        running(RAPPORT_OUTGOING_ALLOW="127.0.0.1") as world,
        httpx.Client(base_url=world.url, headers=HEADERS, timeout=60) as client,
    ):
        for body in pipeline.calls(random.Random(1), "warm", 9_000):
            client.post("/api/event-bulk-create-jobs/", content=body).raise_for_status()
        client.post("/api/event-bulk-create-jobs/", content=_body(["first"])).raise_for_status()
        wait_for_inbox(world)
        return [
            _measured(world, client, "", ("takes", "takes", "takes")),
            _measured(world, client, ", while one hangs and one answers 500", ("takes", "hangs", "fails")),
        ]


def _measured(world: World, client: httpx.Client, when: str, kinds: tuple[str, ...]) -> Line:
    """Of the receivers that take what they are told: seconds from before an event is sent until it has come."""
    with _receivers(kinds) as (ports, told):
        hooks = [_webhook(client, port) for port in ports]
        sent = _send(client, f"{time.time()}")
        waiting = [hook for hook, kind in zip(hooks, kinds, strict=True) if kind == "takes"]
        _wait_until_told(world, waiting)
        late = [at - sent[number] for came in told() for number, at in came.items()]
        assert len(late) == len(waiting) * len(sent), "not every event was told, or one more than once"
        for hook in hooks:
            client.delete(f"/api/webhooks/{hook}").raise_for_status()
    worst = percentile(late, 0.99)
    return Line(
        f"event to webhook receiver at {_PER_SECOND:,} events/s, three webhooks{when}",
        f"p50 {percentile(late, 0.5) * 1000:,.0f} ms, p99 {worst * 1000:,.0f} ms",
        f"p99 ≤ {_WORST:g} s",
        "–",
        "",
        worst <= _WORST,
    )


def _webhook(client: httpx.Client, port: int) -> str:
    data = {
        "type": "webhook",
        "attributes": {"name": f"{port}", "endpoint_url": f"http://127.0.0.1:{port}/", "secret_key": "k3y" * 6},
        "relationships": {"webhook-topics": {"data": [{"type": "webhook-topic", "id": _TOPIC}]}},
    }
    return str(client.post("/api/webhooks", json={"data": data}).raise_for_status().json()["data"]["id"])


def _send(client: httpx.Client, name: str) -> dict[str, float]:
    """When each event was sent, by its name."""
    sent: dict[str, float] = {}
    begun = time.perf_counter()
    for call in range(_SECONDS * _PER_SECOND // _CALL):
        names = [f"{name}-{call * _CALL + n}" for n in range(_CALL)]
        body = _body(names)
        time.sleep(max(0.0, begun + call * _CALL / _PER_SECOND - time.perf_counter()))
        sent |= dict.fromkeys(names, time.time())
        client.post("/api/event-bulk-create-jobs/", content=body).raise_for_status()
    return sent


def _body(names: list[str]) -> bytes:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": {"email": f"w{_person(name)}@example.com"}}},
                "events": {"data": [{"type": "event", "attributes": _event(name)}]},
            },
        }
        for name in names
    ]
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}
    return json.dumps({"data": job}).encode()


def _person(name: str) -> int:
    return int(name.rpartition("-")[2]) % _PEOPLE if "-" in name else 0


def _event(name: str) -> Json:
    bought = {"ProductName": "Wool blanket", "SKU": "JP-121", "Categories": ["Home"], "Price": 110.5}
    return {
        "properties": {**bought, "Items": [bought, bought], "bench": name},
        "metric": {"data": {"type": "metric", "attributes": {"name": _METRIC}}},
        "value": 110.5,
        "unique_id": name,
        "time": datetime.now(UTC).isoformat(),
    }


def _wait_until_told(world: World, hooks: list[str]) -> None:
    query = """SELECT 1 FROM webhook_deliveries d JOIN webhooks w ON w.account_id = d.account_id AND w.id = d.webhook_id
        WHERE w.ulid = ANY(%s) LIMIT 1"""
    wait_for_inbox(world)
    deadline = time.monotonic() + 120
    with psycopg.connect(world.database_url, autocommit=True) as conn:
        while conn.execute(query, (hooks,)).fetchone():
            assert time.monotonic() < deadline, "what waits for the webhooks does not get less"
            time.sleep(0.05)


@contextmanager
def _receivers(kinds: tuple[str, ...]) -> Iterator[tuple[list[int], Any]]:
    """Their ports, and a function that ends them and answers what came when."""
    command = [sys.executable, "-m", "benchmarks.webhooks", *kinds]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        ports = json.loads(process.stdout.readline())

        def told() -> list[dict[str, float]]:
            assert process.stdin and process.stdout
            process.stdin.close()
            return [dict(came) for came in json.loads(process.stdout.read())]

        yield ports, told
        process.kill()


class _Receiver(asyncio.Protocol):
    """One connection. Bodies are kept as they come and read afterwards."""

    def __init__(self, kind: str, came: list[tuple[float, bytes]]) -> None:
        self._answer, self._came, self._buffer = _ANSWERS[kind], came, bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, _ = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        end = len(head) + 4 + length
        if len(self._buffer) >= end:
            self._came.append((time.time(), bytes(self._buffer[end - length : end])))
            del self._buffer[:end]
            self._transport.write(self._answer)


async def _serve(kinds: list[str]) -> None:
    loop = asyncio.get_running_loop()
    came: list[list[tuple[float, bytes]]] = [[] for _ in kinds]
    servers = [
        await loop.create_server(lambda kind=kind, at=at: _Receiver(kind, at), "127.0.0.1", 0)  # type: ignore[misc]
        for kind, at in zip(kinds, came, strict=True)
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    taken = [at for kind, at in zip(kinds, came, strict=True) if kind == "takes"]
    print(json.dumps([_events(calls) for calls in taken]), flush=True)


def _events(calls: list[tuple[float, bytes]]) -> list[tuple[str, float]]:
    """Each event's name and when it came."""
    return [
        (entry["payload"]["data"]["attributes"]["event_properties"]["bench"], at)
        for at, body in calls
        for entry in json.loads(body)["data"]
    ]


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1:]))
