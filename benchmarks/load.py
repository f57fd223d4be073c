"""A small HTTP load generator: `python -m benchmarks.load` reads a plan as JSON and prints the result as JSON.

Runs as a process of its own, over kept-alive connections; each waits for an answer before its next request.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvloop


@dataclass(frozen=True)
class Result:
    """Requests a second, latencies in milliseconds, and answers by status."""

    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


def run(url: str, requests: list[bytes], *, connections: int, seconds: float, pause: float = 0) -> Result:
    """Send `requests` (whole, as bytes on the wire) round and round from `connections` connections for `seconds`.

    `pause`: seconds each connection waits between an answer and its next request.
    """
    host, port = url.removeprefix("http://").split(":")
    plan = {
        "host": host,
        "port": int(port),
        "connections": connections,
        "seconds": seconds,
        "pause": pause,
        "requests": [one.decode() for one in requests],
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=json.dumps(plan), capture_output=True, text=True, check=True
    )
    return Result(**json.loads(done.stdout))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, plan: dict[str, Any], first: int, result: dict[str, Any]) -> None:
        self._requests = plan["requests"]
        self._next, self._step = first, plan["connections"]
        self._result = result
        self._pause = plan["pause"]
        self._buffer = b""
        self.running = True

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += self._step

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if len(rest) < _length(head):
            return
        self._buffer = b""
        self._result["latencies"].append(time.perf_counter() - self._sent)
        status = head[9:12].decode()
        self._result["statuses"][status] = self._result["statuses"].get(status, 0) + 1
        if self.running and self._pause:
            asyncio.get_running_loop().call_later(self._pause * random.uniform(0.5, 1.5), self._send)
        elif self.running:
            self._send()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def _main(plan: dict[str, Any]) -> dict[str, Any]:
    plan["requests"] = [one.encode() for one in plan["requests"]]
    result: dict[str, Any] = {"latencies": [], "statuses": {}}
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(partial(_Connection, plan, n, result), plan["host"], plan["port"]))[1]
        for n in range(plan["connections"])
    ]
    begun = time.perf_counter()
    await asyncio.sleep(plan["seconds"])
    for connection in made:
        connection.running = False
    taken = time.perf_counter() - begun
    latencies = sorted(result["latencies"])
    count = len(latencies)
    return {
        "rate": count / taken,
        "p50": latencies[count // 2] * 1000,
        "p99": latencies[int(count * 0.99)] * 1000,
        "statuses": result["statuses"],
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_main(json.load(sys.stdin)))))
