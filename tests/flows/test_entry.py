"""Who starts a flow, and who does not (behaviour-messaging 1.3 to 1.5)."""

from datetime import timedelta

import pytest

from rapport.flows import drafts
from rapport.kit import db
from rapport.lists import service as lists
from rapport.profiles import merge
from tests.flows.conftest import World, about_event, about_profile, days, groups, ordered_since_start, split

HOUR = timedelta(hours=1)


async def test_it_takes_only_events_that_pass_the_trigger_filter(world: World) -> None:
    """F6: no entry, and no record of it"""
    metric = await world.metric("Placed Order")
    large = about_event(metric, "value", "numeric", "greater-than", value=100)
    await world.metric_flow("Placed Order", world.email("A"), asked=groups(large))
    ann = await world.person()
    await world.event("Placed Order", ann, {"value": 50})
    assert await world.runs() == [] and await world.messages() == []
    await world.event("Placed Order", ann, {"value": 150}, unique_id="2")
    assert await world.messages() == [("A", "sent")]


async def test_it_reads_the_value_of_the_event_in_a_trigger_filter(world: World) -> None:
    metric = await world.metric("Placed Order")
    large = about_event(metric, "$value", "numeric", "greater-than", value=100)
    await world.metric_flow("Placed Order", world.email("A"), asked=groups(large))
    ann = await world.person()
    await world.event("Placed Order", ann, value="99.99")
    await world.event("Placed Order", ann, value="100.01", unique_id="2")
    assert len(await world.runs()) == 1


async def test_it_compares_text_exactly_and_with_regard_to_case(world: World) -> None:
    metric = await world.metric("Viewed Product")
    red = about_event(metric, "Colour", "string", "equals", value="Red")
    await world.metric_flow("Viewed Product", world.email("A"), asked=groups(red))
    ann = await world.person()
    for number, colour in enumerate(("red", "Red ", "Red")):
        await world.event("Viewed Product", ann, {"Colour": colour}, unique_id=str(number))
    assert len(await world.runs()) == 1


async def test_it_does_not_let_anybody_into_a_list_flow_twice(world: World) -> None:
    """F7"""
    await world.flow(world.email("A"), reentry_criteria={"duration": 1, "unit": "alltime"})
    ann = await world.person()
    await world.join(ann)
    await world.leave(ann)
    await world.join(ann)
    assert len(await world.runs()) == 1


@pytest.mark.rule("1.6")
async def test_it_does_not_let_in_what_came_before_it_was_on_and_was_only_looked_at_after(world: World) -> None:
    ann, ben = await world.person(), await world.person("ben@x.org")
    await world.metric("Placed Order")
    await world.join(ann, work=False)
    await world.event("Placed Order", ann, work=False)
    of_list = await world.flow(world.email("A"))
    of_event = await world.metric_flow("Placed Order", world.email("B"))
    await world.join(ben, work=False)
    await world.event("Placed Order", ben, work=False)
    await world.work()
    entered = "SELECT flow_id, profile_id FROM enrolments WHERE account_id = %s ORDER BY flow_id"
    assert await world.query(entered) == [(of_list.id, ben), (of_event.id, ben)]


async def test_it_does_not_let_in_what_came_before_it_had_another_trigger(world: World) -> None:
    ann, ben = await world.person(), await world.person("ben@x.org")
    flow = await world.metric_flow("Placed Order", world.email("A"))
    await world.join(ann, work=False)
    to_list = flow.definition | {"triggers": [{"type": "list", "id": world.list_public_id}]}
    async with world.pool.connection() as conn:
        drawn = drafts.drawn_of(flow, to_list)
        await drafts.publish(conn, world.account, flow, flow.name, drawn, world.account.now())
    await world.join(ben, work=False)
    await world.work()
    assert [run[0] for run in await world.runs()] == [ben]


@pytest.mark.rule("1.6")
async def test_it_lets_in_whom_a_new_member_was_merged_into_meanwhile(world: World) -> None:
    """The list was joined, and the two were merged before that was looked at."""
    await world.flow(world.email("A"))
    ann, also_ann, ben = await world.person(), await world.person("also@example.com"), await world.person("ben@x.org")
    async with world.pool.connection() as conn:
        account, now = world.account.account_id, world.account.now()
        await lists.add(conn, account, world.list_id, [also_ann, ben], now)
        await merge.fold(conn, account, also_ann, ann, now)
        await merge.fold(conn, account, ann, ben, now)
    await world.work()
    assert [run[0] for run in await world.runs()] == [ben]
    assert await world.messages() == [("A", "sent")]


async def test_it_never_lets_anybody_back_into_a_list_flow_when_nothing_was_said(world: World) -> None:
    await world.flow(world.email("A"))
    ann = await world.person()
    await world.join(ann)
    await world.leave(ann)
    await world.join(ann)
    assert len(await world.runs()) == 1


async def test_it_lets_somebody_back_in_when_always_was_said(world: World) -> None:
    await world.flow(world.email("A"), reentry_criteria={"duration": 0, "unit": "alltime"})
    ann = await world.person()
    await world.join(ann)
    await world.leave(ann)
    await world.join(ann)
    assert len(await world.runs()) == 2


@pytest.mark.parametrize(("later", "entries"), [({"days": 6, "hours": 23}, 1), ({"days": 7, "hours": 1}, 2)])
async def test_it_counts_the_pause_from_the_last_entry(world: World, later: dict[str, float], entries: int) -> None:
    """F8"""
    await world.metric_flow("Placed Order", world.email("A"), reentry_criteria={"duration": 7, "unit": "day"})
    ann = await world.person()
    await world.event("Placed Order", ann)
    await world.advance(**later)
    await world.event("Placed Order", ann)
    assert len(await world.runs()) == entries


async def test_it_lets_only_the_first_of_two_events_of_one_batch_in(world: World) -> None:
    await world.metric_flow("Placed Order", world.email("A"), reentry_criteria={"duration": 1, "unit": "hour"})
    ann = await world.person()
    await world.event("Placed Order", ann, unique_id="1", work=False)
    await world.event("Placed Order", ann, unique_id="2")
    assert len(await world.runs()) == 1


async def test_it_gives_each_event_its_own_run_in_a_metric_flow(world: World) -> None:
    await world.metric_flow("Placed Order", days("d", 1, "A"), world.email("A"))
    ann = await world.person()
    await world.event("Placed Order", ann, unique_id="1")
    await world.event("Placed Order", ann, unique_id="2")
    assert len(await world.runs()) == 2


@pytest.mark.parametrize(
    ("delay", "enters"), [({"value": 1, "unit": "hours"}, False), ({"value": 1, "unit": "days"}, True)]
)
async def test_it_does_not_take_an_old_event_unless_the_first_delay_is_longer(
    world: World, delay: dict[str, object], enters: bool
) -> None:
    """F9. What enters waits from the time of the event."""
    await world.metric_flow(
        "Placed Order",
        {"temporary_id": "d", "type": "time-delay", "links": {"next": "A"}, "data": delay},
        world.email("A"),
    )
    await world.event("Placed Order", await world.person(), ago=5 * HOUR)
    assert len(await world.runs()) == enters
    await world.advance(hours=19, minutes=1)
    assert await world.messages() == [("A", "sent")] * enters


async def test_it_does_not_start_flows_with_backfilled_events(world: World) -> None:
    await world.metric_flow("Placed Order", world.email("A"))
    await world.event("Placed Order", await world.person(), backfill=True)
    assert await world.runs() == []


async def test_it_does_not_start_flows_with_a_historical_import(world: World) -> None:
    await world.flow(world.email("A"))
    await world.join(await world.person(), quiet=True)
    assert await world.runs() == []


async def test_it_does_not_take_a_repeated_event_twice(world: World) -> None:
    await world.metric_flow("Placed Order", world.email("A"))
    ann = await world.person()
    for _ in range(3):
        await world.event("Placed Order", ann, unique_id="1")
    assert len(await world.runs()) == 1


async def test_it_does_not_let_those_in_who_fail_the_flow_filter(world: World) -> None:
    ghent = about_profile("location['city']", "string", "equals", value="Ghent")
    await world.flow(world.email("A"), profile_filter=groups(ghent))
    ann, bob = await world.person(), await world.person("bob@example.com", location={"city": "Ghent"})
    await world.join(ann, bob)
    assert [row[0] for row in await world.runs()] == [bob]


async def test_it_does_not_count_the_event_that_started_the_run(world: World) -> None:
    order = await world.metric("Placed Order")
    await world.metric_flow("Placed Order", world.email("A"), profile_filter=groups(ordered_since_start(order)))
    await world.event("Placed Order", await world.person())
    assert await world.messages() == [("A", "sent")]


@pytest.mark.parametrize(("status", "enters"), [("draft", 0), ("manual", 1), ("live", 1)])
async def test_it_lets_people_in_only_while_the_flow_is_on(world: World, status: str, enters: int) -> None:
    await world.flow(world.email("A"), status=status)
    await world.join(await world.person())
    assert len(await world.runs()) == enters


async def test_it_starts_a_flow_when_somebody_becomes_a_member_of_its_segment(world: World) -> None:
    from rapport.segments import service as segments
    from rapport.segments.membership.build import SegmentBuilder

    vip = about_profile("properties['vip']", "existence", "is-set")
    async with world.pool.connection() as conn:
        made = await segments.create(
            conn, world.account.account_id, "VIP", groups(vip), is_starred=False, now=world.account.now()
        )
    await SegmentBuilder(world.pool).run_once()
    await world.flow(world.email("A"), trigger={"type": "segment", "id": made["public_id"]})
    await world.person(properties={"vip": True})
    await world.work()
    assert await world.messages() == [("A", "sent")]


async def test_it_gives_the_place_of_a_folded_profile_to_the_one_that_stays(world: World) -> None:
    await world.flow(days("d", 1, "A"), world.email("A"))
    ann, bob = await world.person(), await world.person("bob@example.com")
    await world.join(ann)
    async with world.pool.connection() as conn:
        await merge.fold(conn, world.account.account_id, ann, bob, world.account.now())
    assert await world.runs() == [(bob, True, False)]


async def test_it_ends_the_folded_run_when_both_wait(world: World) -> None:
    await world.flow(days("d", 1, "A"), world.email("A"))
    ann, bob = await world.person(), await world.person("bob@example.com")
    await world.join(ann, bob)
    async with world.pool.connection() as conn:
        await merge.fold(conn, world.account.account_id, ann, bob, world.account.now())
        rows = await db.rows(
            conn,
            "SELECT count(*) FROM enrolments WHERE account_id = %s AND action_id IS NOT NULL",
            (world.account.account_id,),
        )
    assert rows == [(1,)]


async def test_who_was_in_the_flow_lately_does_not_meet_its_filter(world: World) -> None:
    """At the entry, and before each step, where the run's own beginning does not count."""
    lately = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 2}
    await world.metric_flow(
        "Came",
        world.email("A", "d"),
        days("d", 1, "B"),
        world.email("B"),
        profile_filter=groups({"type": "profile-not-in-flow", "timeframe_filter": lately}),
    )
    ann = await world.person()
    await world.event("Came", ann)
    await world.advance(hours=1)
    await world.event("Came", ann, unique_id="2")
    assert len(await world.runs()) == 1
    await world.advance(days=1)
    assert await world.messages() == [("A", "sent"), ("B", "sent")]
    await world.advance(days=1)
    await world.event("Came", ann, unique_id="3")
    assert len(await world.runs()) == 2


async def test_a_split_may_ask_whether_somebody_got_mail_lately(world: World) -> None:
    ever = {"type": "date", "operator": "alltime"}
    asked = groups({"type": "profile-not-sent-email", "timeframe_filter": ever})
    texts = groups({"type": "profile-not-sent-sms", "timeframe_filter": ever})
    await world.flow(
        world.email("A", "s"),
        days("s", 1, "t"),
        split("t", "conditional-split", "first", "u", profile_filter=asked),
        world.email("first"),
        split("u", "conditional-split", "no text", None, profile_filter=texts),
        world.email("no text"),
    )
    await world.join(await world.person())
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("no text", "sent")]
