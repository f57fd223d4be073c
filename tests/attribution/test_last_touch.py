"""Who is credited for an order: the vectors of behaviour-messaging 10.3, through the pipeline."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import messages_world as world
from tests.conftest import Shop, eventually

ANN = "ann@example.com"
EMAIL, SMS = "Clicked Email", "Clicked SMS"
T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def credits(shop: Shop) -> list[tuple[str, str]]:
    """Kind and channel of the touch of each order that earned one, in order of time."""
    shop.wait_until_recorded()
    return shop.query(
        """SELECT a.touch_kind, a.channel
           FROM attributions a JOIN metrics m ON m.account_id = a.account_id AND m.id = a.metric_id
           JOIN accounts c ON c.account_id = a.account_id
           WHERE a.account_id = %s AND m.name = 'Placed Order' AND a.version = coalesce(
               (c.settings -> 'attribution' ->> 'version')::int, 0)
           ORDER BY a.event_time, a.touch_event_id""",
        shop.account_id,
    )


def settings(shop: Shop, **attributes: Any) -> dict[str, Any]:
    body = {"data": {"type": "attribution-settings", "attributes": attributes}}
    answer = shop.http.patch("/api/attribution-settings", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


Touch = tuple[str, timedelta] | tuple[str, timedelta, Mapping[str, Any]]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIVE_FOR_SMS = {"windows": {"sms_click": {"value": 5, "unit": "days"}}}


@pytest.mark.parametrize(
    ("touches", "changes", "credited"),
    [
        pytest.param([(EMAIL, 4 * DAY)], {}, ("clicked", "email"), id="A1"),
        pytest.param([(EMAIL, 6 * DAY)], {}, None, id="A2"),
        pytest.param([(EMAIL, 3 * DAY), (SMS, 2 * DAY)], {}, ("clicked", "email"), id="A3"),
        pytest.param([(EMAIL, 3 * DAY), (SMS, 10 * HOUR)], {}, ("clicked", "sms"), id="A4"),
        pytest.param([(EMAIL, 3 * DAY), (SMS, 2 * DAY)], FIVE_FOR_SMS, ("clicked", "sms"), id="A3 with 5 days for SMS"),
        pytest.param([("Received SMS", 6 * HOUR)], {}, ("received", "sms"), id="A5"),
        pytest.param([("Received SMS", 13 * HOUR)], {}, None, id="A6"),
        pytest.param([(EMAIL, DAY), ("Received SMS", 2 * HOUR)], {}, ("received", "sms"), id="A7"),
        pytest.param([("Opened Email", HOUR, {"machine_open": True})], {"exclude_machine_opens": True}, None, id="A8"),
        pytest.param(
            [("Opened Email", HOUR, {"machine_open": True})], {}, ("opened", "email"), id="A8 without exclusion"
        ),
        pytest.param([(EMAIL, HOUR, {"Bot Click": True}), ("Opened Email", 2 * DAY)], {}, ("opened", "email"), id="A9"),
        pytest.param([("Opened Push", 25 * HOUR)], {}, None, id="A12"),
        pytest.param([("Opened Push", 24 * HOUR)], {}, ("opened", "push"), id="the last moment of a window"),
        pytest.param(
            [("Opened Email", DAY), (EMAIL, DAY)], {}, ("clicked", "email"), id="a click before an open of that second"
        ),
        pytest.param([("Received Email", HOUR)], {}, None, id="receiving a mail earns nothing"),
        pytest.param([(EMAIL, timedelta(seconds=-1))], {}, None, id="a touch after the order"),
        pytest.param([(EMAIL, DAY)], {"windows": {"email_click": None}}, None, id="a kind switched off"),
    ],
)
def test_it_credits_the_last_touch_whose_own_window_is_open(
    shop: Shop, touches: list[Touch], changes: dict[str, Any], credited: tuple[str, str] | None
) -> None:
    if changes:
        settings(shop, **changes)
    for metric, before, *properties in touches:
        world.happened(shop, metric, ANN, T - before, properties=properties[0] if properties else None)
    world.ordered(shop, ANN, T)
    assert credits(shop) == ([credited] if credited else [])


def test_it_credits_a_campaign_over_a_flow_by_recency_alone(shop: Shop) -> None:  # A10
    shop.profile(ANN)
    flow, campaign = world.flow(shop, now=T), world.campaign(shop, now=T)
    world.happened(shop, EMAIL, ANN, T - 2 * HOUR, message=world.sent(shop, flow, ANN, T - DAY))
    world.happened(shop, "Opened Email", ANN, T - HOUR, message=world.sent(shop, campaign, ANN, T - DAY))
    world.ordered(shop, ANN, T, unique_id="o-1")
    shop.wait_until_recorded()
    found = shop.sdk.Events.get_events(
        include=["attributions"], filter=f'equals(metric_id,"{shop.metric_id("Placed Order")}")'
    )
    (attribution,) = found.included
    related = {name: one["data"]["id"] for name, one in attribution["relationships"].items() if "data" in one}
    assert related.pop("event") == found.data[0].id
    touch = shop.sdk.Events.get_event(related.pop("attributed-event"), include=["metric"])
    assert touch.included[0]["attributes"]["name"] == "Opened Email"
    assert related == {"campaign": campaign.public_id, "campaign-message": campaign.message_id}
    alone = shop.sdk.Events.get_event(found.data[0].id, include=["attributions"])
    assert alone.data.relationships.attributions.data[0].id == attribution["id"]


def test_it_leaves_transactional_messages_out_when_told(shop: Shop) -> None:  # A11
    shop.profile(ANN)
    flow = world.flow(shop, now=T)
    message = world.sent(shop, flow, ANN, T - DAY, options={"transactional": True})
    world.happened(shop, EMAIL, ANN, T - HOUR, message=message)
    world.ordered(shop, ANN, T)
    assert credits(shop) == [("clicked", "email")]
    settings(shop, exclude_transactional=True)
    assert eventually(lambda: not credits(shop))


def test_it_credits_every_order_in_the_window_of_one_click(shop: Shop) -> None:  # A13
    world.happened(shop, EMAIL, ANN, T - DAY)
    world.ordered(shop, ANN, T - HOUR)
    world.ordered(shop, ANN, T)
    assert credits(shop) == [("clicked", "email")] * 2


def test_it_credits_a_touch_that_arrives_after_the_order(shop: Shop) -> None:
    world.happened(shop, "Opened Email", ANN, T - 2 * DAY)
    world.ordered(shop, ANN, T)
    assert credits(shop) == [("opened", "email")]
    world.happened(shop, SMS, ANN, T - HOUR)
    assert credits(shop) == [("clicked", "sms")]


def test_it_credits_other_events_than_orders_but_no_opens_and_clicks(shop: Shop) -> None:
    world.happened(shop, EMAIL, ANN, T - DAY)
    world.happened(shop, "Opened Email", ANN, T - HOUR)
    world.happened(shop, "Viewed Product", ANN, T, service="api")
    shop.wait_until_recorded()
    rows = shop.query(
        """SELECT m.name, a.touch_kind
           FROM attributions a JOIN metrics m ON m.account_id = a.account_id AND m.id = a.metric_id
           WHERE a.account_id = %s""",
        shop.account_id,
    )
    assert rows == [("Viewed Product", "opened")]


def test_it_never_credits_another_account(shop: Shop, server: Any) -> None:
    from tests.conftest import new_shop

    world.happened(shop, EMAIL, ANN, T - DAY)
    with new_shop(server) as other:
        world.ordered(other, ANN, T)
        assert credits(other) == []
