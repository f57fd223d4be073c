"""The numbers of the home page."""

from datetime import UTC, datetime, timedelta

from tests import messages_world as world
from tests.conftest import Shop
from tests.reports.test_values import mailed

NOW = datetime.now(UTC).replace(microsecond=0)


def test_it_counts_what_the_home_page_shows(shop: Shop) -> None:
    campaign = world.campaign(shop, now=NOW)
    ((email, message),) = mailed(shop, campaign, 1, NOW - timedelta(days=2))
    world.happened(shop, "Clicked Email", email, NOW - timedelta(days=2), message=message)
    world.ordered(shop, email, NOW - timedelta(days=1, hours=1), "19.90")
    world.ordered(shop, "organic@example.com", NOW - timedelta(hours=1), "5.00")
    shop.wait_until_recorded()
    attributes = shop.http.get("/api/overview").json()["data"]["attributes"]
    series = attributes.pop("series")
    assert attributes == {"profiles": 2, "events_24h": 1, "messages_sent": 1, "revenue_30d": 19.9, "currency": "USD"}
    assert len(series) == 30
    assert sum(day["events"] for day in series) == 5
    days = {day["date"]: day for day in series}
    assert days[(NOW - timedelta(days=2)).date().isoformat()]["messages"] == 1
    assert days[(NOW - timedelta(days=1, hours=1)).date().isoformat()]["revenue"] == 19.9


def test_it_answers_zeros_for_a_new_account(shop: Shop) -> None:
    attributes = shop.http.get("/api/overview").json()["data"]["attributes"]
    assert attributes["profiles"] == attributes["messages_sent"] == attributes["revenue_30d"] == 0
    assert {day["events"] for day in attributes["series"]} == {0}
