"""From the SDK to the log and back: the shortest way through the first floors."""

from tests.conftest import Shop, eventually


def test_it_keeps_an_event_and_gives_it_back_with_metric_and_profile(shop: Shop) -> None:
    shop.event(
        "Placed Order",
        "ann@example.com",
        value=9.99,
        value_currency="USD",
        unique_id="o-1",
        properties={"Items": ["A"]},
    )
    events = eventually(lambda: shop.sdk.Events.get_events(include=["metric", "profile"]).data)
    assert len(events) == 1
    properties = events[0].attributes.event_properties
    assert properties == {"Items": ["A"], "$event_id": "o-1", "$value": 9.99, "$value_currency": "USD"}
    kinds = {one["type"] for one in shop.sdk.Events.get_events(include=["metric", "profile"]).included}
    assert kinds == {"metric", "profile"}


def test_it_takes_the_same_unique_id_once(shop: Shop) -> None:
    for _ in range(3):
        shop.event("Placed Order", "ann@example.com", unique_id="o-1")
    shop.event("Placed Order", "ann@example.com", unique_id="o-2")
    shop.wait_until_recorded()
    assert len(shop.sdk.Events.get_events().data) == 2
