"""Click, then order: the event carries its credit, and both reports add up to what an independent sum says."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.conftest import Shop, eventually
from tests.sink import Sink
from tests.stories import campaign, flow, links, list_of, people, send, template

_STATISTICS = ["recipients", "delivered", "clicks_unique", "conversions", "conversion_uniques", "conversion_value"]


def _order(shop: Shop, address: str, value: float, number: int) -> None:
    shop.event("Placed Order", address, value=value, value_currency="USD", unique_id=f"{address}-{number}")


def test_it_credits_the_campaign_that_was_clicked_and_reports_the_same_sums(shop: Shop, sink: Sink) -> None:
    addresses = people(shop, 12)
    sent, message = campaign(shop, included=[list_of(shop, addresses)])
    send(shop, sent)
    clickers = addresses[:5]
    for address in clickers:
        assert httpx.get(links(sink.to(address)[0])[0]).status_code == 302
    shop.wait_until_recorded()
    shop.advance(hours=1)
    values = {address: 10.5 * (number + 1) for number, address in enumerate(addresses[:8])}
    for address, value in values.items():
        _order(shop, address, value, 1)
    _order(shop, clickers[0], 5.25, 2)
    shop.wait_until_recorded()
    shop.advance(days=6)
    _order(shop, clickers[1], 1000.0, 3)
    shop.wait_until_recorded()
    earned = sum(values[address] for address in clickers) + 5.25
    _check_events(shop, clickers, message)
    report = _report(shop, "campaign", shop.metric_id("Placed Order"))
    assert [one["groupings"]["campaign_id"] for one in report] == [sent]
    assert report[0]["statistics"] == {
        "recipients": 12.0,
        "delivered": 12.0,
        "clicks_unique": 5.0,
        "conversions": 6.0,
        "conversion_uniques": 5.0,
        "conversion_value": earned,
    }
    overview = shop.http.get(f"/api/campaigns/{sent}/overview").json()["data"]["attributes"]
    assert (overview["orders"], overview["revenue"]) == (6, earned)


def _check_events(shop: Shop, clickers: list[str], message: str) -> None:
    """The orders of clickers within five days, and no others, carry the campaign's credit."""
    metric = shop.metric_id("Placed Order")
    page = shop.sdk.Events.get_events(
        filter=f'equals(metric_id,"{metric}")', include=["attributions", "profile"], page_size=100
    )
    emails = {one["id"]: one["attributes"]["email"] for one in page.included if one["type"] == "profile"}
    credits = {one["id"]: one for one in page.included if one["type"] == "attribution"}
    credited: dict[str, int] = defaultdict(int)
    for event in page.data:
        for link in event.relationships.attributions.data or []:
            credited[emails[event.relationships.profile.data.id]] += 1
            related = credits[link.id]["relationships"]
            assert related["event"]["data"]["id"] == event.id
            assert related["campaign-message"]["data"]["id"] == message
            assert _metric_of(shop, related["attributed-event"]["data"]["id"]) == "Clicked Email"
    assert dict(credited) == {address: 2 if address == clickers[0] else 1 for address in clickers}


def _metric_of(shop: Shop, event: str) -> str:
    return str(shop.sdk.Events.get_metric_for_event(event).data.attributes.name)


def _report(shop: Shop, kind: str, metric: str) -> list[dict[str, Any]]:
    attributes = {"statistics": _STATISTICS, "timeframe": {"key": "last_30_days"}, "conversion_metric_id": metric}
    body = {"data": {"type": f"{kind}-values-report", "attributes": attributes}}
    query = shop.sdk.Reporting.query_campaign_values if kind == "campaign" else shop.sdk.Reporting.query_flow_values
    results = query(body).data.attributes.results
    return [{"groupings": one.groupings, "statistics": one.statistics} for one in results]


def test_it_credits_the_flow_whose_message_was_clicked(shop: Shop, sink: Sink) -> None:
    addresses = people(shop, 6)
    shop.event("Started Checkout", "first@example.com")
    metric = shop.metric_id("Started Checkout")
    message = {
        "from_email": "shop@example.com",
        "from_label": "The shop",
        "subject_line": "Still thinking?",
        "template_id": template(shop),
    }
    action = {"temporary_id": "a", "type": "send-email", "links": {"next": None}, "data": {"message": message}}
    made = flow(shop, {"triggers": [{"type": "metric", "id": metric}], "entry_action_id": "a", "actions": [action]})
    for address in addresses:
        shop.event("Started Checkout", address, unique_id=address)
    eventually(lambda: all(sink.to(address) for address in addresses), seconds=30)
    for address in addresses[:2]:
        httpx.get(links(sink.to(address)[0])[0])
    shop.wait_until_recorded()
    for address in addresses[:3]:
        _order(shop, address, 20.0, 1)
    shop.wait_until_recorded()
    report = _report(shop, "flow", shop.metric_id("Placed Order"))
    assert [one["groupings"]["flow_id"] for one in report] == [made]
    assert report[0]["statistics"] == {
        "recipients": 6.0,
        "delivered": 6.0,
        "clicks_unique": 2.0,
        "conversions": 2.0,
        "conversion_uniques": 2.0,
        "conversion_value": 40.0,
    }


def test_it_gives_an_older_mail_the_credit_when_the_text_messages_window_is_shut(shop: Shop, sink: Sink) -> None:
    """Cooperative multichannel: each touch is tested with its own channel's window, e-mail 5 days, SMS 1 day."""
    cases = {
        "mail-only": (("Clicked Email", 96),),
        "mail-too-old": (("Clicked Email", 144),),
        "sms-shut": (("Clicked Email", 72), ("Clicked SMS", 48)),
        "sms-open": (("Clicked Email", 72), ("Clicked SMS", 10)),
        "sms-only-shut": (("Clicked SMS", 30),),
    }
    now = int(datetime.now(UTC).timestamp())
    for name, touches in cases.items():
        address = f"{name}@example.com"
        for metric, hours in touches:
            _touch(shop, address, metric, now - hours * 3600)
        shop.wait_until_recorded()
        shop.event(
            "Placed Order", address, value=10.0, unique_id=name, time=datetime.fromtimestamp(now, UTC).isoformat()
        )
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT p.email, a.channel FROM attributions a
           JOIN profiles p ON p.account_id = a.account_id AND p.id = a.profile_id
           JOIN metrics m ON m.account_id = a.account_id AND m.id = a.metric_id
           WHERE a.account_id = %s AND m.name = 'Placed Order'""",
        shop.account_id,
    )
    assert {email.partition("@")[0]: channel for email, channel in rows} == {
        "mail-only": "email",
        "sms-shut": "email",
        "sms-open": "sms",
    }


def _touch(shop: Shop, address: str, metric: str, time: int) -> None:
    """An engagement reported from outside, by the platform's own metric."""
    shop.event(metric, address, time=datetime.fromtimestamp(time, UTC).isoformat(), service="klaviyo")
