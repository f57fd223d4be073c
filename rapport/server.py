"""The web process: API, tracking links, web app, health and metrics, as one ASGI application."""

import functools
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapport.accounts.audit.log import AuditLog
from rapport.accounts.auth import Authenticator, PublicAuthenticator
from rapport.developers.log import CallLog
from rapport.events.lake import engine, failures
from rapport.events.prefer_wait import SOURCES, PreferWait
from rapport.kit import compute, db, locks
from rapport.kit.jsonapi import JsonApi, openapi_document
from rapport.kit.proxies import Proxies
from rapport.kit.rooms import Process, Room
from rapport.kit.settings import Settings
from rapport.kit.silence import Watch
from rapport.kit.unread import bodies_read
from rapport.wiring import ROOMS, Program

WEB = Path(__file__).parent.parent / "web" / "dist"
# A message is shown in a frame of the web app, which is held to the app's policy: hence images, styles and fonts from
# everywhere, and styles in the text; the app's components set theirs so, too.
_POLICY = (
    "default-src 'self'; script-src 'self'; connect-src 'self'; object-src 'none'; "
    "style-src 'self' 'unsafe-inline' https: http:; img-src 'self' data: blob: https: http:; "
    "font-src 'self' data: https: http:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_POOL = 16
# A database that is restarted is back within this; who waits longer is told to come again.
_POOL_SECONDS = 10.0
_lake_failing = Gauge("rapport_lake_failing_accounts", "Accounts whose events could not be written into files at last")


def application(settings: Settings, database_url: str, rooms: Sequence[Room] = ROOMS) -> Any:
    """The ASGI application of one web process. Everything under /api and /client goes straight to the protocol room."""
    pool = db.new_pool(database_url, size=_POOL, timeout=_POOL_SECONDS)
    single = db.new_pool(database_url, size=_POOL, autocommit=True, timeout=_POOL_SECONDS)
    watch = Watch(database_url, [pool, single])
    process = Process(settings, pool, single)
    program = Program(rooms, settings)
    prefer_wait = PreferWait(single, list(SOURCES))
    proxies = Proxies(settings.trusted_proxies)
    calls = CallLog(single)
    api = JsonApi(
        program.operations(process),
        authenticate=process.once(Authenticator.of),
        base_url=settings.base_url,
        proxies=proxies,
        pool=pool,
        readers=single,
        rate_limits=settings.rate_limits,
        prefer_wait=prefer_wait,
        audit=AuditLog(),
        note_call=calls.note,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with pool, single:
            watch.start()
            calls.start()
            yield
            await calls.stop()
            await watch.stop()
        compute.close()
        engine.close()

    public = JsonApi(
        program.client_operations(process),
        authenticate=PublicAuthenticator(pool),
        base_url=settings.base_url,
        pool=pool,
        rate_limits=settings.rate_limits,
        cors=True,
        proxies=proxies,
        by_address=True,
        prefer_wait=prefer_wait,
        note_call=calls.note,
    )
    beside = program.pages(process)
    pages = Starlette(
        routes=_routes(settings, (api, public), pool, beside),
        lifespan=lifespan,
        exception_handlers={psycopg.Error: _failed, OverflowError: _failed, ClientDisconnect: _unread},
    )

    guarded = _guarded(pages)
    exactly, below = _pages_of_the_api(beside)

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        # The hot path skips Starlette's router, which tries its routes one by one.
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith("/api/") and path not in exactly and not path.startswith(below):
            await api(scope, receive, send)
        elif path.startswith("/client/"):
            await public(scope, receive, send)
        else:
            await guarded(scope, receive, send)

    # for pages that are clients of the API themselves
    pages.state.program = dispatch
    return bodies_read(dispatch)


def _pages_of_the_api(pages: Iterable[BaseRoute]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Pages under /api that are no operations: their paths, and where the paths with parameters begin."""
    paths = [page.path for page in pages if isinstance(page, Route) and page.path.startswith("/api/")]
    exactly = frozenset(path for path in paths if "{" not in path)
    return exactly, tuple(path.partition("{")[0] for path in paths if "{" in path)


def _guarded(app: ASGIApp) -> ASGIApp:
    """Headers of every page that says nothing else itself: browsers take nothing for what it is not, and run and frame
    nothing that is not from here."""

    async def headed(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", _POLICY)
                headers.setdefault("x-content-type-options", "nosniff")
            await send(message)

        await app(scope, receive, sending)

    return headed


async def _failed(_request: Request, error: Exception) -> Response:
    """A page while the database is away, and one whose address or form holds what can't be."""
    if db.is_unstorable(error):
        return PlainTextResponse("There is no such address.", 400)
    if not (db.is_away(error) or db.is_transient(error)):
        raise error
    return PlainTextResponse("Not available for a moment. Try again.", 503, {"retry-after": "1"})


async def _unread(_request: Request, _error: Exception) -> Response:
    """The body's chunks may be none; who is really gone does not hear it."""
    return PlainTextResponse("The form was not received whole. Send it again.", 400)


def _routes(
    settings: Settings, apis: tuple[JsonApi, JsonApi], pool: db.Pool, beside: list[BaseRoute]
) -> list[BaseRoute]:
    async def health(_request: Request) -> Response:
        """200 once the database answers and a worker has reported within the last few seconds."""
        async with pool.connection() as conn:
            alive = await db.row(conn, locks.WORKERS_ALIVE)
        workers = alive[0] if alive else 0
        return JSONResponse({"status": "ok" if workers else "starting", "workers": workers}, 200 if workers else 503)

    async def metrics(_request: Request) -> Response:
        async with pool.connection() as conn:
            _lake_failing.set(len(await failures.all_of_them(conn)))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @functools.cache
    def document() -> bytes:
        """Made once: it costs 0.4 s."""
        api, public = apis
        return bytes(JSONResponse(openapi_document(api.operations, settings.base_url, public=public.operations)).body)

    async def openapi(_request: Request) -> Response:
        return Response(document(), media_type="application/json")

    return [
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
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
