"""`/sign-in` and `/sign-out`: how a browser becomes the web app of an account, and stops being it."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import sessions
from rapport.kit import clock, db
from rapport.kit.proxies import Proxies
from rapport.kit.settings import Settings

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_USED = "This sign-in link was used already, or it is wrong or too old. `rapport sign-in` prints a new one."
_FETCHED_AHEAD = "A sign-in link is not fetched ahead: it works once."
_ELSEWHERE = "This was sent from a page of another website."


def routes(pool: db.Pool, settings: Settings, forget: Callable[[], None]) -> list[BaseRoute]:
    """`forget`: makes this process ask anew who its callers are."""
    site = _Site(pool, settings, forget)
    return [
        Route("/sign-in", site.sign_in, methods=["GET"]),
        Route("/sign-out", site.sign_out, methods=["POST"]),
    ]


class _Site:
    def __init__(self, pool: db.Pool, settings: Settings, forget: Callable[[], None]) -> None:
        self._pool = pool
        self._proxies = Proxies(settings.trusted_proxies)
        self._secure = settings.base_url.startswith("https:")
        self._forget = forget

    async def sign_in(self, request: Request) -> Response:
        """Only a person's own visit uses the link up."""
        if request.method == "HEAD" or _is_ahead(request):
            return PlainTextResponse(_FETCHED_AHEAD, 503, _PRIVATE)
        async with self._pool.connection() as conn:
            session = await sessions.sign_in(conn, request.query_params.get("token", ""), clock.utcnow())
        if session is None:
            return PlainTextResponse(_USED, 403, _PRIVATE)
        answer = RedirectResponse("/", 303, _PRIVATE)
        secure = self._secure or self._proxies.origin(request.scope, request.headers).startswith("https:")
        age = int(sessions.SESSION_LIFE.total_seconds())
        answer.set_cookie(sessions.COOKIE, session, max_age=age, httponly=True, samesite="lax", secure=secure)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the browser's session, wherever its cookie was copied to."""
        if not self._proxies.is_own_page(request.scope, request.headers):
            return PlainTextResponse(_ELSEWHERE, 403, _PRIVATE)
        session = sessions.session_in(request.headers.get("cookie", ""))
        if session is not None:
            async with self._pool.connection() as conn:
                await sessions.end(conn, session)
            self._forget()
        answer = RedirectResponse("/", 303, _PRIVATE)
        answer.delete_cookie(sessions.COOKIE, httponly=True, samesite="lax")
        return answer


def _is_ahead(request: Request) -> bool:
    """Whether a browser fetches the page before anybody asked for it."""
    names = ("sec-purpose", "purpose", "x-purpose", "x-moz")
    return any("prefetch" in request.headers.get(name, "").lower() for name in names)
