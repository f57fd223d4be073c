"""Signing in with a provider of OpenID Connect (code flow with PKCE, state and nonce).

A person is who the provider's `sub` says. The first time, the provider's verified e-mail address finds them among those
who have a password or an invitation here; whoever nobody invited stays outside.
"""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from rapport.accounts.users import challenges, invitations, people
from rapport.accounts.users.people import User
from rapport.accounts.users.ways_in import WaysIn
from rapport.kit import clock, crypto, db, log
from rapport.kit.refusals import Refused
from rapport.kit.settings import Oidc, Settings

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_KIND, _COOKIE = "oidc", "rapport_oidc"
_SECONDS = 10.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_logger = log.logger("oidc")


class Refusal(Exception):
    """Why nobody is signed in: a word that the sign-in page knows a sentence for."""


def routes(pool: db.Pool, settings: Settings, provider: Oidc) -> list[BaseRoute]:
    site = _Site(pool, settings, provider)
    return [
        Route("/auth/oidc", site.start, methods=["GET"]),
        Route("/auth/oidc/callback", site.callback, methods=["GET"]),
    ]


class _Site:
    def __init__(self, pool: db.Pool, settings: Settings, provider: Oidc) -> None:
        self._pool, self._settings, self._provider = pool, settings, provider
        self._ways = WaysIn(pool, settings)

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider. What is expected back is bound to this browser by a cookie."""
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        try:
            document = await self._discovered()
        except Refusal as refusal:
            return _back(str(refusal))
        browser = secrets.token_urlsafe(24)
        kept = json.dumps({"nonce": nonce, "verifier": verifier, "browser": crypto.key_hash(browser).hex()})
        async with self._pool.connection() as conn:
            state = await challenges.ask(conn, _KIND, kept, clock.utcnow())
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_uri(request),
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": crypto.pkce_challenge(verifier),
            "code_challenge_method": "S256",
        }
        answer = RedirectResponse(f"{document['authorization_endpoint']}?{urlencode(query)}", 303, _PRIVATE)
        answer.set_cookie(_COOKIE, browser, max_age=600, httponly=True, samesite="lax", path="/auth/oidc")
        return answer

    async def callback(self, request: Request) -> Response:
        try:
            claims = await self._claims(request)
            async with self._pool.connection() as conn:
                user = await _user_of(conn, self._provider.issuer, claims)
                answer = await self._ways.begin(conn, request, user)
        except Refusal as refusal:
            _logger.warning("nobody was signed in by OpenID Connect", reason=str(refusal))
            return _back(str(refusal))
        except Refused:
            return _back("no_account")
        home = RedirectResponse("/", 303, _PRIVATE)
        home.headers.append("set-cookie", answer.headers["set-cookie"])
        home.delete_cookie(_COOKIE, path="/auth/oidc")
        return home

    async def _claims(self, request: Request) -> dict[str, Any]:
        """What the provider says of the person, checked. Raises Refusal."""
        query = request.query_params
        async with self._pool.connection() as conn:
            kept = await challenges.take(conn, _KIND, query.get("state", ""), clock.utcnow())
        if kept is None:
            raise Refusal("stale")
        expected = json.loads(kept)
        if crypto.key_hash(request.cookies.get(_COOKIE, "")).hex() != expected["browser"]:
            raise Refusal("stale")
        if "code" not in query:
            raise Refusal("refused")
        document = await self._discovered()
        token = await self._exchanged(document, query["code"], expected["verifier"], self._redirect_uri(request))
        return await self._checked(document, token, expected["nonce"])

    async def _discovered(self) -> dict[str, Any]:
        document = await _fetched("GET", f"{self._provider.issuer}/.well-known/openid-configuration")
        if document.get("issuer", "").rstrip("/") != self._provider.issuer:
            raise Refusal("provider")
        return document

    async def _exchanged(self, document: dict[str, Any], code: str, verifier: str, redirect_uri: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        login = (self._provider.client_id, self._provider.client_secret)
        answer = await _fetched("POST", str(document.get("token_endpoint")), data=form, auth=login)
        return str(answer.get("id_token", ""))

    async def _checked(self, document: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
        keys = await _fetched("GET", str(document.get("jwks_uri")))
        rules = jwt.JWTClaimsRegistry(
            now=int(clock.utcnow().timestamp()),
            leeway=60,
            iss={"essential": True, "value": document["issuer"]},
            aud={"essential": True, "value": self._provider.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            checked = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            rules.validate(checked.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Refusal("provider") from error
        return checked.claims

    def _redirect_uri(self, request: Request) -> str:
        return f"{self._ways.site(request).origin}/auth/oidc/callback"


async def _fetched(method: str, url: str, **options: Any) -> dict[str, Any]:
    """JSON of the provider, whose address the operator gave. Raises Refusal."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.request(method, url, **options)
        answer.raise_for_status()
        document = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        _logger.warning("the provider of OpenID Connect did not answer", url=url, error=str(error))
        raise Refusal("provider") from error
    if not isinstance(document, dict):
        raise Refusal("provider")
    return document


async def _user_of(conn: db.Connection, issuer: str, claims: dict[str, Any]) -> User:
    """Raises Refusal."""
    subject = f"{issuer} {claims['sub']}"
    row = await db.row(conn, "SELECT user_id FROM users WHERE oidc_subject = %s", (subject,))
    if row is not None:
        return await people.load(conn, row[0])
    email = str(claims.get("email", "")).strip().lower()
    if not email or claims.get("email_verified") is not True:
        raise Refusal("unverified")
    now = clock.utcnow()
    invited = await invitations.of_email(conn, email, now)
    user = await people.find(conn, email)
    if user is None and invited:
        name = str(claims.get("name") or email.partition("@")[0]).strip()[: people.LONGEST_NAME]
        user = await people.create(conn, name=name, email=email, now=now)
    if user is None:
        raise Refusal("uninvited")
    for invitation in invited:
        await invitations.accept(conn, invitation, user, now)
    await db.execute(conn, "UPDATE users SET oidc_subject = %s WHERE user_id = %s", (subject, user.user_id))
    return user


def _back(reason: str) -> Response:
    return RedirectResponse(f"/sign-in?{urlencode({'refused': reason})}", 303, _PRIVATE)
