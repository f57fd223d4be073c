"""An application that asks for access, as its own server and a person's browser do it."""

import html
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urlencode

import httpx
import psycopg
from klaviyo_api import KlaviyoAPI

from rapport.accounts import sessions
from rapport.accounts.oauth import apps
from rapport.accounts.users import people
from rapport.kit import clock
from tests.conftest import REVISION, Server, Shop, run

CALLBACK = "https://sync.example.com/callback"
SCOPES = ("lists:read", "lists:write", "profiles:read")


def challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class App:
    """A registered application."""

    server: Server
    id: int
    client_id: str
    secret: str
    redirect_uri: str = CALLBACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(40))

    def question(self, **changes: str | None) -> str:
        """The address a person is sent to; a parameter of None is left out."""
        given = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": "a state/1 & 2",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: text for name, text in given.items() if text is not None})
        return f"{self.server.url}/oauth/authorize?{query}"

    def post(self, path: str, fields: dict[str, str], **options: object) -> httpx.Response:
        options = {"auth": (self.client_id, self.secret), **options}
        return httpx.post(f"{self.server.url}/oauth/{path}", data=fields, **options)  # type: ignore[arg-type]

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": self.verifier,
            "redirect_uri": self.redirect_uri,
            **changes,
        }
        return self.post("token", fields)

    def refresh(self, token: str, **more: str) -> httpx.Response:
        return self.post("token", {"grant_type": "refresh_token", "refresh_token": token, **more})

    def revoke(self, token: str, **more: str) -> httpx.Response:
        return self.post("revoke", {"token": token, **more})

    def code(self, shop: Shop, **changes: str | None) -> str:
        """What the application gets when the shop's owner allows what it asks."""
        return answered(signed_in(shop), self.question(**changes), "allow")["code"]

    def tokens(self, shop: Shop, **changes: str | None) -> dict[str, str]:
        answer = self.exchange(self.code(shop, **changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def registered(
    server: Server,
    *,
    redirect_uris: tuple[str, ...] = (CALLBACK,),
    scopes: tuple[str, ...] = SCOPES,
    name: str = "Acme Sync",
) -> App:
    async def make() -> tuple[apps.App, str]:
        async with await psycopg.AsyncConnection.connect(server.database_url) as conn:
            return await apps.create(conn, name=name, redirect_uris=redirect_uris, scopes=scopes)

    made, secret = run(make())
    return App(server, made.app_id, made.client_id, secret, redirect_uris[0])


def signed_in(shop: Shop) -> httpx.Client:
    """A browser in which the shop's owner pressed the button on the page of a sign-in link."""
    client = httpx.Client(timeout=30, headers={"origin": shop.server.url})
    assert pressed(client, sign_in_link(shop)).status_code == 200
    return client


def sign_in_link(shop: Shop) -> str:
    async def make() -> str:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            owner = await people.first_owner(conn, shop.account_id, clock.utcnow())
            return await sessions.new_link(conn, shop.account_id, owner.user_id, clock.utcnow())

    return f"{shop.server.url}/sign-in?token={run(make())}"


def pressed(client: httpx.Client, link: str) -> httpx.Response:
    """What the button on a link's page does."""
    address, _, token = link.partition("/sign-in?token=")
    return client.post(f"{address}/auth/link", json={"token": unquote(token)}, headers={"origin": address})


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def answered(browser: httpx.Client, question: str, action: str) -> dict[str, str]:
    """What the application is told once the person pressed a button of the page."""
    page = browser.get(question)
    assert page.status_code == 200, page.text
    return told(browser.post(question, data={"action": action, "csrf": csrf_of(page.text)}))


def told(answer: httpx.Response, to: str = CALLBACK) -> dict[str, str]:
    """The query with which a person is sent back to the application."""
    assert answer.status_code == 303, answer.text
    where, _, query = answer.headers["location"].partition("?")
    assert where == to
    return dict(parse_qsl(query, strict_parsing=True))


def error_of(answer: httpx.Response, status: int = 400) -> str:
    """The error of an answer in OAuth's form, after checking that form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"error", "error_description"}
    return str(answer.json()["error"])


def asked(server: Server, token: str, path: str = "lists", method: str = "GET", **options: object) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "revision": REVISION}
    return httpx.request(method, f"{server.url}/api/{path}", headers=headers, **options)  # type: ignore[arg-type]


def opens(server: Server, token: str) -> bool:
    """Whether a token is good; a dead one is refused as any unknown credential is (7.3)."""
    answer = asked(server, token)
    if answer.status_code == 200:
        return True
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer, Klaviyo-API-Key"
    assert answer.json()["errors"][0]["code"] == "authentication_failed"
    return False


def sdk(server: Server, token: str) -> KlaviyoAPI:
    return KlaviyoAPI(None, max_retries=1, test_host=server.url, access_token=token)
