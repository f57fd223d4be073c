"""Why an order was credited as it was: `GET /api/attributions/{event id}/explain`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests import messages_world as world
from tests.attribution.test_last_touch import EMAIL, SMS, settings
from tests.conftest import Shop

T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ANN = "ann@example.com"


def event_id(shop: Shop, metric: str, unique_id: str | None = None) -> str:
    found = shop.sdk.Events.get_events(filter=f'equals(metric_id,"{shop.metric_id(metric)}")').data
    return str(next(one.id for one in found if unique_id in (None, one.attributes.event_properties["$event_id"])))


def explained(shop: Shop, id: str) -> dict[str, Any]:
    answer = shop.http.get(f"/api/attributions/{id}/explain")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"]["attributes"])


def test_it_tells_that_the_text_messages_window_was_shut_and_the_mails_open(shop: Shop) -> None:
    """The customer touched SMS last, outside its own day and still inside the e-mail's five: the e-mail is credited."""
    shop.profile(ANN)
    campaign = world.campaign(shop, now=T)
    mail = world.sent(shop, campaign, ANN, T - 3 * DAY)
    world.happened(shop, EMAIL, ANN, T - 3 * DAY, message=mail)
    world.happened(shop, SMS, ANN, T - 2 * DAY)
    world.happened(shop, "Opened Email", ANN, T - 6 * DAY)
    world.ordered(shop, ANN, T, "50.00")
    shop.wait_until_recorded()
    story = explained(shop, event_id(shop, "Placed Order"))
    assert (story["metric"], story["value"], story["value_left"], story["model"]) == (
        "Placed Order",
        50.0,
        50.0,
        "last-touch",
    )
    sms, email, opened = story["touches"]
    assert (sms["channel"], sms["kind"], sms["age_seconds"], sms["verdict"]) == (
        "sms",
        "clicked",
        2 * 86400,
        "window-closed",
    )
    assert sms["window"] == {"value": 1, "unit": "days"}
    assert datetime.fromisoformat(sms["window_closes"]) == T - DAY
    assert (email["verdict"], email["window"]) == ("open", {"value": 5, "unit": "days"})
    assert email["campaign"] == {"id": campaign.public_id, "name": "Spring"}
    assert opened["verdict"] == "window-closed"
    assert email["models"] == {
        **{
            name: {"share": 1.0, "value": 50.0}
            for name in ("last-touch", "first-touch", "linear", "time-decay", "position-based")
        },
        "data-driven": None,
    }
    assert sms["models"]["last-touch"] == {"share": 0.0, "value": 0.0}
    assert story["data_driven"] == {"status": "too-few-paths", "paths": 1, "needed": 1000}


def test_it_says_of_every_touch_why_it_does_not_count(shop: Shop) -> None:
    shop.profile(ANN)
    receipt = world.flow(shop, now=T)
    sent = world.sent(shop, receipt, ANN, T - DAY, options={"transactional": True})
    settings(shop, exclude_transactional=True, exclude_machine_opens=True, windows={"push_open": None})
    world.happened(shop, EMAIL, ANN, T - 1 * HOUR, properties={"Bot Click": True})
    world.happened(shop, "Opened Email", ANN, T - 2 * HOUR, properties={"machine_open": True})
    world.happened(shop, EMAIL, ANN, T - 3 * HOUR, message=sent)
    world.happened(shop, "Opened Push", ANN, T - 4 * HOUR)
    world.happened(shop, "Received SMS", ANN, T - 13 * HOUR)
    world.happened(shop, "Opened Text", ANN, T - 14 * HOUR)
    world.happened(shop, "Received Email", ANN, T - 15 * HOUR)
    world.ordered(shop, ANN, T)
    shop.wait_until_recorded()
    touches = explained(shop, event_id(shop, "Placed Order"))["touches"]
    assert [touch["verdict"] for touch in touches] == [
        "bot-click",
        "machine-open",
        "transactional",
        "kind-off",
        "window-closed",
        "open",
    ]
    assert touches[2]["flow"] == {"id": receipt.public_id, "name": "Welcome"}


def test_a_touch_many_half_lives_older_than_the_last_has_no_part(shop: Shop) -> None:
    """So many that the float that holds its weight can't hold it."""
    world.happened(shop, EMAIL, ANN, T - 80 * DAY)
    world.happened(shop, EMAIL, ANN, T - HOUR)
    world.ordered(shop, ANN, T)
    shop.wait_until_recorded()
    settings(
        shop, model="time-decay", time_decay_half_life={"value": 1, "unit": "hours"},
        windows={"email_click": {"value": 90, "unit": "days"}},
    )  # fmt: skip
    shop.wait_until_recorded()
    assert shop.http.get("/api/attribution-settings").json()["data"]["attributes"]["recomputing"] is False
    touches = explained(shop, event_id(shop, "Placed Order"))["touches"]
    assert [touch["models"]["time-decay"]["share"] for touch in touches] == [1.0, 0.0]


def test_it_tells_what_was_taken_back_and_what_belongs_to_nobody(shop: Shop) -> None:
    world.happened(shop, EMAIL, ANN, T - 3 * HOUR)
    world.happened(
        shop, "Placed Order", ANN, T - 2 * HOUR, value="30", unique_id="o-1", properties={"OrderId": 7}, service="api"
    )
    for name, value, key in (("r-1", "12.50", 7), ("r-2", "5", 8)):
        world.happened(
            shop, "Refunded Order", ANN, T - HOUR, value=value, unique_id=name, properties={"OrderId": key},
            service="api",
        )  # fmt: skip
    shop.wait_until_recorded()
    order, refund, stray = (
        event_id(shop, *named)
        for named in (("Placed Order", "o-1"), ("Refunded Order", "r-1"), ("Refunded Order", "r-2"))
    )
    story = explained(shop, order)
    assert (story["value"], story["value_left"]) == (30.0, 17.5)
    assert [(one["event_id"], one["value"]) for one in story["refunds"]] == [(refund, 12.5)]
    assert story["touches"][0]["models"]["linear"] == {"share": 1.0, "value": 17.5}
    assert explained(shop, refund)["refund_of"] == {"matched": True, "event_id": order}
    assert explained(shop, stray)["refund_of"] == {"matched": False, "event_id": None}
    world.happened(shop, "Cancelled Order", ANN, T, unique_id="o-1", service="api")
    shop.wait_until_recorded()
    story = explained(shop, order)
    assert (story["is_taken_back"], story["value_left"]) == (True, 0.0)
    assert story["touches"][0]["models"]["last-touch"]["share"] == 0.0


def test_a_refund_that_anybody_could_have_sent_takes_nothing(shop: Shop) -> None:
    world.happened(shop, EMAIL, ANN, T - 3 * HOUR)
    world.ordered(shop, ANN, T - 2 * HOUR, unique_id="o-1")
    profile = {"data": {"type": "profile", "attributes": {"email": ANN}}}
    metric = {"data": {"type": "metric", "attributes": {"name": "Cancelled Order"}}}
    attributes = {"properties": {}, "unique_id": "o-1", "metric": metric, "profile": profile}
    answer = shop.http.post(
        f"/client/events?company_id={shop.public_id}", json={"data": {"type": "event", "attributes": attributes}}
    )
    assert answer.status_code == 202, answer.text
    shop.wait_until_recorded()
    assert explained(shop, event_id(shop, "Placed Order"))["value_left"] == 10.0


def test_an_event_that_is_not_there_is_a_404(shop: Shop) -> None:
    assert shop.http.get("/api/attributions/nonsense/explain").status_code == 404
