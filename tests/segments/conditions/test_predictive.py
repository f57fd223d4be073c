"""What a customer's orders tell so far, and what is no forecast (behaviour-people 4.5)."""

from typing import Any

import pytest

from rapport.kit import db
from rapport.profiles import merge
from tests.conftest import Shop, eventually
from tests.segments.test_api import body, built, create, members
from tests.segments.world import World, definition


def orders(dimension: str, operator: str, value: float) -> dict[str, Any]:
    wanted = {"type": "numeric", "operator": operator, "value": value}
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": wanted}


def map_revenue(shop: Shop, kind: str, id: str) -> None:
    body = {
        "type": "mapped-metric",
        "id": "revenue",
        "relationships": {kind: {"data": {"type": kind, "id": id}}},
    }
    assert shop.http.patch("/api/mapped-metrics/revenue", json={"data": body}).status_code == 200


@pytest.mark.rule("4.5", "4.8")
async def test_they_follow_every_order(world: World) -> None:
    count = await world.segment(definition(orders("historic_number_of_orders", "greater-than-or-equal", 2)))
    worth = await world.segment(definition(orders("historic_clv", "greater-than", 30)))
    average = await world.segment(definition(orders("average_order_value", "equals", 20)))
    pause = await world.segment(definition(orders("average_days_between_orders", "less-than", 3)))
    rows, seen = (count, worth, average, pause), []
    for hours, value in ((-100, "10"), (-50, "30"), (-10, "20")):
        await world.event("ada", hours=hours, value=value)
        await world.event("ada", "Viewed Product", hours=hours, value="1000")
        await world.settle()
        seen.append([len(await world.members(row)) for row in rows])
    # 10; 10 + 30 after 50 hours; and 20 after 40 more
    assert seen == [[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]
    for row in rows:
        assert await world.matching(row["definition"]) == await world.expected(row["definition"])


@pytest.mark.rule("4.5")
async def test_a_refund_makes_less_of_it(world: World) -> None:
    """Values are added up as they are, those below nothing too."""
    row = await world.segment(definition(orders("historic_clv", "greater-than", 5)))
    await world.event("ada", hours=-2, value="10")
    await world.settle()
    assert len(await world.members(row)) == 1
    await world.event("ada", hours=-1, value="-7")
    await world.settle()
    assert await world.members(row) == set()


@pytest.mark.rule("4.5")
async def test_orders_of_two_who_are_folded_count_together(world: World) -> None:
    row = await world.segment(definition(orders("average_days_between_orders", "equals", 1)))
    await world.events([("ada", "Placed Order", -48, {}, "1"), ("ben", "Placed Order", -24, {}, "1")])
    await world.settle()
    assert await world.members(row) == set()
    ada, ben = await world.profile("ada"), await world.profile("ben")
    async with world.pool.connection() as conn:
        await merge.fold(conn, world.id, ben, ada, world.account.now())
    await world.settle()
    assert await world.members(row) == {ada}


@pytest.mark.rule("4.5")
def test_who_never_ordered_has_no_orders_before_and_after_the_first_order_of_all(shop: Shop) -> None:
    """The metric that serves the purpose is made by its first event."""
    for email in ("ada@example.com", "ben@example.com"):
        shop.profile(email)
    segment = create(shop, definition(orders("historic_number_of_orders", "less-than", 1)))
    built(shop, segment)
    eventually(lambda: members(shop, segment) == {"ada@example.com", "ben@example.com"})
    shop.event("Placed Order", "ada@example.com", value=10)
    eventually(lambda: members(shop, segment) == {"ben@example.com"})


@pytest.mark.rule("4.5", "3.5")
def test_another_metric_for_revenue_changes_everybody_at_once(shop: Shop) -> None:
    shop.event("Placed Order", "ada@example.com", value=10)
    shop.event("Paid Invoice", "ben@example.com", value=99)
    shop.wait_until_recorded()
    segment = create(shop, definition(orders("historic_clv", "greater-than", 5)))
    eventually(lambda: members(shop, segment) == {"ada@example.com"})
    map_revenue(shop, "metric", shop.metric_id("Paid Invoice"))
    eventually(lambda: members(shop, segment) == {"ben@example.com"})
    shop.event("Paid Invoice", "ada@example.com", value=6)
    eventually(lambda: members(shop, segment) == {"ada@example.com", "ben@example.com"})


@pytest.mark.rule("4.5")
def test_a_custom_metric_can_not_be_added_up(shop: Shop) -> None:
    """Said when the condition is written; where it was written before, it holds for nobody."""
    shop.event("Placed Order", "ada@example.com", value=10)
    shop.wait_until_recorded()
    wanted = definition(orders("historic_number_of_orders", "less-than", 100))
    segment = create(shop, wanted)
    eventually(lambda: members(shop, segment) == {"ada@example.com"})
    group = {"metric_id": shop.metric_id("Placed Order"), "metric_filters": None, "value_property": None}
    made = shop.http.post(
        "/api/custom-metrics",
        json={
            "data": {
                "type": "custom-metric",
                "attributes": {"name": "Net", "definition": {"aggregation_method": "value", "metric_groups": [group]}},
            }
        },
    )
    map_revenue(shop, "custom-metric", made.json()["data"]["id"])
    eventually(lambda: members(shop, segment) == set())
    answer = shop.http.post("/api/segments", json=body(wanted))
    assert answer.status_code == 400
    pointer = "/data/attributes/definition/condition_groups/0/conditions/0/dimension"
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


SAMPLE = {"type": "profile-sample", "percentage": 30}


async def _crowd(world: World, number: int) -> None:
    async with world.pool.connection() as conn:
        await db.execute(
            conn,
            """INSERT INTO profiles (account_id, id, ulid, created, updated)
               SELECT %s, nextval('profile_ids'), 'S' || n, now(), now() FROM generate_series(1, %s) AS n""",
            (world.id, number),
        )


async def test_a_sample_takes_its_share_and_two_samples_know_nothing_of_each_other(world: World) -> None:
    await _crowd(world, 4000)
    first, second = definition(SAMPLE), definition({"type": "profile-sample", "percentage": 100}, SAMPLE)
    taken, other = await world.matching(first), await world.matching(second)
    # five standard deviations each way
    assert abs(len(taken) - 1200) < 5 * (4000 * 0.3 * 0.7) ** 0.5
    assert abs(len(taken & other) - 360) < 5 * (4000 * 0.09 * 0.91) ** 0.5
    wider = await world.matching(definition(SAMPLE | {"percentage": 45.5}))
    assert taken < wider and abs(len(wider) - 1820) < 5 * (4000 * 0.455 * 0.545) ** 0.5


async def test_a_sample_stays_the_same_people_as_time_goes_by(world: World) -> None:
    await _crowd(world, 200)
    row, again = await world.segment(definition(SAMPLE)), await world.segment(definition(SAMPLE))
    before = await world.members(row)
    assert before == await world.members(again)
    await world.advance(days=400)
    await world.execute("UPDATE segments SET built = NULL WHERE account_id = %s", world.id)
    await world.builder.run_once()
    assert await world.members(row) == before
    new = {await world.profile(f"p{number}") for number in range(20)}
    await world.settle()
    assert await world.members(row) == before | (await world.matching(row["definition"]) & new)


async def test_both_ends_of_a_sample(world: World) -> None:
    await _crowd(world, 50)
    assert await world.matching(definition(SAMPLE | {"percentage": 0})) == set()
    assert len(await world.matching(definition(SAMPLE | {"percentage": 100}))) == 50
