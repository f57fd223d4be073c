"""The address that a person comes back to after allowing access, on this machine, for as long as one is waited for."""

import ipaddress
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

from rapport.connect.failures import BadInput, NoAnswer

_PAGE = b"<!doctype html><title>Connected</title><p>You can close this page and go back to the terminal.</p>"
_HEADERS = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store", "referrer-policy": "no-referrer"}


class Callback:
    """`with Callback("http://127.0.0.1:8765/callback") as callback: … callback.wait(300)`. Raises BadInput where that
    can't be listened at."""

    def __init__(self, redirect_uri: str) -> None:
        parts = urlsplit(redirect_uri)
        if not is_local(redirect_uri):
            raise BadInput("redirect_uri", "Only an address on this machine can be listened at.")
        self._path, self._came = parts.path or "/", threading.Event()
        self._address = ""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner._answer(self)

            def log_message(self, *_: Any) -> None:
                """Nothing: the query holds a code."""

        try:
            self._server = HTTPServer((parts.hostname or "127.0.0.1", parts.port or 80), Handler)
        except OSError as error:
            raise BadInput("redirect_uri", f"{redirect_uri} can't be listened at: {error.strerror}.") from None

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        is_callback = urlsplit(request.path).path == self._path
        request.send_response(200 if is_callback else 404)
        for name, value in _HEADERS.items():
            request.send_header(name, value)
        request.end_headers()
        if is_callback:
            request.wfile.write(_PAGE)
            self._address = request.path
            self._came.set()

    def __enter__(self) -> "Callback":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """Path and query that the person came back to. Raises NoAnswer."""
        if not self._came.wait(seconds):
            raise NoAnswer(f"Nobody came back within {seconds:g} seconds. Begin again.")
        return self._address


def is_local(redirect_uri: str) -> bool:
    """Whether it is plain HTTP on this machine."""
    parts = urlsplit(redirect_uri)
    try:
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False
