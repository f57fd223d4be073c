"""`/oauth/token` and `/oauth/revoke`: what an application's own server calls (behaviour-people 7.4)."""

import base64
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rapport.accounts.oauth import apps, grants
from rapport.accounts.oauth.apps import App, unique
from rapport.accounts.oauth.authorization_request import Fault, Parameters
from rapport.accounts.oauth.forms import read_form
from rapport.accounts.oauth.grants import Grant, Tokens
from rapport.kit import clock, db
from rapport.kit.ratelimit import Rate, RateLimiter

REFRESHES = Rate(10, 10)  # of one application in one account
_FRESH = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_Answer = Callable[[App, Parameters], Awaitable[Response]]


class _NotTheApp(Exception):
    """Nobody's client id and secret."""


class _Throttled(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Endpoints:
    """`forget`: called when tokens ended here, so that this process refuses them at once."""

    def __init__(self, pool: db.Pool, *, rate_limits: bool, forget: Callable[[], None]) -> None:
        self._pool = pool
        self._limiter = RateLimiter() if rate_limits else None
        self._forget = forget

    async def token(self, request: Request) -> Response:
        return await self._answered(request, self._token)

    async def revoke(self, request: Request) -> Response:
        return await self._answered(request, self._revoke)

    async def _answered(self, request: Request, answer: _Answer) -> Response:
        """Faults in the form of RFC 6749, 5.2."""
        if request.method != "POST":
            return _error(405, "invalid_request", "This is asked by POST.", {"Allow": "POST"})
        try:
            form = await read_form(request)
            return await answer(await self._app(request), form)
        except Fault as fault:
            return _error(400, fault.error, fault.description)
        except _Throttled as full:
            text = f"At most {REFRESHES.steady} refreshes a minute. Expected available in {full.seconds} s."
            return _error(429, "throttled", text, {"Retry-After": str(full.seconds)})
        except _NotTheApp:
            text = "HTTP Basic authentication with the application's client id and secret is required."
            return _error(401, "invalid_client", text, {"WWW-Authenticate": 'Basic realm="oauth", charset="UTF-8"'})

    async def _app(self, request: Request) -> App:
        id, secret = _basic(request.headers.get("authorization", ""))
        async with self._pool.connection() as conn:
            app = await apps.authenticate(conn, id, secret)
        if app is None:
            raise _NotTheApp
        return app

    async def _token(self, app: App, form: Parameters) -> Response:
        match _required(form, "grant_type"):
            case "authorization_code":
                return _granted(await self._exchanged(app, form))
            case "refresh_token":
                return _granted(await self._refreshed(app, form))
            case _:
                raise Fault("unsupported_grant_type", "A grant_type is authorization_code or refresh_token.")

    async def _exchanged(self, app: App, form: Parameters) -> Tokens:
        code, verifier, uri = (_required(form, name) for name in ("code", "code_verifier", "redirect_uri"))
        async with self._pool.connection() as conn:
            tokens = await grants.exchange(conn, app.app_id, code, verifier, uri, clock.utcnow())
        if tokens is None:
            self._forget()
            raise Fault("invalid_grant", "The code is unknown, used or too old, or was asked for in another way.")
        return tokens

    async def _refreshed(self, app: App, form: Parameters) -> Tokens:
        token, now = _required(form, "refresh_token"), clock.utcnow()
        async with self._pool.connection() as conn:
            grant = await grants.by_refresh_token(conn, app.app_id, token, now)
            if grant is None:
                raise _dead()
            self._count(grant, now.timestamp())
            scopes = _narrowed(grant, form.single("scope"))
            access = await grants.refresh(conn, grant, scopes, now)
        if access is None:
            raise _dead()
        return Tokens(access, token, scopes)

    def _count(self, grant: Grant, now: float) -> None:
        if self._limiter is None:
            return
        standing = self._limiter.take((grant.account_id, grant.app_id), REFRESHES, now)
        if not standing.allowed:
            raise _Throttled(standing.retry_after)

    async def _revoke(self, app: App, form: Parameters) -> Response:
        """200 for unknown tokens too; the hint isn't needed to find them (RFC 7009, 2.1 and 2.2)."""
        token = _required(form, "token")
        async with self._pool.connection() as conn:
            await grants.revoke(conn, app.app_id, token)
        self._forget()
        return Response(status_code=200, headers=_FRESH)


def _required(form: Parameters, name: str) -> str:
    value = form.single(name)
    if value is None:
        raise Fault("invalid_request", f"The parameter {name} is required.")
    return value


def _narrowed(grant: Grant, text: str | None) -> list[str]:
    """A refresh may ask for less than was granted, never for more (RFC 6749, 6)."""
    requested = unique(text.split()) if text else []
    if not {*requested} <= {*grant.scopes}:
        raise Fault("invalid_scope", "A refresh can't ask for a scope that was not granted.")
    return requested or grant.scopes


def _dead() -> Fault:
    return Fault("invalid_grant", "The refresh token is unknown, revoked, or was not used for 90 days.")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        raise _NotTheApp
    try:
        id, _, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError as error:
        raise _NotTheApp from error
    return id, secret


def _granted(tokens: Tokens) -> Response:
    shown = {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "bearer",
        "expires_in": int(grants.ACCESS_LIFE.total_seconds()),
        "scope": " ".join(tokens.scopes),
    }
    return JSONResponse(shown, headers=_FRESH)


def _error(status: int, error: str, description: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status, {**_FRESH, **(headers or {})})
