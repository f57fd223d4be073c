"""The calls `track` and `identify` of the first API, and what is said of the rest of it (behaviour-rest 21)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts.auth import PublicAuthenticator
from rapport.accounts.types import Principal
from rapport.inbox.public import restrain, restrained
from rapport.inbox.requests import Inbox
from rapport.kit import db
from rapport.kit.jsonapi import ApiError
from rapport.kit.proxies import Proxies
from rapport.kit.ratelimit import XL, RateLimiter
from rapport.kit.rooms import Process
from rapport.legacy import payloads
from rapport.legacy.envelope import TooLarge, payload_of
from rapport.subscriptions.people import profiles_of

# A transparent picture of one pixel.
_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_HEADERS = {"access-control-allow-origin": "*", "cache-control": "no-store", "x-content-type-options": "nosniff"}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "content-type",
    "access-control-max-age": "86400",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_RETIRED = (
    "Version {version} of the API has been retired. /openapi.json lists the operations that take its place, which want "
    "a private key in the header Authorization and a date in the header revision."
)
_THROTTLED = "Request was throttled. Expected available in {seconds} seconds."
Taken = Callable[[Any, Principal, str], Awaitable[None]]


def routes(process: Process) -> Sequence[BaseRoute]:
    calls = _Calls(process)
    return [
        *_both("/api/track", calls.track, ["GET", "POST", "OPTIONS"]),
        *_both("/api/identify", calls.identify, ["GET", "POST", "OPTIONS"]),
        Route("/api/v1/{path:path}", _first_version, methods=_METHODS),
        Route("/api/v2/{path:path}", _second_version, methods=_METHODS),
    ]


def _both(path: str, endpoint: Callable[[Request], Awaitable[Response]], methods: list[str]) -> list[Route]:
    """With and without a slash at the end: old clients don't follow redirects of what they post."""
    return [Route(path, endpoint, methods=methods), Route(f"{path}/", endpoint, methods=methods)]


async def _first_version(_request: Request) -> Response:
    return JSONResponse({"status": 410, "message": _RETIRED.format(version=1)}, 410)


async def _second_version(_request: Request) -> Response:
    return JSONResponse({"detail": _RETIRED.format(version=2)}, 410)


class _Calls:
    """What is taken is answered 1, also where no account has the token; what can't be read or recorded 0."""

    def __init__(self, process: Process) -> None:
        self._inbox = process.once(Inbox.of)
        self._pool = process.pool
        self._account_of = PublicAuthenticator(process.pool)
        self._address_of = Proxies(process.settings.trusted_proxies)
        self._limiter = RateLimiter() if process.settings.rate_limits else None

    async def track(self, request: Request) -> Response:
        return await self._answer(request, payloads.track_of, self._record)

    async def identify(self, request: Request) -> Response:
        return await self._answer(request, payloads.identify_of, self._remember)

    async def _record(self, payload: payloads.Track, principal: Principal, address: str) -> None:
        accepted = payloads.tracked(payload, principal.now())
        await self._inbox.put(principal.account_id, [restrain(accepted, address)])

    async def _remember(self, payload: payloads.Identify, principal: Principal, _address: str) -> None:
        person = restrained(payloads.identified(payload))
        async with self._pool.connection() as conn:
            await profiles_of(conn, principal.account_id, [person], principal.now())

    async def _answer(self, request: Request, read: Callable[[bytes], Any], take: Taken) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={**_HEADERS, **_PREFLIGHT})
        try:
            text = await payload_of(request)
            payload = None if text is None else read(text)
        except TooLarge:
            return _said(request, False, status=413)
        except ApiError:
            payload = None
        if payload is None or not payload.token:
            return _said(request, False)
        principal = await self._principal(payload.token)
        # who only asks for the head changes nothing
        if principal is None or request.method == "HEAD":
            return _said(request, True)
        address = self._address_of(request.client.host if request.client else "", request.headers)
        if (seconds := self._seconds_to_wait(request, principal, address)) > 0:
            return JSONResponse(
                {"detail": _THROTTLED.format(seconds=seconds)}, 429, {**_HEADERS, "retry-after": str(seconds)}
            )
        return _said(request, await _is_taken(take(payload, principal, address)))

    async def _principal(self, token: str) -> Principal | None:
        try:
            return await self._account_of({}, {"company_id": token})
        except ApiError:
            return None

    def _seconds_to_wait(self, request: Request, principal: Principal, address: str) -> int:
        if self._limiter is None:
            return 0
        key = (principal.counted_as, request.url.path.rstrip("/"), address)
        return self._limiter.take(key, XL, principal.now().timestamp()).retry_after


async def _is_taken(taking: Awaitable[None]) -> bool:
    try:
        await taking
    except (ApiError, RecursionError):
        return False
    except (psycopg.Error, OverflowError) as error:
        if not db.is_unstorable(error):
            raise
        return False
    return True


def _said(request: Request, taken: bool, *, status: int = 200) -> Response:
    if request.query_params.get("i") == "1":
        return Response(_GIF, status, _HEADERS, media_type="image/gif")
    return Response("1" if taken else "0", status, _HEADERS, media_type="text/plain")
