"""What happens to the people inside when a live flow is edited, and how one is filled from before (behaviour-messaging
1.6, 1.7, 1.19)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rapport.accounts import service as accounts
from rapport.flows import back_populate, drafts, editing, service, versions
from rapport.flows.action_types import ActionInput
from rapport.flows.plan import Action, Flow
from rapport.flows.runs import DONE, PAST
from rapport.flows.versions import By
from rapport.kit.refusals import Refused
from tests.flows.conftest import World, about_event, about_profile, action, days, groups, split


async def now(world: World) -> datetime:
    async with world.pool.connection() as conn:
        return (await accounts.load(conn, world.account.account_id)).now()


async def publish(world: World, flow: Flow, change: Any) -> list[drafts.Effect]:
    """The flow's definition with a change, published. Returns what it was said to do."""
    moment = await now(world)
    async with (
        world.pool.connection() as conn,
        versions.kept(conn, world.account.account_id, flow.id, By("somebody"), moment) as held,
    ):
        definition = held.definition
        change(definition)
        drawn = drafts.drawn_of(held, definition)
        effects = await drafts.impact(conn, world.account.account_id, held, drawn)
        await drafts.publish(conn, world.account, held, held.name, drawn, moment)
    await world.work()
    return effects


def of_type(flow: Flow, type: str) -> Action:
    return next(each for each in flow.actions.values() if each.type == type)


async def remove(world: World, flow: Flow, removed: Action) -> None:
    moment = await now(world)
    async with (
        world.pool.connection() as conn,
        versions.kept(conn, world.account.account_id, flow.id, By("somebody"), moment) as held,
    ):
        await editing.remove(conn, world.account, held, held.actions[removed.id], moment)
    await world.work()


async def test_who_waits_at_a_deleted_step_goes_on_to_the_next(world: World) -> None:
    flow = await world.flow(days("d", 3, "A"), world.email("A", "B"), world.email("B"))
    await world.join(await world.person())
    await remove(world, flow, of_type(flow, "time-delay"))
    assert await world.messages() == [("A", "sent"), ("B", "sent")]
    # The flow begins with what followed.
    await world.join(await world.person("bob@example.com"))
    assert len(await world.messages()) == 4


async def test_who_waits_right_before_a_split_leaves_when_the_delay_is_deleted(world: World) -> None:
    gold = groups(about_profile("properties['tier']", "string", "equals", value="gold"))
    flow = await world.flow(
        days("d", 3, "s"), split("s", "conditional-split", "A", None, profile_filter=gold), world.email("A")
    )
    await world.join(await world.person())
    await remove(world, flow, of_type(flow, "time-delay"))
    assert await world.query("SELECT action_id, left_early FROM enrolments WHERE account_id = %s") == [(None, True)]


async def test_a_split_of_which_two_sides_lead_on_is_not_deleted(world: World) -> None:
    flow = await world.flow(
        split("s", "conditional-split", "A", "B", profile_filter=None), world.email("A"), world.email("B")
    )
    with pytest.raises(Refused, match="Several sides"):
        await remove(world, flow, of_type(flow, "conditional-split"))


async def test_whoever_comes_to_a_step_that_is_gone_goes_on_where_it_led(world: World) -> None:
    """An engine, or an entry, that still had the flow in hand as it was."""
    flow = await world.flow(world.email("A", "B"), world.email("B", "C"), world.email("C"))
    first, second, _ = flow.actions.values()
    await remove(world, flow, first)
    await remove(world, flow, second)
    ann = await world.person()
    await world.query(
        """INSERT INTO enrolments (account_id, flow_id, profile_id, cause, entered, action_id, due)
           VALUES (%s, %s, %s, 'late', now(), %s, now()) RETURNING id""",
        flow.id,
        ann,
        first.id,
    )
    await world.join(ann)
    assert ("C", "sent") in await world.messages()


async def test_who_waits_before_a_new_split_takes_its_first_side_unasked(world: World) -> None:
    """F12"""
    flow = await world.flow(days("d", 1, "A"), world.email("A"))
    ann = await world.person()
    await world.join(ann)
    gold = groups(about_profile("properties['tier']", "string", "equals", value="gold"))

    def change(definition: dict[str, Any]) -> None:
        delay, mail = definition["actions"]
        delay["links"]["next"] = "s"
        definition["actions"].append(split("s", "conditional-split", mail["id"], "no", profile_filter=gold))
        definition["actions"].append(world.email("no"))

    effects = await publish(world, flow, change)
    assert [(effect.outcome, effect.people) for effect in effects] == [("passes", 1)]
    bob = await world.person("bob@example.com")
    await world.join(bob)
    await world.advance(days=1, minutes=1)
    rows = await world.query("SELECT profile_id, options ->> 'name' FROM messages WHERE account_id = %s ORDER BY 1")
    assert rows == [(ann, "A"), (bob, "no")]


async def test_publishing_says_what_becomes_of_the_people_and_does_that(world: World) -> None:
    flow = await world.flow(
        world.email("A", "d1"), days("d1", 2, "B"), world.email("B", "d2"), days("d2", 2, "C"), world.email("C")
    )
    await world.join(await world.person(), await world.person("bob@example.com"))

    def change(definition: dict[str, Any]) -> None:
        a, _, _, d2, c = definition["actions"]
        a["links"]["next"] = d2["id"]
        c["data"]["message"]["name"] = "C2"
        definition["actions"] = [a, d2, c]

    effects = await publish(world, flow, change)
    first = of_type(flow, "time-delay")
    assert [(each.action_id, each.people, each.outcome) for each in effects] == [(str(first.id), 2, "moves_on")]
    assert effects[0].text.startswith("2 wait at a step you removed")
    # On to the second delay, which begins now: those who waited for B do not get it.
    await world.advance(days=2, minutes=1)
    assert sorted(await world.messages()) == [("A", "sent")] * 2 + [("C2", "sent")] * 2


async def test_what_was_done_already_is_not_repeated_when_it_comes_later(world: World) -> None:
    flow = await world.flow(world.email("A", "d"), days("d", 1, "B"), world.email("B"))
    await world.join(await world.person())

    def change(definition: dict[str, Any]) -> None:
        a, d, b = definition["actions"]
        definition["entry_action_id"] = d["id"]
        b["links"]["next"], a["links"]["next"] = a["id"], None
        definition["actions"] = [d, b, a]

    await publish(world, flow, change)
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("A", "sent"), ("B", "sent")]


async def test_a_definition_that_can_not_be_live_is_not_published_into_a_live_flow(world: World) -> None:
    flow = await world.flow(world.email("A"))

    def change(definition: dict[str, Any]) -> None:
        definition["actions"][0]["links"]["next"] = "b"
        definition["actions"].append({"temporary_id": "b", "type": "back-in-stock-delay", "links": {"next": None}})

    with pytest.raises(Refused, match="Stock is not watched"):
        await publish(world, flow, change)
    assert await world.query("SELECT count(*) FROM flow_actions WHERE account_id = %s") == [(1,)]


async def test_what_waits_for_a_review_goes_with_its_action(world: World) -> None:
    flow = await world.flow(world.email("A", "B", status="manual"), world.email("B"))
    await world.join(await world.person())
    await remove(world, flow, next(iter(flow.actions.values())))
    assert await world.messages() == [("A", "Action Deleted"), ("B", "sent")]


# ---- people from before


async def fill(world: World, flow: Flow, mode: back_populate.Mode) -> int:
    entered = await back_populate.fill(world.pool.connection, world.account, flow.id, mode, await now(world))
    await world.work()
    return entered


async def test_members_of_before_can_begin_now(world: World) -> None:
    ann, bob = await world.person(), await world.person("bob@example.com")
    await world.join(ann, bob)
    flow = await world.flow(world.email("A"), reentry_criteria={"duration": 1, "unit": "alltime"})
    assert await world.runs() == []
    assert await fill(world, flow, "start") == 2
    assert await fill(world, flow, "start") == 0
    assert await world.messages() == [("A", "sent")] * 2
    # It was no entry: who joins again enters.
    await world.leave(ann)
    await world.join(ann)
    assert len(await world.messages()) == 3


async def test_members_of_before_can_be_as_far_along_as_they_would_be(world: World) -> None:
    await world.join(await world.person())
    await world.advance(days=3)
    await world.join(await world.person("bob@example.com"))
    put = {"operator": "update", "property_type": "boolean", "property_key": "seen", "property_value": True}
    flow = await world.flow(
        action("u", "update-profile", "A", status="live", profile_operations=[put]),
        world.email("A", "d1"),
        days("d1", 2, "B"),
        world.email("B", "d2"),
        days("d2", 2, "C"),
        world.email("C"),
    )
    assert await fill(world, flow, "relative") == 2
    assert await world.messages() == []
    # the way of who is further along says that its steps did nothing
    paths = await world.query("SELECT path FROM enrolments WHERE account_id = %s ORDER BY entered")
    assert [path[2::3] for (path,) in paths] == [[PAST, PAST, DONE, PAST, DONE], [PAST, PAST, DONE]]
    await world.advance(days=1, minutes=1)
    assert await world.messages() == [("C", "sent")]
    await world.advance(days=3)
    assert sorted(await world.messages()) == [("B", "sent"), ("C", "sent"), ("C", "sent")]


async def test_events_of_before_start_runs_as_of_their_time(world: World) -> None:
    metric = await world.metric("Placed Order")
    ann, bob, cid = [await world.person(f"{name}@example.com") for name in "abc"]
    for person, size in ((ann, "L"), (bob, "S")):
        await world.event("Placed Order", person, {"Size": size})
    await world.event("Placed Order", cid, {"Size": "L"}, ago=timedelta(days=90))
    large = groups(about_event(metric, "Size", "string", "equals", value="L"))
    flow = await world.metric_flow("Placed Order", days("d", 1, "A"), world.email("A"), asked=large)
    assert await fill(world, flow, "relative") == 1
    with pytest.raises(Refused):
        await fill(world, flow, "start")
    await world.advance(days=1, minutes=1)
    rows = await world.query("SELECT profile_id FROM messages WHERE account_id = %s AND status = 'sent'")
    assert rows == [(ann,)]


async def test_a_flow_that_is_off_is_not_filled(world: World) -> None:
    flow = await world.flow(world.email("A"), status="draft")
    with pytest.raises(Refused, match="live or manual"):
        await fill(world, flow, "start")


# ---- statuses


async def test_a_flow_is_what_the_most_active_of_its_actions_is(world: World) -> None:
    flow = await world.flow(world.email("A", "B", status="draft"), world.email("B", status="draft"), status="draft")
    account = world.account
    async with world.pool.connection() as conn:
        for status in ("manual", "live", "disabled"):
            held = await service.load(conn, account.account_id, flow.id)
            first = next(iter(held.actions.values()))
            given = first.definition
            given["data"]["status"] = status
            step = service.read_action(held, first, ActionInput(**given))
            await service.update_action(conn, account, held, first, step, account.now())
            expected = status if status != "disabled" else "draft"
            assert (await service.load(conn, account.account_id, flow.id)).status == expected


async def test_an_archived_flow_is_off_until_it_is_restored_and_turned_on(world: World) -> None:
    flow = await world.flow(world.email("A"))
    account = world.account
    async with world.pool.connection() as conn:
        live = await service.load(conn, account.account_id, flow.id)
        held = await service.archive(conn, account, live, True, account.now())
        assert (held.archived, held.status) == (True, "draft")
        with pytest.raises(Refused, match="restored"):
            await service.set_status(conn, account, held, "live", account.now())
        held = await service.archive(conn, account, held, False, account.now())
        assert (held.archived, held.status) == (False, "draft")


async def test_events_that_waited_while_no_worker_ran_came_in_time(world: World) -> None:
    """What counts is when an event came, not when it is recorded."""
    await world.metric_flow("Came", world.email("A"))
    ann = await world.person()
    await world.event("Came", ann, work=False)
    await world.event("Came", ann, ago=timedelta(hours=5), unique_id="old", work=False)
    async with world.pool.connection() as conn:
        await accounts.advance_clock(conn, world.account, timedelta(days=1).total_seconds())
    await world.work()
    assert await world.messages() == [("A", "sent")]
