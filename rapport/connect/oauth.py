"""Connections by OAuth 2.0: authorization code with PKCE (RFC 6749, 7636), and refreshing."""

import asyncio
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from rapport.connect.action import Input
from rapport.connect.failures import AccessEnded, BadInput, NoAnswer

# Refreshed when it has less than this left, so that it does not end on the way.
_MARGIN_SECONDS = 60.0
_ENDED = "Access was revoked or has run out. The person has to allow it again: `rapport connect authorize`."


# What a connection by OAuth 2.0 is made from; the two addresses are the host's own unless others are named.
INPUTS = (
    Input(
        "authorizeUrl",
        "Authorize URL",
        note="Where a person is asked.",
        example="https://www.klaviyo.com/oauth/authorize",
    ),
    Input("clientId", "Client ID", note="Of the registered application.", required=True),
    Input("clientSecret", "Client secret", note="Of the registered application.", required=True),
    Input("scopes", "Scopes", note="Between blanks; otherwise all that the application is registered for."),
    Input("tokenUrl", "Token URL", note="Where tokens are given.", example="https://a.klaviyo.com/oauth/token"),
)


@dataclass(frozen=True)
class Application:
    """An application as it is registered at the host. scopes: between blanks."""

    client_id: str
    client_secret: str
    authorize_url: str
    token_url: str
    scopes: str = ""

    @classmethod
    def at(cls, host: str, values: Mapping[str, str]) -> "Application":
        """From values of INPUTS, by key, with the two addresses that a host has by default. Raises BadInput."""
        for entry in INPUTS:
            if entry.required and not values.get(entry.key):
                raise BadInput(entry.key, f"'{entry.key}' ({entry.label}) is needed.")
        host = host.rstrip("/")
        addresses = (
            values.get("authorizeUrl") or f"{host}/oauth/authorize",
            values.get("tokenUrl") or f"{host}/oauth/token",
        )
        for address in addresses:
            if not address.startswith(("https://", "http://")):
                raise BadInput("tokenUrl", f"'{address[:80]}' is no address: it begins with https://.")
        return cls(values["clientId"], values["clientSecret"], *addresses, values.get("scopes", ""))


@dataclass(frozen=True)
class Tokens:
    """expires_at: seconds since 1970, 0 where it is not known."""

    access_token: str
    refresh_token: str
    expires_at: float = 0.0


@dataclass(frozen=True)
class Authorization:
    """A request for access: the address to send a person to, and what has to be kept until they are back."""

    url: str
    state: str
    verifier: str
    redirect_uri: str


def authorization(application: Application, redirect_uri: str) -> Authorization:
    """A new request for access."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": redirect_uri,
        **({"scope": application.scopes} if application.scopes else {}),
        "state": state,
        "code_challenge_method": "S256",
        "code_challenge": challenge,
    }
    return Authorization(f"{application.authorize_url}?{urlencode(query)}", state, verifier, redirect_uri)


async def exchange(
    application: Application,
    question: Authorization,
    callback_url: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tokens:
    """Tokens for the code in the address that the person came back to. Raises AccessEnded, BadInput or NoAnswer."""
    code = _code(question, callback_url)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": question.verifier,
        "redirect_uri": question.redirect_uri,
    }
    async with httpx.AsyncClient(transport=transport, timeout=30) as http:
        return await _tokens(http, application, form)


def _code(question: Authorization, callback_url: str) -> str:
    answered = {name: values[0] for name, values in parse_qs(urlsplit(callback_url).query).items()}
    if not secrets.compare_digest(answered.get("state", "").encode(), question.state.encode()):
        raise BadInput("state", "This is no answer to what was asked: its state differs. Begin again.")
    if "error" in answered:
        refused = {"code": answered["error"], "detail": answered.get("error_description") or _said(answered["error"])}
        raise AccessEnded(403, [refused])
    if "code" not in answered:
        raise BadInput("code", "The host sent no code. Begin again.")
    return answered["code"]


def _said(error: str) -> str:
    return "The person refused access." if error == "access_denied" else f"The host refused: {error}."


async def _tokens(http: httpx.AsyncClient, application: Application, form: Mapping[str, str]) -> Tokens:
    basic = httpx.BasicAuth(application.client_id, application.client_secret)
    try:
        response = await http.post(application.token_url, data=dict(form), auth=basic)
        answer: Any = response.json()
    except httpx.HTTPError as error:
        raise NoAnswer(f"{application.token_url} gave no answer: {error or type(error).__name__}.") from None
    except (ValueError, RecursionError):
        raise NoAnswer(f"{application.token_url} answered {response.status_code} without JSON.") from None
    if not isinstance(answer, dict):
        raise NoAnswer(f"{application.token_url} answered {response.status_code} with JSON that is no object.")
    if response.status_code == 200 and isinstance(answer.get("access_token"), str):
        expires_in = answer.get("expires_in")
        lasts = float(expires_in) if isinstance(expires_in, int | float) else 0.0
        refresh = answer.get("refresh_token") or form.get("refresh_token") or ""
        return Tokens(answer["access_token"], str(refresh), time.time() + lasts if lasts else 0.0)
    if response.status_code in (429, *range(500, 600)):
        raise NoAnswer(f"{application.token_url} answered {response.status_code}. Try again later.")
    code = str(answer.get("error") or response.status_code)
    detail = _ENDED if code == "invalid_grant" else str(answer.get("error_description") or f"The host refused: {code}.")
    raise AccessEnded(response.status_code, [{"code": code, "title": code, "detail": detail}])


@dataclass
class Grant:
    """A credential that is refreshed by itself. kept: told of new tokens, to store them."""

    application: Application
    tokens: Tokens
    kept: Callable[[Tokens], None] = lambda _tokens: None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def authorization(self, http: httpx.AsyncClient) -> str:
        ends = self.tokens.expires_at
        if ends and ends - time.time() < _MARGIN_SECONDS:
            await self._refresh(http, self.tokens)
        return f"Bearer {self.tokens.access_token}"

    async def renewed(self, http: httpx.AsyncClient) -> str | None:
        await self._refresh(http, self.tokens)
        return f"Bearer {self.tokens.access_token}"

    async def _refresh(self, http: httpx.AsyncClient, seen: Tokens) -> None:
        """Once for all who found the same tokens ended."""
        async with self._lock:
            if self.tokens is not seen:
                return
            form = {"grant_type": "refresh_token", "refresh_token": seen.refresh_token}
            self.tokens = await _tokens(http, self.application, form)
            self.kept(self.tokens)


def to_json(application: Application, tokens: Tokens) -> dict[str, Any]:
    """What has to be stored of a connection. It holds secrets."""
    return {"application": asdict(application), "tokens": asdict(tokens)}


def from_json(stored: Any) -> tuple[Application, Tokens]:
    """Raises BadInput."""
    try:
        return Application(**stored["application"]), Tokens(**stored["tokens"])
    except (TypeError, KeyError):
        raise BadInput("oauth", "This file holds no connection: make one by `rapport connect authorize`.") from None
