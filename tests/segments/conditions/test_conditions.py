"""What flows ask besides, and what happens to memberships when people are folded."""

from datetime import timedelta

import pytest

from rapport.inbox import service as inbox
from rapport.inbox.types import Accepted
from rapport.kit import db
from rapport.profiles.identity import Person
from rapport.segments import conditions
from rapport.segments.evaluation.sets import matching
from rapport.segments.membership import event_totals
from tests.segments.world import World, definition, did, has

PHONE = "+15005550006"


async def test_it_counts_since_each_person_entered_a_flow(world: World) -> None:
    await world.events([(name, "Placed Order", hours, {}, None) for name, hours in (("ada", -5), ("ben", -1))])
    await world.settle()
    ada, ben = await world.profile("ada"), await world.profile("ben")
    order = did(world.metrics["Placed Order"], timeframe={"type": "date", "operator": "flow-start"})
    never = {**order, "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0}}
    since = dict.fromkeys((ada, ben), world.at(-3))
    found = []
    async with world.pool.connection() as conn:
        for one in (order, never):
            parsed = conditions.parse(definition(one), flow=True)
            now = world.account.now()
            found.append(set(await matching(conn, world.account, parsed, now=now, among=[ada, ben], since=since)))
    assert found == [{ben}, {ada}]


async def test_it_takes_the_same_share_of_people_each_time(world: World) -> None:
    async with world.pool.connection() as conn:
        await db.execute(
            conn,
            """INSERT INTO profiles (account_id, id, ulid, created, updated)
               SELECT %s, 9000000 + n, n::text, now(), now() FROM generate_series(1, 2000) AS n""",
            (world.id,),
        )
    sample = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 25}]}]}
    taken = []
    async with world.pool.connection() as conn:
        for place in ("a", "a", "b"):
            parsed = conditions.parse(sample, flow=True, place=place)
            taken.append(set(await matching(conn, world.account, parsed, now=world.account.now())))
    assert taken[0] == taken[1]
    assert 400 < len(taken[0]) < 600
    assert 60 < len(taken[0] & taken[2]) < 190


async def test_it_asks_about_those_named_only(world: World) -> None:
    await world.events([(name, "Placed Order", -1, {}, None) for name in ("ada", "ben")])
    await world.settle()
    ada = await world.profile("ada")
    assert await world.matching(definition(did(world.metrics["Placed Order"])), among=[ada, 12345]) == {ada}
    assert (
        await world.matching(definition(did(world.metrics["Placed Order"], "equals", 0)), among=[ada, 12345]) == set()
    )


async def test_it_adds_up_what_two_profiles_did_when_they_are_folded(world: World) -> None:
    row = await world.segment(definition(did(world.metrics["Placed Order"], value=2)))
    once = await world.segment(definition(did(world.metrics["Placed Order"])))
    await world.event("ada", hours=-1, value="5")
    await _record(world, Person(phone_number=PHONE), hours=-2)
    await world.settle()
    assert (len(await world.members(row)), len(await world.members(once))) == (0, 2)
    await _record(world, Person(email="ada@example.com", phone_number=PHONE), hours=-3)
    await world.settle()
    ada = await world.profile("ada")
    assert await world.members(row) == {ada} == await world.members(once)
    assert await _totals(world) == [(ada, 3)]
    async with world.pool.connection() as conn:
        await event_totals.recount_all(conn, world.id)
    assert await _totals(world) == [(ada, 3)]


async def _record(world: World, person: Person, *, hours: int) -> None:
    time = int((world.at(0) + timedelta(hours=hours)).timestamp())
    async with world.pool.connection() as conn:
        await inbox.append(conn, world.id, [Accepted(person, "Placed Order", time, world.account.now())])


async def _totals(world: World) -> list[tuple[object, ...]]:
    query = """SELECT t.profile_id, t.count FROM event_totals t
        JOIN metrics m ON m.account_id = t.account_id AND m.id = t.metric_id
        WHERE t.account_id = %s AND m.public_id = %s"""
    return await world.rows(query, world.id, world.metrics["Placed Order"])


@pytest.mark.rule("4.7")
@pytest.mark.parametrize("days", [363, 364, 365, 366, 400])
async def test_an_anniversary_within_a_year_is_every_day(world: World, days: int) -> None:
    """A window that reaches round the year does not begin anew with its last day."""
    wanted = definition(has("properties['born']", type="date", operator="anniversary-last", quantity=days, unit="day"))
    for month in range(1, 13):
        await world.profile(f"p{month}", born=f"1990-{month:02}-17")
    await world.settle()
    assert await world.matching(wanted) == await world.expected(wanted)
    assert days < 365 or len(await world.matching(wanted)) == 12
