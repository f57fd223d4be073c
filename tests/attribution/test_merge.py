"""Credit follows people who turn out to be one."""

from datetime import UTC, datetime, timedelta

from tests import messages_world as world
from tests.attribution.test_last_touch import EMAIL, credits
from tests.conftest import Shop, eventually

T = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def test_it_credits_the_click_of_the_address_for_the_order_of_the_phone(shop: Shop) -> None:
    shop.profile("ann@example.com")
    other = shop.sdk.Profiles.create_profile(
        {"data": {"type": "profile", "attributes": {"external_id": "till-7"}}}
    ).data.id
    world.happened(shop, EMAIL, "ann@example.com", T - timedelta(days=1))
    body = {
        "type": "event",
        "attributes": {
            "time": T.isoformat(),
            "properties": {},
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "profile": {"data": {"type": "profile", "attributes": {"external_id": "till-7"}}},
        },
    }
    shop.sdk.Events.create_event({"data": body})
    assert credits(shop) == []
    ann = shop.sdk.Profiles.get_profiles(filter='equals(email,"ann@example.com")').data[0].id
    shop.sdk.Profiles.merge_profiles(
        {
            "data": {
                "type": "profile-merge",
                "id": ann,
                "relationships": {"profiles": {"data": [{"type": "profile", "id": other}]}},
            }
        }
    )
    assert eventually(lambda: credits(shop)) == [("clicked", "email")]
