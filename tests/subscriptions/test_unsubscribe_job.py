"""The unsubscribe job (behaviour-people 2.3, 2.11)."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.subscriptions.world import (
    EMAIL,
    NO_EMAIL,
    NO_SMS,
    NUMBER,
    SMS,
    UNSUBSCRIBE,
    ask,
    marketing,
    members,
    names,
    place,
    reasons,
    refused,
    single,
    subscribe,
    subscriptions,
    unsubscribe,
)

ANN = "ann@example.com"
YES, NO = {"consent": "SUBSCRIBED"}, {"consent": "UNSUBSCRIBED"}


def token(name: str) -> dict[str, str]:
    return {"token": name, "platform": "ios", "vendor": "apns"}


@pytest.mark.rule("2.3")
def test_it_takes_at_most_100_profiles(shop: Shop) -> None:
    people = [{"email": f"p{n}@example.com", "subscriptions": NO_EMAIL} for n in range(101)]
    assert refused(ask(shop, UNSUBSCRIBE, people))[1] == "/data/attributes/profiles/data"
    answer = ask(shop, UNSUBSCRIBE, people[:100])
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.rule("2.3")
def test_it_takes_members_off_the_list_and_everybody_else_off_everything(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, list_id=news)
    subscribe(shop, "bob@example.com")
    for address in (ANN, "bob@example.com"):
        unsubscribe(shop, address, list_id=news)
    assert (reasons(shop, ANN), reasons(shop, "bob@example.com")) == ([], ["UNSUBSCRIBE"])
    assert marketing(shop, ANN)["consent"] == "SUBSCRIBED"
    assert members(shop, news) == []


@pytest.mark.rule("2.3")
def test_without_a_list_it_is_global_and_at_once(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, list_id=news)
    unsubscribe(shop, ANN)
    said = marketing(shop, ANN)
    assert said["consent"] == "UNSUBSCRIBED"
    assert [(one["reason"], bool(one["timestamp"])) for one in said["suppression"]] == [("UNSUBSCRIBE", True)]
    assert said["list_suppressions"] == []


@pytest.mark.rule("2.3")
def test_it_bars_an_address_that_was_nobodys(shop: Shop) -> None:
    unsubscribe(shop, "new@example.com")
    assert reasons(shop, "new@example.com") == ["UNSUBSCRIBE"]


@pytest.mark.rule("2.3")
def test_it_can_end_a_whatsapp_conversation_that_it_could_not_begin(shop: Shop) -> None:
    people = [{"phone_number": NUMBER, "subscriptions": {"whatsapp": {"conversational": YES}}}]
    detail, pointer = refused(ask(shop, "profile-subscription-bulk-create-job", people))
    assert detail == "'conversational' is not a valid field for the resource 'profile'."
    assert pointer == f"{place()}/subscriptions/whatsapp/conversational"
    unsubscribe(shop, None, {"whatsapp": {"conversational": NO}}, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["whatsapp"]
    assert said["conversational"]["consent"] == "UNSUBSCRIBED"
    assert said["marketing"]["consent"] == "NEVER_SUBSCRIBED"


@pytest.mark.rule("2.3", "2.11")
def test_push_needs_its_tokens_and_removes_them(shop: Shop) -> None:
    subscribe(shop, ANN, {"push": {"marketing": YES, "tokens": [token("a"), token("b")]}})
    for said in ({"marketing": NO}, {"tokens": [token("a")]}):
        detail, pointer = refused(ask(shop, UNSUBSCRIBE, [{"email": ANN, "subscriptions": {"push": said}}]))
        assert "is a required field" in detail and pointer.startswith(f"{place()}/subscriptions/push/")
    unsubscribe(shop, ANN, {"push": {"marketing": NO, "tokens": [token("a")]}})
    # consent lives with the token, and there is another
    assert subscriptions(shop, ANN)["mobile_push"]["marketing"]["can_receive_push_marketing"] is True
    unsubscribe(shop, ANN, {"push": {"marketing": NO, "tokens": [token("b")]}})
    assert subscriptions(shop, ANN)["mobile_push"]["marketing"]["consent"] == "UNSUBSCRIBED"
    assert shop.query("SELECT count(*) FROM push_tokens WHERE account_id = %s", shop.account_id) == [(0,)]


@pytest.mark.rule("2.3")
def test_it_removes_nobody_elses_token(shop: Shop) -> None:
    subscribe(shop, ANN, {"push": {"marketing": YES, "tokens": [token("a")]}})
    unsubscribe(shop, "bob@example.com", {"push": {"marketing": NO, "tokens": [token("a")]}})
    assert subscriptions(shop, ANN)["mobile_push"]["marketing"]["can_receive_push_marketing"] is True


@pytest.mark.rule("2.11")
def test_consent_to_marketing_texts_implies_transactional_ones(shop: Shop) -> None:
    subscribe(shop, None, SMS, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["sms"]
    assert said["transactional"]["can_receive_sms_transactional"] is True
    # what only follows is not told
    assert names(shop) == ["Subscribed to SMS Marketing"]


@pytest.mark.rule("2.11")
def test_transactional_texts_alone_allow_no_marketing(shop: Shop) -> None:
    subscribe(shop, None, {"sms": {"transactional": YES}}, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["sms"]
    assert said["transactional"]["can_receive_sms_transactional"] is True
    assert said["marketing"]["can_receive_sms_marketing"] is False


@pytest.mark.rule("2.11")
@pytest.mark.parametrize("kind", ["marketing", "transactional"])
def test_leaving_either_kind_of_text_ends_both(shop: Shop, kind: str) -> None:
    subscribe(shop, None, SMS, phone=NUMBER)
    unsubscribe(shop, None, {"sms": {kind: NO}}, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["sms"]
    assert (said["marketing"]["consent"], said["transactional"]["consent"]) == ("UNSUBSCRIBED", "UNSUBSCRIBED")


@pytest.mark.rule("2.11")
def test_the_kinds_of_whatsapp_are_apart(shop: Shop) -> None:
    subscribe(shop, None, {"whatsapp": {"marketing": YES, "transactional": YES}}, phone=NUMBER)
    unsubscribe(shop, None, {"whatsapp": {"marketing": NO}}, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["whatsapp"]
    assert (said["marketing"]["can_receive"], said["transactional"]["can_receive"]) == (False, True)


@pytest.mark.rule("2.10")
def test_consent_of_a_number_goes_with_the_number(shop: Shop) -> None:
    every: dict[str, Any] = {**EMAIL, **SMS, "whatsapp": {"marketing": YES}}
    subscribe(shop, ANN, every, phone=NUMBER)
    [row] = shop.http.get("/api/profiles").json()["data"]
    body = {"data": {"type": "profile", "id": row["id"], "attributes": {"phone_number": "+15005550007"}}}
    assert shop.http.patch(f"/api/profiles/{row['id']}", json=body).status_code == 200
    said = subscriptions(shop, ANN)
    assert said["email"]["marketing"]["consent"] == "SUBSCRIBED"
    assert said["sms"]["marketing"]["consent"] == said["sms"]["transactional"]["consent"] == "NEVER_SUBSCRIBED"
    assert said["whatsapp"] is None


@pytest.mark.rule("2.3")
def test_a_channel_needs_its_identifier_here_too(shop: Shop) -> None:
    assert refused(ask(shop, UNSUBSCRIBE, [{"email": ANN, "subscriptions": NO_SMS}]))[1] == f"{place()}/phone_number"
    assert refused(ask(shop, UNSUBSCRIBE, [{"phone_number": NUMBER, "subscriptions": NO_EMAIL}]))[1] == (
        f"{place()}/email"
    )
    assert refused(ask(shop, UNSUBSCRIBE, [{"email": ANN, "subscriptions": NO_EMAIL}], "nolist")) == (
        "List not found with id nolist.",
        "/data/relationships/list/data/id",
    )
