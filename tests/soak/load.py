"""Steady load from a process of its own: `python -m tests.soak.load` reads a plan as JSON and prints windows as JSON.

Each kind of call has a rate and connections of its own, and a time at which each call is due. Latency counts from then,
so a server that stalls is not asked less and found quicker for it.
"""

import asyncio
import json
import math
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import uvloop

Json = dict[str, Any]
METRICS = ("Viewed Product", "Added to Cart", "Placed Order")


@dataclass
class Kind:
    """Calls of one kind: how many a second, over how many connections; inf = as many as are answered."""

    name: str
    rate: float
    connections: int
    # per window: latencies in seconds
    windows: dict[int, list[float]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One kept-alive connection of a kind."""

    def __init__(self, load: "Load", kind: Kind, place: int) -> None:
        self._load, self._kind = load, kind
        self._gap = 0.0 if math.isinf(kind.rate) else kind.connections / kind.rate
        self._due = load.begun + self._gap * place / kind.connections
        self._buffer = b""
        self.idle = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._wait()

    def _wait(self) -> None:
        now = time.perf_counter()
        self._due = now if not self._gap else self._due
        if self._due >= self._load.end:
            self.idle.set()
        elif self._due > now:
            asyncio.get_running_loop().call_later(self._due - now, self._send)
        else:
            self._send()

    def _send(self) -> None:
        self._transport.write(self._load.request(self._kind.name))

    def give_up(self) -> None:
        """Who has no answer by now will get none."""
        if not self.idle.is_set():
            statuses = self._kind.statuses
            statuses["unanswered"] = statuses.get("unanswered", 0) + 1

    def connection_lost(self, error: Exception | None) -> None:
        if not self.idle.is_set():
            statuses = self._kind.statuses
            statuses["lost"] = statuses.get("lost", 0) + 1
            self.idle.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self._buffer = b""
        now, kind = time.perf_counter(), self._kind
        window = int((self._due - self._load.begun) / self._load.window)
        kind.windows.setdefault(window, []).append(now - self._due)
        status = head[9:12].decode()
        kind.statuses[status] = kind.statuses.get(status, 0) + 1
        self._due += self._gap
        self._wait()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class Load:
    """Runs a plan: host, port, headers, seconds, window (seconds), name, profiles (ids to read), kinds."""

    def __init__(self, plan: Json) -> None:
        self._plan, self._chance = plan, random.Random(plan["name"])
        self._head = "".join(f"{name}: {value}\r\n" for name, value in plan["headers"].items())
        self._count = 0
        self.window = plan["window"]
        self.begun = time.perf_counter() + 0.2
        self.end = self.begun + plan["seconds"]
        self.kinds = [Kind(*given) for given in plan["kinds"]]

    async def run(self) -> list[Json]:
        loop, made = asyncio.get_running_loop(), []
        for kind in self.kinds:
            for place in range(kind.connections):
                _, one = await loop.create_connection(
                    lambda kind=kind, place=place: Connection(self, kind, place), self._plan["host"], self._plan["port"]
                )
                made.append(one)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._plan["seconds"] + 60):
                await asyncio.gather(*(one.idle.wait() for one in made))
        for one in made:
            one.give_up()
        return [_summary(kind) for kind in self.kinds]

    def request(self, kind: str) -> bytes:
        make = {"single": self._single, "bulk": self._bulk, "read": self._read, "import": self._import}
        return make[kind]()

    def _single(self) -> bytes:
        return self._post(
            "/api/events/", {"type": "event", "attributes": {**self._event(), "profile": self._profile()}}
        )

    def _bulk(self) -> bytes:
        groups = [
            {
                "type": "event-bulk-create",
                "attributes": {
                    "profile": self._profile(),
                    "events": {"data": [{"type": "event", "attributes": self._event()}]},
                },
            }
            for _ in range(self._plan["bulk"])
        ]
        attributes = {"events-bulk-create": {"data": groups}}
        return self._post("/api/event-bulk-create-jobs/", {"type": "event-bulk-create-job", "attributes": attributes})

    def _read(self) -> bytes:
        one = self._chance.choice(self._plan["profiles"])
        return f"GET /api/profiles/{one}/ HTTP/1.1\r\nHost: localhost\r\n{self._head}\r\n".encode()

    def _import(self) -> bytes:
        profile = self._profile()["data"]
        profile["attributes"]["properties"] = {"visits": self._count, "tier": self._chance.choice(("gold", "silver"))}
        return self._post("/api/profile-import/", profile)

    def _event(self) -> Json:
        self._count += 1
        return {
            "metric": {"data": {"type": "metric", "attributes": {"name": self._chance.choice(METRICS)}}},
            "properties": {"SKU": f"JP-{self._count % 200}", "Category": self._chance.choice(("Coats", "Shoes"))},
            "value": self._count % 100,
            "unique_id": f"{self._plan['name']}-{self._count}",
        }

    def _profile(self) -> Json:
        person = int(self._chance.random() ** 2 * self._plan["people"])
        return {"data": {"type": "profile", "attributes": {"email": f"person{person}@example.com"}}}

    def _post(self, path: str, data: Json) -> bytes:
        # json's own encoder would take a share of the processor that is measured
        body = msgspec.json.encode({"data": data})
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{self._head}"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _summary(kind: Kind) -> Json:
    """Windows as (number, calls, p50, p99) with milliseconds, in order."""
    windows = []
    for number in sorted(kind.windows):
        taken = sorted(kind.windows[number])
        p50, p99 = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
        windows.append([number, len(taken), p50, p99])
    return {"name": kind.name, "windows": windows, "statuses": kind.statuses}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Load(json.load(sys.stdin)).run())))
