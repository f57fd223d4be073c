"""Tracking: opens, clicks, unsubscribing and the web view. What a recipient did is committed before it is answered.

Reading a page changes nothing: mail scanners follow every link, so a GET of the unsubscribe page only asks.
"""

import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts import service as accounts
from rapport.accounts.types import Account
from rapport.events.inbox import Inbox, append
from rapport.kit import crypto, db
from rapport.kit.settings import Settings
from rapport.messages import compose, optin, pages, recorded
from rapport.messages.compose import Composed
from rapport.messages.content import Contents
from rapport.messages.useragents import client_of, is_machine
from rapport.profiles.consent import EMAIL
from rapport.subscriptions import service as consent
from rapport.subscriptions.service import Grant, How
from rapport.templates.language import TemplateError

_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_FRESH = {"Cache-Control": "no-store, max-age=0", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
# A web view shows mail that somebody wrote: no scripts, and nothing of this origin for it to reach.
_SANDBOX = {"Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; script-src 'none'"}
_NUMBER = re.compile(r"[0-9]{1,6}")
_FORM_LIMIT = 10_000  # bytes


def routes(pool: db.Pool, settings: Settings, inbox: Inbox | None = None) -> list[BaseRoute]:
    """Routes of everything a message links to. Without an `inbox` one is made over the same pool."""
    site = _Tracking(pool, settings, inbox or Inbox(pool))
    return [
        Route("/o/{token}.gif", site.found(site.opened), methods=["GET"]),
        Route("/c/{token}/{number}", site.found(site.clicked), methods=["GET"]),
        Route("/u/{token}", site.found(site.ask), methods=["GET"]),
        Route("/u/{token}", site.found(site.decide), methods=["POST"]),
        Route("/p/{token}", site.found(site.ask), methods=["GET"]),
        Route("/p/{token}", site.found(site.decide), methods=["POST"]),
        Route("/v/{token}", site.found(site.view), methods=["GET"]),
        Route("/s/{token}", site.confirmation, methods=["GET", "POST"]),
    ]


Answer = Callable[[Request, Account, Composed], Awaitable[Response]]


class _Tracking:
    def __init__(self, pool: db.Pool, settings: Settings, inbox: Inbox) -> None:
        self._pool = pool
        self._settings = settings
        self._inbox = inbox
        self._contents = Contents()

    def found(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint that looks the message up first; a token that names none gets a friendly 404."""

        async def endpoint(request: Request) -> Response:
            try:
                account_id, id = compose.read_token(self._settings, request.path_params["token"])
            except (crypto.BadToken, ValueError):
                return _not_found()
            async with self._pool.connection() as conn:
                urls = compose.urls_of(self._settings, account_id, id)
                composed = await compose.load(conn, self._contents, account_id, id, urls)
                account = await accounts.load(conn, account_id) if composed else None
            if composed is None or account is None:
                return _not_found()
            response = await answer(request, account, composed)
            response.headers.update(_FRESH)
            return response

        return endpoint

    async def opened(self, request: Request, account: Account, composed: Composed) -> Response:
        agent = request.headers.get("user-agent", "")
        await self._record(account, composed, "Opened Email", client_of(agent) | {"machine_open": is_machine(agent)})
        return Response(_GIF, media_type="image/gif")

    async def clicked(self, request: Request, account: Account, composed: Composed) -> Response:
        number = request.path_params["number"]
        target = _target(composed, int(number)) if _NUMBER.fullmatch(number) else None
        if target is None:
            return _not_found()
        extra = client_of(request.headers.get("user-agent", "")) | {"URL": target, "Bot Click": False}
        await self._record(account, composed, "Clicked Email", extra, key=f":{number}")
        return RedirectResponse(target, status_code=302)

    async def ask(self, request: Request, account: Account, composed: Composed) -> Response:
        """The page; whoever is unsubscribed already can undo it here."""
        async with self._pool.connection() as conn:
            barred = await _is_unsubscribed(conn, account, composed.message.profile_id)
        make = pages.ask_resubscribe if barred else pages.ask_unsubscribe
        return HTMLResponse(make(account.name, composed.message.to_address))

    async def decide(self, request: Request, account: Account, composed: Composed) -> Response:
        """The page's button, or a mail program's one-click request (RFC 8058)."""
        fields = await _form(request)
        if fields.get("list-unsubscribe", "").lower() == "one-click":
            await self._unsubscribe(account, composed, How("one_click_unsubscribe"))
            return Response(status_code=200)
        if fields.get("action") == "subscribe":
            return await self._subscribe(account, composed)
        await self._unsubscribe(account, composed, How("preference_page"), followed=True)
        return HTMLResponse(pages.ask_resubscribe(account.name, composed.message.to_address))

    async def view(self, request: Request, account: Account, composed: Composed) -> Response:
        try:
            return HTMLResponse(composed.render().html, headers=_SANDBOX)
        except TemplateError:
            return _not_found()

    async def confirmation(self, request: Request) -> Response:
        """The link of a double opt-in: reading it asks, its button confirms."""
        async with self._pool.connection() as conn:
            found = await optin.find(conn, request.path_params["token"])
            if found is None:
                return _not_found()
            if request.method == "POST":
                await optin.confirm(conn, found)
        return HTMLResponse(_confirmation_page(found, done=request.method == "POST"), headers=_FRESH)

    async def _unsubscribe(self, account: Account, composed: Composed, how: How, *, followed: bool = False) -> None:
        """`followed`: through the link in the message, which is an event of its own (4.4)."""
        message = composed.message
        about = _properties(composed)
        async with self._pool.connection() as conn:
            await consent.unsubscribe(conn, account, [message.profile_id], how, message=message.id, about=about)
            if followed:
                await append(conn, account.account_id, [self._event(account, composed, _FOLLOWED, {})])

    async def _subscribe(self, account: Account, composed: Composed) -> Response:
        grant = Grant(composed.message.profile_id, EMAIL)
        async with self._pool.connection() as conn:
            await consent.subscribe(conn, account, [grant], How("PREFERENCE_PAGE", _page_of(composed)))
        return HTMLResponse(pages.subscribed(account.name, composed.message.to_address))

    async def _record(
        self, account: Account, composed: Composed, metric: str, extra: dict[str, Any], *, key: str = ""
    ) -> None:
        await self._inbox.put(account.account_id, [self._event(account, composed, metric, extra, key=key)])

    def _event(self, account: Account, composed: Composed, metric: str, extra: dict[str, Any], *, key: str = "") -> Any:
        """Each is an event; of those within one second, only the first."""
        now = account.now()
        body = msgspec.Raw(msgspec.json.encode(_properties(composed) | extra))
        return recorded.event(composed.message, metric, now, body, key=f"{int(now.timestamp())}{key}")


_FOLLOWED = "Clicked Email to Unsubscribe"
_UNSUBSCRIBED = """
    SELECT EXISTS (SELECT FROM consents WHERE account_id = %(account)s AND profile_id = %(profile)s
                   AND channel = 'email' AND status = 'UNSUBSCRIBED')
        OR EXISTS (SELECT FROM suppressions WHERE account_id = %(account)s AND profile_id = %(profile)s
                   AND reason = 'UNSUBSCRIBE')"""


async def _is_unsubscribed(conn: db.Connection, account: Account, profile_id: int) -> bool:
    found = await db.row(conn, _UNSUBSCRIBED, {"account": account.account_id, "profile": profile_id})
    return bool(found and found[0])


def _target(composed: Composed, number: int) -> str | None:
    try:
        return composed.target(number)
    except TemplateError:
        return None


def _properties(composed: Composed) -> dict[str, Any]:
    subject = composed.message.subject or composed.content.body.get("subject") or ""
    return recorded.properties(composed.message, subject, composed.message.sent)


def _confirmation_page(found: optin.Optin, *, done: bool) -> str:
    shop = found.account.name
    if found.confirmed or (done and not found.expired):
        return pages.subscribed(shop, found.email)
    return pages.expired(shop) if found.expired else pages.ask_confirmation(shop, found.email)


def _page_of(composed: Composed) -> str:
    return composed.urls.preferences


async def _form(request: Request) -> dict[str, str]:
    """Fields of a small form, their names in lower case; {} for anything else."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_LIMIT:
            return {}
    if "multipart/form-data" in request.headers.get("content-type", ""):
        one_click = b'name="List-Unsubscribe"' in body and b"One-Click" in body
        return {"list-unsubscribe": "One-Click"} if one_click else {}
    return {name.lower(): value for name, value in parse_qsl(body.decode("utf-8", "replace"))}


def _not_found() -> Response:
    return HTMLResponse(pages.unknown_link(), status_code=404, headers=_FRESH)
