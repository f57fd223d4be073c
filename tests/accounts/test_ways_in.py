"""Passwords, links by mail, second factors and sessions: how people get in, and how nobody else does."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest

from rapport.accounts import roles
from tests.accounts.dance import pressed, sign_in_link
from tests.accounts.team import PASSWORD, Person, browser, invited, joined, owner, post
from tests.conftest import Server, Shop, eventually, new_shop
from tests.sink import Sink


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    with new_shop(server) as made:
        yield made


@pytest.fixture(scope="module")
def boss(shop: Shop) -> Person:
    return owner(shop)


@pytest.fixture
def member(boss: Person) -> Person:
    """Somebody new, whose failures and sessions are their own."""
    return joined(boss, roles.ANALYST)


def signed(person: Person, client: httpx.Client | None = None, **fields: Any) -> httpx.Response:
    given = {"email": person.email, "password": person.password, **fields}
    return post(client or browser(person.shop), person.shop, "password", **given)


def error(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


def test_a_password_signs_in_whatever_the_case_of_the_address(member: Person) -> None:
    assert signed(member, email=member.email.upper()).status_code == 200
    for wrong in ({"password": "another long one"}, {"email": "nobody@example.com"}, {"password": ""}):
        answer = signed(member, **wrong)
        assert (answer.status_code, error(answer)) == (401, "wrong_password")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b'{"email": 1}', b"\xff", b'{"email": "a", "password": null}']
)
def test_what_can_not_be_read_is_refused(shop: Shop, body: bytes) -> None:
    answer = browser(shop).post(f"{shop.server.url}/auth/password", content=body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["detail"]


def test_guessing_is_slowed_down_and_then_the_right_password_is_refused_too(member: Person, sink: Sink) -> None:
    answers = [signed(member, password=f"guess number {number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert error(signed(member)) == "throttled"
    # who owns the address gets in all the same
    assert post(browser(member.shop), member.shop, "send-link", email=member.email).status_code == 202
    assert pressed(browser(member.shop), _mailed(sink, member.email, "sign-in")).status_code == 200
    # and nobody else is kept out
    assert member.is_in()


def test_guessing_at_many_addresses_is_slowed_down_by_where_it_comes_from(limited: Server) -> None:
    with new_shop(limited) as shop:
        client = browser(shop)
        client.headers["x-forwarded-for"] = "198.51.100.7"
        ninety_nine = """
            INSERT INTO sign_in_failures (hash, failures, until)
            VALUES (sha256(%s), 99, now() + interval '1 minute') RETURNING 1"""
        shop.query(ninety_nine, b"address:198.51.100.7")
        assert post(client, shop, "password", email="a@example.com", password="x").status_code == 401
        assert post(client, shop, "password", email="b@example.com", password="x").status_code == 429
        client.headers["x-forwarded-for"] = "198.51.100.8"
        assert post(client, shop, "password", email="b@example.com", password="x").status_code == 401


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example"])
def test_no_page_of_another_site_signs_anybody_in(member: Person, origin: str | None) -> None:
    client = httpx.Client(headers={} if origin is None else {"origin": origin})
    answer = signed(member, client)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_a_session_that_was_there_before_is_not_the_one_after(member: Person) -> None:
    """Whoever planted a cookie in a browser knows nothing of who signs in there."""
    planted = "A" * 43
    client = browser(member.shop)
    client.cookies.set("rapport_session", planted)
    assert signed(member, client).status_code == 200
    assert planted not in client.cookies.get("rapport_session", domain="127.0.0.1", default="")
    assert httpx.get(f"{member.shop.server.url}/api/session", cookies={"rapport_session": planted}).status_code == 401


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(member: Person) -> None:
    stolen = dict(member.browser.cookies)
    assert httpx.get(f"{member.shop.server.url}/api/session", cookies=stolen).status_code == 200
    member.browser.post(f"{member.shop.server.url}/sign-out")
    assert httpx.get(f"{member.shop.server.url}/api/session", cookies=stolen).status_code == 401


def test_sessions_are_seen_and_ended_and_are_out_at_their_next_call(member: Person) -> None:
    elsewhere = Person(member.shop, member.email, browser(member.shop))
    elsewhere.browser.headers["user-agent"] = "An old phone"
    assert signed(member, elsewhere.browser).status_code == 200
    sessions = {one["attributes"]["agent"]: one for one in member.get("me/sessions")["data"]}
    assert len(sessions) == 2 and not sessions["An old phone"]["attributes"]["is_this"]
    assert member.do("DELETE", f"me/sessions/{sessions['An old phone']['id']}").status_code == 204
    assert not elsewhere.is_in() and member.is_in()
    assert member.do("DELETE", "me/sessions/999999999").status_code == 404
    assert signed(member, elsewhere.browser).status_code == 200
    assert member.do("DELETE", "me/sessions/others").status_code == 204
    assert not elsewhere.is_in() and member.is_in()


def test_nobody_ends_the_sessions_of_another(boss: Person, member: Person) -> None:
    (session,) = member.get("me/sessions")["data"]
    assert boss.do("DELETE", f"me/sessions/{session['id']}").status_code == 404
    assert member.is_in()


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(member: Person) -> None:
    elsewhere = Person(member.shop, member.email, browser(member.shop))
    signed(member, elsewhere.browser)
    refused = member.do("POST", "me/password", "password", password="my new secret", current_password="wrong")
    assert refused.json()["errors"][0]["source"] == {"pointer": "/data/attributes/current_password"}
    changed = member.do("POST", "me/password", "password", password="my new secret", current_password=PASSWORD)
    assert changed.status_code == 200
    assert member.is_in() and not elsewhere.is_in()
    assert signed(member).status_code == 401
    assert signed(member, password="my new secret").status_code == 200


@pytest.mark.parametrize("password", ["short", "password123", "aaaaaaaaaaaa", "Mia Member1", "x" * 501])
def test_a_password_that_is_guessed_first_is_refused(member: Person, password: str) -> None:
    answer = member.do("POST", "me/password", "password", password=password, current_password=PASSWORD)
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (
        400,
        {"pointer": "/data/attributes/password"},
    )


def _mailed(sink: Sink, email: str, page: str) -> str:
    """The link to this page in a letter to somebody."""

    def links() -> list[str]:
        texts = [letter.part("plain") for letter in sink.to(email)]
        return [link for text in texts for link in re.findall(rf"http\S+/{page}\?token=\S+", text)]

    return str(eventually(links)[-1])


def test_a_password_is_set_anew_by_a_link_that_works_once(member: Person, sink: Sink) -> None:
    shop = member.shop
    assert post(browser(shop), shop, "send-password-link", email=member.email).status_code == 202
    token = _mailed(sink, member.email, "new-password").partition("?token=")[2]
    # it sets a password and does not sign in
    assert post(browser(shop), shop, "link", token=token).status_code == 403
    weak = post(browser(shop), shop, "new-password", token=token, password="short")
    assert weak.status_code == 400
    assert post(browser(shop), shop, "new-password", token=token, password="my new secret").status_code == 200
    assert post(browser(shop), shop, "new-password", token=token, password="my newer secret").status_code == 403
    assert not member.is_in()
    assert signed(member, password="my new secret").status_code == 200


def test_asking_for_a_link_tells_nobody_who_is_here(member: Person, sink: Sink) -> None:
    known = post(browser(member.shop), member.shop, "send-link", email=member.email)
    unknown = post(browser(member.shop), member.shop, "send-link", email="nobody.here@example.com")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    eventually(lambda: sink.to(member.email))
    assert not sink.to("nobody.here@example.com")


def test_letters_about_accounts_are_no_messages_of_the_store(boss: Person, sink: Sink) -> None:
    token = invited(boss, roles.SUPPORT, "new.colleague@example.com")
    assert _mailed(sink, "new.colleague@example.com", "invitation").endswith(token)
    (letter,) = sink.to("new.colleague@example.com")
    assert "Olga Owner" in letter.message["subject"] and "support" in letter.part("html")
    assert "new.colleague@example.com" not in boss.ask("GET", "messages").text
    assert not boss.shop.http.get('/api/profiles?filter=equals(email,"new.colleague@example.com")').json()["data"]
    # what opens something is nowhere to be read while it waits
    assert not boss.shop.query("SELECT 1 FROM account_letters WHERE sealed LIKE %s", f"%{token}%")


def test_a_second_factor_is_asked_for_each_code_works_once_and_recovery_codes_stand_in(member: Person) -> None:
    begun = member.do("POST", "me/second-factor", "confirmation", current_password=PASSWORD)
    totp = pyotp.TOTP(begun.json()["data"]["attributes"]["secret"])
    # begun is not in use
    assert signed(member).status_code == 200
    assert member.do("POST", "me/second-factor/confirmation", "code", code="000000").status_code == 400
    used = totp.now()
    confirmed = member.do("POST", "me/second-factor/confirmation", "code", code=used)
    codes = confirmed.json()["data"]["attributes"]["codes"]
    assert len(set(codes)) == 10
    asked = signed(member)
    assert (asked.status_code, error(asked)) == (401, "code_needed") and "set-cookie" not in asked.headers
    # the code that confirmed it was used by that
    assert error(signed(member, code=used)) == "wrong_code"
    following = totp.at(time.time() + 30)
    assert signed(member, code=following).status_code == 200
    assert error(signed(member, code=following)) == "wrong_code"
    assert signed(member, code=codes[0]).status_code == 200
    assert error(signed(member, code=codes[0])) == "wrong_code"


def test_a_link_asks_for_the_second_factor_and_stays_good_until_it_is_right(boss: Person) -> None:
    member = joined(boss, roles.MANAGER)
    begun = member.do("POST", "me/second-factor", "confirmation", current_password=PASSWORD)
    totp = pyotp.TOTP(begun.json()["data"]["attributes"]["secret"])
    codes = member.do("POST", "me/second-factor/confirmation", "code", code=totp.now()).json()["data"]["attributes"]
    made = boss.do("POST", f"users/{member.id}/sign-in-link").json()["data"]["attributes"]["link"]
    token = made.partition("?token=")[2]
    client = browser(member.shop)
    assert error(post(client, member.shop, "link", token=token)) == "code_needed"
    assert error(post(client, member.shop, "link", token=token, code="12345678")) == "wrong_code"
    assert post(client, member.shop, "link", token=token, code=codes["codes"][3]).status_code == 200
    assert error(post(client, member.shop, "link", token=token, code=codes["codes"][4])) == "link_used"
    removed = member.do("POST", "me/second-factor/removal", "confirmation", current_password="wrong")
    assert removed.status_code == 400
    removed = member.do("POST", "me/second-factor/removal", "confirmation", current_password=PASSWORD)
    assert removed.json()["data"]["attributes"]["second_factor"] is False
    assert signed(member).status_code == 200


def test_codes_are_not_guessed(member: Person) -> None:
    begun = member.do("POST", "me/second-factor", "confirmation", current_password=PASSWORD)
    totp = pyotp.TOTP(begun.json()["data"]["attributes"]["secret"])
    member.do("POST", "me/second-factor/confirmation", "code", code=totp.now())
    answers = [signed(member, code=f"{number:06}").status_code for number in range(11)]
    assert answers == [401] * 10 + [429]


def test_the_first_owners_link_still_signs_in_and_an_address_is_of_one_user(boss: Person, member: Person) -> None:
    assert pressed(browser(boss.shop), sign_in_link(boss.shop)).status_code == 200
    taken = member.do("PATCH", "me", "me", email=boss.email, current_password=PASSWORD)
    assert (taken.status_code, taken.json()["errors"][0]["source"]) == (409, {"pointer": "/data/attributes/email"})
    unconfirmed = member.do("PATCH", "me", "me", email="other@example.com")
    assert unconfirmed.json()["errors"][0]["source"] == {"pointer": "/data/attributes/current_password"}


def _own(person: Person) -> tuple[str, str | None]:
    """The address that somebody signs in with, and the one that waits."""
    own = person.get("me")["data"]["attributes"]
    return own["email"], own["pending_email"]


def test_a_new_address_counts_once_its_mailbox_was_opened(member: Person, sink: Sink) -> None:
    new, before = f"new-{member.email}", member.email
    asked = member.do("PATCH", "me", "me", name="Mia Maier", email=new, current_password=PASSWORD)
    assert asked.status_code == 200, asked.text
    assert _own(member) == (before, new) and asked.json()["data"]["attributes"]["name"] == "Mia Maier"
    assert signed(member, email=new).status_code == 401
    token = _mailed(sink, new, "confirm-email").partition("?token=")[2]
    # who only looks at the link changes nothing
    assert httpx.get(f"{member.shop.server.url}/confirm-email?token={token}").status_code == 200
    assert _own(member) == (before, new)
    anybody = browser(member.shop)
    assert post(anybody, member.shop, "confirm-email", token="x" * 43).status_code == 403
    assert post(anybody, member.shop, "confirm-email", token=token).json() == {"email": new}
    assert _own(member) == (new, None)
    assert signed(member, email=new).status_code == 200
    assert post(anybody, member.shop, "confirm-email", token=token).status_code == 403
    # whoever reads the old mailbox hears of it
    told = eventually(lambda: [mail for mail in sink.to(before) if "was changed" in str(mail.message["Subject"])])
    assert new in told[0].part("plain")


def test_a_change_of_address_that_was_taken_back_can_t_be_confirmed(member: Person, sink: Sink) -> None:
    new = f"other-{member.email}"
    member.do("PATCH", "me", "me", email=new, current_password=PASSWORD)
    token = _mailed(sink, new, "confirm-email").partition("?token=")[2]
    assert member.do("PATCH", "me", "me", email=member.email).status_code == 200
    assert _own(member) == (member.email, None)
    assert post(browser(member.shop), member.shop, "confirm-email", token=token).status_code == 403


def test_an_administrator_adds_a_shop_and_switches_to_it(boss: Person, member: Person) -> None:
    refused = member.do("POST", "me/accounts", "own-account", name="Mine")
    assert refused.status_code == 403
    made = boss.do("POST", "me/accounts", "own-account", name="Second shop", timezone="Europe/Berlin", currency="EUR")
    assert made.status_code == 201, made.text
    other = made.json()["data"]["id"]
    assert boss.do("POST", "me/account", "account-choice", account_id=other).status_code == 204
    session = boss.get("session")["data"]["attributes"]
    assert (session["account_id"], session["timezone"], session["role"]) == (other, "Europe/Berlin", roles.OWNER)
    assert boss.get("lists")["data"] == []
    assert boss.do("POST", "me/account", "account-choice", account_id=boss.shop.public_id).status_code == 204
    assert {one["attributes"]["name"] for one in boss.get("me/accounts")["data"]} == {"Test shop", "Second shop"}
    wrong = boss.do("POST", "me/accounts", "own-account", name="Third", timezone="Mars")
    assert wrong.status_code == 400
