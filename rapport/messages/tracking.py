"""Tracking: opens, clicks and the web view. What a recipient did is committed before it is answered."""

import re
from base64 import b64decode
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts.types import Account
from rapport.inbox.requests import Inbox
from rapport.kit import db
from rapport.kit.rooms import Process
from rapport.messages import recorded, rendering_job
from rapport.messages.composed import Composed
from rapport.messages.links import MessageLinks, not_found
from rapport.messages.mail import with_parameters
from rapport.messages.rendering import render
from rapport.messages.useragents import client_of, is_machine, is_of_a_person
from rapport.profiles import exchange
from rapport.profiles.consent import CLICK_TRACKING, OPEN_TRACKING
from rapport.templates.language import TemplateError

_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# A web view shows mail that somebody wrote: no scripts, and nothing of this origin for it to reach.
_SANDBOX = {"Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; script-src 'none'"}
_REFUSED = """
    SELECT FROM consents WHERE account_id = %s AND profile_id = %s AND channel = %s AND status = 'UNSUBSCRIBED'"""
_NUMBER = re.compile(r"[0-9]{1,6}")


def routes(process: Process) -> list[BaseRoute]:
    """Opens, clicks and the web view."""
    site, links = _Tracking(process.pool, process.once(Inbox.of)), process.once(MessageLinks.of)
    return [
        Route("/o/{token}.gif", links.endpoint(site.opened), methods=["GET"]),
        Route("/c/{token}/{number}", links.endpoint(site.clicked), methods=["GET"]),
        Route("/v/{token}", links.endpoint(site.view), methods=["GET"]),
    ]


class _Tracking:
    def __init__(self, pool: db.Pool, inbox: Inbox) -> None:
        self._pool = pool
        self._inbox = inbox

    async def opened(self, request: Request, account: Account, composed: Composed) -> Response:
        agent = request.headers.get("user-agent", "")
        about = client_of(agent) | {"machine_open": is_machine(agent)}
        if is_of_a_person(request) and await self._may_record(account, composed, OPEN_TRACKING):
            await self._record(account, composed, "Opened Email", about)
        return Response(_GIF, media_type="image/gif")

    async def clicked(self, request: Request, account: Account, composed: Composed) -> Response:
        number = request.path_params["number"]
        target = await _target(account, composed, int(number)) if _NUMBER.fullmatch(number) else None
        if target is None:
            return not_found(request)
        extra = client_of(request.headers.get("user-agent", "")) | {"URL": target, "Bot Click": False}
        if not is_of_a_person(request):
            return RedirectResponse(target, status_code=302)
        if await self._may_record(account, composed, CLICK_TRACKING):
            await self._record(account, composed, "Clicked Email", extra, key=f":{number}")
            target = _saying_who(target, account, composed)
        return RedirectResponse(target, status_code=302)

    async def view(self, request: Request, account: Account, composed: Composed) -> Response:
        try:
            html = await render(account.account_id, composed, rendering_job.web_view)
            return HTMLResponse(html, headers=_SANDBOX)
        except TemplateError:
            return not_found(request)

    async def _may_record(self, account: Account, composed: Composed, channel: str) -> bool:
        """Not when the person refused tracking, even after the message was sent (behaviour-people 2.1)."""
        async with self._pool.connection() as conn:
            refused = await db.row(conn, _REFUSED, (account.account_id, composed.message.profile_id, channel))
        return refused is None

    async def _record(
        self, account: Account, composed: Composed, metric: str, extra: dict[str, Any], *, key: str = ""
    ) -> None:
        await self._inbox.put(account.account_id, [self._event(account, composed, metric, extra, key=key)])

    def _event(self, account: Account, composed: Composed, metric: str, extra: dict[str, Any], *, key: str = "") -> Any:
        """Each is an event; of those within one second, only the first."""
        now = account.now()
        body = msgspec.Raw(msgspec.json.encode(_properties(composed) | extra))
        return recorded.event(composed.message, metric, now, body, key=f"{int(now.timestamp())}{key}")


async def _target(account: Account, composed: Composed, number: int) -> str | None:
    try:
        return await render(account.account_id, composed, rendering_job.target, number)
    except TemplateError:
        return None


def _saying_who(target: str, account: Account, composed: Composed) -> str:
    """A link to the shop tells its script who comes (behaviour-people 6.3). No other site is told: to whoever reads
    it, it is the right to speak as the person."""
    if not account.is_own_site(target):
        return target
    kx = exchange.encode(account.account_id, composed.message.profile_id, account.public_id)
    return with_parameters(target, {"_kx": kx})


def _properties(composed: Composed) -> dict[str, Any]:
    subject = composed.message.subject or composed.content.body.get("subject") or ""
    return recorded.properties(composed.message, subject, composed.message.sent)
