"""An answer that is given before the body was read leaves the connection usable, or says that it ends."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from tests.conftest import REVISION, Server, Shop

LARGE = json.dumps({"data": {"type": "profile", "attributes": {"properties": {"x": "y" * 600_000}}}}).encode()
TYPE = {"Content-Type": "application/json", "revision": REVISION}


@contextmanager
def connected(server: Server) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def said(connection: HTTPConnection, path: str, headers: dict[str, str], body: bytes | None = LARGE) -> int:
    connection.request("POST" if body else "GET", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/api/profiles", 401, {}),
        ("/api/nothing", 404, {}),
        ("/api/profiles", 413, {"Authorization": "key"}),
        ("/api/profile-suppression-bulk-create-jobs", 400, {"Authorization": "key", "revision": "never"}),
        ("/client/events?company_id=ABCDEF", 400, {"revision": REVISION}),
        ("/health", 405, {}),
    ],
)
def test_the_next_request_of_the_connection_is_answered(
    shop: Shop, path: str, status: int, headers: dict[str, str]
) -> None:
    headers = {**TYPE, **headers}
    if "Authorization" in headers:
        headers["Authorization"] = f"Klaviyo-API-Key {shop.private_key}"
    with connected(shop.server) as connection:
        for _ in range(3):
            assert said(connection, path, headers) == status
            # a connection that is closed afterwards is closed by then
            time.sleep(0.02)
            socket = connection.sock
            assert said(connection, "/health", {}, None) == 200
            assert connection.sock is socket, "the connection was opened anew"


def test_what_is_too_large_to_be_read_ends_the_connection_and_says_so(shop: Shop) -> None:
    headers = {**TYPE, "Authorization": f"Klaviyo-API-Key {shop.private_key}", "Content-Length": "60000000"}
    with connected(shop.server) as connection:
        connection.putrequest("POST", "/api/profiles")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(b"x" * 1000)
        answer = connection.getresponse()
        assert answer.status == 413
        assert answer.getheader("connection") == "close"
