"""`rapport keys`: private keys made, listed and revoked (behaviour-people 7.3)."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rapport.accounts import service
from rapport.accounts.auth import Authenticator
from rapport.kit import db
from tests.conftest import REVISION, Server, Shop, run, serving


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """An installation of its own: the command works on its first account."""
    with serving() as server:
        yield server


def keys(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return server.command("keys", *arguments)


def made(server: Server, *arguments: str) -> str:
    done = keys(server, "create", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def asked(server: Server, key: str, method: str = "GET", path: str = "lists") -> int:
    headers = {"authorization": f"Klaviyo-API-Key {key}", "revision": REVISION}
    body = {"data": {"type": "list", "attributes": {"name": "L"}}} if method == "POST" else None
    return httpx.request(method, f"{server.url}/api/{path}", headers=headers, json=body).status_code


@pytest.mark.rule("7.3")
def test_a_key_is_full_read_only_or_has_scopes_of_its_own(running: Server) -> None:
    full, reading = made(running), made(running, "--scopes", "read-only")
    narrow = made(running, "--scopes", "lists:read, lists:write", "--name", "shop")
    assert all(re.fullmatch(r"pk_[0-9a-f]{32}", one) for one in (full, reading, narrow))
    assert [asked(running, one) for one in (full, reading, narrow)] == [200, 200, 200]
    assert [asked(running, one, "POST") for one in (full, reading, narrow)] == [201, 403, 201]
    assert [asked(running, one, path="profiles") for one in (full, reading, narrow)] == [200, 200, 403]


@pytest.mark.rule("7.3")
@pytest.mark.parametrize("scopes", ["lists:reed", "everything", "", "read-only,lists:read"])
def test_it_refuses_scopes_that_there_are_not(running: Server, scopes: str) -> None:
    done = keys(running, "create", "--scopes", scopes)
    assert done.returncode != 0
    assert "no such scope" in done.stderr


@pytest.mark.rule("7.3")
def test_a_revoked_key_is_listed_as_such_and_opens_nothing(running: Server) -> None:
    key = made(running, "--name", "gone", "--scopes", "lists:read")
    shown = keys(running, "list").stdout
    line = next(one for one in shown.splitlines() if "gone" in one)
    assert key not in shown and key[-4:] in line and "lists:read" in line
    number = re.findall(r"\d+", line)[0]
    assert keys(running, "revoke", number).returncode == 0
    assert asked(running, key) == 401
    again = keys(running, "revoke", number)
    assert (again.returncode, again.stdout.strip()) == (1, f"There is no key {number} in use.")
    assert re.search(r"gone.*\d{4}-\d\d-\d\d.*\d{4}-\d\d-\d\d", keys(running, "list").stdout)


def test_many_calls_that_meet_the_end_of_what_is_remembered_ask_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is looked up once a second, also where sixty connections use it at that moment."""
    lookups = 0
    find = service.find_key

    async def counted(conn: db.Connection, key: str) -> Any:
        nonlocal lookups
        lookups += 1
        return await find(conn, key)

    async def scenario() -> set[int]:
        async with db.new_pool(shop.server.database_url, size=4) as pool:
            authenticate = Authenticator(pool)
            headers = {"authorization": f"Klaviyo-API-Key {shop.private_key}"}
            found = await asyncio.gather(*(authenticate(headers, {}) for _ in range(60)))
            authenticate.forget()
            found.append(await authenticate(headers, {}))
            return {principal.account_id for principal in found}

    monkeypatch.setattr(service, "find_key", counted)
    assert run(scenario()) == {shop.account_id}
    assert lookups == 2
