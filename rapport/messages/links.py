"""Pages that links in messages lead to: finding the message of a link's token."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.kit import crypto, db
from rapport.kit.pages import POLICY, page
from rapport.kit.rooms import Process
from rapport.kit.settings import Settings
from rapport.messages import compose
from rapport.messages.composed import Composed
from rapport.messages.content import Contents
from rapport.texts.service import language_of_browser
from rapport.texts.words import usual

FRESH = {"Cache-Control": "no-store, max-age=0", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}

# What a page answers, given the message that its link stands in.
Answer = Callable[[Request, Account, Composed], Awaitable[Response]]


def shown(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, {**FRESH, "Content-Security-Policy": POLICY})


def not_found(request: Request) -> Response:
    """Nobody knows whose link it was, so the browser's language is all there is to go by."""
    language = language_of_browser(request.headers.get("accept-language", ""))
    words = usual(language).broken_link
    return shown(page("", words.heading, words.text, language=language), 404)


class MessageLinks:
    """Finds the message of a link. One per process; caches contents."""

    def __init__(self, pool: db.Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._contents = Contents()

    @classmethod
    def of(cls, process: Process) -> "MessageLinks":
        """Made once per process (`process.once`)."""
        return cls(process.pool, process.settings)

    def endpoint(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint `answer` with the message looked up first; an unknown token gets a friendly 404."""

        async def endpoint(request: Request) -> Response:
            try:
                account_id, id = compose.read_token(self._settings, request.path_params["token"])
            except (crypto.BadToken, ValueError):
                return not_found(request)
            async with self._pool.connection() as conn:
                urls = compose.urls_of(self._settings, account_id, id)
                composed = await compose.load(conn, self._contents, account_id, id, urls)
                account = await accounts.load(conn, account_id) if composed else None
            if composed is None or account is None:
                return not_found(request)
            response = await answer(request, account, composed)
            response.headers.update(FRESH)
            return response

        return endpoint
