"""`/sign-out`: how a browser stops being the web app of an account. How it becomes it: `users/ways_in`."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import sessions
from rapport.kit import db
from rapport.kit.proxies import Proxies
from rapport.kit.settings import Settings

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_ELSEWHERE = "This was sent from a page of another website."


def routes(pool: db.Pool, settings: Settings, forget: Callable[[], None]) -> list[BaseRoute]:
    """`forget`: makes this process ask anew who its callers are."""
    proxies = Proxies(settings.trusted_proxies)

    async def sign_out(request: Request) -> Response:
        """End the browser's session, wherever its cookie was copied to."""
        if not proxies.is_own_page(request.scope, request.headers):
            return PlainTextResponse(_ELSEWHERE, 403, _PRIVATE)
        session = sessions.session_in(request.headers.get("cookie", ""))
        if session is not None:
            async with pool.connection() as conn:
                await sessions.end(conn, session)
            forget()
        answer = RedirectResponse("/", 303, _PRIVATE)
        answer.delete_cookie(sessions.COOKIE, httponly=True, samesite="lax")
        return answer

    return [Route("/sign-out", sign_out, methods=["POST"])]
