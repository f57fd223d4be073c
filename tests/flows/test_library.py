"""Flows to begin with: offered by what the account has, begun whole, their messages drawn."""

from collections.abc import Iterator

import pytest

from rapport.flows import library
from tests.conftest import Server, Shop, new_shop

NEEDED = sorted({name for flow in library.flows().values() for names in flow.metrics.values() for name in names[:1]})


@pytest.fixture(scope="module")
def stocked(server: Server) -> Iterator[Shop]:
    with new_shop(server) as shop:
        for name in NEEDED:
            shop.event(name, "ann@example.com", service="klaviyo" if name.endswith(" Email") else None)
        shop.wait_until_recorded()
        yield shop


def test_what_lacks_its_metrics_says_which(shop: Shop) -> None:
    entries = {one["id"]: one["attributes"] for one in shop.http.get("/api/flow-library").json()["data"]}
    assert list(entries) == list(library.flows())
    assert entries["abandoned-cart"]["missing"] == ["Checkout Started", "Placed Order"]
    assert entries["welcome-series"]["missing"] == ["Placed Order"]


def test_any_name_that_shops_use_will_do(shop: Shop) -> None:
    shop.event("Added to Cart", "ann@example.com")
    shop.event("Placed Order", "ann@example.com")
    shop.wait_until_recorded()
    begun = shop.http.post("/api/flow-library/abandoned-cart/flows").json()["data"]["attributes"]["definition"]
    assert begun["triggers"][0]["id"] == shop.metric_id("Added to Cart")


@pytest.mark.parametrize("id", library.flows())
def test_it_begins_in_draft_with_messages_of_its_own(stocked: Shop, id: str) -> None:
    answer = stocked.http.post(f"/api/flow-library/{id}/flows")
    assert answer.status_code == 201, answer.text
    flow = answer.json()["data"]["attributes"]
    assert flow["status"] == "draft"
    mails = [action["data"]["message"] for action in flow["definition"]["actions"] if action["type"] == "send-email"]
    assert len(mails) == len(library.flows()[id].letters)
    for message in mails:
        template = stocked.http.get(f"/api/templates/{message['template_id']}").json()["data"]["attributes"]
        assert "unsubscribe" in template["html"]
    # and nothing else is left in the library of templates
    assert stocked.http.get("/api/templates").json()["data"] == []


def test_an_unknown_one_is_not_found(shop: Shop) -> None:
    assert shop.http.post("/api/flow-library/none/flows").status_code == 404
