"""The page on which a person allows an application what it asks for (behaviour-people 7.4)."""

import re

import httpx
import pytest

from rapport.accounts.oauth.wording import in_words
from rapport.accounts.scopes import SCOPES as EVERY_SCOPE
from tests.accounts.dance import CALLBACK, SCOPES, App, answered, csrf_of, registered, signed_in, told
from tests.conftest import Server, Shop, new_shop


@pytest.fixture
def app(server: Server) -> App:
    return registered(server, name="Blue <b>Bottle</b> & Söhne", redirect_uris=(CALLBACK, "http://localhost:3000/cb"))


def grants_of(shop: Shop) -> int:
    return len(shop.query("SELECT 1 FROM oauth_grants WHERE account_id = %s", shop.account_id))


@pytest.mark.rule("7.4")
def test_it_says_who_asks_for_what_and_allows_nothing_by_being_read(app: App, shop: Shop) -> None:
    answer = signed_in(shop).get(app.question())
    assert answer.status_code == 200
    assert "Blue &lt;b&gt;Bottle&lt;/b&gt; &amp; Söhne" in answer.text and "<b>Bottle" not in answer.text
    assert "Test shop" in answer.text and "sync.example.com" in answer.text
    lines = ["Read and change lists and who is on them", "Read profiles of people"]
    assert re.findall("<li>([^<]+)</li>", answer.text) == lines
    assert grants_of(shop) == 0


@pytest.mark.rule("7.4")
def test_nobody_frames_or_keeps_the_page(app: App, shop: Shop) -> None:
    headers = signed_in(shop).get(app.question()).headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.rule("7.4")
def test_who_is_not_signed_in_is_told_how(app: App, server: Server) -> None:
    for cookies in ({}, {"rapport_session": "forged.signature"}):
        for answer in (httpx.get(app.question(), cookies=cookies), httpx.post(app.question(), cookies=cookies)):
            assert answer.status_code == 403
            assert "rapport sign-in" in answer.text and "Allow" not in answer.text


@pytest.mark.rule("7.4")
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"client_id": "\x00"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example.com/"},
        {"redirect_uri": f"{CALLBACK}/more"},
        {"redirect_uri": f"{CALLBACK}?more=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": ""},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    app: App, shop: Shop, changes: dict[str, str | None]
) -> None:
    for browser in (httpx.Client(), signed_in(shop)):
        answer = browser.get(app.question(**changes))
        assert answer.status_code == 400
        assert "location" not in answer.headers and "can't be trusted" in answer.text.replace("&#x27;", "'")


@pytest.mark.rule("7.4")
def test_a_redirect_uri_given_twice_is_none(app: App, shop: Shop) -> None:
    answer = signed_in(shop).get(app.question() + "&redirect_uri=https://evil.example.com/")
    assert answer.status_code == 400 and "location" not in answer.headers


@pytest.mark.rule("7.4")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "ä" * 43}, "invalid_request"),
        ({"scope": "lists:read templates:read"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "read-only"}, "invalid_scope"),
    ],
)
def test_other_faults_are_told_to_the_application(
    app: App, shop: Shop, changes: dict[str, str | None], error: str
) -> None:
    """PKCE by S256 is required; scopes have to be registered on the application."""
    for browser in (httpx.Client(), signed_in(shop)):
        back = told(browser.get(app.question(**changes)))
        assert set(back) == {"error", "error_description", "state"}
        assert (back["error"], back["state"]) == (error, "a state/1 & 2")
    assert set(told(browser.get(app.question(state=None, **changes)))) == {"error", "error_description"}


@pytest.mark.rule("7.4")
def test_a_parameter_given_twice_is_a_fault(app: App, shop: Shop) -> None:
    assert told(signed_in(shop).get(app.question() + "&scope=lists:read"))["error"] == "invalid_request"
    assert "state" not in told(signed_in(shop).get(app.question() + "&state=other"))


@pytest.mark.parametrize("odd", ["%00", "%ff%fe", "%ed%a0%80", "%0d%0aX-More:%20y", "%", "&&==", "x" * 3000, "+", ";"])
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge", "odd"])
def test_odd_requests_are_answered_without_fault_of_ours(app: App, shop: Shop, name: str, odd: str) -> None:
    question = re.sub(rf"(?<=[?&]){name}=[^&]*", "", app.question()) + f"&{name}={odd}"
    for browser in (httpx.Client(), signed_in(shop)):
        answer = browser.get(question)
        assert answer.status_code in (200, 303, 400, 403)
        assert "x-more" not in answer.headers
        assert answer.headers.get("location", CALLBACK).startswith(CALLBACK)


@pytest.mark.rule("7.4")
def test_refusing_is_told_to_the_application(app: App, shop: Shop) -> None:
    back = answered(signed_in(shop), app.question(), "refuse")
    assert (back["error"], back["state"]) == ("access_denied", "a state/1 & 2")
    assert grants_of(shop) == 0


@pytest.mark.rule("7.4")
def test_any_registered_address_will_do_and_keeps_its_query(server: Server, shop: Shop) -> None:
    app = registered(server, redirect_uris=("https://a.example.com/cb?tenant=7", "http://localhost:3000/cb"))
    browser = signed_in(shop)
    page = browser.get(app.question())
    answer = browser.post(app.question(), data={"action": "allow", "csrf": csrf_of(page.text)})
    assert answer.headers["location"].startswith("https://a.example.com/cb?tenant=7&code=")
    app.redirect_uri = "http://localhost:3000/cb"
    page = browser.get(app.question())
    answer = browser.post(app.question(), data={"action": "allow", "csrf": csrf_of(page.text)})
    assert set(told(answer, "http://localhost:3000/cb")) == {"code", "state"}
    # the code is for the address it went to
    assert app.exchange(told(answer, "http://localhost:3000/cb")["code"], redirect_uri=CALLBACK).status_code == 400


@pytest.mark.rule("7.4")
def test_an_answer_counts_only_for_its_question_and_session(app: App, server: Server, shop: Shop) -> None:
    browser = signed_in(shop)
    csrf = csrf_of(browser.get(app.question(scope="lists:read")).text)
    with new_shop(server) as other:
        theirs = csrf_of(signed_in(other).get(app.question(scope="lists:read")).text)
    asked = app.question(scope="lists:read")
    for question, fields in [
        (app.question(), {"action": "allow", "csrf": csrf}),
        (asked, {"action": "allow", "csrf": theirs}),
        (asked, {"action": "allow", "csrf": "ä"}),
        (asked, {"action": "allow"}),
    ]:
        answer = browser.post(question, data=fields)
        assert answer.status_code == 403 and "location" not in answer.headers
    for options in (
        {"data": {"csrf": csrf}},
        {"data": {"csrf": csrf, "action": "maybe"}},
        {"json": {"csrf": csrf}},
        {},
    ):
        answer = browser.post(asked, **options)  # type: ignore[arg-type]
        assert answer.status_code in (400, 403) and "location" not in answer.headers
    assert grants_of(shop) == 0
    assert set(told(browser.post(asked, data={"action": "allow", "csrf": csrf}))) == {"code", "state"}


@pytest.mark.rule("7.4")
def test_the_account_is_that_of_the_session(app: App, server: Server, shop: Shop) -> None:
    with new_shop(server) as other:
        app.tokens(shop)
        assert (grants_of(shop), grants_of(other)) == (1, 0)


def test_every_scope_is_told_in_words_of_its_own() -> None:
    said = [in_words([scope]) for scope in sorted(EVERY_SCOPE)]
    assert all(len(one) == 1 and ":" not in one[0] and one[0][0].isupper() for one in said)
    assert len({one[0] for one in said}) == len(EVERY_SCOPE)
    assert in_words(SCOPES) == ["Read and change lists and who is on them", "Read profiles of people"]
