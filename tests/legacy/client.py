"""An old client: it knows a public key, base64 and forms, and nothing of the newer API."""

from base64 import b64encode
from typing import Any

import httpx
import msgspec

from tests.conftest import Shop

Json = dict[str, Any]
CALLS = ("track", "identify")


def encoded(payload: Any) -> str:
    return b64encode(msgspec.json.encode(payload)).decode()


def got(shop: Shop, call: str, payload: Any, **query: str) -> httpx.Response:
    """By GET; a text is sent as it is."""
    data = payload if isinstance(payload, str) else encoded(payload)
    return httpx.get(f"{shop.server.url}/api/{call}", params={"data": data, **query})


def posted(shop: Shop, call: str, payload: Any) -> httpx.Response:
    """By a form."""
    return httpx.post(f"{shop.server.url}/api/{call}", data={"data": msgspec.json.encode(payload).decode()})


def track(shop: Shop, event: str, person: Json, properties: Json | None = None, **more: Any) -> Json:
    return {
        "token": shop.public_id,
        "event": event,
        "customer_properties": person,
        "properties": properties or {},
    } | more


def identify(shop: Shop, **properties: Any) -> Json:
    return {"token": shop.public_id, "properties": properties}


def taken(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.text) == (200, "1")
    assert answer.headers["content-type"].startswith("text/plain")


def not_taken(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.text) == (200, "0")
