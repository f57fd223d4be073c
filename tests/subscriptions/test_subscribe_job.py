"""The subscribe job: what it takes, refuses and does (behaviour-people 2.2, 2.11)."""

from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.flows.test_definition import example
from tests.people import events_of
from tests.sink import Sink
from tests.subscriptions.world import (
    EMAIL,
    NUMBER,
    SMS,
    SUBSCRIBE,
    add,
    ask,
    confirmation,
    found,
    marketing,
    members,
    names,
    place,
    reasons,
    refused,
    settings,
    single,
    subscribe,
    subscriptions,
    unsubscribe,
)

ANN, BOB = "ann@example.com", "bob@example.com"
PAST = "2020-05-01T00:00:00+00:00"
DATED = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": PAST}}}
TOKEN = {"token": "t-1", "platform": "android", "vendor": "FCM"}
PUSH = {"push": {"marketing": {"consent": "SUBSCRIBED"}, "tokens": [TOKEN]}}


def one(said: dict[str, Any] | None = EMAIL, **fields: Any) -> list[dict[str, Any]]:
    return [{**fields, **({} if said is None else {"subscriptions": said})}]


@pytest.mark.rule("2.2")
def test_it_takes_at_most_1000_profiles(shop: Shop) -> None:
    people = [{"email": f"p{n}@example.com", "subscriptions": EMAIL} for n in range(1001)]
    assert refused(ask(shop, SUBSCRIBE, people)) == (
        "Send between 1 and 1000 profiles.",
        "/data/attributes/profiles/data",
    )
    assert refused(ask(shop, SUBSCRIBE, []))[1] == "/data/attributes/profiles/data"
    assert ask(shop, SUBSCRIBE, people[:1000]).status_code == 202
    assert shop.query("SELECT count(*) FROM consents WHERE account_id = %s", shop.account_id) == [(1000,)]


@pytest.mark.rule("2.2")
def test_it_answers_202_with_nothing_to_poll(shop: Shop) -> None:
    answer = ask(shop, SUBSCRIBE, one(email=ANN))
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.rule("2.2")
def test_subscriptions_are_required_since_2025(shop: Shop) -> None:
    """Before that, no channel named meant each one an identifier was sent for."""
    answer = ask(shop, SUBSCRIBE, one(None, email=ANN))
    assert refused(answer) == (
        "'subscriptions' is a required field for the resource 'profile'.",
        f"{place()}/subscriptions",
    )
    old = ask(shop, SUBSCRIBE, one(None, email=ANN, phone_number=NUMBER), revision="2024-10-15")
    assert old.status_code == 202
    said = subscriptions(shop, ANN)
    assert (said["email"]["marketing"]["consent"], said["sms"]["marketing"]["consent"]) == ("SUBSCRIBED", "SUBSCRIBED")


@pytest.mark.rule("2.2")
@pytest.mark.parametrize(
    ("said", "known", "detail", "field"),
    [
        (EMAIL, {"phone_number": NUMBER}, "'email' must not be empty when the email channel", "email"),
        (SMS, {"email": ANN}, "'phone_number' must not be empty when the sms channel", "phone_number"),
        (
            {"sms": {"transactional": {"consent": "SUBSCRIBED"}}},
            {"email": ANN},
            "'phone_number' must not be empty when the sms channel",
            "phone_number",
        ),
        (
            {"whatsapp": {"marketing": {"consent": "SUBSCRIBED"}}},
            {"email": ANN},
            "'phone_number' must not be empty when the whatsapp channel",
            "phone_number",
        ),
        (
            {"email": {"open_tracking": {"consent": "SUBSCRIBED"}}},
            {"phone_number": NUMBER},
            "'email' must not be empty when the email channel",
            "email",
        ),
    ],
)
def test_a_channel_needs_its_identifier(
    shop: Shop, said: dict[str, Any], known: dict[str, str], detail: str, field: str
) -> None:
    answer = ask(shop, SUBSCRIBE, one(said, **known))
    assert refused(answer) == (f"{detail} is included in 'subscriptions'.", f"{place()}/{field}")


@pytest.mark.rule("2.2")
def test_an_identifier_whose_channel_is_not_named_is_stored(shop: Shop) -> None:
    subscribe(shop, ANN, phone=NUMBER)
    person = found(shop, f'equals(email,"{ANN}")')
    assert person and person["phone_number"] == NUMBER
    assert person["subscriptions"]["sms"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"


@pytest.mark.rule("2.2")
def test_an_id_finds_the_profile(shop: Shop) -> None:
    ann = shop.profile("before@example.com")
    assert ask(shop, SUBSCRIBE, [{"id": ann, "email": ANN, "subscriptions": EMAIL}]).status_code == 202
    person = found(shop, f'equals(email,"{ANN}")')
    assert person and person["id"] == ann
    answer = ask(shop, SUBSCRIBE, [{"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "subscriptions": PUSH}])
    assert refused(answer)[0] == "A profile with id 01ARZ3NDEKTSV4RRFFQ69G5FAV does not exist."


@pytest.mark.rule("2.2")
@pytest.mark.parametrize("field", ["first_name", "last_name", "properties", "external_id", "location"])
def test_it_takes_no_other_field_of_a_profile(shop: Shop, field: str) -> None:
    answer = ask(shop, SUBSCRIBE, [{"email": BOB, "subscriptions": EMAIL}, *one(email=ANN, **{field: "x"})])
    assert refused(answer) == (f"'{field}' is not a valid field for the resource 'profile'.", f"{place(1)}/{field}")
    assert found(shop, f'equals(email,"{BOB}")') is None


@pytest.mark.rule("2.2")
def test_it_refuses_bad_addresses_numbers_and_lists(shop: Shop) -> None:
    assert refused(ask(shop, SUBSCRIBE, one(email="nonsense"))) == ("Invalid email address", f"{place()}/email")
    assert refused(ask(shop, SUBSCRIBE, one(SMS, phone_number="12345")))[1] == f"{place()}/phone_number"
    assert refused(ask(shop, SUBSCRIBE, one(email=ANN), "invalid-list-id")) == (
        "List not found with id invalid-list-id.",
        "/data/relationships/list/data/id",
    )


@pytest.mark.rule("2.2", "7.12")
def test_it_refuses_texts_where_the_account_sends_none(shop: Shop) -> None:
    settings(shop, sms_regions=["DE"])
    detail, pointer = refused(ask(shop, SUBSCRIBE, one(SMS, phone_number=NUMBER)))
    assert "US" in detail and pointer == f"{place()}/phone_number"
    subscribe(shop, None, SMS, phone="+4915112345678")
    settings(shop, sms_regions=None)
    subscribe(shop, None, SMS, phone=NUMBER)


@pytest.mark.rule("2.2", "7.12")
def test_it_asks_for_a_date_of_birth_where_the_account_wants_one(shop: Shop) -> None:
    settings(shop, minimum_age=21)
    detail, pointer = refused(ask(shop, SUBSCRIBE, one(SMS, phone_number=NUMBER)))
    assert pointer == f"{place()}/age_gated_date_of_birth" and "age_gated_date_of_birth" in detail
    assert refused(ask(shop, SUBSCRIBE, one(SMS, phone_number=NUMBER, age_gated_date_of_birth="soon")))
    subscribe(shop, ANN)
    subscribe(shop, None, SMS, phone=NUMBER, age_gated_date_of_birth="1990-02-03")
    person = found(shop, f'equals(phone_number,"{NUMBER}")')
    assert person and person["properties"]["$age_gated_date_of_birth"] == "1990-02-03"
    assert person["subscriptions"]["sms"]["marketing"]["can_receive_sms_marketing"]


@pytest.mark.rule("2.2", "7.12")
def test_who_is_too_young_gets_no_texts(shop: Shop) -> None:
    settings(shop, minimum_age=21)
    subscribe(shop, ANN, {**EMAIL, **SMS}, phone=NUMBER, age_gated_date_of_birth="2020-01-01")
    said = subscriptions(shop, ANN)
    assert said["email"]["marketing"]["consent"] == "SUBSCRIBED"
    texts = said["sms"]["marketing"]
    assert (texts["consent"], texts["method"]) == ("UNSUBSCRIBED", "failed_age_gate")
    assert not said["sms"]["transactional"]["can_receive_sms_transactional"]


@pytest.mark.rule("2.2")
def test_consented_at_belongs_to_a_historical_import(shop: Shop) -> None:
    assert refused(ask(shop, SUBSCRIBE, one(DATED, email=ANN)))[1] == f"{place()}/subscriptions"
    historical = {"historical_import": True}
    assert refused(ask(shop, SUBSCRIBE, one(email=ANN), **historical))[1] == f"{place()}/subscriptions"
    later = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "2999-01-01T00:00:00Z"}}}
    assert "past" in refused(ask(shop, SUBSCRIBE, one(later, email=ANN), **historical))[0]
    undated = [*one(DATED, email=ANN), *one(email=BOB)]
    assert refused(ask(shop, SUBSCRIBE, undated, **historical))[1] == f"{place(1)}/subscriptions"


@pytest.mark.rule("2.2")
def test_consented_at_does_not_go_with_double_opt_in(shop: Shop) -> None:
    news = single(shop, opt_in="double_opt_in")
    assert refused(ask(shop, SUBSCRIBE, one(DATED, email=ANN), news))


@pytest.mark.rule("2.2", "2.7")
def test_a_historical_import_is_at_once_asks_nobody_and_starts_no_flow(shop: Shop) -> None:
    news = single(shop, opt_in="double_opt_in")
    flow = stories.flow(shop, _welcome(shop, news))
    subscribe(shop, ANN, DATED, news, job={"historical_import": True})
    assert marketing(shop, ANN)["consent_timestamp"] == PAST
    assert members(shop, news) == [ANN]
    person = found(shop, f'equals(email,"{ANN}")')
    assert person
    dates = {event["metric"]: event["datetime"] for event in _recorded(shop, person["id"])}
    assert dates == {"Subscribed to Email Marketing": PAST, "Subscribed to List": PAST}
    assert not shop.query("SELECT FROM messages WHERE account_id = %s", shop.account_id)
    assert _runs(shop, flow) == 0
    shop.profile(BOB)
    add(shop, news, BOB)
    assert _runs(shop, flow) == 1


def _welcome(shop: Shop, list_id: str) -> dict[str, Any]:
    return example(list_id, stories.template(shop))


def _runs(shop: Shop, flow: str) -> int:
    shop.wait_until_recorded()
    return int(
        shop.query(
            """SELECT count(*) FROM enrolments e JOIN flows f ON f.account_id = e.account_id AND f.id = e.flow_id
               WHERE f.account_id = %s AND f.public_id = %s""",
            shop.account_id,
            flow,
        )[0][0]
    )


def _recorded(shop: Shop, profile: str) -> list[dict[str, Any]]:
    shop.wait_until_recorded()
    return events_of(shop, profile)


@pytest.mark.rule("2.2")
def test_who_is_subscribed_already_keeps_the_first_date(shop: Shop) -> None:
    for year in (2020, 2021, 2019):
        dated = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": f"{year}-05-01T00:00:00+00:00"}}}
        subscribe(shop, ANN, dated, job={"historical_import": True})
    assert marketing(shop, ANN)["consent_timestamp"] == PAST


@pytest.mark.rule("2.2", "2.5")
def test_a_new_subscription_lifts_all_but_deliverability(shop: Shop) -> None:
    shop.profile(ANN)
    for reason in ("HARD_BOUNCE", "INVALID_EMAIL", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED"):
        shop.query(
            """INSERT INTO suppressions (account_id, profile_id, reason, at)
               SELECT account_id, id, %s, now() FROM profiles WHERE account_id = %s RETURNING 1""",
            reason,
            shop.account_id,
        )
    assert len(reasons(shop, ANN)) == 5
    subscribe(shop, ANN)
    assert reasons(shop, ANN) == ["HARD_BOUNCE", "INVALID_EMAIL"]
    assert marketing(shop, ANN)["can_receive_email_marketing"] is False


@pytest.mark.rule("2.2")
def test_the_opt_in_process_is_the_lists_and_without_one_the_accounts(shop: Shop, sink: Sink) -> None:
    address = f"ann@{shop.public_id.lower()}.example.com"
    settings(shop, opt_in_process="double_opt_in")
    subscribe(shop, BOB, list_id=single(shop))
    assert marketing(shop, BOB)["consent"] == "SUBSCRIBED"
    subscribe(shop, address)
    assert confirmation(sink, address)
    # a new address is nobody until the link was used
    assert found(shop, f'equals(email,"{address}")') is None
    subscribe(shop, "known@example.com", DATED, job={"historical_import": True})
    assert marketing(shop, "known@example.com")["consent"] == "SUBSCRIBED"


@pytest.mark.rule("2.2")
def test_texts_do_not_wait_for_the_address_to_be_confirmed(shop: Shop) -> None:
    """And what waits is joined to the number when it is."""
    news = single(shop, opt_in="double_opt_in")
    subscribe(shop, ANN, {**EMAIL, **SMS}, news, phone=NUMBER)
    person = found(shop, f'equals(phone_number,"{NUMBER}")')
    assert person and person["email"] is None
    assert person["subscriptions"]["sms"]["marketing"]["consent"] == "SUBSCRIBED"
    [(token,)] = shop.query("SELECT token FROM optins WHERE account_id = %s", shop.account_id)
    httpx.post(f"{shop.server.url}/s/{token}", data={"action": "confirm"})
    joined = found(shop, f'equals(email,"{ANN}")')
    assert joined and joined["phone_number"] == NUMBER
    assert joined["subscriptions"]["email"]["marketing"]["double_optin"] is True
    assert joined["subscriptions"]["sms"]["marketing"]["consent"] == "SUBSCRIBED"


@pytest.mark.rule("2.2", "6.6")
def test_push_tokens_are_registered_where_push_is_consented_to(shop: Shop) -> None:
    subscribe(shop, ANN, PUSH)
    assert subscriptions(shop, ANN)["mobile_push"]["marketing"]["consent"] == "SUBSCRIBED"
    rows = shop.query("SELECT token, platform, vendor FROM push_tokens WHERE account_id = %s", shop.account_id)
    assert rows == [("t-1", "android", "fcm")]
    wrong = {"push": {"marketing": {"consent": "SUBSCRIBED"}, "tokens": [{**TOKEN, "vendor": "pager"}]}}
    assert refused(ask(shop, SUBSCRIBE, one(wrong, email=ANN)))[1].endswith("/subscriptions/push/tokens/0/vendor")


@pytest.mark.rule("2.11")
def test_who_has_only_the_app_is_known_by_an_anonymous_id(shop: Shop) -> None:
    said = {"push": {**PUSH["push"], "anonymous_id": "device-1"}}
    assert ask(shop, SUBSCRIBE, [{"subscriptions": said}]).status_code == 202
    [row] = shop.http.get("/api/profiles?additional-fields[profile]=subscriptions").json()["data"]
    assert row["attributes"]["anonymous_id"] == "device-1"
    push = row["attributes"]["subscriptions"]["mobile_push"]["marketing"]
    assert push["can_receive_push_marketing"] is True
    assert refused(ask(shop, SUBSCRIBE, [{"subscriptions": PUSH}]))[1] == "/data/attributes/profiles/data"


@pytest.mark.rule("2.2", "2.6")
def test_coming_back_through_another_list_does_not_bring_back_the_first(shop: Shop) -> None:
    first, second = single(shop, "First"), single(shop, "Second")
    subscribe(shop, ANN, list_id=first)
    unsubscribe(shop, ANN, list_id=first)
    subscribe(shop, ANN, list_id=second)
    assert (members(shop, first), members(shop, second)) == ([], [ANN])
    assert [left["list_id"] for left in marketing(shop, ANN)["list_suppressions"]] == [first]
    subscribe(shop, ANN, list_id=first)
    assert members(shop, first) == [ANN]
    assert marketing(shop, ANN)["list_suppressions"] == []


@pytest.mark.rule("2.2")
def test_one_request_with_the_same_person_twice_is_one_person(shop: Shop) -> None:
    people = [*one(email=ANN), *one(SMS, email=ANN, phone_number=NUMBER)]
    assert ask(shop, SUBSCRIBE, people).status_code == 202
    said = subscriptions(shop, ANN)
    assert (said["email"]["marketing"]["consent"], said["sms"]["marketing"]["consent"]) == ("SUBSCRIBED", "SUBSCRIBED")
    assert names(shop) == ["Subscribed to Email Marketing", "Subscribed to SMS Marketing"]
