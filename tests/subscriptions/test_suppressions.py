"""Why somebody may not be written to: what sets a reason and what lifts it (behaviour-people 2.5)."""

from collections.abc import Callable

import pytest

from tests import stories
from tests.conftest import Shop
from tests.sink import Sink
from tests.subscriptions.world import job, letter, marketing, names, reasons, report, subscribe, unsubscribe

ANN = "ann@example.com"


def suppress(shop: Shop, address: str, kind: str = "create") -> None:
    body = job(f"profile-suppression-bulk-{kind}-job", [{"email": address}])
    assert shop.http.post(f"/api/profile-suppression-bulk-{kind}-jobs", json=body).status_code == 202


def soft(shop: Shop, address: str, times: int, first: int = 0) -> None:
    """So many soft bounces, an hour apart by the account's clock."""
    for _ in range(first, first + times):
        shop.advance(hours=1)
        report(shop, "Bounced Email", address, **{"Bounce Type": "Soft"})


# How each reason comes about.
_SETS: dict[str, Callable[[Shop], None]] = {
    "HARD_BOUNCE": lambda shop: report(shop, "Bounced Email", ANN, **{"Bounce Type": "Hard"}),
    "SPAM_COMPLAINT": lambda shop: report(shop, "Marked Email as Spam", ANN),
    "UNSUBSCRIBE": lambda shop: unsubscribe(shop, ANN),
    "USER_SUPPRESSED": lambda shop: suppress(shop, ANN),
}


@pytest.mark.rule("2.5")
@pytest.mark.parametrize("reason", _SETS)
def test_it_is_set_once_and_bars(shop: Shop, reason: str) -> None:
    subscribe(shop, ANN)
    _SETS[reason](shop)
    _SETS[reason](shop)
    shop.wait_until_recorded()
    assert reasons(shop, ANN) == [reason]
    assert marketing(shop, ANN)["can_receive_email_marketing"] is False


@pytest.mark.rule("2.5", "2.2")
@pytest.mark.parametrize("reason", _SETS)
def test_a_new_subscription_lifts_it_unless_it_is_about_delivery(shop: Shop, reason: str) -> None:
    subscribe(shop, ANN)
    _SETS[reason](shop)
    subscribe(shop, ANN)
    assert reasons(shop, ANN) == (["HARD_BOUNCE"] if reason == "HARD_BOUNCE" else [])


@pytest.mark.rule("2.5", "2.4")
@pytest.mark.parametrize("reason", _SETS)
def test_unsuppressing_lifts_the_manual_one_only(shop: Shop, reason: str) -> None:
    shop.profile(ANN)
    _SETS[reason](shop)
    suppress(shop, ANN, "delete")
    assert reasons(shop, ANN) == ([] if reason == "USER_SUPPRESSED" else [reason])


@pytest.mark.rule("2.5")
def test_a_complaint_ends_consent_as_well(shop: Shop) -> None:
    subscribe(shop, ANN)
    report(shop, "Marked Email as Spam", ANN)
    shop.wait_until_recorded()
    said = marketing(shop, ANN)
    assert (said["consent"], said["method"]) == ("UNSUBSCRIBED", "spam_complaint")
    assert "Unsubscribed from Email Marketing" in names(shop)


@pytest.mark.rule("2.5")
def test_seven_soft_bounces_in_a_row_are_borne_and_the_eighth_is_not(shop: Shop) -> None:
    """It shows as a bounce; there is no reason of its own for it."""
    shop.profile(ANN)
    soft(shop, ANN, 7)
    assert reasons(shop, ANN) == []
    soft(shop, ANN, 1)
    assert reasons(shop, ANN) == ["HARD_BOUNCE"]


@pytest.mark.rule("2.5")
def test_a_delivery_begins_the_run_anew(shop: Shop) -> None:
    shop.profile(ANN)
    soft(shop, ANN, 7)
    shop.advance(hours=1)
    report(shop, "Received Email", ANN)
    soft(shop, ANN, 7)
    assert reasons(shop, ANN) == []
    soft(shop, ANN, 1)
    assert reasons(shop, ANN) == ["HARD_BOUNCE"]


@pytest.mark.rule("2.5")
def test_soft_bounces_of_more_than_two_years_ago_do_not_count(shop: Shop) -> None:
    shop.profile(ANN)
    soft(shop, ANN, 7)
    shop.advance(days=731)
    soft(shop, ANN, 7)
    assert reasons(shop, ANN) == []


@pytest.mark.rule("2.5")
def test_reasons_of_delivery_stand_before_those_given_by_hand(shop: Shop) -> None:
    shop.profile(ANN)
    for reason in ("USER_SUPPRESSED", "UNSUBSCRIBE", "SPAM_COMPLAINT", "HARD_BOUNCE"):
        _SETS[reason](shop)
        shop.wait_until_recorded()
    assert reasons(shop, ANN) == ["HARD_BOUNCE", "SPAM_COMPLAINT", "UNSUBSCRIBE", "USER_SUPPRESSED"]


@pytest.mark.rule("2.5")
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("HARD_BOUNCE", "HARD_BOUNCE"),
        ("BOUNCE", "HARD_BOUNCE"),
        ("SPAM_COMPLAINT", "SPAM_COMPLAINT"),
        ("SPAM_REPORT", "SPAM_COMPLAINT"),
        ("UNSUBSCRIBE", "UNSUBSCRIBE"),
        ("USER_SUPPRESSED", "USER_SUPPRESSED"),
        ("USER_INITIATED", "USER_SUPPRESSED"),
    ],
)
def test_people_are_found_by_a_reason_in_old_words_and_new(shop: Shop, word: str, reason: str) -> None:
    shop.profile("bob@example.com")
    _SETS[reason](shop) if reason != "HARD_BOUNCE" else report(shop, "Bounced Email", ANN, **{"Bounce Type": "Hard"})
    shop.wait_until_recorded()
    filter = f'equals(subscriptions.email.marketing.suppression.reason,"{word}")'
    rows = shop.http.get("/api/profiles", params={"filter": filter}).json()["data"]
    assert [row["attributes"]["email"] for row in rows] == [ANN]


@pytest.mark.rule("2.5", "2.7")
def test_a_suppressed_person_gets_no_campaign(shop: Shop, sink: Sink) -> None:
    bounced, fine = stories.people(shop, 2)
    news = stories.list_of(shop, [bounced, fine])
    report(shop, "Bounced Email", bounced, **{"Bounce Type": "Hard"})
    letter(shop, sink, [news], fine)
    assert sink.to(bounced) == []
    rows = shop.query("SELECT skip_reason FROM messages WHERE account_id = %s AND status = 'skipped'", shop.account_id)
    assert rows == [("Person Suppressed",)]
