"""The `subscriptions` object (behaviour-people 2.1)."""

from datetime import UTC, datetime

import pytest

from tests.conftest import Shop
from tests.subscriptions.world import (
    EMAIL,
    NO_EMAIL,
    NUMBER,
    SMS,
    add,
    ask,
    job,
    marketing,
    members,
    refused,
    single,
    subscribe,
    subscriptions,
    unsubscribe,
)

ANN = "ann@example.com"
TOKEN = {"token": "t-1", "platform": "ios", "vendor": "apns"}


@pytest.mark.rule("2.1")
def test_it_shows_a_fresh_profile_as_never_subscribed(shop: Shop) -> None:
    shop.profile(ANN)
    said = subscriptions(shop, ANN)
    assert said["email"]["marketing"] == {
        "can_receive_email_marketing": True,
        "consent": "NEVER_SUBSCRIBED",
        "consent_timestamp": None,
        "last_updated": None,
        "method": None,
        "method_detail": "",
        "custom_method_detail": None,
        "double_optin": None,
        "suppression": [],
        "list_suppressions": [],
    }
    texts = {"consent": "NEVER_SUBSCRIBED", "consent_timestamp": None, "method": None, "method_detail": "",
             "last_updated": None}  # fmt: skip
    assert said["sms"]["marketing"] == {"can_receive_sms_marketing": False, **texts}
    assert said["sms"]["transactional"] == {"can_receive_sms_transactional": False, **texts}
    push = {"can_receive_push_marketing": False, "consent": "NEVER_SUBSCRIBED", "consent_timestamp": None}
    assert said["mobile_push"]["marketing"] == push
    assert said["whatsapp"] is None
    tracking = {
        "consent": "NEVER_SUBSCRIBED", "consent_timestamp": None, "last_updated": None, "created_timestamp": None,
        "metadata": None, "can_receive": True, "valid_until": None,
    }  # fmt: skip
    assert said["email"]["open_tracking"] == said["email"]["click_tracking"] == tracking


@pytest.mark.rule("2.1")
def test_it_says_how_and_when_consent_came(shop: Shop) -> None:
    before = datetime.now(UTC)
    subscribe(shop, ANN, job={"custom_source": "Fair"})
    said = marketing(shop, ANN)
    assert (said["consent"], said["custom_method_detail"], said["double_optin"]) == ("SUBSCRIBED", "Fair", False)
    # the key it came through, as segments ask for it (4.3)
    assert (said["method"], said["method_detail"]) == ("API", shop.private_key[-4:])
    for name in ("consent_timestamp", "last_updated"):
        assert abs((datetime.fromisoformat(said[name]) - before).total_seconds()) < 60
    unsubscribe(shop, ANN)
    said = marketing(shop, ANN)
    assert (said["consent"], said["can_receive_email_marketing"]) == ("UNSUBSCRIBED", False)
    assert (said["custom_method_detail"], said["double_optin"]) == (None, None)


@pytest.mark.rule("2.1")
def test_it_keeps_suppression_and_consent_apart(shop: Shop) -> None:
    """Consent stays as it is; what bars is the suppression."""
    subscribe(shop, ANN)
    body = job("profile-suppression-bulk-create-job", [{"email": ANN}])
    assert shop.http.post("/api/profile-suppression-bulk-create-jobs", json=body).status_code == 202
    said = marketing(shop, ANN)
    assert (said["consent"], said["can_receive_email_marketing"]) == ("SUBSCRIBED", False)
    assert [one["reason"] for one in said["suppression"]] == ["USER_SUPPRESSED"]
    assert said["suppression"][0]["timestamp"]


@pytest.mark.rule("2.1")
def test_texts_push_and_whatsapp_need_an_explicit_yes(shop: Shop) -> None:
    channels = {
        **SMS,
        "whatsapp": {"marketing": {"consent": "SUBSCRIBED"}},
        "push": {"marketing": {"consent": "SUBSCRIBED"}, "tokens": [TOKEN]},
    }
    subscribe(shop, ANN, EMAIL, phone=NUMBER)
    said = subscriptions(shop, ANN)
    assert not said["sms"]["marketing"]["can_receive_sms_marketing"]
    assert not said["mobile_push"]["marketing"]["can_receive_push_marketing"]
    subscribe(shop, ANN, channels, phone=NUMBER)
    said = subscriptions(shop, ANN)
    assert said["sms"]["marketing"]["can_receive_sms_marketing"]
    assert said["mobile_push"]["marketing"]["can_receive_push_marketing"]
    assert said["whatsapp"]["marketing"]["can_receive"]
    assert not said["whatsapp"]["transactional"]["can_receive"]


@pytest.mark.rule("2.1", "2.11")
def test_whatsapp_says_which_number_consented_and_since_when(shop: Shop) -> None:
    subscribe(shop, None, {"whatsapp": {"marketing": {"consent": "SUBSCRIBED"}}}, phone=NUMBER)
    said = subscriptions(shop, phone=NUMBER)["whatsapp"]
    yes = said["marketing"]
    assert (yes["consent"], yes["can_receive"], yes["phone_number"]) == ("SUBSCRIBED", True, NUMBER)
    assert yes["consent_timestamp"] and yes["created_timestamp"] and yes["last_updated"]
    assert "valid_until" in yes
    assert yes["metadata"]["method"] == "API"
    assert said["conversational"]["consent"] == "NEVER_SUBSCRIBED"
    assert said["conversational"]["phone_number"] is None


@pytest.mark.rule("2.1")
def test_it_clamps_consent_dates_to_1990(shop: Shop) -> None:
    said = {"email": {"marketing": {"consent": "SUBSCRIBED", "consented_at": "1971-03-01T00:00:00Z"}}}
    subscribe(shop, ANN, said, job={"historical_import": True})
    assert marketing(shop, ANN)["consent_timestamp"].startswith("1990-01-01T00:00:00")


@pytest.mark.rule("2.1")
def test_open_tracking_consent_is_the_profiles_alone_and_adds_to_no_list(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, {"email": {"open_tracking": {"consent": "SUBSCRIBED"}}}, news)
    said = subscriptions(shop, ANN)["email"]
    assert (said["open_tracking"]["consent"], said["open_tracking"]["can_receive"]) == ("SUBSCRIBED", True)
    assert said["open_tracking"]["created_timestamp"]
    assert said["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert members(shop, news) == []
    unsubscribe(shop, ANN, {"email": {"open_tracking": {"consent": "UNSUBSCRIBED"}}})
    said = subscriptions(shop, ANN)["email"]
    assert (said["open_tracking"]["consent"], said["open_tracking"]["can_receive"]) == ("UNSUBSCRIBED", False)
    assert said["marketing"]["can_receive_email_marketing"] is True


@pytest.mark.rule("2.1")
def test_a_list_suppression_bars_nothing_else(shop: Shop) -> None:
    news = single(shop)
    subscribe(shop, ANN, list_id=news)
    unsubscribe(shop, ANN, list_id=news)
    said = marketing(shop, ANN)
    assert said["can_receive_email_marketing"] is True
    [left] = said["list_suppressions"]
    assert (left["list_id"], left["reason"]) == (news, "UNSUBSCRIBE") and left["timestamp"]


@pytest.mark.rule("2.1")
@pytest.mark.parametrize("consent", ["NEVER_SUBSCRIBED", "UNSUBSCRIBED", "subscribed", None])
def test_it_takes_no_other_word_for_consent(shop: Shop, consent: str | None) -> None:
    answer = ask(
        shop,
        "profile-subscription-bulk-create-job",
        [{"email": ANN, "subscriptions": {"email": {"marketing": {"consent": consent}}}}],
    )
    assert refused(answer)[1].startswith("/data/attributes/profiles/data/0/attributes/subscriptions/email")
    wrong = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    answer = ask(shop, "profile-subscription-bulk-delete-job", [{"email": ANN, "subscriptions": wrong}])
    assert refused(answer)[1].startswith("/data/attributes/profiles/data/0/attributes/subscriptions/email")


@pytest.mark.rule("2.7", "5")
def test_a_plain_list_membership_is_no_consent(shop: Shop) -> None:
    news = single(shop)
    shop.profile(ANN)
    add(shop, news, ANN)
    assert marketing(shop, ANN)["consent"] == "NEVER_SUBSCRIBED"
    unsubscribe(shop, ANN, NO_EMAIL)
    assert members(shop, news) == [ANN]
