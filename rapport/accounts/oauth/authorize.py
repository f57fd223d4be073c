"""`/oauth/authorize`: puts an application's request to the person who is signed in (behaviour-people 7.4).

Reading the page allows nothing. Who asks and where the person would be sent is settled first: as long as that is
unknown, nobody is sent anywhere.
"""

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rapport.accounts import service as accounts
from rapport.accounts import sessions
from rapport.accounts.oauth import apps, grants, pages
from rapport.accounts.oauth.apps import App
from rapport.accounts.oauth.authorization_request import AuthorizationRequest, Fault, Parameters, read, sent_back
from rapport.accounts.oauth.forms import read_form
from rapport.accounts.oauth.grants import Consent
from rapport.accounts.types import Account
from rapport.kit import clock, crypto, db
from rapport.kit.pages import POLICY_LEADING_AWAY
from rapport.kit.proxies import Proxies

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY_LEADING_AWAY,
    # no other site is told of it; with no-referrer, browsers would not say where its own form comes from
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Authorize:
    """Reads the request anew for its answer: what is allowed is what stands in the address of the page."""

    def __init__(self, pool: db.Pool, secret: bytes, proxies: Proxies) -> None:
        self._pool = pool
        self._secret = secret
        self._proxies = proxies

    async def page(self, request: Request) -> Response:
        parameters = Parameters(request.query_params.multi_items())
        async with self._pool.connection() as conn:
            app = await apps.find(conn, parameters.single("client_id") or "")
        uri = parameters.single("redirect_uri")
        if app is None or uri is None or uri not in app.redirect_uris:
            return _shown(pages.unknown_app(), 400)
        state = parameters.single("state")
        try:
            authorization = read(parameters, app)
        except Fault as fault:
            return _sent(sent_back(uri, state, error=fault.error, error_description=fault.description))
        session = sessions.session_in(request.headers.get("cookie", ""))
        account = await self._account(session)
        if session is None or account is None:
            return _shown(pages.sign_in_first(), 403)
        csrf = self._csrf(session, request.scope["query_string"])
        if request.method != "POST":
            return _shown(pages.consent(account.name, app.name, authorization.scopes, uri, {"csrf": csrf}))
        return await self._answered(request, csrf, account, app, authorization, uri, state)

    async def _account(self, session: str | None) -> Account | None:
        if session is None:
            return None
        async with self._pool.connection() as conn:
            account_id = await sessions.account_of(conn, session, clock.utcnow())
            return await accounts.load(conn, account_id) if account_id is not None else None

    def _csrf(self, session: str, query: bytes) -> str:
        """Good for this question in this session alone, and nothing of either can be read from it."""
        return crypto.sign(
            self._secret, "oauth-consent", hashlib.sha256(session.encode() + b"\x00" + query).hexdigest()
        )

    async def _answered(
        self,
        request: Request,
        csrf: str,
        account: Account,
        app: App,
        authorization: AuthorizationRequest,
        uri: str,
        state: str | None,
    ) -> Response:
        if not self._proxies.is_own_page(request.scope, request.headers):
            return _shown(pages.stale(), 403)
        try:
            form = await read_form(request)
        except Fault:
            return _shown(pages.stale(), 400)
        action = form.single("action")
        if not hmac.compare_digest((form.single("csrf") or "").encode(), csrf.encode()):
            return _shown(pages.stale(), 403)
        if action not in (pages.ALLOW, pages.REFUSE):
            return _shown(pages.stale(), 400)
        if action == pages.REFUSE:
            return _sent(sent_back(uri, state, error="access_denied", error_description="The person refused."))
        consent = Consent(account.account_id, app.app_id, authorization.scopes, uri, authorization.challenge)
        async with self._pool.connection() as conn:
            code = await grants.allow(conn, consent, clock.utcnow())
        return _sent(sent_back(uri, state, code=code))


def _shown(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, _HEADERS)


def _sent(location: str) -> Response:
    """303, so that no browser posts the answer on to the application."""
    return RedirectResponse(location, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
