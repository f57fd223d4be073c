"""Credit follows people who turn out to be one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests import messages_world as world
from tests.attribution.test_last_touch import EMAIL, credits
from tests.conftest import Shop, eventually

T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def placed(shop: Shop, metric: str, **profile: Any) -> None:
    attributes = {
        "time": T.isoformat(),
        "properties": {},
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "profile": {"data": {"type": "profile", "attributes": profile}},
    }
    shop.sdk.Events.create_event({"data": {"type": "event", "attributes": attributes}})


def test_it_credits_the_click_of_the_address_for_the_order_of_the_visitor(shop: Shop) -> None:
    world.happened(shop, EMAIL, "ann@example.com", T - timedelta(days=1))
    placed(shop, "Placed Order", anonymous_id="visitor-7")
    assert credits(shop) == []
    placed(shop, "Logged In", anonymous_id="visitor-7", email="ann@example.com")
    assert eventually(lambda: credits(shop)) == [("clicked", "email")]
