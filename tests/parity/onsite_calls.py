"""Operations of the client API. The official SDK is made for servers and has none of them, so they are asked by plain
HTTP, as browsers and apps do; method and path are those of the reference's own specification.
"""

from collections.abc import Callable
from typing import Any

import httpx

from tests.parity.world import METRIC, World, event_body, resource

Json = dict[str, Any]
# Operation id -> (method, path).
CLIENT = {
    "create_client_profile": ("POST", "/client/profiles"),
    "create_client_event": ("POST", "/client/events"),
    "bulk_create_client_events": ("POST", "/client/event-bulk-create"),
    "create_client_subscription": ("POST", "/client/subscriptions"),
    "create_client_push_token": ("POST", "/client/push-tokens"),
    "unregister_client_push_token": ("POST", "/client/push-token-unregister"),
}


def bulk_body(address: str, *events: Json) -> Json:
    """The events of one person."""
    rows = [resource("event", properties={}, metric=resource("metric", name=METRIC), **one)["data"] for one in events]
    return resource("event-bulk-create", profile=resource("profile", email=address), events={"data": rows})


def subscription_body(list_id: str, **attributes: Any) -> Json:
    body = resource("subscription", profile=resource("profile", **attributes))
    body["data"]["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return body


def token_body(kind: str, token: str, address: str, **more: Any) -> Json:
    profile = resource("profile", email=address)
    return resource(kind, token=token, platform="ios", vendor="apns", profile=profile, **more)


BODIES: dict[str, Callable[[World], Json]] = {
    "create_client_profile": lambda w: resource("profile", email=w.address(), first_name="Ann"),
    "create_client_event": lambda w: event_body(METRIC, w.address(), value=1.5),
    "bulk_create_client_events": lambda w: bulk_body(w.address(), {"unique_id": w.unique("c")}),
    "create_client_subscription": lambda w: subscription_body(w.list, email=w.address()),
    "create_client_push_token": lambda w: token_body("push-token", w.unique("token"), w.address()),
    "unregister_client_push_token": lambda w: token_body("push-token-unregister", w.unique("token"), w.address()),
}


def ask(world: World, id: str, **options: Any) -> httpx.Response:
    """A right request of this operation, with the account's public key and no other."""
    method, path = CLIENT[id]
    url = f"{world.shop.server.url}{path}/?company_id={world.shop.public_id}"
    return httpx.request(method, url, **({"json": BODIES[id](world)} | options))
