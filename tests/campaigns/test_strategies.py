"""When each recipient gets a campaign (behaviour-messaging 2.4, 10.6): in their time zone, gradually, at their hour."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import stories
from tests.conftest import Shop, eventually
from tests.sink import Sink


def _now(shop: Shop) -> datetime:
    offset = shop.query("SELECT clock_offset FROM accounts WHERE account_id = %s", shop.account_id)[0][0]
    return datetime.now(UTC) + timedelta(seconds=offset.total_seconds())


def _schedule(shop: Shop, message: str, **attributes: Any) -> Any:
    relationships = {"campaign-message": {"data": {"type": "campaign-message", "id": message}}}
    body = {"type": "campaign-message-schedule", "attributes": attributes, "relationships": relationships}
    answer = shop.http.post("/api/campaign-message-schedule", json={"data": body}, headers={"revision": "2026-10-15"})
    return answer.json()


def _dues(shop: Shop, message: str, number: int) -> dict[str, datetime]:
    """Address -> when the message is due, once all are queued."""
    statement = """SELECT p.email, m.due FROM messages m JOIN profiles p ON p.account_id = m.account_id
        AND p.id = m.profile_id WHERE m.account_id = %s AND m.message_id = %s"""
    rows = eventually(
        lambda: (found := shop.query(statement, shop.account_id, message)) and len(found) == number and found
    )
    return dict(rows)


def _wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_each_zone_reads_the_time_on_its_own_clock(shop: Shop, sink: Sink) -> None:
    zones = {"east": "Pacific/Auckland", "west": "America/Los_Angeles", "none": None, "odd": "Mars/Olympus"}
    addresses = {name: f"{name}@{shop.public_id.lower()}.example.com" for name in zones}
    for name, zone in zones.items():
        shop.profile(addresses[name], location={"timezone": zone} if zone else {})
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, list(addresses.values()))])
    nine = (_now(shop) + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    shown = _schedule(shop, message, strategy="local_timezone", send_time=nine.isoformat())
    assert shown["data"]["attributes"]["strategy"] == "local_timezone"
    assert stories.status(shop, campaign) == "Scheduled"
    # before the first zone of the world reads it, the audience is fixed
    shop.advance(seconds=(nine - timedelta(hours=13, minutes=50) - _now(shop)).total_seconds())
    dues = _dues(shop, message, 4)
    wall = nine.replace(tzinfo=None)
    assert _wall(dues[addresses["east"]], "Pacific/Auckland") == wall
    assert _wall(dues[addresses["west"]], "America/Los_Angeles") == wall
    zone = shop.query("SELECT timezone FROM accounts WHERE account_id = %s", shop.account_id)[0][0]
    assert _wall(dues[addresses["none"]], zone) == _wall(dues[addresses["odd"]], zone) == wall
    assert stories.status(shop, campaign) == "Sending"
    assert not sink.to(addresses["west"])
    shop.advance(hours=26)
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert [len(sink.to(address)) for address in addresses.values()] == [1] * 4


@pytest.mark.parametrize(("tomorrow", "days"), [(False, 0), (True, 1)])
def test_a_zone_that_has_passed_gets_it_at_once_or_a_day_later(shop: Shop, tomorrow: bool, days: int) -> None:
    address = f"east@{shop.public_id.lower()}.example.com"
    shop.profile(address, location={"timezone": "Pacific/Auckland"})
    _, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    soon = _now(shop) + timedelta(minutes=30)
    options = {"send_past_timezones_tomorrow": tomorrow}
    before = _now(shop)
    _schedule(shop, message, strategy="local_timezone", send_time=soon.isoformat(), timezone_options=options)
    due = _dues(shop, message, 1)[address]
    if tomorrow:
        assert _wall(due, "Pacific/Auckland") == (soon + timedelta(days=1)).replace(tzinfo=None)
    else:
        assert before <= due <= _now(shop)


def test_an_older_client_sends_by_local_time_and_gradually(shop: Shop) -> None:
    """The stable revision's default for zones that have passed is the opposite: a day later."""
    address = f"one@{shop.public_id.lower()}.example.com"
    shop.profile(address, location={"timezone": "Asia/Tokyo"})
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [address])])
    at = (_now(shop) + timedelta(minutes=5)).replace(microsecond=0)
    strategy = {"method": "static", "datetime": at.isoformat(), "options": {"is_local": True}}
    body = {"type": "campaign", "id": campaign, "attributes": {"send_strategy": strategy}}
    old = {"revision": "2026-07-15"}
    assert shop.http.patch(f"/api/campaigns/{campaign}", json={"data": body}, headers=old).status_code == 200
    job = {"data": {"type": "campaign-send-job", "id": campaign}}
    assert shop.http.post("/api/campaign-send-jobs", json=job, headers=old).status_code == 202
    due = _dues(shop, message, 1)[address]
    assert _wall(due, "Asia/Tokyo") == (at + timedelta(days=1)).replace(tzinfo=None)
    shown = shop.http.get(f"/api/campaigns/{campaign}", headers=old).json()["data"]["attributes"]["send_strategy"]
    assert shown["options"] == {"is_local": True, "send_past_recipients_immediately": False}


def test_a_gradual_campaign_goes_out_in_equal_parts_an_hour_apart(shop: Shop, sink: Sink) -> None:
    addresses = stories.people(shop, 100)
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, addresses)])
    start = (_now(shop) + timedelta(minutes=1)).replace(microsecond=0)
    options = {"throttling_percentage": 33}
    _schedule(shop, message, strategy="throttled", send_time=start.isoformat(), throttled_options=options)
    shop.advance(minutes=2)
    dues = _dues(shop, message, 100)
    counted = Counter((due - start) // timedelta(hours=1) for due in dues.values())
    assert counted == {0: 33, 1: 33, 2: 33, 3: 1}
    eventually(lambda: sum(len(sink.to(address)) for address in addresses) == 33)
    shop.advance(hours=3)
    eventually(lambda: stories.status(shop, campaign) == "Sent")
    assert all(len(sink.to(address)) == 1 for address in addresses)


def test_a_share_that_is_not_offered_is_refused_where_it_stands(shop: Shop) -> None:
    _, message = stories.campaign(shop, included=[stories.list_of(shop, [])])
    later = (_now(shop) + timedelta(days=1)).isoformat()
    refused = _schedule(
        shop, message, strategy="throttled", send_time=later, throttled_options={"throttling_percentage": 15}
    )
    pointer = "/data/attributes/throttled_options/throttling_percentage"
    assert refused["errors"][0]["source"]["pointer"] == pointer
    refused = _schedule(shop, message, strategy="smart_send_time")
    assert refused["errors"][0]["source"]["pointer"] == "/data/attributes/send_date"


def _opened_at(shop: Shop, address: str, hours: list[int], *, machine: bool = False) -> None:
    """Opens of the last days at these hours of the account's clock, a day each."""
    zone = ZoneInfo(shop.query("SELECT timezone FROM accounts WHERE account_id = %s", shop.account_id)[0][0])
    today = _now(shop).astimezone(zone)
    for days, hour in enumerate(hours, start=1):
        at = (today - timedelta(days=days)).replace(hour=hour, minute=20)
        properties = {"machine_open": machine, "email": address}
        shop.event("Opened Email", address, properties=properties, service="klaviyo", time=at.isoformat())


def test_few_recipients_get_it_at_the_hour_at_which_they_open(shop: Shop) -> None:
    early, machine, silent = stories.people(shop, 3)
    _opened_at(shop, early, [7, 7, 19])
    _opened_at(shop, machine, [3, 3, 3, 3, 3], machine=True)
    shop.wait_until_recorded()
    campaign, message = stories.campaign(shop, included=[stories.list_of(shop, [early, machine, silent])])
    day = (_now(shop) + timedelta(days=2)).date()
    _schedule(shop, message, strategy="smart_send_time", send_date=day.isoformat())
    shop.advance(seconds=(datetime(day.year, day.month, day.day, tzinfo=UTC) - _now(shop)).total_seconds() - 13 * 3600)
    dues = _dues(shop, message, 3)
    zone = shop.query("SELECT timezone FROM accounts WHERE account_id = %s", shop.account_id)[0][0]
    assert _wall(dues[early], zone) == datetime(day.year, day.month, day.day, 7)
    # of whom nothing is known gets it when the account's people open most: at seven, too
    assert dues[machine] == dues[silent] == dues[early]
    shown = shop.http.get(f"/api/campaigns/{campaign}", headers={"revision": "2026-07-15"}).json()
    assert shown["data"]["attributes"]["send_strategy"] == {"method": "smart_send_time", "date": day.isoformat()}
