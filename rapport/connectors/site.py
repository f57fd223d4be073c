"""`GET /connect` lists the actions, `POST /connect/{action}` runs one.

An action's calls are those of any client: they go through the whole API of this process, with the credential that the
caller sent, so scopes, limits and the account are the caller's.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rapport.accounts.auth import Authenticator
from rapport.connect import descriptions, registry, running
from rapport.connect.connection import Connection, Fixed
from rapport.connect.failures import BadInput, Failed, Refused, TooManyRequests
from rapport.kit.forms import read_at_most
from rapport.kit.jsonapi import (
    ApiError,
    bad_json,
    invalid,
    missing,
    not_authenticated,
    payload_too_large,
    throttled,
)
from rapport.kit.rooms import Process

# A file of five megabytes in base64, and what is around it.
_MOST_BYTES = 8 << 20
_SECONDS = 60.0
_JSON = "application/json"
_OURS = ("/api/", "/client/")
Page = Callable[[Request], Awaitable[Response]]


def routes(process: Process) -> Sequence[BaseRoute]:
    site = _Site(process.once(Authenticator.of), process.settings.base_url)
    return [
        Route("/connect", answering(site.listed), methods=["GET"]),
        Route("/connect/{action}", answering(site.described), methods=["GET"]),
        Route("/connect/{action}", answering(site.run), methods=["POST"]),
    ]


class _Site:
    def __init__(self, authenticate: Authenticator, base_url: str) -> None:
        self._authenticate, self._base_url = authenticate, base_url

    async def listed(self, _request: Request) -> Response:
        return _json({"data": [descriptions.described(action) for action in registry.ACTIONS.values()]})

    async def described(self, request: Request) -> Response:
        return _json({"data": descriptions.described(_action(request))})

    async def run(self, request: Request) -> Response:
        action = _action(request)
        authorization = request.headers.get("authorization")
        if not authorization:
            raise not_authenticated("Send a private key or an access token in the header Authorization.")
        await self._authenticate({"authorization": authorization}, {})
        connection = Connection(self._base_url, Fixed(authorization), pause_seconds=0.1)
        transport = httpx.ASGITransport(api_for(request.scope, request.app.state.program), raise_app_exceptions=False)
        sent = _inputs(await _body(request))
        return _json(await running.run(action, sent, connection, transport=transport, seconds=_SECONDS))


def _action(request: Request) -> Any:
    try:
        return registry.named(request.path_params["action"])
    except BadInput:
        raise missing("There is no such action. GET /connect lists them.") from None


async def _body(request: Request) -> bytes:
    body = await read_at_most(request, _MOST_BYTES)
    if body is None:
        raise payload_too_large(_MOST_BYTES)
    return body


def _inputs(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bad_json(error) from None


def api_for(caller: Scope, app: ASGIApp) -> ASGIApp:
    """The two APIs and no page of this server, called from where the caller is: by what its connection and its proxies
    say, not by headers that an action sends."""
    forwarded = [(name, value) for name, value in caller["headers"] if _is_of_proxies(name)]

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if not _is_of_others(name)]
        scope = {**scope, "client": caller.get("client"), "headers": [*headers, *forwarded]}
        if not scope["path"].startswith(_OURS):
            scope |= {"path": "/api/-", "raw_path": b"/api/-"}
        await app(scope, receive, send)

    return api


def _is_of_proxies(name: bytes) -> bool:
    return name == b"forwarded" or name.startswith((b"x-forwarded-", b"x-real-"))


def _is_of_others(name: bytes) -> bool:
    """What a browser or a proxy says, and no action."""
    return name in (b"cookie", b"origin") or _is_of_proxies(name)


def answering(page: Page) -> Page:
    """Every failure as a JSON:API error."""

    async def answered(request: Request) -> Response:
        try:
            return await page(request)
        except ApiError as error:
            return _told(error)
        except BadInput as wrong:
            return _told(invalid(str(wrong), pointer=f"/{wrong.key[:80]}"))
        except Refused as refused:
            return _json({"errors": refused.errors}, refused.status)
        except TooManyRequests as throttling:
            return _told(throttled(max(1, ceil(throttling.seconds))))
        except Failed as failed:
            return _told(ApiError(502, "no_answer", "No usable answer.", str(failed)))

    return answered


def _told(error: ApiError) -> Response:
    return _json(error.document(str(uuid4())), error.status, error.headers)


def _json(value: Any, status: int = 200, headers: Any = None) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode(),
        status,
        {"cache-control": "no-store", **(headers or {})},
        _JSON,
    )
