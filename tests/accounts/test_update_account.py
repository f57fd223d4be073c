"""What an account says of itself, changed through the API."""

from typing import Any

import httpx
import pytest

from tests import stories
from tests.conftest import Shop
from tests.parity.world import resource
from tests.sink import Sink

Json = dict[str, Any]
ADDRESS = {"address1": "Hauptstr. 1", "city": "Bern", "zip": "3011", "country": "Switzerland"}


def change(shop: Shop, **attributes: Any) -> httpx.Response:
    return shop.http.patch(f"/api/accounts/{shop.public_id}", json=resource("account", shop.public_id, **attributes))


def read(shop: Shop) -> Json:
    return dict(shop.http.get(f"/api/accounts/{shop.public_id}").json()["data"]["attributes"])


def test_what_is_sent_is_changed_and_the_rest_stays(shop: Shop) -> None:
    before = read(shop)
    contact = {"organization_name": "Tannenhof", "website_url": "https://tannenhof.example", "street_address": ADDRESS}
    answer = change(
        shop, contact_information=contact, timezone="Europe/Zurich", preferred_currency="chf", industry="Toys"
    )
    assert answer.status_code == 200, answer.text
    after = read(shop)
    assert answer.json()["data"]["attributes"] == after
    assert (
        after["contact_information"].items()
        >= {
            "organization_name": "Tannenhof",
            "website_url": "https://tannenhof.example",
            "default_sender_email": before["contact_information"]["default_sender_email"],
        }.items()
    )
    assert after["contact_information"]["street_address"].items() >= ADDRESS.items()
    assert (after["timezone"], after["preferred_currency"], after["industry"]) == ("Europe/Zurich", "CHF", "Toys")
    parts = {"street_address": {"city": None, "address2": "2nd floor"}, "website_url": None}
    changed = change(shop, contact_information=parts, industry=None).json()["data"]["attributes"]
    assert (
        changed["contact_information"]["street_address"].items()
        >= {
            **ADDRESS,
            "city": None,
            "address2": "2nd floor",
        }.items()
    )
    assert (changed["contact_information"]["website_url"], changed["industry"]) == (None, None)


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"preferred_currency": "Euro"}, "preferred_currency"),
        ({"contact_information": {"default_sender_email": "nobody"}}, "contact_information/default_sender_email"),
        ({"contact_information": {"default_sender_name": " "}}, "contact_information/default_sender_name"),
        ({"contact_information": {"default_sender_name": "a\nb"}}, "contact_information/default_sender_name"),
        ({"contact_information": {"organization_name": ""}}, "contact_information/organization_name"),
        ({"contact_information": {"website_url": "shop"}}, "contact_information/website_url"),
        (
            {"contact_information": {"street_address": {"city": "a\nb"}}},
            "contact_information/street_address/city",
        ),
        ({"public_api_key": "ABC123"}, "public_api_key"),
    ],
)
def test_a_value_that_can_not_be_is_refused_at_its_field_and_nothing_is_changed(
    shop: Shop, attributes: Json, pointer: str
) -> None:
    before = read(shop)
    answer = change(shop, **{"industry": "Toys", **attributes})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"
    assert read(shop) == before


def test_letters_show_the_new_address(shop: Shop, sink: Sink) -> None:
    assert change(shop, contact_information={"street_address": ADDRESS}).status_code == 200
    [address] = stories.people(shop, 1)
    # in Switzerland nobody gets marketing mail who was never asked
    rule = {"data": {"type": "consent-settings", "attributes": {"subscribed_only": False}}}
    assert shop.http.patch("/api/consent-settings", json=rule).status_code == 200
    html = "<html><body>{% spaceless %}{{ organization.full_address }}{% endspaceless %}{% unsubscribe %}</body></html>"
    campaign, _ = stories.campaign(shop, included=[stories.list_of(shop, [address])], html=html)
    stories.send(shop, campaign)
    assert "Hauptstr. 1, Bern, 3011, Switzerland" in sink.to(address)[0].part("html")


def test_another_account_is_not_there(shop: Shop) -> None:
    assert shop.http.patch("/api/accounts/ABC123", json=resource("account", "ABC123")).status_code == 404
