"""`/oauth/authorize`: puts an application's request to the person who is signed in (behaviour-people 7.4).

Reading the page allows nothing. Who asks and where the person would be sent is settled first: as long as that is
unknown, nobody is sent anywhere.
"""

import hashlib
import hmac
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rapport.accounts import roles, sessions
from rapport.accounts import service as accounts
from rapport.accounts.audit import log as audit
from rapport.accounts.oauth import apps, grants, pages
from rapport.accounts.oauth.apps import App
from rapport.accounts.oauth.authorization_request import Fault, Parameters, read, sent_back
from rapport.accounts.oauth.forms import read_form
from rapport.accounts.oauth.grants import Consent
from rapport.accounts.types import Account
from rapport.accounts.users import people
from rapport.accounts.users.people import User
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
        signed_in = await self._signed_in(session)
        if session is None or signed_in is None:
            here = f"{request.url.path}?{request.scope['query_string'].decode('ascii', 'replace')}"
            return _shown(pages.sign_in_first(f"/sign-in?{urlencode({'next': here})}"), 403)
        account, user, held = signed_in
        if lacking := sorted({*authorization.scopes} - held):
            return _shown(pages.not_yours_to_allow(account.name, app.name, lacking), 403)
        csrf = self._csrf(session, request.scope["query_string"])
        if request.method != "POST":
            return _shown(pages.consent(account.name, app.name, authorization.scopes, uri, {"csrf": csrf}))
        answer = await self._answer_to(request, csrf)
        if isinstance(answer, Response):
            return answer
        if answer == pages.REFUSE:
            return _sent(sent_back(uri, state, error="access_denied", error_description="The person refused."))
        consent = Consent(
            account.account_id, user.user_id, app.app_id, authorization.scopes, uri, authorization.challenge
        )
        return _sent(sent_back(uri, state, code=await self._allow(consent, user, app)))

    async def _signed_in(self, session: str | None) -> tuple[Account, User, frozenset[str]] | None:
        """The account, the person, and what their role in it allows: nobody hands on more than they have."""
        if session is None:
            return None
        async with self._pool.connection() as conn:
            living = await sessions.find(conn, session, clock.utcnow())
            if living is None:
                return None
            member = await people.membership(conn, living.account_id, living.user_id)
            if member is None:
                return None
            user, role = member
            return await accounts.load(conn, living.account_id), user, roles.ROLES[role]

    def _csrf(self, session: str, query: bytes) -> str:
        """Good for this question in this session alone, and nothing of either can be read from it."""
        return crypto.sign(
            self._secret, "oauth-consent", hashlib.sha256(session.encode() + b"\x00" + query).hexdigest()
        )

    async def _answer_to(self, request: Request, csrf: str) -> str | Response:
        """Which button was pressed, or the page that says why this can't be told."""
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
        return action

    async def _allow(self, consent: Consent, user: User, app: App) -> str:
        """The code. Who allowed what stands in the audit log."""
        async with self._pool.connection() as conn:
            await audit.note(conn, consent.account_id, user, "allow_application", app.client_id)
            return await grants.allow(conn, consent, clock.utcnow())


def _shown(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, _HEADERS)


def _sent(location: str) -> Response:
    """303, so that no browser posts the answer on to the application."""
    return RedirectResponse(location, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
