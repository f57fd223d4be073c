"""Signing in with a provider of OpenID Connect, against one on this machine."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from rapport.accounts import roles
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.accounts.team import Person, browser, invited, owner
from tests.conftest import Server, Shop, new_shop, serving


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(provider: Provider) -> Iterator[Server]:
    with serving(
        RAPPORT_OIDC_ISSUER=provider.issuer,
        RAPPORT_OIDC_CLIENT_ID=CLIENT_ID,
        RAPPORT_OIDC_CLIENT_SECRET=CLIENT_SECRET,
        RAPPORT_OIDC_NAME="Acme",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def boss(server: Server) -> Iterator[Person]:
    with new_shop(server) as shop:
        yield owner(shop)


def gone_through(client: httpx.Client, shop: Shop) -> httpx.Response:
    """The last answer before the web app's own page."""
    answer = client.get(f"{shop.server.url}/auth/oidc")
    for _ in range(2):
        answer = client.get(answer.headers["location"])
    return answer


def came(provider: Provider, boss: Person, claims: dict[str, Any], **wrong: Any) -> tuple[httpx.Client, str]:
    """A browser that went to the provider, and where it was sent at last."""
    provider.claims, provider.wrong = claims, wrong
    client = browser(boss.shop)
    return client, gone_through(client, boss.shop).headers["location"]


def is_in(client: httpx.Client, shop: Shop) -> bool:
    return client.get(f"{shop.server.url}/api/session").status_code == 200


def test_who_was_invited_comes_in_and_is_known_by_the_subject_from_then_on(provider: Provider, boss: Person) -> None:
    invited(boss, roles.SUPPORT, "zoe@acme.example")
    known = {"sub": "zoe-1", "email": "zoe@acme.example", "email_verified": True, "name": "Zoe"}
    client, place = came(provider, boss, known)
    assert place == "/" and is_in(client, boss.shop)
    zoe = Person(boss.shop, "zoe@acme.example", client)
    session = zoe.get("session")["data"]["attributes"]
    assert (session["role"], session["user_name"]) == (roles.SUPPORT, "Zoe <zoe@acme.example>")
    # the address may change at the provider; the subject is the same person
    client, place = came(provider, boss, {"sub": "zoe-1", "email": "zoe.new@acme.example"})
    assert place == "/" and is_in(client, boss.shop)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"sub": "x", "email": "nobody@acme.example", "email_verified": True}, "uninvited"),
        ({"sub": "y", "email": "OWNER", "email_verified": False}, "unverified"),
        ({"sub": "y", "email": "OWNER"}, "unverified"),
        ({"sub": "y"}, "unverified"),
        ({}, "provider"),
    ],
)
def test_nobody_else_comes_in(provider: Provider, boss: Person, claims: dict[str, Any], reason: str) -> None:
    claims = {name: boss.email if value == "OWNER" else value for name, value in claims.items()}
    client, place = came(provider, boss, claims)
    assert place == f"/sign-in?refused={reason}" and not is_in(client, boss.shop)


@pytest.mark.parametrize(
    "wrong", [{"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "another"}, {"exp": 1}]
)
def test_a_token_for_another_is_refused(provider: Provider, boss: Person, wrong: dict[str, Any]) -> None:
    known = {"sub": "o", "email": boss.email, "email_verified": True}
    client, place = came(provider, boss, known, **wrong)
    assert place == "/sign-in?refused=provider" and not is_in(client, boss.shop)


def test_a_token_that_another_signed_is_refused(provider: Provider, boss: Person) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    client, place = came(provider, boss, {"sub": "o", "email": boss.email, "email_verified": True})
    provider.signs_with = None
    assert place == "/sign-in?refused=provider" and not is_in(client, boss.shop)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(provider: Provider, boss: Person) -> None:
    """Else somebody could have another sign in as them."""
    provider.claims, provider.wrong = {"sub": "o", "email": boss.email, "email_verified": True}, {}
    client, other = browser(boss.shop), browser(boss.shop)
    away = client.get(f"{boss.shop.server.url}/auth/oidc").headers["location"]
    back = client.get(away).headers["location"]
    assert other.get(back).headers["location"] == "/sign-in?refused=stale" and not is_in(other, boss.shop)
    assert client.get(back).headers["location"] == "/sign-in?refused=stale"
    assert gone_through(client, boss.shop).headers["location"] == "/" and is_in(client, boss.shop)


def test_the_sign_in_page_offers_it(boss: Person) -> None:
    assert httpx.get(f"{boss.shop.server.url}/auth/ways").json() == {"mail": False, "oidc": "Acme"}
