"""Memberships follow what happens, and the clock."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.segments.world import World, definition, did, has, relative

pytestmark = pytest.mark.rule("4.8")


async def test_it_lets_somebody_in_with_their_second_order(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], value=2)))
    await world.event("ada", hours=-100)
    await world.settle()
    assert await world.members(row) == set()
    await world.event("ada", hours=-1)
    await world.settle()
    ada = await world.profile("ada")
    assert await world.members(row) == {ada}
    assert [(change.profiles, change.group, change.joined) for change in world.told] == [([ada], row["id"], True)]


async def test_it_follows_the_lapsed_buyer_as_the_clock_moves(world: World) -> None:
    order = world.metrics["Placed Order"]
    wanted = definition(did(order, value=2), did(order, "equals", 0, timeframe=relative("in-the-last", 30)))
    row = await world.segment(wanted)
    await world.events([("ada", "Placed Order", -24 * 40, {}, "10"), ("ada", "Placed Order", -24 * 5, {}, "10")])
    await world.settle()
    assert await world.members(row) == set()
    await world.advance(days=20)
    await world.tick()
    assert await world.members(row) == set()
    await world.advance(days=6)
    await world.tick()
    ada = await world.profile("ada")
    assert await world.members(row) == {ada} == await world.expected(wanted)
    await world.event("ada", hours=24 * 26)
    await world.settle()
    assert await world.members(row) == set()


async def test_it_waits_for_an_event_of_tomorrow(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], timeframe=relative("in-the-last", 1))))
    await world.event("ada", hours=20)
    await world.tick()
    assert await world.members(row) == set()
    await world.advance(hours=20, seconds=1)
    await world.tick()
    assert await world.members(row) == {await world.profile("ada")}
    await world.advance(days=3)
    await world.tick()
    assert await world.members(row) == set()


async def test_it_counts_a_new_profile_among_those_who_never_did(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], "equals", 0)))
    ada = await world.profile("ada")
    await world.settle()
    assert await world.members(row) == {ada}


async def test_it_follows_a_segment_of_a_segment_in_the_same_batch(world: World) -> None:
    inner = await world.segment(definition(did(world.metrics["Placed Order"])))
    outer = await world.segment(
        definition({"type": "profile-group-membership", "is_member": True, "group_ids": [inner["public_id"]]})
    )
    rest = await world.segment(
        definition({"type": "profile-group-membership", "is_member": False, "group_ids": [inner["public_id"]]})
    )
    ada = await world.profile("ada")
    await world.settle()
    assert (await world.members(outer), await world.members(rest)) == (set(), {ada})
    await world.event("ada")
    await world.settle()
    assert (await world.members(outer), await world.members(rest)) == ({ada}, set())


async def test_it_closes_a_date_of_somebodys_own_at_its_hour(world: World) -> None:
    row = await world.segment(
        definition(has("properties['renewal']", type="date", operator="in-the-next", quantity=1, unit="day"))
    )
    ada = await world.profile("ada", renewal=world.at(4.5).isoformat())
    await world.settle()
    assert await world.members(row) == {ada}
    await world.advance(hours=4)
    await world.tick()
    assert await world.members(row) == {ada}
    await world.advance(hours=1)
    await world.tick()
    assert await world.members(row) == set()


async def test_its_first_build_starts_nothing_and_is_kept_alive_after(world: World) -> None:
    await world.event("ada")
    await world.settle()
    row = await world.segment(definition(did(world.metrics["Placed Order"])))
    await world.settle()
    ada = await world.profile("ada")
    assert await world.members(row) == {ada}
    assert world.told == []
    await world.event("ben")
    await world.settle()
    assert await world.members(row) == {ada, await world.profile("ben")}
    assert len(world.told) == 1


async def test_it_misses_nothing_that_arrives_before_the_build(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"])), build=False)
    await world.event("ada")
    await world.settle()
    assert await world.members(row) == set()
    await world.event("ben")
    await world.builder.run_once()
    await world.settle()
    assert await world.members(row) == {await world.profile("ada"), await world.profile("ben")}


async def test_its_totals_equal_the_log(world: World) -> None:
    await world.events([("ada", "Placed Order", -n * 800, {}, "10.10") for n in range(4)])
    await world.events([("ada", "Placed Order", -n * 800, {}, "10.10") for n in range(5)])
    await world.settle()
    kept = await world.rows("SELECT count, sum FROM event_totals WHERE account_id = %s", world.id)
    log = await world.rows("SELECT count(*), sum(value) FROM events WHERE account_id = %s", world.id)
    assert kept == log == [(5, log[0][1])]


async def test_it_loses_nothing_while_it_is_built_beside_the_pipeline(world: World) -> None:
    wanted = definition(did(world.metrics["Placed Order"], value=2))
    rows = []
    for number in range(4):
        await world.events([(f"p{n}", "Placed Order", -n - number, {}, None) for n in range(40)])
        rows.append(await world.segment(wanted, build=False))
        await asyncio.gather(world.builder.run_once(), world.settle(), world.timer.run_once())
    await world.settle()
    expected = await world.expected(wanted)
    assert len(expected) == 40
    for row in rows:
        assert await world.members(row) == expected


@pytest.mark.rule("4.7")
async def test_an_anniversary_is_not_missed_when_the_segment_moves_with_events_too(world: World) -> None:
    """The segment is applied for its condition on events just after the boundary has passed the date, and looks at
    stored dates some time later."""
    recent = did(world.metrics["Placed Order"], "equals", 0, timeframe=relative("in-the-last", 1, "hour"))
    ada = await world.profile("ada", p=datetime.fromtimestamp(world.base, UTC).isoformat())
    await world.settle()
    row = await world.segment(definition(recent, has("properties['p']", **relative("anniversary-last", 1, "hour"))))
    assert await world.members(row) == {ada}
    for seconds in (3595, 6, 60):
        await world.advance(seconds=seconds)
        await world.tick()
    assert await world.members(row) == set()
