"""`rapport oauth-apps`, and how an application's calls are counted (behaviour-people 7.4)."""

import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from rapport.kit.refusals import Refused
from tests.accounts.dance import CALLBACK, App, asked, error_of, opens, registered
from tests.conftest import Server, Shop, eventually, new_shop


@pytest.fixture
def counted(limited: Server) -> Iterator[Shop]:
    with new_shop(limited) as made:
        yield made


def command(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return server.command("oauth-apps", *arguments)


def created(server: Server, *arguments: str) -> App:
    done = command(server, "create", "--redirect-uri", CALLBACK, "--scope", "lists:read", *arguments)
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"client id: +([0-9a-f-]{36})\nclient secret: (\S{43})\n", done.stdout)
    assert found, done.stdout
    return App(server, 0, found[1], found[2])


@pytest.mark.rule("7.4")
def test_an_application_is_registered_shown_and_used(server: Server, shop: Shop) -> None:
    app = created(server, "--name", "Orders to Sheets", "--scope", "profiles:read")
    shown = command(server, "list").stdout
    line = next(one for one in shown.splitlines() if app.client_id in one)
    assert "Orders to Sheets" in line and "lists:read, profiles:read" in line and CALLBACK in line
    assert app.secret not in shown
    tokens = app.tokens(shop, scope="lists:read profiles:read")
    assert opens(server, tokens["access_token"])
    line = next(one for one in command(server, "list").stdout.splitlines() if app.client_id in one)
    assert re.search(r"1\D*$", line)


@pytest.mark.rule("7.4")
def test_an_account_ends_what_it_allowed(server: Server, shop: Shop) -> None:
    app = created(server, "--name", "Revoked")
    with new_shop(server) as other:
        mine, theirs = app.tokens(shop, scope=None), app.tokens(other, scope=None)
        unused = app.code(shop, scope=None)
        assert command(server, "revoke", "--account", shop.public_id, app.client_id).returncode == 0
        eventually(lambda: not opens(server, mine["access_token"]), seconds=1.1)
        assert opens(server, theirs["access_token"])
    assert error_of(app.refresh(mine["refresh_token"])) == "invalid_grant"
    assert error_of(app.exchange(unused)) == "invalid_grant"
    again = command(server, "revoke", "--account", shop.public_id, app.client_id)
    assert again.returncode == 1 and "allows nothing" in again.stdout


@pytest.mark.rule("7.4")
def test_deleting_an_application_ends_all_it_has(server: Server, shop: Shop) -> None:
    app = created(server, "--name", "Deleted")
    tokens = app.tokens(shop, scope=None)
    assert opens(server, tokens["access_token"])
    assert command(server, "delete", app.client_id).returncode == 0
    eventually(lambda: not opens(server, tokens["access_token"]), seconds=1.1)
    assert error_of(app.refresh(tokens["refresh_token"]), 401) == "invalid_client"
    assert app.client_id not in command(server, "list").stdout
    assert command(server, "delete", app.client_id).returncode == 1


@pytest.mark.rule("7.4")
@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("http://sync.example.com/callback", "https://"),
        ("https://sync.example.com/#part", "fragment"),
        ("javascript:alert(1)", "URL"),
        ("sync.example.com/callback", "URL"),
        ("https://", "URL"),
        ("https://a@evil.example.com/", "URL"),
        ("https://a.example.com:x/", "URL"),
        ("https://a.example.com/ b", "URL"),
        ("http://localhost.example.com/", "https://"),
    ],
)
def test_it_refuses_addresses_that_nobody_should_be_sent_to(server: Server, uri: str, fault: str) -> None:
    with pytest.raises(Refused, match=fault):
        registered(server, redirect_uris=(CALLBACK, uri))


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:3000/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:8080/",
        "http://app.localhost/cb",
        "https://app.example.com",
    ],
)
def test_it_takes_addresses_of_this_machine_and_those_with_tls(server: Server, uri: str) -> None:
    assert registered(server, redirect_uris=(uri,)).redirect_uri == uri


@pytest.mark.rule("7.4")
def test_it_refuses_scopes_that_there_are_not(server: Server) -> None:
    done = command(server, "create", "--name", "N", "--redirect-uri", CALLBACK, "--scope", "lists:reed")
    assert done.returncode != 0 and "no such scope: lists:reed" in done.stderr
    for name in ("", " ", "x" * 101, "a\nb"):
        with pytest.raises(Refused, match="name has"):
            registered(server, name=name)


@pytest.mark.long
@pytest.mark.rule("7.4", "7.8")
def test_an_installation_refreshes_ten_times_a_minute(limited: Server, counted: Shop) -> None:
    app, other = registered(limited), registered(limited)
    tokens, theirs = app.tokens(counted), other.tokens(counted)
    while time.time() % 60 > 50:
        time.sleep(0.2)  # so that what follows is within one minute
    assert [app.refresh(tokens["refresh_token"]).status_code for _ in range(10)] == [200] * 10
    full = app.refresh(tokens["refresh_token"])
    assert error_of(full, 429) == "throttled"
    assert 1 <= int(full.headers["retry-after"]) <= 60
    assert error_of(app.refresh(app.tokens(counted)["refresh_token"]), 429) == "throttled"
    assert other.refresh(theirs["refresh_token"]).status_code == 200
    with new_shop(limited) as elsewhere:
        assert app.refresh(app.tokens(elsewhere)["refresh_token"]).status_code == 200


@pytest.mark.rule("7.4", "7.8")
def test_calls_count_per_application_and_account_apart_from_keys(limited: Server, counted: Shop) -> None:
    """Reading accounts is allowed once a second (XS)."""
    app, other = (registered(limited, scopes=("accounts:read",)) for _ in range(2))
    first, second = (app.tokens(counted, scope=None)["access_token"] for _ in range(2))
    theirs = other.tokens(counted, scope=None)["access_token"]
    with new_shop(limited) as elsewhere:
        there = app.tokens(elsewhere, scope=None)["access_token"]
        for _ in range(3):
            time.sleep(1 - time.time() % 1)
            began = int(time.time())
            answers = [asked(limited, one, "accounts").status_code for one in (first, second, theirs, there)]
            answers.append(counted.http.get("/api/accounts").status_code)
            answers.append(counted.http.get("/api/accounts").status_code)
            if int(time.time()) == began:
                break
    assert answers == [200, 429, 200, 200, 200, 429]
