"""Subscribing from a page (behaviour-people 6.1, 2.2, 2.8)."""

import re
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, eventually
from tests.onsite.world import accepted, asked, error_of, identified
from tests.parity.onsite_calls import subscription_body
from tests.people import everybody, made
from tests.sink import Sink

GRANTED = {"marketing": {"consent": "SUBSCRIBED"}}


def new_list(shop: Shop, process: str) -> str:
    body = {"data": {"type": "list", "attributes": {"name": "News", "opt_in_process": process}}}
    return str(shop.http.post("/api/lists", json=body).json()["data"]["id"])


def single_list(shop: Shop) -> str:
    return new_list(shop, "single_opt_in")


def double_list(shop: Shop) -> str:
    return new_list(shop, "double_opt_in")


def members(shop: Shop, list_id: str) -> int:
    return len(shop.http.get(f"/api/lists/{list_id}/profiles").json()["data"])


def marketing(shop: Shop, address: str) -> Any:
    """Consent to e-mail of who has this address, or None when there is nobody."""
    found = shop.sdk.Profiles.get_profiles(
        filter=f'equals(email,"{address}")', additional_fields_profile=["subscriptions"]
    )
    return found.data[0].attributes.subscriptions.email.marketing if found.data else None


def consents(shop: Shop) -> dict[str, str]:
    """Channel -> consent of the only profile."""
    rows = shop.query("SELECT channel, status FROM consents WHERE account_id = %s", shop.account_id)
    return dict(rows)


def confirm(sink: Sink, address: str) -> None:
    """Use the link in the confirmation mail."""
    [mail] = eventually(lambda: sink.to(address))
    link = re.search(r'href="([^"]+/s/[^"]+)"', mail.part("html"))
    assert link
    assert "You are subscribed" in httpx.post(link[1], data={"action": "confirm"}).text


@pytest.mark.rule("6.1")
def test_without_subscriptions_it_is_marketing_on_each_channel_that_has_an_identifier(shop: Shop) -> None:
    news = single_list(shop)
    body = subscription_body(news, email="ann@example.com", phone_number="+15005550006", first_name="Ann")
    body["data"]["attributes"]["custom_source"] = "Footer"
    accepted(shop, "subscriptions", body)
    found = marketing(shop, "ann@example.com")
    assert (found.consent, found.custom_method_detail) == ("SUBSCRIBED", "Footer")
    assert consents(shop) == dict.fromkeys(("email", "sms", "sms_transactional"), "SUBSCRIBED")
    assert members(shop, news) == 1
    (ann,) = everybody(shop).values()
    assert ann["first_name"] == "Ann"


@pytest.mark.rule("6.1", "2.2")
def test_with_subscriptions_only_the_channels_named_are_subscribed(shop: Shop) -> None:
    """The other identifier is just stored."""
    body = subscription_body(
        single_list(shop), email="ann@example.com", phone_number="+15005550006", subscriptions={"email": GRANTED}
    )
    accepted(shop, "subscriptions", body)
    assert consents(shop) == {"email": "SUBSCRIBED"}
    (ann,) = everybody(shop).values()
    assert ann["phone_number"] == "+15005550006"


@pytest.mark.rule("6.1")
def test_a_consent_is_not_dated_back_from_outside(shop: Shop) -> None:
    old = {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2001-01-01T00:00:00Z"}}
    body = subscription_body(single_list(shop), email="ann@example.com", subscriptions={"email": old})
    accepted(shop, "subscriptions", body)
    assert marketing(shop, "ann@example.com").consent_timestamp.year > 2001


@pytest.mark.rule("6.1", "2.8")
def test_with_double_opt_in_consent_waits_for_the_link_and_an_address_alone_is_no_profile(
    shop: Shop, sink: Sink
) -> None:
    address = f"ann-{shop.public_id.lower()}@example.com"
    news = double_list(shop)
    accepted(shop, "subscriptions", subscription_body(news, email=address))
    assert (everybody(shop), members(shop, news)) == ({}, 0)
    confirm(sink, address)
    found = eventually(lambda: marketing(shop, address))
    assert (found.consent, found.double_optin) == ("SUBSCRIBED", True)
    assert members(shop, news) == 1


@pytest.mark.rule("2.8")
def test_with_double_opt_in_what_else_was_said_is_kept_without_consent(shop: Shop, sink: Sink) -> None:
    address = f"ann-{shop.public_id.lower()}@example.com"
    news = double_list(shop)
    accepted(shop, "subscriptions", subscription_body(news, email=address, first_name="Ann"))
    ((id, ann),) = everybody(shop).items()
    assert (ann["first_name"], marketing(shop, address).consent) == ("Ann", "NEVER_SUBSCRIBED")
    assert members(shop, news) == 0
    confirm(sink, address)
    eventually(lambda: marketing(shop, address).consent == "SUBSCRIBED")
    assert {*everybody(shop)} == {id}


@pytest.mark.rule("6.1")
def test_confirming_gives_nobody_the_address_of_another(shop: Shop, sink: Sink) -> None:
    """A sign-up that names Ann by her cookie, but an address of one's own, leaves hers as it is."""
    kx = identified(shop, email="ann@example.com")["exchange_id"]
    (ann,) = everybody(shop)
    address = f"eve-{shop.public_id.lower()}@example.com"
    accepted(shop, "subscriptions", subscription_body(double_list(shop), email=address, _kx=kx, first_name="Eve"))
    accepted(shop, "subscriptions", subscription_body(single_list(shop), email=address, _kx=kx))
    confirm(sink, address)
    eventually(lambda: marketing(shop, address) is not None)
    assert everybody(shop)[ann]["email"] == "ann@example.com"


@pytest.mark.rule("6.1", "2.2")
@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"email": "nope"}, "/email"),
        ({"phone_number": "1"}, "/phone_number"),
        ({"external_id": "x"}, ""),
        ({}, ""),
        ({"phone_number": "+15005550006", "subscriptions": {"email": GRANTED}}, "/email"),
        ({"email": "a@example.com", "subscriptions": {"sms": GRANTED}}, "/phone_number"),
        (
            {"email": "a@example.com", "subscriptions": {"email": {"marketing": {"consent": "NO"}}}},
            "/subscriptions/email/marketing/consent",
        ),
        ({"email": "a@example.com", "nonsense": 1}, "/nonsense"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(shop: Shop, attributes: dict[str, Any], pointer: str) -> None:
    answer = asked(shop, "subscriptions", subscription_body(single_list(shop), **attributes))
    assert error_of(answer)["source"]["pointer"] == f"/data/attributes/profile/data/attributes{pointer}"
    assert everybody(shop) == {}


@pytest.mark.rule("6.1", "2.2")
def test_a_list_is_required_and_has_to_be_there(shop: Shop) -> None:
    body = subscription_body("NOPE01", email="ann@example.com")
    error = error_of(asked(shop, "subscriptions", body))
    assert error["detail"] == "List not found with id NOPE01."
    assert error["source"]["pointer"] == "/data/relationships/list/data/id"
    del body["data"]["relationships"]
    assert error_of(asked(shop, "subscriptions", body))["source"]["pointer"] == "/data/relationships/list"
    assert everybody(shop) == {}


@pytest.mark.rule("2.2", "7.12")
def test_an_account_that_asks_for_an_age_takes_no_consent_to_texts_without_it(shop: Shop) -> None:
    shop.query(
        "UPDATE accounts SET settings = settings || %s::jsonb WHERE account_id = %s RETURNING 1",
        '{"minimum_age": 21}',
        shop.account_id,
    )
    shop.advance(seconds=0)
    news, ann = single_list(shop), {"email": "ann@example.com", "phone_number": "+15005550006"}

    def signed_up(born: str | None) -> httpx.Response:
        properties = {"$age_gated_date_of_birth": born} if born else {}
        return asked(shop, "subscriptions", subscription_body(news, **ann, properties=properties))

    eventually(lambda: signed_up(None).status_code == 400)
    assert error_of(signed_up("soon"))["source"]["pointer"].endswith("/age_gated_date_of_birth")
    assert everybody(shop) == {}
    assert signed_up("2020-01-01").status_code == 202
    refused = {"sms": "UNSUBSCRIBED", "sms_transactional": "UNSUBSCRIBED"}
    assert consents(shop) == {"email": "SUBSCRIBED", **refused}
    methods = shop.query(
        "SELECT DISTINCT method FROM consents WHERE account_id = %s AND channel LIKE 'sms%%'", shop.account_id
    )
    assert methods == [("failed_age_gate",)]
    assert signed_up("1990-01-01").status_code == 202
    assert consents(shop)["sms"] == "SUBSCRIBED"
    assert signed_up("2020-01-01").status_code == 202
    assert consents(shop)["sms"] == "SUBSCRIBED", "a page ends nobody's consent"


@pytest.mark.rule("2.2", "7.12")
def test_it_refuses_texts_where_the_account_sends_none(shop: Shop) -> None:
    body = {"data": {"type": "consent-settings", "attributes": {"sms_regions": ["DE"]}}}
    assert shop.http.patch("/api/consent-settings", json=body).status_code == 200
    asked_for = subscription_body(single_list(shop), phone_number="+15005550006")
    error = eventually(lambda: (answer := asked(shop, "subscriptions", asked_for)).status_code == 400 and answer.json())
    assert error["errors"][0]["source"]["pointer"] == "/data/attributes/profile/data/attributes/phone_number"
    accepted(shop, "subscriptions", subscription_body(single_list(shop), phone_number="+4915112345678"))
    assert consents(shop)["sms"] == "SUBSCRIBED"


@pytest.mark.rule("6.1", "2.2", "2.11")
def test_it_takes_consent_to_whatsapp_which_belongs_to_a_number(shop: Shop) -> None:
    """Each kind is its own; what begins with a person's own message can't be granted."""
    news = single_list(shop)
    whatsapp = {"whatsapp": {**GRANTED, "transactional": {"consent": "SUBSCRIBED"}}}
    error = error_of(
        asked(shop, "subscriptions", subscription_body(news, email="a@example.com", subscriptions=whatsapp))
    )
    assert error["source"]["pointer"] == "/data/attributes/profile/data/attributes/phone_number"
    own = {"whatsapp": {"conversational": {"consent": "SUBSCRIBED"}}}
    body = subscription_body(news, phone_number="+15005550006", subscriptions=own)
    assert error_of(asked(shop, "subscriptions", body))["source"]["pointer"].endswith("/whatsapp/conversational")
    accepted(shop, "subscriptions", subscription_body(news, phone_number="+15005550006", subscriptions=whatsapp))
    rows = shop.query(
        "SELECT channel, status, phone_number FROM consents WHERE account_id = %s ORDER BY channel", shop.account_id
    )
    assert rows == [(channel, "SUBSCRIBED", "+15005550006") for channel in ("whatsapp", "whatsapp_transactional")]


@pytest.mark.rule("2.2", "2.11")
def test_tokens_are_registered_where_push_is_consented_to(shop: Shop) -> None:
    token = {"token": "device-1", "platform": "ios", "vendor": "apns"}
    push = {"push": {"marketing": {"consent": "SUBSCRIBED"}, "tokens": [token]}}
    body = subscription_body(single_list(shop), email="ann@example.com", subscriptions={"email": GRANTED, **push})
    accepted(shop, "subscriptions", body)
    assert consents(shop) == {"email": "SUBSCRIBED", "push": "SUBSCRIBED"}
    push["push"]["tokens"] = [token | {"vendor": "pigeon"}]
    body = subscription_body(single_list(shop), email="ann@example.com", subscriptions=push)
    assert error_of(asked(shop, "subscriptions", body))["source"]["pointer"].endswith("/push/tokens/0/vendor")


@pytest.mark.rule("2.2")
def test_subscribing_lifts_what_a_subscription_lifts(shop: Shop) -> None:
    made(shop, email="ann@example.com")
    job = {"profiles": {"data": [{"type": "profile", "attributes": {"email": "ann@example.com"}}]}}
    shop.http.post(
        "/api/profile-suppression-bulk-create-jobs",
        json={"data": {"type": "profile-suppression-bulk-create-job", "attributes": job}},
    )
    accepted(shop, "subscriptions", subscription_body(single_list(shop), email="ann@example.com"))
    assert marketing(shop, "ann@example.com").suppression == []


@pytest.mark.rule("2.8")
def test_a_stranger_has_one_confirmation_mail_an_hour_sent_to_an_address_whatever_the_list(
    shop: Shop, sink: Sink
) -> None:
    address = f"ann@{shop.public_id.lower()}.example.com"
    lists = [double_list(shop) for _ in range(3)]

    def ask_everywhere() -> None:
        for news in lists:
            accepted(shop, "subscriptions/", subscription_body(news, email=address))
            httpx.post(f"{shop.server.url}/l/{shop.public_id}/{news}", data={"email": address.upper()})

    ask_everywhere()
    queued = "SELECT count(*) FROM messages WHERE account_id = %s AND source = 'confirmation'"
    assert shop.query(queued, shop.account_id) == [(1,)]
    shop.advance(minutes=59)
    ask_everywhere()
    assert shop.query(queued, shop.account_id) == [(1,)]
    shop.advance(minutes=2)
    ask_everywhere()
    assert shop.query(queued, shop.account_id) == [(2,)]
    eventually(lambda: len(sink.to(address)) + len(sink.to(address.upper())) == 2)
