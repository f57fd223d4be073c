"""Receivers of webhooks on loopback: what they were sent, and how they answer."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """A call as it came. `at`: seconds of `time.monotonic`."""

    at: float
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def ids(self) -> list[str]:
        """What the call tells of, by the ids that stay the same when it is made again."""
        body = self.body
        return [entry["external_id"] for entry in body["data"]] if "meta" in body else [body["id"]]


@dataclass
class Receiver:
    """`with Receiver() as receiver:`. `answer`: from a call to the status, and perhaps headers, it is answered with; it
    may take its time."""

    answer: Callable[[Got], int | tuple[int, dict[str, str]]] = lambda got: 200
    got: list[Got] = field(default_factory=list)

    def __enter__(self) -> "Receiver":
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                content = self.rfile.read(size)
                if len(content) < size:
                    # the caller was killed in the middle: no call
                    return
                got = Got(time.monotonic(), dict(self.headers), content)
                owner.got.append(got)
                answer = owner.answer(got)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in {"content-length": "2", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 100
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Who called has gone."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook?token=abc"

    @property
    def bodies(self) -> list[Any]:
        return [got.body for got in self.got]

    @property
    def ids(self) -> list[str]:
        """In the order of their coming."""
        return [one for got in self.got for one in got.ids]


SECRET = "k3yk3yk3yk3yk3yk"


def webhook(http: Any, url: str, *topics: str, **attributes: Any) -> str:
    """A new webhook's id."""
    data = {
        "type": "webhook",
        "attributes": {"name": "Hook", "endpoint_url": url, "secret_key": SECRET, **attributes},
        "relationships": {"webhook-topics": {"data": [{"type": "webhook-topic", "id": topic} for topic in topics]}},
    }
    answer = http.post("/api/webhooks", json={"data": data})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])
