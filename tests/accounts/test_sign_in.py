"""Signing in to the web app: links that work once, sessions that end, and what a page of another site can't do."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest

from rapport.accounts import sessions
from rapport.kit import clock
from rapport.kit.proxies import Proxies
from tests.accounts.dance import App, csrf_of, pressed, registered, sign_in_link, signed_in
from tests.conftest import REVISION, Shop, eventually, run

LIST = {"data": {"type": "list", "attributes": {"name": "News"}}}


@pytest.fixture
def browser(shop: Shop) -> Iterator[httpx.Client]:
    """One that is signed in, on a page of the web app."""
    client = signed_in(shop)
    yield client
    client.close()


def is_signed_in(client: httpx.Client, shop: Shop) -> bool:
    return client.get(f"{shop.server.url}/api/session").status_code == 200


def test_a_link_signs_in_once(shop: Shop) -> None:
    link = sign_in_link(shop)
    first, second = httpx.Client(), httpx.Client()
    assert pressed(first, link).status_code == 200
    again = pressed(second, link)
    assert again.status_code == 403 and "rapport sign-in" in again.text and "set-cookie" not in again.headers
    assert is_signed_in(first, shop) and not is_signed_in(second, shop)


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET", {}), ("HEAD", {}), ("GET", {"sec-purpose": "prefetch;prerender"}), ("GET", {"purpose": "prefetch"})],
)
def test_who_only_looks_at_a_link_does_not_use_it_up(shop: Shop, method: str, headers: dict[str, str]) -> None:
    link = sign_in_link(shop)
    ahead = httpx.request(method, link, headers=headers)
    assert "set-cookie" not in ahead.headers
    assert pressed(httpx.Client(), link).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\x00", "x" * 43, "x" * 5000])
def test_a_link_that_nobody_made_signs_nobody_in(shop: Shop, token: str) -> None:
    answer = pressed(httpx.Client(), f"{shop.server.url}/sign-in?token={token}")
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_links_and_sessions_end_by_themselves(shop: Shop, browser: httpx.Client) -> None:
    link = sign_in_link(shop)
    for table in ("sessions", "sign_in_links"):
        shop.query(f"UPDATE {table} SET until = now() WHERE account_id = %s RETURNING 1", shop.account_id)
    assert pressed(httpx.Client(), link).status_code == 403
    eventually(lambda: not is_signed_in(browser, shop))

    async def forget() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            await sessions.forget_dead(conn, clock.utcnow() + timedelta(seconds=1))

    run(forget())
    tables = "(SELECT account_id FROM sessions UNION ALL SELECT account_id FROM sign_in_links) t"
    assert not shop.query(f"SELECT 1 FROM {tables} WHERE account_id = %s", shop.account_id)


def test_who_signs_out_is_out_wherever_the_cookie_was_copied_to(shop: Shop, browser: httpx.Client) -> None:
    copied = httpx.Client(cookies=dict(browser.cookies))
    assert is_signed_in(copied, shop)
    elsewhere = browser.post(f"{shop.server.url}/sign-out", headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 403 and is_signed_in(copied, shop)
    answer = browser.post(f"{shop.server.url}/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "rapport_session" not in browser.cookies
    assert not is_signed_in(copied, shop)


def test_all_sessions_of_an_account_end_together(shop: Shop, browser: httpx.Client) -> None:
    link = sign_in_link(shop)

    async def end() -> int:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            return await sessions.end_all(conn, shop.account_id)

    assert run(end()) == 1
    eventually(lambda: not is_signed_in(browser, shop))
    assert pressed(httpx.Client(), link).status_code == 403


def test_nothing_that_opens_anything_is_stored(shop: Shop, browser: httpx.Client) -> None:
    """Whoever reads the database can't use what stands there."""
    opening = (sign_in_link(shop).rpartition("=")[2], browser.cookies["rapport_session"])
    for table in ("sessions", "sign_in_links"):
        query = f"SELECT t::text, encode(hash, 'escape') FROM {table} t WHERE account_id = %s"
        (row,) = shop.query(query, shop.account_id)
        assert not [one for one in opening if one in row[0] + row[1]]


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://{host}",
        "{url}.evil.example",
        "http://localhost:{port}",
    ],
)
def test_a_cookie_writes_only_from_a_page_of_this_server(shop: Shop, browser: httpx.Client, origin: str | None) -> None:
    url, port = shop.server.url, shop.server.port
    headers = {"revision": REVISION}
    del browser.headers["origin"]
    if origin is not None:
        headers["origin"] = origin.format(url=url, host=f"127.0.0.1:{port}", port=port)
    answer = browser.post(f"{url}/api/lists", json=LIST, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "permission_denied")
    assert not shop.query("SELECT 1 FROM lists WHERE account_id = %s", shop.account_id)
    # reading is not writing, and a key is no cookie
    assert browser.get(f"{url}/api/lists", headers=headers).status_code == 200
    assert shop.http.post("/api/lists", json=LIST, headers=headers).status_code == 201


def test_a_page_of_this_server_writes_and_says_what(shop: Shop, browser: httpx.Client) -> None:
    url = f"{shop.server.url}/api/lists"
    untold = browser.post(url, content=b'{"data": {"type": "list", "attributes": {"name": "News"}}}')
    assert untold.status_code == 415
    assert browser.post(url, json=LIST).status_code == 201


@pytest.mark.parametrize(
    ("trusted", "headers", "own"),
    [
        ("10.0.0.0/8", {"origin": "https://shop.example", "x-forwarded-proto": "https"}, True),
        ("10.0.0.0/8", {"origin": "https://shop.example:443", "x-forwarded-proto": "https, http"}, True),
        (
            "10.0.0.0/8",
            {
                "origin": "https://shop.example",
                "x-forwarded-proto": "https",
                "host": "inside:8000",
                "x-forwarded-host": "shop.example",
            },
            True,
        ),
        ("10.0.0.0/8", {"origin": "http://shop.example", "x-forwarded-proto": "https"}, False),
        ("10.0.0.0/8", {"origin": "https://shop.example"}, False),
        ("192.0.2.1", {"origin": "https://shop.example", "x-forwarded-proto": "https"}, False),
        ("192.0.2.1", {"origin": "http://evil.example", "x-forwarded-host": "evil.example"}, False),
        ("10.0.0.0/8", {"origin": "file://"}, False),
        ("10.0.0.0/8", {"origin": "http://shop.example:x"}, False),
    ],
)
def test_behind_a_trusted_proxy_what_it_forwarded_counts(trusted: str, headers: dict[str, str], own: bool) -> None:
    scope = {"scheme": "http", "client": ("10.1.2.3", 5000), "server": ("10.1.2.4", 8000)}
    assert Proxies([trusted]).is_own_page(scope, {"host": "shop.example", **headers}) is own


@pytest.fixture
def app(shop: Shop) -> App:
    return registered(shop.server)


def test_consent_is_given_on_a_page_of_this_server(shop: Shop, browser: httpx.Client, app: App) -> None:
    given = {"action": "allow", "csrf": csrf_of(browser.get(app.question()).text)}
    answer = browser.post(app.question(), data=given, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert browser.post(app.question(), data=given).status_code == 303


@pytest.mark.parametrize("path", ["/", "/campaigns", "/sign-in", "/health", "/nothing/there", "/assets/none.js"])
def test_the_web_app_runs_and_is_framed_by_nothing_from_elsewhere(shop: Shop, path: str) -> None:
    headers = httpx.get(f"{shop.server.url}{path}").headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_recipients_pages_keep_their_own_narrower_policy(shop: Shop) -> None:
    headers = httpx.get(f"{shop.server.url}/s/unknown").headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
