"""Marketing mail only to people who subscribed: a rule of the account, on by itself where the law asks for it."""

from typing import Any

import pytest

from rapport.subscriptions import europe
from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def _settings(shop: Shop) -> dict[str, Any]:
    answer = shop.http.get("/api/consent-settings")
    attributes: dict[str, Any] = answer.json()["data"]["attributes"]
    return attributes


def _set(shop: Shop, **attributes: Any) -> None:
    body = {"data": {"type": "consent-settings", "attributes": attributes}}
    assert shop.http.patch("/api/consent-settings", json=body).status_code == 200


def _estimate(shop: Shop, campaign: str) -> int:
    answer = shop.http.get(f"/api/campaign-recipient-estimations/{campaign}")
    return int(answer.json()["data"]["attributes"]["estimated_recipient_count"])


def _subscribe(shop: Shop, address: str) -> None:
    marketing = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    profile = {"type": "profile", "attributes": {"email": address, "subscriptions": marketing}}
    body = {"type": "profile-subscription-bulk-create-job", "attributes": {"profiles": {"data": [profile]}}}
    assert shop.http.post("/api/profile-subscription-bulk-create-jobs", json={"data": body}).status_code == 202


def test_whoever_was_never_asked_gets_no_campaign_and_is_not_counted(shop: Shop, sink: Sink) -> None:
    subscribed, unasked = stories.people(shop, 2)
    _subscribe(shop, subscribed)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [subscribed, unasked])])
    assert _settings(shop)["subscribed_only"] is False
    assert eventually(lambda: _estimate(shop, campaign) == 2)
    _set(shop, subscribed_only=True)
    assert _settings(shop)["subscribed_only"] is True
    eventually(lambda: _estimate(shop, campaign) == 1)
    stories.send(shop, campaign)
    assert [len(sink.to(address)) for address in (subscribed, unasked)] == [1, 0]
    skipped = "SELECT skip_reason FROM messages WHERE account_id = %s AND message_id = %s AND status = 'skipped'"
    assert shop.query(skipped, shop.account_id, message) == [("Missing Email Consent",)]


def test_a_confirmation_still_goes_to_somebody_who_is_not_subscribed_yet(shop: Shop, sink: Sink) -> None:
    _set(shop, subscribed_only=True, opt_in_process="double_opt_in")
    address = f"new@{shop.public_id.lower()}.example.com"
    _subscribe(shop, address)
    eventually(lambda: len(sink.to(address)) == 1)


def test_a_new_account_follows_the_country_of_its_address_until_somebody_decides(shop: Shop) -> None:
    def country(value: str) -> bool:
        street = {"address1": "Main Street 1", "city": "Town", "zip": "1000", "country": value}
        attributes = {"contact_information": {"street_address": street}}
        body = {"data": {"type": "account", "id": shop.public_id, "attributes": attributes}}
        assert shop.http.patch(f"/api/accounts/{shop.public_id}", json=body).status_code == 200
        return bool(_settings(shop)["subscribed_only"])

    assert [country(value) for value in ("Germany", "United States", "CH")] == [True, False, True]
    _set(shop, subscribed_only=False)
    assert country("Germany") is False


@pytest.mark.parametrize(
    ("country", "needed"),
    [("DE", True), ("Germany", True), (" united kingdom ", True), ("ch", True), ("United States", False), ("", False),
     (None, False), ("Norway", False)],
)  # fmt: skip
def test_the_law_asks_for_it_in_the_eu_the_uk_and_switzerland(country: str | None, needed: bool) -> None:
    assert europe.needs_consent(country) is needed
