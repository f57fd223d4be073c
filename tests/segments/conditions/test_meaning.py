"""How a definition is read and followed, through the API (behaviour-people 4.6, 4.8, 4.9)."""

from datetime import timedelta
from typing import Any

import pytest

from rapport.kit import db
from tests.conftest import Shop, eventually
from tests.flows.test_api import list_of
from tests.segments.cells_people import consent
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition, did, has, relative

ADA, BEN = "ada@example.com", "ben@example.com"


def subscribe(shop: Shop, email: str) -> None:
    marketing = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    profile = {"type": "profile", "attributes": {"email": email, "subscriptions": marketing}}
    job = {"type": "profile-subscription-bulk-create-job", "attributes": {"profiles": {"data": [profile]}}}
    shop.sdk.Profiles.bulk_subscribe_profiles({"data": job})


def suppress(shop: Shop, email: str) -> None:
    profile = {"type": "profile", "attributes": {"email": email}}
    job = {"type": "profile-suppression-bulk-create-job", "attributes": {"profiles": {"data": [profile]}}}
    shop.sdk.Profiles.bulk_suppress_profiles({"data": job})


@pytest.mark.rule("4.9")
def test_the_worked_definition_asks_for_engaged_or_good_customers_who_said_yes_and_are_vip(shop: Shop) -> None:
    """Groups are joined by AND, the conditions inside one by OR."""
    people = {
        "opens": (True, True, True), "buys": (True, True, True), "machine": (True, True, False),
        "no_vip": (False, True, True), "no_yes": (True, False, True), "little": (True, True, False),
    }  # fmt: skip
    for name, (vip, yes, _) in people.items():
        shop.profile(f"{name}@example.com", properties={"VIP": "yes" if vip else "no"})
        if yes:
            subscribe(shop, f"{name}@example.com")
    for name in ("opens", "no_vip", "no_yes"):
        shop.event("Opened", f"{name}@example.com", properties={"machine_open": False})
    shop.event("Opened", "machine@example.com", properties={"machine_open": True})
    for name, value in (("buys", 60), ("buys", 41), ("little", 100)):
        shop.event("Ordered", f"{name}@example.com", value=value, unique_id=f"{name}{value}")
    shop.wait_until_recorded()
    human = {"property": "machine_open", "filter": {"type": "boolean", "operator": "equals", "value": False}}
    wanted = definition(
        [
            did(shop.metric_id("Opened"), timeframe=relative("in-the-last", 90), filters=[human]),
            did(shop.metric_id("Ordered"), "greater-than", 100, measurement="sum"),
        ],
        consent("email", True, "subscribed"),
        has("properties['VIP']", type="boolean", operator="equals", value=True),
    )
    made = shop.sdk.Segments.create_segment(body(wanted, "Engaged 90", is_starred=True)).data
    assert made.attributes.is_processing and made.attributes.is_starred
    eventually(lambda: members(shop, made.id) == {"opens@example.com", "buys@example.com"})
    assert built(shop, made.id)["definition"] == wanted


@pytest.mark.rule("4.8")
def test_events_properties_lists_and_consent_move_members_at_once(shop: Shop) -> None:
    joined = list_of(shop)
    shop.event("Seen", BEN)
    shop.wait_until_recorded()
    ada = shop.profile(ADA)
    conditions = (
        did(shop.metric_id("Seen"), timeframe=relative("in-the-last", 1)),
        has("properties['tier']", type="string", operator="equals", value="gold"),
        {"type": "profile-group-membership", "is_member": True, "group_ids": [joined], "timeframe_filter": None},
        consent("email", True, "subscribed"),
    )
    segments = [create(shop, definition(one)) for one in conditions]
    for one in segments:
        built(shop, one)
    shop.event("Seen", ADA)
    patch = {"data": {"type": "profile", "id": ada, "attributes": {"properties": {"tier": "gold"}}}}
    shop.sdk.Profiles.update_profile(ada, patch)
    shop.sdk.Lists.add_profiles_to_list(joined, {"data": [{"type": "profile", "id": ada}]})
    subscribe(shop, ADA)
    eventually(lambda: all(ADA in members(shop, one) for one in segments), seconds=5)
    patch["data"]["attributes"] = {"properties": {"tier": "tin"}}
    shop.sdk.Profiles.update_profile(ada, patch)
    shop.sdk.Lists.remove_profiles_from_list(joined, {"data": [{"type": "profile", "id": ada}]})
    eventually(lambda: [ADA in members(shop, one) for one in segments] == [True, False, False, True], seconds=5)


@pytest.mark.rule("4.8")
def test_joined_group_at_is_the_time_of_the_latest_entry(shop: Shop) -> None:
    shop.event("Seen", ADA)
    shop.wait_until_recorded()
    segment = create(shop, definition(did(shop.metric_id("Seen"), timeframe=relative("in-the-last", 2, "hour"))))
    built(shop, segment)

    def joined() -> Any:
        found = shop.sdk.Segments.get_profiles_for_segment(segment).data
        return found and found[0].attributes.joined_group_at

    first = eventually(joined)
    shop.advance(hours=3)
    eventually(lambda: not joined())
    shop.http.post("/api/events", json=_event_now(shop)).raise_for_status()
    assert eventually(joined) - first >= timedelta(hours=3)


def _event_now(shop: Shop) -> dict[str, Any]:
    """The server stamps what brings no time of its own with the account's."""
    return {
        "data": {
            "type": "event",
            "attributes": {
                "properties": {},
                "metric": {"data": {"type": "metric", "attributes": {"name": "Seen"}}},
                "profile": {"data": {"type": "profile", "attributes": {"email": ADA}}},
            },
        }
    }


@pytest.mark.rule("4.6")
def test_somebody_suppressed_is_a_member_like_anybody(shop: Shop) -> None:
    """What is suppressed is the sending."""
    shop.profile(ADA)
    suppress(shop, ADA)
    everybody = create(shop, definition(has("email", type="existence", operator="is-set")))
    built(shop, everybody)
    suppressed = create(shop, definition(consent("email", False, "any")))
    eventually(lambda: members(shop, everybody) == members(shop, suppressed) == {ADA})


@pytest.mark.rule("4.6")
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "UTC"])
async def test_days_begin_at_midnight_utc_wherever_the_account_is(database: str, zone: str) -> None:
    async with db.new_pool(database, size=2) as pool:
        world = await World.create(pool, zone)
        noon = world.account.now().replace(hour=12, minute=0, second=0, microsecond=0)
        start = noon.replace(hour=0) - timedelta(days=3)
        for name, time in (("in", start), ("out", start - timedelta(seconds=1))):
            await world.event(name, hours=(time.timestamp() - world.base) / 3600)
        await world.settle()
        wanted = definition(did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 3)))
        assert await world.matching(wanted, now=noon) == {await world.profile("in")}


@pytest.mark.rule("4.6")
async def test_lists_of_objects_and_nested_values_are_never_usable(world: World) -> None:
    await world.event("ada", hours=-1, items=[{"sku": "A"}], cart={"sku": "A"}, sku="A")
    await world.profile("ada", items=[{"sku": "A"}], cart={"sku": "A"})
    await world.settle()
    order = world.metrics["Placed Order"]
    equal = {"type": "string", "operator": "contains", "value": "A"}
    element = {"type": "list", "operator": "contains-any", "value": ["A"]}
    for name, wanted, found in (
        ("sku", equal, 1),
        ("items", equal, 0),
        ("cart", equal, 0),
        ("cart.sku", equal, 0),
        ("items", element, 0),
    ):
        asked = definition(did(order, filters=[{"property": name, "filter": wanted}]))
        assert len(await world.matching(asked)) == found, (name, wanted)
    for name in ("items", "cart"):
        assert await world.matching(definition(has(f"properties['{name}']", **equal))) == set()
