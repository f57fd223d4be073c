"""The web process: API, tracking links, web app, health and metrics, as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from rapport import wiring
from rapport.accounts.auth import SESSION_COOKIE, Authenticator, PublicAuthenticator, session_for
from rapport.events.inbox import Inbox
from rapport.events.lake import failures
from rapport.events.settled import Settled
from rapport.kit import compute, db
from rapport.kit.jsonapi import JsonApi, openapi_document
from rapport.kit.proxies import Proxies
from rapport.kit.settings import Settings

WEB = Path(__file__).parent.parent / "web" / "dist"
_POOL = 16
# A database that is restarted is back within this; who waits longer is told to come again.
_POOL_SECONDS = 10.0
_SESSION_DAYS = 30
_lake_failing = Gauge("rapport_lake_failing_accounts", "Accounts whose events could not be written into files at last")


def application(settings: Settings, database_url: str) -> Any:
    """The ASGI application of one web process. Everything under /api and /client goes straight to the protocol room."""
    pool = db.new_pool(database_url, size=_POOL, timeout=_POOL_SECONDS)
    single = db.new_pool(database_url, size=_POOL, autocommit=True, timeout=_POOL_SECONDS)
    inbox = Inbox(single)
    settled = Settled(single, wiring.SOURCES)
    proxies = Proxies(settings.trusted_proxies)
    authenticator = Authenticator(pool, settings.secret)
    api = JsonApi(
        wiring.operations(inbox, settings),
        authenticate=authenticator,
        base_url=settings.base_url,
        proxies=proxies,
        pool=pool,
        readers=single,
        rate_limits=settings.rate_limits,
        settle=settled,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with pool, single:
            yield
        compute.close()

    public = JsonApi(
        wiring.client_operations(inbox),
        authenticate=PublicAuthenticator(pool),
        base_url=settings.base_url,
        pool=pool,
        rate_limits=settings.rate_limits,
        cors=True,
        proxies=proxies,
        by_address=True,
        settle=settled,
    )
    pages = Starlette(
        routes=_routes(settings, (api, public), pool, wiring.pages(pool, settings, inbox, authenticator.forget)),
        lifespan=lifespan,
        exception_handlers={psycopg.Error: _away},
    )

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        # The hot path skips Starlette's router, which tries its routes one by one.
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            await api(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/client/"):
            await public(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return dispatch


async def _away(_request: Request, error: Exception) -> Response:
    """A page while the database is away."""
    if not db.is_away(error):
        raise error
    return PlainTextResponse("Not available for a moment. Try again.", 503, {"retry-after": "1"})


def _routes(
    settings: Settings, apis: tuple[JsonApi, JsonApi], pool: db.Pool, beside: list[BaseRoute]
) -> list[BaseRoute]:
    async def health(_request: Request) -> Response:
        """200 once the database answers and a worker has reported within the last few seconds."""
        async with pool.connection() as conn:
            alive = await db.row(conn, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", (
                wiring.WORKER_LOCK,))  # fmt: skip
        workers = alive[0] if alive else 0
        return JSONResponse({"status": "ok" if workers else "starting", "workers": workers}, 200 if workers else 503)

    async def metrics(_request: Request) -> Response:
        async with pool.connection() as conn:
            _lake_failing.set(len(await failures.all_of_them(conn)))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def openapi(request: Request) -> Response:
        api, public = apis
        base_url = str(request.base_url).rstrip("/")
        return JSONResponse(openapi_document(api.operations, base_url, public=public.operations))

    async def sign_in(request: Request) -> Response:
        session = session_for(settings.secret, request.query_params.get("token", ""))
        if session is None:
            return PlainTextResponse("This sign-in link is wrong or too old. `rapport sign-in` prints a new one.", 403)
        answer = RedirectResponse("/", 303)
        secure = settings.base_url.startswith("https")
        answer.set_cookie(
            SESSION_COOKIE, session, max_age=_SESSION_DAYS * 86400, httponly=True, samesite="lax", secure=secure
        )
        return answer

    return [
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
        Route("/sign-in", sign_in),
        *beside,
        *_web_app(),
    ]


def _web_app() -> list[BaseRoute]:
    """The built web app; every other path is a page of it, so it answers the index."""
    if not (WEB / "index.html").exists():
        return [Route("/", lambda _request: PlainTextResponse("The web app is not built: run `make web`.", 503))]

    async def page(_request: Request) -> Response:
        return FileResponse(WEB / "index.html", headers={"cache-control": "no-cache"})

    beside = [
        Route(f"/{file.name}", lambda _request, file=file: FileResponse(file))
        for file in WEB.iterdir()
        if file.is_file() and file.name != "index.html"
    ]
    return [Mount("/assets", StaticFiles(directory=WEB / "assets")), *beside, Route("/{path:path}", page)]
