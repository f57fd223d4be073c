"""How long an account keeps events: what is too old goes, in the files too, and what was counted stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests import messages_world as world
from tests.conftest import Shop, eventually, run
from tests.parity.world import resource
from tests.people import sent
from tests.profiles.test_deletion_traces import sealed
from tests.reports.test_values import mailed, report

NOW = datetime.now(UTC).replace(microsecond=0)
OLD, NEW = NOW - timedelta(days=100), NOW - timedelta(days=2)
_OLD_EVENTS = "SELECT count(*) FROM events WHERE account_id = %s AND time < now() - interval '99 days'"


def change(shop: Shop, version: str | None = None, **rule: Any) -> httpx.Response:
    headers = {"If-Match": version} if version else {}
    body = resource("data-retention", shop.public_id, **rule)
    return shop.http.patch(f"/api/data-retention/{shop.public_id}", json=body, headers=headers)


def kept(shop: Shop) -> dict[str, Any]:
    return dict(shop.http.get(f"/api/data-retention/{shop.public_id}").json()["data"]["attributes"])


def viewed(shop: Shop, person: dict[str, Any], at: datetime) -> None:
    sent(shop, "Viewed Product", person=person, time=at.isoformat(), unique_id=f"{person}{at}")


def views(shop: Shop) -> dict[str, int]:
    """How many views a question to the files and the table finds, by the day."""
    ask = {
        "metric_id": shop.metric_id("Viewed Product"),
        "measurements": ["count"],
        "interval": "day",
        "filter": [
            f"greater-or-equal(datetime,{(NOW - timedelta(days=110)).isoformat()})",
            f"less-than(datetime,{(NOW + timedelta(days=1)).isoformat()})",
        ],
    }
    answer = shop.http.post("/api/metric-aggregates", json=resource("metric-aggregate", **ask))
    attributes = answer.json()["data"]["attributes"]
    counts = attributes["data"][0]["measurements"]["count"] if attributes["data"] else []
    return {date[:10]: int(count) for date, count in zip(attributes["dates"], counts, strict=False) if count}


def test_events_of_anonymous_people_go_and_those_of_others_stay(shop: Shop) -> None:
    known, nobody = {"email": "ann@example.com"}, {"anonymous_id": "browser-1"}
    for at in (OLD, NEW):
        viewed(shop, known, at)
        viewed(shop, nobody, at)
    shop.wait_until_recorded()
    run(sealed(shop))
    assert views(shop) == {OLD.date().isoformat(): 2, NEW.date().isoformat(): 2}
    usual = {"all_months": None, "anonymous_months": None, "deleted_events": 0, "last_deleted": None}
    assert kept(shop) == usual
    assert change(shop, '"1"', anonymous_months=2).headers["etag"] == '"2"'
    assert eventually(lambda: kept(shop)["deleted_events"]) == 1
    assert kept(shop)["last_deleted"] is not None
    assert views(shop) == {OLD.date().isoformat(): 1, NEW.date().isoformat(): 2}
    assert change(shop, '"1"', anonymous_months=None).status_code == 412
    # time goes on
    shop.advance(days=95)
    assert eventually(lambda: kept(shop)["deleted_events"] == 2)
    assert views(shop) == {OLD.date().isoformat(): 1, NEW.date().isoformat(): 1}


def test_what_everybody_did_goes_and_the_totals_of_reports_stay(shop: Shop) -> None:
    campaign = world.campaign(shop, now=OLD)
    letters = mailed(shop, campaign, 3, OLD)
    for email, message in letters[:2]:
        world.happened(shop, "Opened Email", email, OLD + timedelta(minutes=5), message=message)
    buyer, ordered = letters[0][0], OLD + timedelta(hours=1)
    world.happened(shop, "Placed Order", buyer, ordered, service="api", properties={"$value": 9})
    viewed(shop, {"email": buyer}, NEW)
    shop.wait_until_recorded()
    run(sealed(shop))
    timeframe = {"start": (OLD - timedelta(days=3)).isoformat(), "end": (OLD + timedelta(days=3)).isoformat()}
    before = report(shop, timeframe=timeframe)
    assert before[0]["statistics"]["recipients"] == 3 and before[0]["statistics"]["opens"] == 2
    count = shop.query(_OLD_EVENTS, shop.account_id)[0][0]
    assert count > 5

    assert change(shop, all_months=2).status_code == 200
    assert eventually(lambda: kept(shop)["deleted_events"] == count)
    assert shop.query(_OLD_EVENTS, shop.account_id) == [(0,)]
    assert views(shop) == {NEW.date().isoformat(): 1}
    assert report(shop, timeframe=timeframe) == before


@pytest.mark.parametrize("months", [0, 121, "2", 1.5])
def test_months_that_are_none_are_refused(shop: Shop, months: object) -> None:
    answer = change(shop, all_months=months)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/all_months"
    assert shop.http.patch("/api/data-retention/x", json=resource("data-retention", "x")).status_code == 404
