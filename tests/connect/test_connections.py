"""Connections: an API key, and OAuth 2.0 from the question to its end."""

import json
import re
import stat
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from rapport.connect import callback, oauth
from rapport.connect import connection as connections
from rapport.connect.connection import Connection, access_token, api_key
from rapport.connect.failures import AccessEnded, BadInput, NoAnswer
from rapport.connect.oauth import Application, Grant, Tokens
from tests import ends
from tests.accounts import dance
from tests.command import Begun
from tests.conftest import Shop, eventually, run
from tests.connect.strange import Host, Reply
from tests.connect.world import DOCUMENTED, acted, connected, invoked
from tests.sink import free_port


def application(shop: Shop) -> tuple[Application, dance.App]:
    app = dance.registered(shop.server)
    values = {"clientId": app.client_id, "clientSecret": app.secret, "scopes": " ".join(dance.SCOPES)}
    return Application.at(shop.server.url, values), app


def allowed(shop: Shop, action: str = "allow") -> tuple[Application, oauth.Authorization, str]:
    """An application, its question, and the address that the person came back to."""
    connector, _ = application(shop)
    question = oauth.authorization(connector, dance.CALLBACK)
    browser = dance.signed_in(shop)
    page = browser.get(question.url)
    answer = browser.post(question.url, data={"action": action, "csrf": dance.csrf_of(page.text)})
    return connector, question, answer.headers["location"]


def test_the_question_has_what_the_guide_names(shop: Shop) -> None:
    connector, _ = application(shop)
    question = oauth.authorization(connector, dance.CALLBACK)
    asked = dict(parse_qsl(urlsplit(question.url).query))
    assert question.url.startswith(f"{connector.authorize_url}?")
    assert connector.token_url == f"{shop.server.url}/oauth/token"
    assert (asked["client_id"], asked["redirect_uri"]) == (connector.client_id, dance.CALLBACK)
    assert (asked["scope"], asked["response_type"]) == (connector.scopes, "code")
    assert asked["code_challenge_method"] == "S256" and asked["state"] == question.state
    assert question.state != oauth.authorization(connector, dance.CALLBACK).state


def test_inputs_of_connections_are_the_documented_ones() -> None:
    shown = {"API Key": connections.INPUTS, "OAuth 2.0": oauth.INPUTS}
    assert {name: [entry.label for entry in inputs] for name, inputs in shown.items()} == DOCUMENTED["connections"]
    keys = {entry.label: entry.key for entry in oauth.INPUTS}
    values = {
        keys["Authorize URL"]: "https://www.example.com/authorize",
        keys["Client ID"]: "id",
        keys["Client secret"]: "secret",
        keys["Scopes"]: "lists:read profiles:read",
        keys["Token URL"]: "https://a.example.com/token",
    }
    connector = Application.at("https://host.example", values)
    assert oauth.authorization(connector, dance.CALLBACK).url.startswith("https://www.example.com/authorize?")
    assert connector.token_url == "https://a.example.com/token"
    for wrong in ({"clientId": "id"}, {"clientSecret": "secret"}, {**values, "tokenUrl": "ftp://x"}):
        with pytest.raises(BadInput):
            Application.at("https://host.example", wrong)


def test_a_grant_works_refreshes_itself_and_says_when_it_was_revoked(shop: Shop) -> None:
    connector, question, back = allowed(shop)
    tokens = run(oauth.exchange(connector, question, back))
    assert tokens.expires_at > time.time() + 3000
    kept: list[Tokens] = []
    grant = Grant(connector, tokens, kept.append)
    connection = connected(shop, grant)
    acted(connection, "component.createList", listName="By OAuth")
    assert not kept
    # its hour is nearly over
    grant.tokens = Tokens(tokens.access_token, tokens.refresh_token, time.time() + 10)
    acted(connection, "component.listLists")
    assert [renewed.access_token == tokens.access_token for renewed in kept] == [False]
    # it ended without our knowing
    grant.tokens = Tokens("oat_gone", tokens.refresh_token)
    acted(connection, "component.listLists")
    assert len(kept) == 2
    revoked = dance.App(shop.server, 0, connector.client_id, connector.client_secret).revoke(tokens.refresh_token)
    assert revoked.status_code == 200
    grant.tokens = Tokens("oat_gone", tokens.refresh_token)
    with pytest.raises(AccessEnded, match="revoked or has run out"):
        acted(connection, "component.listLists")
    lead = acted(connection, "lead.getProfiles", email="ann@example.com")
    assert (lead["outcome"], lead["errors_code"]) == ("failure", ["invalid_grant"])


def test_who_refuses_and_who_asks_for_another_is_told(shop: Shop) -> None:
    connector, question, back = allowed(shop, "refuse")
    with pytest.raises(AccessEnded):
        run(oauth.exchange(connector, question, back))
    for address, refused in (
        (f"{dance.CALLBACK}?code=x&state=other", BadInput),
        (f"{dance.CALLBACK}?state={question.state}", BadInput),
        (f"{dance.CALLBACK}?state={question.state}&code=never", AccessEnded),
        ("nonsense", BadInput),
    ):
        with pytest.raises(refused):
            run(oauth.exchange(connector, question, address))


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>"), Reply(200, b"[]"), Reply(500, b"{}"), Reply(429, b"{}"), Reply(200, b"{", promised=9)],
)
def test_a_token_url_that_answers_nonsense_is_no_answer(reply: Reply) -> None:
    with Host(lambda _asked: reply) as host:
        connector = Application.at(host.url, {"clientId": "id", "clientSecret": "secret"})
        grant = Grant(connector, Tokens("oat_1", "ort_1", time.time()))
        with pytest.raises(NoAnswer):
            acted(Connection(host.url, grant, pause_seconds=0.001), "component.listLists")


def test_a_token_that_lacks_a_scope_is_told(shop: Shop) -> None:
    _, app = application(shop)
    token = app.tokens(shop, scope="lists:read")["access_token"]
    lead = acted(connected(shop, access_token(token)), "lead.getProfiles", email="ann@example.com")
    assert (lead["outcome"], lead["errors_code"]) == ("failure", ["permission_denied"])
    assert "profiles:read" in lead["reason"]


@pytest.mark.parametrize("key", ["", " ", "pk_ä", "a\nb", "two words"])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(BadInput):
        api_key(key)


@pytest.mark.parametrize("host", ["", "ftp://x", "x.example", "http://", "http://u:p@x", "http://x/path", "http://x?a"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(BadInput):
        Connection(host, api_key("pk_1"))


def test_the_command_waits_for_the_person_to_come_back(shop: Shop, tmp_path: Path) -> None:
    back = f"http://127.0.0.1:{free_port()}/callback"
    app = dance.registered(shop.server, redirect_uris=(back,))
    log, file = tmp_path / "log", tmp_path / "connection.json"
    arguments = ("connect", "authorize", "--host", shop.server.url, "--client-id", app.client_id, "--save", str(file))
    with log.open("wb") as out:
        begun = Begun((*arguments, "--redirect-uri", back), {"RAPPORT_CONNECT_SECRET": app.secret}, out)
        ends.with_us(begun.pid)
        question = eventually(lambda: re.search(r"http\S+/oauth/authorize\S+", log.read_text()))[0]
        browser = dance.signed_in(shop)
        page = browser.get(question)
        answer = browser.post(question, data={"action": "allow", "csrf": dance.csrf_of(page.text)})
        assert httpx.get(f"{back}-not").status_code == 404
        assert "close this page" in httpx.get(answer.headers["location"]).text
        assert begun.wait(20) == 0
    assert "Connected" in log.read_text() and app.secret not in log.read_text()
    assert invoked("component.listLists", "--host", shop.server.url, "--oauth", str(file))[0] == 0


@pytest.mark.parametrize(
    "uri", ["https://127.0.0.1/x", "http://example.com/x", "http://[::2]:1/", "nonsense", "http://"]
)
def test_only_this_machine_is_listened_at(uri: str) -> None:
    with pytest.raises(BadInput):
        callback.Callback(uri)


def test_the_command_keeps_a_connection_and_uses_it(shop: Shop, tmp_path: Path) -> None:
    connector, question, back = allowed(shop)
    tokens = run(oauth.exchange(connector, question, back))
    file = tmp_path / "connection.json"
    ended = Tokens("oat_gone", tokens.refresh_token)
    file.write_text(json.dumps(oauth.to_json(connector, ended)))
    status, printed = invoked("component.listLists", "--host", shop.server.url, "--oauth", str(file))
    assert (status, printed["data"]["data"]) == (0, [])
    assert oauth.from_json(json.loads(file.read_text()))[1].access_token.startswith("oat_")
    assert json.loads(file.read_text())["tokens"]["access_token"] != "oat_gone"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("{}")
    status, printed = invoked("component.listLists", "--host", shop.server.url, "--oauth", str(file))
    assert (status, printed["input"]) == (2, "oauth")
