"""OAuth as an application lives it: asking, exchanging, refreshing, using and ending (behaviour-people 7.4)."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from rapport.accounts.oauth import grants
from rapport.kit import clock
from tests.accounts.dance import (
    CALLBACK,
    SCOPES,
    App,
    answered,
    asked,
    error_of,
    opens,
    registered,
    sdk,
    signed_in,
)
from tests.conftest import Server, Shop, eventually, new_shop, run


@pytest.fixture
def app(server: Server) -> App:
    return registered(server)


def aged(shop: Shop, table: str, column: str, past: str) -> None:
    """Make what a credential's end is reckoned from older; a remembered token is good for a second more."""
    assert shop.query(
        f"UPDATE {table} SET {column} = {column} - %s::interval WHERE account_id = %s RETURNING 1",
        past,
        shop.account_id,
    )


@pytest.mark.rule("7.4")
def test_it_gives_tokens_for_a_code_and_the_sdk_works_with_them(app: App, shop: Shop) -> None:
    """Authorize with PKCE, exchange with Basic authentication, use as Bearer."""
    back = answered(signed_in(shop), app.question(), "allow")
    assert set(back) == {"code", "state"} and back["state"] == "a state/1 & 2"
    answer = app.exchange(back["code"])
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("bearer", 3600, " ".join(SCOPES))
    client = sdk(shop.server, tokens["access_token"])
    made = client.Lists.create_list({"data": {"type": "list", "attributes": {"name": "From the app"}}})
    assert [one.id for one in client.Lists.get_lists().data] == [made.data.id]
    assert shop.http.get(f"/api/lists/{made.data.id}").status_code == 200
    assert asked(shop.server, tokens["access_token"]).headers["cid"] == shop.public_id


@pytest.mark.rule("7.4")
def test_a_token_has_the_scopes_that_were_allowed(app: App, shop: Shop) -> None:
    token = app.tokens(shop, scope="lists:read")["access_token"]
    body = {"data": {"type": "list", "attributes": {"name": "L"}}}
    assert asked(shop.server, token).status_code == 200
    for refused in (asked(shop.server, token, method="POST", json=body), asked(shop.server, token, "accounts")):
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "permission_denied")


@pytest.mark.rule("7.4")
def test_all_registered_scopes_are_asked_for_where_none_is_named(app: App, shop: Shop) -> None:
    assert app.tokens(shop, scope=None)["scope"] == " ".join(SCOPES)


@pytest.mark.rule("7.4")
def test_a_refresh_gives_the_same_refresh_token_and_leaves_the_former_access_token(app: App, shop: Shop) -> None:
    first = app.tokens(shop)
    answer = app.refresh(first["refresh_token"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    second = answer.json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert (second["token_type"], second["expires_in"], second["scope"]) == ("bearer", 3600, first["scope"])
    assert opens(shop.server, first["access_token"]) and opens(shop.server, second["access_token"])


@pytest.mark.rule("7.4")
def test_a_refresh_may_ask_for_less_and_never_for_more(app: App, shop: Shop) -> None:
    refresh = app.tokens(shop, scope="lists:read profiles:read")["refresh_token"]
    less = app.refresh(refresh, scope="lists:read").json()
    assert less["scope"] == "lists:read"
    assert asked(shop.server, less["access_token"], "profiles").status_code == 403
    assert error_of(app.refresh(refresh, scope="lists:read lists:write")) == "invalid_scope"
    assert app.refresh(refresh).json()["scope"] == "lists:read profiles:read"


@pytest.mark.rule("7.4")
def test_a_code_works_once_and_a_second_use_ends_what_came_of_the_first(app: App, shop: Shop) -> None:
    code = app.code(shop)
    tokens = app.exchange(code).json()
    other = app.tokens(shop)
    assert opens(shop.server, tokens["access_token"])
    assert error_of(app.exchange(code)) == "invalid_grant"
    assert not opens(shop.server, tokens["access_token"])
    assert error_of(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert opens(shop.server, other["access_token"])


@pytest.mark.rule("7.4")
def test_of_exchanges_at_one_moment_one_wins(app: App, shop: Shop) -> None:
    """And as a code that came twice is a stolen one, nothing of it stays."""
    for _ in range(5):
        code = app.code(shop)
        with ThreadPoolExecutor(4) as threads:
            answers = [*threads.map(app.exchange, [code] * 4)]
        assert sorted(one.status_code for one in answers) == [200, 400, 400, 400]
        (won,) = [one.json() for one in answers if one.status_code == 200]
        assert {error_of(one) for one in answers if one.status_code == 400} == {"invalid_grant"}
        assert not opens(shop.server, won["access_token"])


@pytest.mark.rule("7.4")
def test_a_code_is_good_for_five_minutes_and_only_as_it_was_asked_for(app: App, server: Server, shop: Shop) -> None:
    code = app.code(shop)
    stranger = registered(server)
    stranger.verifier = app.verifier
    assert error_of(app.exchange(code, code_verifier="x" * 43)) == "invalid_grant"
    assert error_of(app.exchange(code, code_verifier="ä")) == "invalid_grant"
    assert error_of(app.exchange(code, redirect_uri="https://sync.example.com/other")) == "invalid_grant"
    assert error_of(stranger.exchange(code)) == "invalid_grant"
    assert error_of(app.exchange("nothing")) == "invalid_grant"
    aged(shop, "oauth_grants", "created", "4 min 50 s")
    assert app.exchange(code).status_code == 200
    late = app.code(shop)
    aged(shop, "oauth_grants", "created", "5 min")
    assert error_of(app.exchange(late)) == "invalid_grant"


@pytest.mark.rule("7.4")
def test_an_access_token_ends_after_an_hour(app: App, shop: Shop) -> None:
    tokens = app.tokens(shop)
    aged(shop, "oauth_tokens", "until", "59 min 30 s")
    assert opens(shop.server, tokens["access_token"])
    aged(shop, "oauth_tokens", "until", "30 s")
    eventually(lambda: not opens(shop.server, tokens["access_token"]), seconds=3)
    assert opens(shop.server, app.refresh(tokens["refresh_token"]).json()["access_token"])


@pytest.mark.rule("7.4")
def test_a_refresh_token_ends_after_90_days_without_use(app: App, shop: Shop) -> None:
    """Each use begins them anew."""
    refresh = app.tokens(shop)["refresh_token"]
    for _ in range(2):
        aged(shop, "oauth_grants", "used", "89 days 23 hours")
        assert app.refresh(refresh).status_code == 200
    aged(shop, "oauth_grants", "used", "90 days")
    assert error_of(app.refresh(refresh)) == "invalid_grant"


@pytest.mark.rule("7.4")
def test_a_test_accounts_clock_ends_no_credentials(app: App, shop: Shop) -> None:
    tokens = app.tokens(shop)
    shop.advance(days=400)
    assert opens(shop.server, tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.rule("7.4")
@pytest.mark.parametrize("hint", [{}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "access_token"}])
def test_revoking_the_refresh_token_ends_both_at_once(app: App, shop: Shop, hint: dict[str, str]) -> None:
    tokens, other = app.tokens(shop), app.tokens(shop)
    later = app.refresh(tokens["refresh_token"]).json()
    assert opens(shop.server, tokens["access_token"]) and opens(shop.server, later["access_token"])
    answer = app.revoke(tokens["refresh_token"], **hint)
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")
    assert not opens(shop.server, tokens["access_token"]) and not opens(shop.server, later["access_token"])
    assert error_of(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert opens(shop.server, other["access_token"])


@pytest.mark.rule("7.4")
def test_revoking_an_access_token_ends_that_one(app: App, shop: Shop) -> None:
    tokens = app.tokens(shop)
    later = app.refresh(tokens["refresh_token"]).json()
    assert opens(shop.server, tokens["access_token"])
    assert app.revoke(tokens["access_token"], token_type_hint="access_token").status_code == 200
    assert not opens(shop.server, tokens["access_token"])
    assert opens(shop.server, later["access_token"])
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.rule("7.4")
def test_an_application_revokes_and_refreshes_only_what_is_its_own(app: App, server: Server, shop: Shop) -> None:
    tokens, stranger = app.tokens(shop), registered(server)
    for token in (tokens["access_token"], tokens["refresh_token"], "nobody's"):
        assert stranger.revoke(token).status_code == 200
    assert error_of(stranger.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert opens(server, tokens["access_token"])
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.rule("7.4")
def test_a_token_of_one_account_reads_nothing_of_another(app: App, server: Server, shop: Shop) -> None:
    with new_shop(server) as other:
        here, there = app.tokens(shop), app.tokens(other)
        mine = sdk(server, here["access_token"]).Lists.create_list(
            {"data": {"type": "list", "attributes": {"name": "Mine"}}}
        )
        assert asked(server, there["access_token"], f"lists/{mine.data.id}").status_code == 404
        assert asked(server, there["access_token"]).json()["data"] == []
        app.revoke(there["refresh_token"])
        assert opens(server, here["access_token"]) and not opens(server, there["access_token"])


@pytest.mark.rule("7.4", "7.3")
@pytest.mark.parametrize("kind", ["refresh_token", "code"])
def test_nothing_but_an_access_token_opens_the_api(app: App, shop: Shop, kind: str) -> None:
    tokens = app.tokens(shop)
    text = tokens["refresh_token"] if kind == "refresh_token" else app.code(shop)
    answer = asked(shop.server, text)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "not_authenticated")
    assert error_of(app.refresh(tokens["access_token"])) == "invalid_grant"
    assert error_of(app.exchange(tokens["access_token"])) == "invalid_grant"


@pytest.mark.rule("7.4")
def test_no_code_token_or_secret_is_stored(app: App, shop: Shop) -> None:
    code = app.code(shop)
    tokens = app.exchange(code).json()
    rows = shop.query(
        """SELECT a::text, g::text, t::text FROM oauth_apps a JOIN oauth_grants g USING (app_id)
           JOIN oauth_tokens t ON t.account_id = g.account_id AND t.grant_id = g.id WHERE g.account_id = %s""",
        shop.account_id,
    )
    assert rows
    for text in (code, app.secret, tokens["access_token"], tokens["refresh_token"]):
        plain, raw = text.encode().hex(), re.sub(r"^o[ar]t_", "", text).encode().hex()
        assert not any(one in column for row in rows for column in row for one in (text, plain, raw))


@pytest.mark.rule("7.4")
def test_what_is_dead_is_forgotten_and_what_lives_stays(app: App, shop: Shop) -> None:
    """The job that runs every hour, on this account's rows and whatever else is dead."""
    app.code(shop)
    aged(shop, "oauth_grants", "created", "5 min")
    old = app.tokens(shop)
    aged(shop, "oauth_grants", "used", "90 days")
    new = app.tokens(shop)
    app.code(shop)

    async def forget() -> None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            await grants.forget_dead(conn, clock.utcnow())

    run(forget())
    left = shop.query("SELECT used IS NULL FROM oauth_grants WHERE account_id = %s ORDER BY id", shop.account_id)
    assert left == [(False,), (True,)]
    assert opens(shop.server, new["access_token"]) and not opens(shop.server, old["access_token"])


@pytest.mark.rule("7.4")
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"grant_type": "authorization_code"},
        {"grant_type": "authorization_code", "code": "x", "code_verifier": "y"},
        {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK},
        {"grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "refresh_token": ""},
    ],
)
def test_it_says_which_parameter_is_missing(app: App, fields: dict[str, str]) -> None:
    assert error_of(app.post("token", fields)) == "invalid_request"
    assert error_of(app.post("revoke", fields)) == "invalid_request"


@pytest.mark.rule("7.4")
def test_it_refuses_other_grants_and_bodies_that_are_no_form(app: App) -> None:
    for kind in ("password", "client_credentials", "implicit"):
        assert error_of(app.post("token", {"grant_type": kind})) == "unsupported_grant_type"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = [
        (b'{"grant_type":"refresh_token"}', {"Content-Type": "application/json"}),
        (b"grant_type=refresh_token&grant_type=refresh_token&refresh_token=x", form),
        (b"grant_type=%ff", form),
        (b"\xff=\xfe", form),
        (b"a=" + b"x" * 30_000, form),
        (b"&".join(b"a%d=1" % n for n in range(100)), form),
    ]
    for body, headers in bodies:
        answer = app.post("token", {}, content=body, headers=headers)
        assert error_of(answer) == "invalid_request", body[:40]
    assert error_of(app.refresh("\x00\ud7ff")) == "invalid_grant"


@pytest.mark.rule("7.4")
@pytest.mark.parametrize("path", ["token", "revoke"])
def test_it_wants_the_applications_own_credentials(app: App, server: Server, path: str) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    other = registered(server)
    credentials = [
        None,
        (app.client_id, "wrong"),
        (app.client_id, other.secret),
        ("nobody", app.secret),
        ("\x00", "\x00"),
        (app.client_id, ""),
    ]
    for auth in credentials:
        answer = app.post(path, fields, auth=auth)
        assert error_of(answer, 401) == "invalid_client"
        assert answer.headers["www-authenticate"].startswith("Basic ")
    for header in (b"Basic !!!", b"Basic", b"Basic /w==", b"Basic \xff", b"Bearer " + app.secret.encode()):
        answer = app.post(path, fields, auth=None, headers={b"Authorization": header})
        assert error_of(answer, 401) == "invalid_client"


@pytest.mark.rule("7.4", "7.1")
def test_its_paths_take_a_slash_and_nothing_but_post(app: App, shop: Shop) -> None:
    refresh = app.tokens(shop)["refresh_token"]
    assert app.post("token/", {"grant_type": "refresh_token", "refresh_token": refresh}).status_code == 200
    assert app.post("revoke/", {"token": refresh}).status_code == 200
    for path in ("token", "revoke"):
        answer = httpx.get(f"{shop.server.url}/oauth/{path}", params={"grant_type": "refresh_token"})
        assert (error_of(answer, 405), answer.headers["allow"]) == ("invalid_request", "POST")
