"""Texts that people send (behaviour-people 2.10)."""

from typing import Any

import psycopg
import pytest

from rapport.accounts import service as accounts
from rapport.subscriptions.keywords import Keyword, keyword_in, received
from tests.conftest import Shop, run
from tests.people import events_of, everybody, made
from tests.subscriptions.test_lists_and_everything import settings
from tests.subscriptions.world import NUMBER, SMS, subscribe

rule = pytest.mark.rule("2.10")
GERMAN = "+4915112345678"


def text(shop: Shop, body: str, sender: str = NUMBER) -> str | None:
    """A text comes in: the kind of its keyword."""

    async def work() -> Keyword | None:
        async with await psycopg.AsyncConnection.connect(shop.server.database_url) as conn:
            return await received(conn, await accounts.load(conn, shop.account_id), sender, body)

    found = run(work())
    shop.wait_until_recorded()
    return found.kind if found else None


def texts(shop: Shop) -> Any:
    """Consent to texts of the only profile."""
    (id,) = everybody(shop)
    answer = shop.http.get(f"/api/profiles/{id}", params={"additional-fields[profile]": "subscriptions"}).json()
    return answer["data"]["attributes"]["subscriptions"]["sms"]


def metrics(shop: Shop) -> list[str]:
    (id,) = everybody(shop)
    return [one["metric"] for one in events_of(shop, id)]


@rule
@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop",
        " Quit. ",
        "END",
        "Cancel",
        "unsubscribe",
        "OPT OUT",
        "opt-out",
        "Revoke!",
        "Arr\u00eat",
        "ARRE\u0302T",
        "Please stop sending these",
        "I want to cancel",
        "stop\nit",
    ],
)
def test_a_word_of_leaving_ends_consent_wherever_it_stands(shop: Shop, body: str) -> None:
    subscribe(shop, None, SMS, phone=NUMBER)
    assert text(shop, body) == "opt_out"
    marketing, transactional = texts(shop)["marketing"], texts(shop)["transactional"]
    assert (marketing["consent"], marketing["method"]) == ("UNSUBSCRIBED", "inbound_message")
    assert not transactional["can_receive_sms_transactional"]
    assert "Unsubscribed from SMS Marketing" in metrics(shop)


@rule
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("help", "help"),
        ("Info", "help"),
        ("HILFE", "help"),
        ("start", "opt_in"),
        ("UNSTOP", "opt_in"),
        ("join", "opt_in"),
        ("help me join", None),
        ("nonstop", None),
        ("weekend", None),
        ("restart", None),
        ("", None),
        ("\U0001f44d", None),
    ],
)
def test_other_keywords_are_the_whole_text(body: str, kind: str | None) -> None:
    found = keyword_in(body, "US")
    assert (found.kind if found else None) == kind


@rule
def test_help_and_plain_texts_change_nothing(shop: Shop) -> None:
    assert text(shop, "HELP") == "help"
    assert text(shop, "When do you open?") is None
    assert everybody(shop) == {}


@rule
@pytest.mark.rule("1.5", "2.11")
def test_a_word_of_joining_subscribes_the_profile_of_the_number_and_no_other(shop: Shop) -> None:
    """Who is not there is made, known by the number alone; what is left can be joined again."""
    made(shop, email="ann@example.com")
    assert text(shop, "Join") == "opt_in"
    (new,) = [one for one in everybody(shop).values() if one["email"] is None]
    assert new["phone_number"] == NUMBER


@rule
def test_who_left_comes_back_by_a_word(shop: Shop) -> None:
    subscribe(shop, None, SMS, phone=NUMBER)
    text(shop, "STOP")
    text(shop, "UNSTOP")
    marketing = texts(shop)["marketing"]
    assert (marketing["consent"], marketing["method"]) == ("SUBSCRIBED", "inbound_message")
    assert marketing["method_detail"] == "UNSTOP"
    assert texts(shop)["transactional"]["can_receive_sms_transactional"]
    assert metrics(shop).count("Subscribed to SMS Marketing") == 2


@rule
def test_an_account_may_want_the_exact_word_but_stop_in_the_us_is_found_anywhere(shop: Shop) -> None:
    settings(shop, exact_opt_out=True)
    assert text(shop, "I want to cancel") is None
    assert text(shop, "Bitte stop", GERMAN) is None
    assert text(shop, "please stop") == "opt_out"
    assert text(shop, "Cancel", GERMAN) == "opt_out"


@rule
@pytest.mark.rule("7.12")
def test_who_gave_no_age_or_is_too_young_is_not_subscribed(shop: Shop) -> None:
    settings(shop, minimum_age=21)
    text(shop, "START")
    assert (texts(shop)["marketing"]["consent"], texts(shop)["marketing"]["method"]) == (
        "UNSUBSCRIBED",
        "provided_no_age",
    )
    (id,) = everybody(shop)
    for born, method in (("2020-01-01", "provided_no_age"), ("1990-01-01", "inbound_message")):
        properties = {"$age_gated_date_of_birth": born}
        body = {"data": {"type": "profile", "id": id, "attributes": {"properties": properties}}}
        assert shop.http.patch(f"/api/profiles/{id}", json=body).status_code == 200
        text(shop, "START")
        assert texts(shop)["marketing"]["method"] == method
    assert texts(shop)["marketing"]["consent"] == "SUBSCRIBED"


@rule
@pytest.mark.rule("7.12")
def test_where_the_account_sends_no_texts_nobody_is_subscribed_and_everybody_can_leave(shop: Shop) -> None:
    settings(shop, sms_regions=["DE"])
    text(shop, "START")
    assert texts(shop)["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    text(shop, "STOP")
    assert texts(shop)["marketing"]["consent"] == "UNSUBSCRIBED"
