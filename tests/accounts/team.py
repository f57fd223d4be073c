"""A team: people in a shop, each with a browser of their own."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from tests.accounts.dance import signed_in
from tests.conftest import REVISION, Shop

PASSWORD = "a long enough secret"


@dataclass
class Person:
    """Somebody in a shop's team, in their browser."""

    shop: Shop
    email: str
    browser: httpx.Client
    password: str = PASSWORD

    @property
    def id(self) -> str:
        return str(self.get("me")["data"]["id"])

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        url = f"{self.shop.server.url}/api/{path}"
        return self.browser.request(method, url, json=body, headers={"revision": REVISION})

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(self, method: str, path: str, kind: str = "", id: str | None = None, /, **attributes: Any) -> httpx.Response:
        """A call with one resource of this kind, or without a body."""
        data = {"type": kind, "attributes": attributes, **({} if id is None else {"id": id})}
        return self.ask(method, path, {"data": data} if kind else None)

    def is_in(self) -> bool:
        return self.ask("GET", "session").status_code == 200


def browser(shop: Shop) -> httpx.Client:
    """One that nobody signed in with."""
    return httpx.Client(timeout=30, headers={"origin": shop.server.url})


def post(client: httpx.Client, shop: Shop, way: str, **fields: Any) -> httpx.Response:
    """What the sign-in pages send."""
    return client.post(f"{shop.server.url}/auth/{way}", json=fields)


def owner(shop: Shop) -> Person:
    """The first owner, who has given an address and a password."""
    person = Person(shop, f"owner-{shop.public_id.lower()}@example.com", signed_in(shop))
    assert person.do("PATCH", "me", "me", name="Olga Owner", email=person.email).status_code == 200
    assert person.do("POST", "me/password", "password", password=PASSWORD).status_code == 200
    return person


def invited(by: Person, role: str, email: str | None = None) -> str:
    """The token of an invitation."""
    email = email or f"{role}-{secrets.token_hex(4)}@example.com"
    answer = by.do("POST", "invitations", "invitation", email=email, role=role)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["attributes"]["link"]).partition("?token=")[2]


def joined(by: Person, role: str, name: str = "Mia Member") -> Person:
    """Somebody who accepted an invitation."""
    email = f"{role}-{secrets.token_hex(4)}@example.com"
    client = browser(by.shop)
    answer = post(client, by.shop, "accept", token=invited(by, role, email), name=name, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    return Person(by.shop, email, client)
