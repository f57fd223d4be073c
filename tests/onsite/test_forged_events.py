"""What a stranger with the public key claims of messages never counts as the platform's own word."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import messages_world as world
from tests.conftest import Shop
from tests.onsite.world import accepted, bulk, tracked

ANN = "ann@example.com"
ABOUT_ANN = {"email": ANN}
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def claimed(shop: Shop, metric: str, at: datetime, *, many: bool = False) -> None:
    """One event through the public key, alone or in a bulk call."""
    if many:
        metric_of = {"data": {"type": "metric", "attributes": {"name": metric, "service": "klaviyo"}}}
        accepted(shop, "event-bulk-create", bulk(ABOUT_ANN, {"metric": metric_of, "time": at.isoformat()}))
    else:
        accepted(shop, "events", tracked(metric, person=ABOUT_ANN, time=at.isoformat()))
    shop.wait_until_recorded()


def credited_messages(shop: Shop) -> list[tuple[Any, ...]]:
    shop.wait_until_recorded()
    return shop.query("SELECT message_id, touch_kind FROM attributions WHERE account_id = %s", shop.account_id)


@pytest.mark.parametrize("many", [False, True])
def test_a_forged_click_takes_no_credit_from_a_campaign(shop: Shop, many: bool) -> None:
    shop.profile(ANN)
    message = world.sent(shop, world.campaign(shop, now=NOW), ANN, NOW)
    world.happened(shop, "Clicked Email", ANN, NOW + MINUTE, message=message)
    claimed(shop, "Clicked Email", NOW + 2 * MINUTE, many=many)
    world.ordered(shop, ANN, NOW + 3 * MINUTE)
    claimed(shop, "Clicked Email", NOW + 2.5 * MINUTE, many=many)
    assert credited_messages(shop) == [(message, "clicked")]


def test_a_forged_click_earns_no_credit_and_the_same_from_the_shop_does(shop: Shop) -> None:
    claimed(shop, "Clicked Email", NOW + MINUTE)
    world.ordered(shop, ANN, NOW + 3 * MINUTE)
    assert credited_messages(shop) == []
    shop.event("Clicked Email", ANN, time=(NOW + 2 * MINUTE).isoformat())
    assert credited_messages(shop) == [(None, "clicked")]


@pytest.mark.rule("2.5")
def test_forged_bounces_bring_nobody_nearer_to_being_barred(shop: Shop) -> None:
    shop.profile(ANN)
    for place in range(8):
        claimed(shop, "Bounced Email", NOW + place * MINUTE)
    world.happened(shop, "Bounced Email", ANN, NOW + 10 * MINUTE, properties={"Bounce Type": "Soft"})
    shop.wait_until_recorded()
    assert shop.query("SELECT reason FROM suppressions WHERE account_id = %s", shop.account_id) == []


def test_the_log_itself_tells_which_events_came_through_the_public_key(shop: Shop) -> None:
    claimed(shop, "Viewed Product", NOW)
    shop.event("Viewed Product", ANN, time=(NOW + MINUTE).isoformat())
    shop.wait_until_recorded()
    query = "SELECT is_public FROM events WHERE account_id = %s ORDER BY time"
    assert shop.query(query, shop.account_id) == [(True,), (None,)]
