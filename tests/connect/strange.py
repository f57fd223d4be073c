"""A local host that answers as no API should, or as one would of which we have none."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """`promised`: the length that is said, where it is not that of `content`. seconds: how late it comes."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    seconds: float = 0.0


def in_json(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/vnd.api+json", **headers})


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Host:
    """`with Host(lambda asked: Reply(…)) as host:`; keeps what it was asked."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> "Host":
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # an answer goes out in one piece, or its end waits for an acknowledgement
            wbufsize = 1 << 16

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                owner.asked.append(asked)
                reply = owner.answer(asked)
                time.sleep(reply.seconds)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                length = len(reply.content) if reply.promised is None else reply.promised
                self.send_header("content-length", str(length))
                with suppress(BrokenPipeError):
                    self.end_headers()
                with suppress(BrokenPipeError):
                    self.wfile.write(reply.content)
                self.close_connection = reply.promised is not None

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
